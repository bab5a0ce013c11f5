"""Recordings that strangers give: their format, length and pauses, and cutting them into parts.

The source activities call it before a recording is transcribed.
"""

import csv
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import filetype  # pyright: ignore[reportMissingTypeStubs]
from av.error import FFmpegError

from galley.media.errors import MediaError, MediaMemoryError, MediaTimeoutError
from galley.media.ffmpeg import run_ffmpeg

MAX_SECONDS = 4 * 3600
MAX_BYTES = 2_000_000_000
PART_SECONDS = 300.0
"""A restart loses at most one part; parts of a minute would end in mid-sentence more
often."""
_SLACK = 30.0  # Seconds around the wanted end of a part in which a pause is looked for
_TIME_LIMIT = 1200  # Seconds for four hours of video; sound alone takes about one
_HEAD = 4096
_SILENCE = re.compile(r"lavfi\.silence_(start|end)=([0-9]{1,6}(?:\.[0-9]{1,9})?)")
# Naming the format keeps ffmpeg's other demuxers out of reach: playlists and scripts
# among them name further files and addresses.
_DEMUXERS = {
    "audio/mpeg": "mp3",
    "audio/mp4": "mov",
    "audio/x-m4a": "mov",
    "audio/aac": "aac",
    "audio/ogg": "ogg",
    "audio/x-flac": "flac",
    "audio/x-wav": "wav",
    "video/mp4": "mov",
    "video/x-m4v": "mov",
    "video/quicktime": "mov",
    "video/webm": "matroska",
    "video/x-matroska": "matroska",
}
_KINDS = "an MP3, M4A, AAC, Ogg, Opus, FLAC, WAV, MP4, MOV, WebM or MKV file"
_BROKEN = f"The recording cannot be decoded, or has no sound: give {_KINDS}."
# fmt: off
# A damaged file may give a complaint for each of a million frames.
_QUIET = ("-nostdin", "-hide_banner", "-loglevel", "fatal", "-y")
_SAFE = ("-protocol_whitelist", "file,pipe")
_FLAC = (
    "-c:a", "flac", "-sample_fmt", "s16", "-threads", "1", "-fflags", "+bitexact",
    "-flags:a", "+bitexact", "-map_metadata", "-1",
)


@dataclass(frozen=True)
class Piece:
    """One part as a file; where it is in the recording, in seconds."""

    path: Path
    start: float
    seconds: float


async def cut(
    ffmpeg: str,
    recording: Path,
    folder: Path,
    part_seconds: float = PART_SECONDS,
    most_seconds: int = MAX_SECONDS,
) -> list[Piece]:
    """Cut a recording into parts of about ``part_seconds``, in pauses where there are.

    Cancelling kills ffmpeg.

    Args:
        ffmpeg: The program.
        recording: A stranger's file; its name is not believed.
        folder: An empty one, for the parts.
        part_seconds: How long a part is to be.
        most_seconds: How long the recording may be.

    Raises:
        MediaError: It is no recording, broken, or too long.
        MediaTimeoutError: ffmpeg took too long.
    """
    whole, pauses, listing = folder / "whole.flac", "pauses.txt", "parts.csv"
    extraction = _extraction(ffmpeg, recording, whole.name, pauses)
    # Decoding ends a second after the longest that is taken.
    at_most = ("-t", str(most_seconds + 1))
    await _run([*extraction[:-1], *at_most, extraction[-1]], folder)
    middles = [(start + end) / 2 for start, end in pauses_in(folder / pauses)]
    ends = _ends(middles, part_seconds)
    await _run(_splitting(ffmpeg, whole.name, ends, listing), folder)
    pieces = list(_listed(folder, listing))
    seconds = sum(piece.seconds for piece in pieces)
    if not pieces or not seconds:
        raise MediaError(_BROKEN)
    if seconds > most_seconds:
        raise MediaError(
            f"The recording is longer than {most_seconds / 3600:g} hours: give a part "
            "of it, or its transcript as a .vtt, .srt or .txt file."
        )
    whole.unlink()
    return pieces


def demuxer_of(head: bytes) -> str | None:
    """Return ffmpeg's name for what begins so, or ``None`` if it is no recording."""
    if head[4:8] == b"ftyp":
        return "mov"
    mime: str | None = filetype.guess_mime(head)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return _DEMUXERS.get(mime or "")


async def _run(command: list[str], folder: Path) -> None:
    try:
        await run_ffmpeg(command, _TIME_LIMIT, folder)
    except (MediaMemoryError, MediaTimeoutError):
        raise
    except MediaError:
        # What ffmpeg says of a stranger's file may hold words of the stranger's.
        raise MediaError(_BROKEN) from None


def _extraction(ffmpeg: str, recording: Path, whole: str, pauses: str) -> list[str]:
    with recording.open("rb") as file:
        demuxer = demuxer_of(file.read(_HEAD))
    if demuxer is None:
        raise MediaError(f"This is no recording: give {_KINDS}.")
    heard = f"silencedetect=noise=-35dB:d=0.3,ametadata=mode=print:file={pauses}"
    # fmt: off
    return [
        ffmpeg, *_QUIET, "-timelimit", str(_TIME_LIMIT),
        *_SAFE, "-f", demuxer, "-i", f"file:{recording.resolve()}",
        "-map", "0:a:0", "-vn", "-sn", "-dn",
        "-ac", "1", "-ar", "16000", "-af", heard,
        *_FLAC, "-f", "flac", f"file:{whole}",
    ]


def _splitting(ffmpeg: str, whole: str, ends: Sequence[float], listing: str) -> list[str]:
    # fmt: off
    return [
        ffmpeg, *_QUIET, "-timelimit", str(_TIME_LIMIT),
        *_SAFE, "-f", "flac", "-i", f"file:{whole}", *_FLAC,
        "-f", "segment", "-segment_format", "flac",
        "-segment_times", ",".join(f"{end:.3f}" for end in ends),
        "-segment_list", f"file:{listing}", "-segment_list_type", "csv",
        "part%04d.flac",
    ]


def pauses_in(file: Path) -> list[tuple[float, float]]:
    """Return where each pause begins and ends, as ffmpeg's silencedetect wrote it.

    Seconds from the beginning of the sound.
    """
    found, start = list[tuple[float, float]](), 0.0
    for kind, at in _SILENCE.findall(file.read_text() if file.exists() else ""):
        if kind == "start":
            start = float(at)
        else:
            found.append((start, float(at)))
    return found


def _ends(pauses: Sequence[float], part_seconds: float) -> list[float]:
    """Return where parts end: in the pause next to each multiple of the wanted length.

    There are always some beyond the recording's own end, which do no harm.
    """
    slack = min(_SLACK, part_seconds / 4)
    ends = list[float]()
    for number in range(1, math.ceil(MAX_SECONDS / part_seconds) + 1):
        wanted = number * part_seconds
        near = [pause for pause in pauses if abs(pause - wanted) <= slack]
        ends.append(min(near, key=lambda pause: abs(pause - wanted), default=wanted))
    return ends


def _listed(folder: Path, listing: str) -> Iterator[Piece]:
    with (folder / listing).open(newline="") as file:
        for name, start, end in csv.reader(file):
            begins = float(start)
            yield Piece(folder / name, begins, round(float(end) - begins, 3))


# Of MP3 and AAC files ffmpeg may only guess the length.
_TELLING = frozenset({"mov", "matroska", "ogg", "flac", "wav"})
_WITHIN = 60  # Seconds; a hostile file must not be looked at for ever


def seconds_of(recording: Path) -> float | None:
    """Return how long a recording is, or ``None`` where its file does not say.

    Raises:
        MediaError: It is no recording, or broken.
    """
    with recording.open("rb") as file:
        demuxer = demuxer_of(file.read(_HEAD))
    if demuxer is None:
        raise MediaError("This is no recording.")
    try:
        with av.open(str(recording), format=demuxer, timeout=_WITHIN) as container:
            seconds = (container.duration or 0) / av.time_base
    except (FFmpegError, OSError, ValueError):
        raise MediaError("The recording cannot be decoded.") from None
    return seconds if seconds > 0 and demuxer in _TELLING else None
