"""Look at speech that a model made: decode it, measure it, find its pauses."""

import io
from dataclasses import dataclass
from pathlib import Path

import av

from galley.media.facts import MediaError, MediaMemoryError, MediaTimeoutError, Probe
from galley.media.probe import decoding
from galley.media.sound import amplified, demuxer_of, gain_for, measuring, pauses_in
from galley.media.video import run_ffmpeg
from galley.models import MediaKind

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


@dataclass(frozen=True)
class Speech:
    """A speech in a file, and what was measured of it.

    ``gain`` is in decibels, ``None`` of silence; ``pauses`` begin and end in seconds.
    """

    data: bytes
    seconds: float
    demuxer: str
    gain: float | None
    pauses: tuple[tuple[float, float], ...]


def listen(data: bytes) -> Probe:
    """Decode a sound, and say what it is. Blocks for up to some seconds.

    Raises:
        MediaError: It is none, broken, or longer than :data:`MOST_SECONDS`.
    """
    demuxer = demuxer_of(data[:_HEAD])
    if demuxer not in _TYPES:
        raise MediaError("It is no sound.")
    with decoding(_BROKEN), av.open(io.BytesIO(data), "r", format=demuxer) as container:
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
            ffmpeg, "-nostdin", "-hide_banner", "-loglevel", "fatal", "-y",
            "-timelimit", str(2 * _WITHIN), "-protocol_whitelist", "file",
            "-f", demuxer, "-i", "file:speech",
            "-map", "0:a:0", "-vn", "-sn", "-dn", "-af", filters, "-f", "null", "-",
        ]
        # fmt: on
        try:
            await run_ffmpeg(command, _WITHIN, folder)
        except (MediaMemoryError, MediaTimeoutError):
            raise
        except MediaError:
            # What ffmpeg says of a stranger's file may hold words of the stranger's.
            raise MediaError(_BROKEN) from None

    async def measure(gain: float, report: str) -> None:
        await run(measuring(gain, report))

    gain = await gain_for(measure, folder)
    loud = amplified(gain or 0.0)
    await run(f"{loud},{_PAUSE},ametadata=mode=print:file=pauses.txt")
    pauses = tuple(pauses_in(folder / "pauses.txt"))
    return Speech(data, seconds, demuxer, gain, pauses)
