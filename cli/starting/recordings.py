"""Recordings on this machine: too large to be read at once."""

import hashlib
from pathlib import Path, PurePath

from cli.terminal.failures import usage
from galley.media.sound import MAX_BYTES, demuxer_of
from galley.models import SourceKind, SourceSpec
from galley.sources.recording_names import is_recording

_HEAD = 4096


def find_recording(argument: str) -> Path | None:
    """Return the file called ``argument`` if it is a recording by its name.

    Raises:
        CommandError: It cannot be read, is too large, or is no recording.
    """
    if "://" in argument or not is_recording(argument):
        return None
    path = Path(argument).expanduser()
    try:
        if not path.is_file():
            return None
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise usage(f"{argument[:200]} cannot be read: {error.strerror}.") from error
    if size > MAX_BYTES:
        raise usage(
            f"{path.name[:80]} is larger than {MAX_BYTES // 1_000_000} MB: give its "
            "sound alone, as an MP3 or M4A file."
        )
    if demuxer_of(head) is None:
        raise usage(f"{path.name[:80]} is called a recording, but is none.")
    return path


def spec_of_recording(path: Path) -> SourceSpec:
    """Return the spec of a recording; its bytes are its identity."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    name = PurePath(path).name
    return SourceSpec(kind=SourceKind.RECORDING, name=name, upload=sha256)
