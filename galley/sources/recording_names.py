"""Tell audio and video by their names; loads nothing, for the command line."""

import re

SUFFIXES = (
    *(".mp3", ".m4a", ".m4b", ".aac", ".ogg", ".oga", ".opus", ".flac", ".wav"),
    *(".mp4", ".m4v", ".mov", ".webm", ".mkv"),
)


def is_recording(name: str) -> bool:
    """Return whether a file or address is called like audio or video."""
    path = re.split(r"[?#]", name, maxsplit=1)[0] if "://" in name else name
    return path.lower().endswith(SUFFIXES)
