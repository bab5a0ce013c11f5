"""Loudness of a clip or a speech, by EBU R 128, and the filters that bring it to -14 LUFS.

ffmpeg's loudnorm was tried: where peaks forbid a steady gain, as they do in speech, it
pumps and missed the target by 2 LU. A gain and a limiter, with the gain found by measuring
what comes out of both, come within a third of a unit and cost as little. Cutting a clip and
measuring a generated speech call it.
"""

import io
import math
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from galley.media.errors import MediaError
from galley.media.ffmpeg import DECODE_ONLY, command_head, run_ffmpeg
from galley.media.probe import Probe, decoding, opened
from galley.media.recording import demuxer_of, pauses_in
from galley.models.media import MediaKind

TARGET = -14.0
"""LUFS at which networks play: they turn down what is louder, not up what is softer."""
CLOSE = 0.3
"""Units from the target at which a gain is kept."""
TRIES = 5
_STEEP = 1.3  # the limiter takes some of a gain away again, so the next step is larger
_SILENT = -60.0
_MOST_GAIN = 36.0  # decibels; more would make a hiss a roar
_TAIL = 4096  # bytes; ffmpeg writes a line for each frame, and only the last one counts
_LEVEL = re.compile(r"lavfi\.r128\.I=(-?\d{1,4}(?:\.\d{1,6})?)")
MOST_SECONDS = 600.0
_HEAD = 4096
_BROKEN = "The speech is broken: it cannot be decoded."
_WITHIN = 60
_TYPES = {
    "mp3": "audio/mpeg",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "ogg": "audio/ogg",
    "aac": "audio/aac",
    "mov": "audio/mp4",
}
_PAUSE = "silencedetect=noise=-35dB:d=0.15"


def amplified(gain: float) -> str:
    """Return the filters that make stereo sound louder by ``gain`` decibels.

    At twice the rate the limiter holds peaks under -1.7 dB, so that the encoded sound stays
    under -1 dBTP between two samples.
    """
    return (
        "aresample=96000,aformat=channel_layouts=stereo,"
        f"volume={gain:.2f}dB,alimiter=limit=0.82:level=false:attack=3:release=60"
    )


def measuring(gain: float, report: str) -> str:
    """Return the filters that write the loudness at ``gain`` into the file ``report``."""
    return (
        f"{amplified(gain)},ebur128=metadata=1,ametadata=mode=print:key=lavfi.r128.I:file={report}"
    )


def read_level(report: Path) -> float | None:
    """Return the loudness in LUFS, measured by EBU R 128; ``None`` of silence."""
    if not report.exists():
        return None
    with report.open("rb") as file:
        file.seek(max(0, report.stat().st_size - _TAIL))
        found = _LEVEL.findall(file.read().decode("ascii", "replace"))
    level = float(found[-1]) if found else _SILENT
    return level if level > _SILENT else None


async def gain_for(measure: Callable[[float, str], Awaitable[None]], folder: Path) -> float | None:
    """Return the gain that brings a sound to :data:`TARGET`; ``None`` of silence.

    Args:
        measure: Writes the loudness at a gain into a file of ``folder``, by the filters of
            :func:`measuring`.
        folder: Where the files are.
    """
    gain, best = 0.0, (math.inf, 0.0)
    for number in range(TRIES):
        report = f"loud{number}.txt"
        await measure(gain, report)
        level = read_level(folder / report)
        if level is None:
            return None
        best = min(best, (abs(level - TARGET), gain))
        if best[0] <= CLOSE:
            break
        gain = next_gain(gain, level)
    return best[1]


def next_gain(gain: float, level: float) -> float:
    """Return the gain to try after one that gave the loudness ``level``."""
    return max(-_MOST_GAIN, min(_MOST_GAIN, gain + (TARGET - level) * _STEEP))


@dataclass(frozen=True)
class Speech:
    """A speech as a file, with its measured gain and pauses.

    ``gain`` is in decibels, ``None`` of silence; ``pauses`` begin and end in seconds.
    """

    data: bytes
    seconds: float
    demuxer: str
    gain: float | None
    pauses: tuple[tuple[float, float], ...]


def listen(data: bytes) -> Probe:
    """Decode a sound and return its facts. Blocks for up to some seconds.

    Raises:
        MediaError: It is none, broken, or longer than :data:`MOST_SECONDS`.
    """
    demuxer = demuxer_of(data[:_HEAD])
    if demuxer not in _TYPES:
        raise MediaError("It is no sound.")
    with decoding(_BROKEN), opened(io.BytesIO(data), demuxer) as container:
        if container.streams.video or not container.streams.audio:
            raise MediaError("It is no sound.")
        stream, seconds = container.streams.audio[0], 0.0
        for frame in container.decode(stream):
            seconds += frame.samples / max(1, frame.sample_rate)
            if seconds > MOST_SECONDS:
                raise MediaError(f"It is longer than {MOST_SECONDS:.0f} s.")
        codec = stream.codec_context.name
    if not seconds:
        raise MediaError(_BROKEN)
    return Probe(
        kind=MediaKind.SOUND,
        mime=_TYPES[demuxer],
        size=len(data),
        width=0,
        height=0,
        codec=codec,
        duration=seconds,
        has_sound=True,
        sound_codec=codec,
    )


async def measured(ffmpeg: str, data: bytes, seconds: float, folder: Path) -> Speech:
    """Return a speech with its gain and pauses. Cancelling kills ffmpeg.

    Args:
        ffmpeg: The program.
        data: What :func:`listen` decoded.
        seconds: Its length.
        folder: An empty one.

    Raises:
        MediaError: ffmpeg cannot read it.
        MediaTimeoutError: It took longer than its limit.
    """
    demuxer = demuxer_of(data[:_HEAD]) or ""
    (folder / "speech").write_bytes(data)

    async def run(filters: str) -> None:
        # fmt: off
        command = [
            *command_head(ffmpeg, 2 * _WITHIN),
            "-protocol_whitelist", "file", *DECODE_ONLY, "-f", demuxer, "-i", "file:speech",
            "-map", "0:a:0", "-vn", "-sn", "-dn", "-af", filters, "-f", "null", "-",
        ]
        # fmt: on
        await run_ffmpeg(command, _WITHIN, folder, broken=_BROKEN)

    async def measure(gain: float, report: str) -> None:
        await run(measuring(gain, report))

    gain = await gain_for(measure, folder)
    # Pauses are looked for in the sound as it will be played: -35 dB are below that loudness.
    loud = amplified(gain or 0.0)
    await run(f"{loud},{_PAUSE},ametadata=mode=print:file=pauses.txt")
    pauses = tuple(pauses_in(folder / "pauses.txt"))
    return Speech(data, seconds, demuxer, gain, pauses)
