"""Sources of campaigns, texts and clips: an address, or files on this machine.

A file is stored in the state bucket by its content hash before anything starts; a
recording is too large to be held in memory and stays a path until then.
"""

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from app.connections import Connections
from app.errors import InvalidRequestError
from galley.media.confined import LIMITS, confined_in, reading
from galley.media.errors import MediaError
from galley.media.recording import MAX_BYTES as MAX_RECORDING_BYTES
from galley.media.recording import demuxer_of, seconds_of
from galley.models.source import SourceKind, SourceSpec
from galley.sandbox.pool import waited_for
from galley.sources.confined import read_confined
from galley.sources.identity import is_recording, spec_for
from galley.sources.recordings import GivenTranscript, read_given, require_within
from galley.sources.text import MAX_BYTES, MAX_PDF_BYTES

_BYTES = "application/octet-stream"
_HEAD = 4096
"""Bytes of a recording that show its format."""
_TRANSCRIPTS = (".vtt", ".srt")


class Transcript(NamedTuple):
    """A transcript that was checked."""

    name: str
    data: bytes
    language: str | None

    @property
    def sha256(self) -> str:
        """Its name among the uploads."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class GivenSource:
    """A source, and the files of it that the state bucket does not have yet."""

    spec: SourceSpec
    data: bytes | None = field(default=None, repr=False)
    """The file it is, unless that is a recording."""
    recording: Path | None = None
    transcript: Transcript | None = None
    """What is said in the recording, if a person gave that."""


def read_source(named: str, transcript: Path | None = None) -> GivenSource:
    """Return the source that is called ``named``: an address, or a file.

    Args:
        named: A URL, or the path of a file on this machine.
        transcript: The file of what is said in it, if it is a recording.

    Raises:
        InvalidRequestError: It cannot be read, or is too large; or it is no recording
            and has a transcript.
        SourceError: The source, or its transcript, cannot be used.
    """
    recording = find_recording(named)
    data = None if recording else read_file(named)
    spec = spec_of_recording(recording) if recording else spec_for(named, data)
    source = GivenSource(spec, data, recording)
    if transcript is None:
        return source
    return with_transcript(source, read_transcript(transcript, recording))


def with_transcript(source: GivenSource, words: Transcript) -> GivenSource:
    """Return the source as a recording of which these are the words.

    Raises:
        InvalidRequestError: It is a file that is no recording.
    """
    spec = source.spec
    if spec.kind is not SourceKind.RECORDING and not spec.url:
        raise InvalidRequestError(
            "A transcript goes with a recording: give an audio or video file, or the "
            "address of one; or give the transcript alone, as the source."
        )
    # A page may hold a recording; that is seen when it is read.
    spoken = {
        "kind": SourceKind.RECORDING,
        "transcript": words.sha256,
        "transcript_language": words.language,
    }
    return replace(source, spec=spec.model_copy(update=spoken), transcript=words)


async def upload(source: GivenSource, connections: Connections) -> None:
    """Put the files of a source into the state bucket, where workers read them.

    Raises:
        StoreError: The bucket takes them not.
    """
    state, name = connections.state, f"uploads/{source.spec.upload}"
    if source.transcript is not None:
        words = source.transcript
        await state.put_if_absent(f"uploads/{words.sha256}", words.data, _BYTES, same=True)
    if source.data is not None:
        await state.put_if_absent(name, source.data, _BYTES, same=True)
    if source.recording is not None:
        what = f"putting {source.recording.name[:80]} into the state bucket"
        async with connections.progress.waiting(what):
            await state.put_file(name, source.recording, _BYTES)


def read_file(named: str) -> bytes | None:
    """Return the bytes of the file called ``named``, or ``None`` if there is none.

    Raises:
        InvalidRequestError: The file is there, but cannot be read.
    """
    path = Path(named).expanduser()
    try:
        if not path.exists():
            return None
        if path.is_dir():
            raise InvalidRequestError(f"{named} is a folder: name a file in it.")
        most = MAX_PDF_BYTES if path.suffix.lower() == ".pdf" else MAX_BYTES
        with path.open("rb") as file:
            # One more byte shows the reader of the format that it is too large.
            return file.read(most + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "that is no file name"
        raise InvalidRequestError(f"{named[:200]} cannot be read: {reason}.") from error


def find_recording(named: str) -> Path | None:
    """Return the file called ``named`` if it is a recording by its name.

    Raises:
        InvalidRequestError: It cannot be read, is too large, or is no recording.
    """
    if "://" in named or not is_recording(named):
        return None
    path = Path(named).expanduser()
    try:
        if not path.is_file():
            return None
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise InvalidRequestError(f"{named[:200]} cannot be read: {error.strerror}.") from error
    if size > MAX_RECORDING_BYTES:
        raise InvalidRequestError(
            f"{path.name[:80]} is larger than {MAX_RECORDING_BYTES // 1_000_000} MB: "
            "give its sound alone, as an MP3 or M4A file."
        )
    if demuxer_of(head) is None:
        raise InvalidRequestError(f"{path.name[:80]} is called a recording, but is none.")
    return path


def spec_of_recording(path: Path) -> SourceSpec:
    """Return the spec of a recording; its bytes are its identity."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return SourceSpec(kind=SourceKind.RECORDING, name=path.name, upload=sha256)


def transcript_beside(recording: Path) -> Path | None:
    """Return the transcript that lies beside a recording under the same name."""
    near = (recording.with_suffix(suffix) for suffix in _TRANSCRIPTS)
    return next((path for path in near if path.is_file()), None)


def read_transcript(path: Path, recording: Path | None) -> Transcript:
    """Return the transcript of a file.

    Args:
        path: A .vtt or .srt file.
        recording: What it should be the transcript of, if that is a file.

    Raises:
        InvalidRequestError: The file, or the recording, cannot be read.
        SourceError: Its times cannot be right, or not of this recording.
    """
    name = path.name[:80]
    try:
        if not path.is_file():
            raise InvalidRequestError(f"There is no transcript {str(path)[:200]}.")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)  # one byte more shows that it is too large
    except OSError as error:
        raise InvalidRequestError(f"{name} cannot be read: {error.strerror}.") from error
    read = read_confined(GivenTranscript, read_given, data, name)
    transcript = waited_for(read)
    try:
        seconds = _seconds_of(recording) if recording else None
    except MediaError as error:
        of = recording.name[:80] if recording else ""
        raise InvalidRequestError(f"{of}: {error}") from None
    if seconds is not None:
        require_within(transcript.cues, seconds, name)
    return Transcript(path.name, data, transcript.language)


def _seconds_of(recording: Path) -> float | None:
    path = recording.resolve()
    with reading(path, module=seconds_of.__module__) as sandbox:
        return waited_for(confined_in(sandbox, LIMITS, seconds_of, path))
