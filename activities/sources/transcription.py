"""The activities ``cut_recording``, ``transcribe_part`` and ``join_transcript``.

Every workflow that starts from a recording calls them, by workflows/sources.py.
"""

import asyncio
import hashlib
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError
from temporalio import activity

from activities.edge import failure, heartbeating
from activities.interfaces import TranscriptionActivities
from activities.sources.documents import store_document, stored_document
from activities.sources.recordings import recordings_web
from galley.budget.ceilings import OverBudgetError
from galley.clients.replicate_http import ReplicateFailure
from galley.clients.storage import ObjectStore, StoreError
from galley.clients.transcribers import Chosen, LocalWhisper, WhisperError, chosen_engine
from galley.clients.web_replies import WebError
from galley.media.errors import MediaError
from galley.media.ffmpeg import find_ffmpeg
from galley.media.recording import MAX_BYTES, PART_SECONDS, CutPart, cut
from galley.models.source import (
    AudioPart,
    CutRecording,
    CutReply,
    JoinTranscript,
    Recording,
    SourceRef,
    TranscribePart,
    Transcript,
)
from galley.settings import Settings
from galley.sources.recordings import audio_name, transcribed, transcript_name
from galley.sources.text import SourceError


@contextmanager
def translated() -> Generator[None]:
    """Translate the errors of the block for Temporal; films and clips use it, too.

    Types: ``SourceError`` and ``MediaError``, final unless a host may answer later or
    ffmpeg ran out of time; ``StoreError``, final unless the store could not be
    reached; ``TranscriptionError``, final unless Replicate may answer later;
    ``OverBudget``, final.
    """
    try:
        yield
    except (SourceError, WebError) as error:
        raise failure(error, kind="SourceError") from None
    except MediaError as error:
        raise failure(error, kind="MediaError") from None
    except (ReplicateFailure, WhisperError) as error:
        raise failure(error, kind="TranscriptionError") from None
    except OverBudgetError as error:
        raise failure(error, kind="OverBudget") from None
    except StoreError as error:
        raise failure(error, kind="StoreError") from None


_FLAC = "audio/flac"
_JSON = "application/json"


class Transcribing(TranscriptionActivities):
    """Cuts recordings into parts, and transcribes parts by Whisper on this machine.

    Args:
        state: The state bucket: ``uploads/<sha256>`` in; ``audio/``, ``transcripts/``
            and ``sources/`` out.
        settings: Names the model, ffmpeg, and the private hosts that may be fetched.
        part_seconds: The length of the parts of a recording.
    """

    def __init__(
        self, state: ObjectStore, settings: Settings, part_seconds: float = PART_SECONDS
    ) -> None:
        self._state = state
        self._chosen = chosen_engine(settings)
        self._ffmpeg = settings.ffmpeg
        self._longest_kb = settings.condense_above_kb
        self._part_seconds = part_seconds
        self._whisper = LocalWhisper(settings.whisper_model or "")
        self._web = recordings_web(settings)

    @activity.defn
    async def cut_recording(self, task: CutRecording) -> CutReply:
        """Fetch a recording and store its sound in parts, by content hash.

        Safe to repeat: the same recording gives the same parts.

        Raises:
            ApplicationError: As :func:`translated`.
        """
        with translated():
            # Asked before anything is fetched: a recording may have gigabytes.
            chosen = self._require_engine()
            async with heartbeating():
                with tempfile.TemporaryDirectory(prefix="galley-sound-") as name:
                    folder = Path(name)
                    file = folder / "recording"
                    await self._fetch(task, file)
                    (folder / "parts").mkdir()
                    pieces = await cut(
                        find_ffmpeg(self._ffmpeg), file, folder / "parts", self._part_seconds
                    )
                    parts = [await self._keep(piece) for piece in pieces]
        # The engine goes into the history: all parts are transcribed by the same one.
        return CutReply(
            parts=tuple(parts),
            seconds=sum(part.seconds for part in parts),
            engine=chosen.engine,
            model=chosen.model,
        )

    @activity.defn
    async def transcribe_part(self, task: TranscribePart) -> None:
        """Transcribe one part, unless its transcript is stored.

        Safe to repeat: a part has one transcript by each model.

        Raises:
            ApplicationError: As :func:`translated`.
        """
        name = transcript_name(task.part, task.model)
        with translated():
            self._require_engine(task.model)
            async with heartbeating():
                if await self._state.exists(name):
                    return
                with tempfile.TemporaryDirectory(prefix="galley-sound-") as folder:
                    file = Path(folder) / "part.flac"
                    if not await self._state.get_file(audio_name(task.part), file, MAX_BYTES):
                        raise _gone()
                    transcript = await self._whisper.transcribe(file)
                data = transcript.model_dump_json().encode()
                await self._state.put_if_absent(name, data, _JSON)

    @activity.defn
    async def join_transcript(self, task: JoinTranscript) -> SourceRef:
        """Join the transcripts of all parts into the source's text; delete the sound.

        Safe to repeat: the same transcripts give the same text.

        Raises:
            ApplicationError: As :func:`translated`.
        """
        with translated():
            async with heartbeating():
                document = await stored_document(self._state, task.source.sha256, SourceError)
                transcripts = [await self._transcript(part, task.model) for part in task.parts]
                # In a thread: hours of speech take seconds, and heartbeats must go on.
                whole = await asyncio.to_thread(transcribed, document, task.parts, transcripts)
                source = await store_document(self._state, whole, self._longest_kb)
                # Transcripts stay: another campaign of the recording uses them.
                for part in task.parts:
                    await self._state.delete(audio_name(part))
        return source

    async def _fetch(self, task: CutRecording, file: Path) -> None:
        recording = task.source.recording or Recording()
        if recording.url:
            await self._web.save(recording.url, file)
        elif not await self._state.get_file(f"uploads/{recording.upload}", file, MAX_BYTES):
            raise SourceError(f"{task.name[:80]} was not uploaded: start the campaign again.")

    async def _keep(self, piece: CutPart) -> AudioPart:
        data = await asyncio.to_thread(piece.path.read_bytes)
        part = AudioPart(
            sha256=hashlib.sha256(data).hexdigest(),
            start=piece.start,
            seconds=piece.seconds,
            size=len(data),
        )
        await self._state.put_file(audio_name(part), piece.path, _FLAC)
        return part

    async def _transcript(self, part: AudioPart, model: str) -> Transcript:
        data = await self._state.get(transcript_name(part, model))
        try:
            return Transcript.model_validate_json(data or b"")
        except ValidationError:
            raise _gone() from None

    def _require_engine(self, model: str = "") -> Chosen:
        """Return the engine of the settings; it must have this model, if one is given."""
        if self._chosen is None:
            raise WhisperError(
                "Nothing transcribes recordings on this worker: set GALLEY_TRANSCRIBE "
                "(docs/how-to-transcribe.md)."
            )
        # One model transcribes all parts, and the settings may have changed since the cut.
        if model and model != self._chosen.model:
            raise WhisperError(
                "The settings name another model than when this recording was cut: "
                "start the campaign again, or set the former model."
            )
        return self._chosen


def _gone() -> SourceError:
    return SourceError(
        "A part of the recording or its transcript is not in the state bucket any "
        "more: start the campaign again."
    )
