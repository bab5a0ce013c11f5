"""Recordings that strangers give: their format and length, their pauses, and parts cut from them.

The source activities call it before a recording is transcribed.
"""

import asyncio
import csv
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import filetype  # pyright: ignore[reportMissingTypeStubs]

from galley.media.errors import MediaError
from galley.media.ffmpeg import DECODE_ONLY, DECODERS, command_head, run_ffmpeg

MAX_SECONDS = 4 * 3600
MAX_BYTES = 2_000_000_000
PART_SECONDS = 300.0
"""A restart loses at most one part; parts of a minute would end in mid-sentence more often."""
_SLACK = 30.0  # seconds around the wanted end of a part in which a pause is looked for
_TIME_LIMIT = 1200  # seconds, for four hours of video; sound alone is far quicker
_OPEN_WITHIN = 60  # seconds; a hostile file must not be looked at for ever
_HEAD = 4096
# ffmpeg only guesses the length of MP3 and AAC files, so those do not count.
_TELLS_LENGTH = frozenset({"mov", "matroska", "ogg", "flac", "wav"})
_SILENCE = re.compile(r"lavfi\.silence_(start|end)=([0-9]{1,6}(?:\.[0-9]{1,9})?)")
# Naming the format keeps ffmpeg's other demuxers out of reach: playlists and scripts among them
# name further files and addresses.
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
_LOCAL_ONLY = ("-protocol_whitelist", "file,pipe")
_FLAC = (
    *("-c:a", "flac", "-sample_fmt", "s16", "-threads", "1"),
    # No dates and versions: the same sound has the same hash, by which its transcript is found.
    *("-fflags", "+bitexact", "-flags:a", "+bitexact", "-map_metadata", "-1"),
)


@dataclass(frozen=True)
class CutPart:
    """One part as a file; ``start`` is its place in the recording, in seconds."""

    path: Path
    start: float
    seconds: float


def demuxer_of(head: bytes) -> str | None:
    """Return ffmpeg's name for what begins so, or ``None`` if it is no recording."""
    if head[4:8] == b"ftyp":
        return "mov"
    mime: str | None = filetype.guess_mime(head)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return _DEMUXERS.get(mime or "")


def seconds_of(recording: Path) -> float | None:
    """Return the length of a recording, or ``None`` where its file does not tell it.

    Raises:
        MediaError: It is no recording, or broken.
    """
    import av
    from av.error import FFmpegError

    demuxer = _demuxer_of_file(recording)
    try:
        known = {"codec_whitelist": DECODERS}
        with av.open(
            str(recording), format=demuxer, options=known, timeout=_OPEN_WITHIN
        ) as container:
            seconds = (container.duration or 0) / av.time_base
    except (FFmpegError, OSError, ValueError):
        raise MediaError("The recording cannot be decoded.") from None
    return seconds if seconds > 0 and demuxer in _TELLS_LENGTH else None


async def cut(
    ffmpeg: str,
    recording: Path,
    folder: Path,
    part_seconds: float = PART_SECONDS,
    most_seconds: int = MAX_SECONDS,
) -> list[CutPart]:
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
    source = await asyncio.to_thread(recording.resolve)
    whole, pauses, listing = folder / "whole.flac", "pauses.txt", "parts.csv"
    # fmt: off
    extraction = [
        *command_head(ffmpeg, _TIME_LIMIT), *_LOCAL_ONLY,
        *DECODE_ONLY, "-f", _demuxer_of_file(recording), "-i", f"file:{source}",
        "-map", "0:a:0", "-vn", "-sn", "-dn", "-ac", "1", "-ar", "16000",
        "-af", f"silencedetect=noise=-35dB:d=0.3,ametadata=mode=print:file={pauses}",
        # One second more than is allowed shows that the recording is too long.
        *_FLAC, "-f", "flac", "-t", str(most_seconds + 1), f"file:{whole.name}",
    ]
    await run_ffmpeg(extraction, _TIME_LIMIT, folder, broken=_BROKEN)
    ends = _part_ends([sum(one) / 2 for one in pauses_in(folder / pauses)], part_seconds)
    splitting = [
        *command_head(ffmpeg, _TIME_LIMIT), *_LOCAL_ONLY,
        "-f", "flac", "-i", f"file:{whole.name}", *_FLAC,
        "-f", "segment", "-segment_format", "flac",
        "-segment_times", ",".join(f"{end:.3f}" for end in ends),
        "-segment_list", f"file:{listing}", "-segment_list_type", "csv",
        "part%04d.flac",
    ]
    # fmt: on
    await run_ffmpeg(splitting, _TIME_LIMIT, folder, broken=_BROKEN)
    # ffmpeg's own list, because a part ends at a frame of FLAC near the wanted time.
    parts = list[CutPart]()
    for name, start, end in csv.reader((folder / listing).read_text().splitlines()):
        parts.append(CutPart(folder / name, float(start), round(float(end) - float(start), 3)))
    seconds = sum(part.seconds for part in parts)
    if not parts or not seconds:
        raise MediaError(_BROKEN)
    if seconds > most_seconds:
        raise MediaError(
            f"The recording is longer than {most_seconds / 3600:g} hours: give a part "
            "of it, or its transcript as a .vtt, .srt or .txt file."
        )
    whole.unlink()
    return parts


def pauses_in(file: Path) -> list[tuple[float, float]]:
    """Return the start and end of each pause, in seconds, as ffmpeg's silencedetect wrote them."""
    found, start = list[tuple[float, float]](), 0.0
    for kind, at in _SILENCE.findall(file.read_text() if file.exists() else ""):
        if kind == "start":
            start = float(at)
        else:
            found.append((start, float(at)))
    return found


def _demuxer_of_file(recording: Path) -> str:
    with recording.open("rb") as file:
        demuxer = demuxer_of(file.read(_HEAD))
    if demuxer is None:
        raise MediaError(f"This is no recording: give {_KINDS}.")
    return demuxer


def _part_ends(pauses: Sequence[float], part_seconds: float) -> list[float]:
    """Return the end of each part: the pause nearest to each multiple of the wanted length."""
    slack = min(_SLACK, part_seconds / 4)
    ends = list[float]()
    # ffmpeg ignores ends beyond the recording's own, so its length need not be known.
    for number in range(1, math.ceil(MAX_SECONDS / part_seconds) + 1):
        wanted = number * part_seconds
        near = [pause for pause in pauses if abs(pause - wanted) <= slack]
        ends.append(min(near, key=lambda pause: abs(pause - wanted), default=wanted))
    return ends
