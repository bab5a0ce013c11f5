"""How long a recording is, by what its file says."""

from pathlib import Path

import av
from av.error import FFmpegError

from galley.media.errors import MediaError
from galley.media.sound import demuxer_of

_HEAD = 4096
_TELLING = frozenset({"mov", "matroska", "ogg", "flac", "wav"})
"""Of MP3 and AAC files ffmpeg may only guess the length."""
_WITHIN = 60
"""Seconds; a hostile file must not be looked at for ever."""


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
