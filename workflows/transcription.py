"""Have a recording transcribed, part by part, before anything is written from it."""

from collections.abc import Callable

from temporalio import workflow

from activities.interfaces import TranscriptionActivities
from galley.models import (
    AudioPart,
    CutRecording,
    CutReply,
    JoinTranscript,
    SourceRef,
    TranscribePart,
)
from workflows import ids, options


class Transcription:
    """The transcription of one recording.

    Args:
        key: The campaign's; paid calls count to its ceiling.
        tell: Shows how far it is.
    """

    def __init__(self, key: str, tell: Callable[[str], None]) -> None:
        self._key = key
        self._tell = tell
        self._queue = ids.speech_queue(workflow.info().task_queue)
        self._done = 0.0

    async def run(self, name: str, source: SourceRef) -> SourceRef:
        """Return the source with its text."""
        self._tell("fetching the recording and cutting it into parts")
        cut = await workflow.execute_activity_method(
            TranscriptionActivities.cut_recording,
            CutRecording(source=source, name=name),
            **options.queued(options.CUT_RECORDING, self._queue),
        )
        self._show(cut)
        for part in cut.parts:
            await self._here(part, cut)
            self._done += part.seconds
            self._show(cut)
        return await workflow.execute_activity_method(
            TranscriptionActivities.join_transcript,
            JoinTranscript(source=source, parts=cut.parts, model=cut.model),
            **options.queued(options.JOIN_TRANSCRIPT, self._queue),
        )

    async def _here(self, part: AudioPart, cut: CutReply) -> None:
        named = options.named(options.TRANSCRIBE_PART, f"from {_clock(part.start)}")
        await workflow.execute_activity_method(
            TranscriptionActivities.transcribe_part,
            TranscribePart(part=part, model=cut.model, campaign_key=self._key),
            **options.queued(named, self._queue),
        )

    def _show(self, cut: CutReply) -> None:
        self._tell(
            f"transcribed {_minutes(self._done)} of {_minutes(cut.seconds)} minutes"
        )


def _minutes(seconds: float) -> str:
    """Return whole minutes; of a short recording, tenths."""
    minutes = seconds / 60
    return f"{minutes:.0f}" if minutes >= 10 or not minutes else f"{minutes:.1f}"  # noqa: PLR2004


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
