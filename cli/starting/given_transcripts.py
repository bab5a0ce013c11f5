"""The transcript of a recording on this machine, in place of having it heard."""

import hashlib
from pathlib import Path
from typing import NamedTuple

from cli.terminal.failures import usage
from cli.terminal.output import say
from cli.terminal.proofs import clean
from galley.clients.storage import ObjectStore
from galley.media.errors import MediaError
from galley.media.length import seconds_of
from galley.models import SourceKind, SourceSpec
from galley.sources.given_transcripts import read_given, require_within
from galley.sources.plain import MAX_BYTES

_SUFFIXES = (".vtt", ".srt")
_BYTES = "application/octet-stream"


class TranscriptFile(NamedTuple):
    """A transcript that was checked."""

    name: str
    data: bytes
    language: str | None

    @property
    def sha256(self) -> str:
        """Its name among the uploads."""
        return hashlib.sha256(self.data).hexdigest()


def find_transcript(
    named: Path | None, recording: Path | None, *, is_heard: bool
) -> TranscriptFile | None:
    """Return the transcript to go by, or ``None`` if the recording is to be heard.

    Args:
        named: What the person named.
        recording: The file; one of the same name that ends in .vtt or .srt is its
            transcript, and that is said.
        is_heard: Whether it shall be heard in any case.

    Raises:
        CommandError: It cannot be read; exit code 2.
        SourceError: Its times cannot be right, or not of this recording.
    """
    if named is not None and is_heard:
        raise usage("Give --transcript or --transcribe, not both.")
    path = named or (None if is_heard else _beside(recording))
    if path is None:
        return None
    if named is None:
        say(clean(f"The words are those of {path.name}; to hear it: --transcribe"))
    name, data = path.name[:80], _read(path)
    transcript = read_given(data, name)
    seconds = _length(recording) if recording else None
    if seconds is not None:
        require_within(transcript.cues, seconds, name)
    return TranscriptFile(path.name, data, transcript.language)


def with_transcript(spec: SourceSpec, words: TranscriptFile) -> SourceSpec:
    """Return the source as a recording of which these are the words.

    Raises:
        CommandError: It is a file that is no recording; exit code 2.
    """
    if spec.kind is not SourceKind.RECORDING and not spec.url:
        raise usage(
            "--transcript goes with a recording: give an audio or video file, or the "
            "address of one; or give the transcript alone, as the source."
        )
    # A page may hold a recording; that is seen when it is read.
    return spec.model_copy(
        update={
            "kind": SourceKind.RECORDING,
            "transcript": words.sha256,
            "transcript_language": words.language,
        }
    )


async def keep_transcript(words: TranscriptFile, state: ObjectStore) -> None:
    """Put a transcript into the state bucket, where its recording is read with it."""
    name = f"uploads/{words.sha256}"
    await state.put_if_absent(name, words.data, _BYTES, same=True)


def _beside(recording: Path | None) -> Path | None:
    if recording is None:
        return None
    near = (recording.with_suffix(suffix) for suffix in _SUFFIXES)
    return next((path for path in near if path.is_file()), None)


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise usage(f"There is no transcript {str(path)[:200]}.")
        with path.open("rb") as file:
            # One more tells that it is too large.
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise usage(f"{path.name[:80]} cannot be read: {error.strerror}.") from error


def _length(recording: Path) -> float | None:
    try:
        return seconds_of(recording)
    except MediaError as error:
        raise usage(f"{recording.name[:80]}: {error}") from None
