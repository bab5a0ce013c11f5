"""The source of a campaign, piece or clips: read, transcribed and condensed by activities."""

import asyncio
import itertools
from collections.abc import Callable

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from activities.interfaces import (
    CondensingActivities,
    PaidTranscriptionActivities,
    SourceActivities,
    TranscriptionActivities,
)
from galley.models.source import (
    AudioPart,
    AwaitTranscript,
    CondenseSource,
    CutRecording,
    CutReply,
    Engine,
    JoinTranscript,
    SourceRef,
    SourceSpec,
    TranscribePart,
    TranscriptOutcome,
    TranscriptReply,
)
from workflows import ids, options

# On Replicate. More at a time would set aside far more money than they cost.
_ORDERED_AT_ONCE = 2
# For one part in one run. A second order is billed again, if the first one ran.
_ORDERS = 2


class Transcription:
    """The transcription of one recording.

    Args:
        key: The key of the campaign; paid calls count to its ceiling.
        tell: Shows the progress.
    """

    def __init__(self, key: str, tell: Callable[[str], None]) -> None:
        self._key = key
        self._tell = tell
        self._done = 0.0

    async def run(self, name: str, source: SourceRef) -> SourceRef:
        """Return the source with its text."""
        self._tell("fetching the recording and cutting it into parts")
        cut = await workflow.execute_activity_method(
            TranscriptionActivities.cut_recording,
            CutRecording(source=source, name=name),
            **options.queued(options.CUT_RECORDING, ids.Queue.SPEECH),
        )
        self._show(cut)
        await self._all(cut)
        return await workflow.execute_activity_method(
            TranscriptionActivities.join_transcript,
            JoinTranscript(source=source, parts=cut.parts, model=cut.model),
            **options.queued(options.JOIN_TRANSCRIPT, ids.Queue.SPEECH),
        )

    async def _all(self, cut: CutReply) -> None:
        """Transcribe every part, several at a time."""
        left = list(cut.parts)
        failures: list[ActivityError | ApplicationError] = []

        async def work() -> None:
            # After a failure, parts under way are finished: they may be paid for, and a
            # campaign that is started again finds them. A step that ends well although it
            # was cancelled hides the cancellation, so that is asked for, too.
            while left and not failures and workflow.cancellation_reason() is None:
                part = left.pop(0)
                try:
                    await self._part(part, cut)
                except (ActivityError, ApplicationError) as error:
                    failures.append(error)
                    return
                self._done += part.seconds
                self._show(cut)

        at_once = 1 if cut.engine is Engine.LOCAL else _ORDERED_AT_ONCE
        await asyncio.gather(*(work() for _ in range(at_once)))
        if failures:
            raise failures[0]

    async def _part(self, part: AudioPart, cut: CutReply) -> None:
        if cut.engine is Engine.LOCAL:
            await workflow.execute_activity_method(
                TranscriptionActivities.transcribe_part,
                TranscribePart(part=part, model=cut.model, campaign_key=self._key),
                **options.queued(
                    options.TRANSCRIBE_PART, ids.Queue.SPEECH, f"from {_clock(part.start)}"
                ),
            )
            return
        ordered, last = 0, TranscriptReply(outcome=TranscriptOutcome.EXPIRED)
        for number in itertools.count(1):
            task = TranscribePart(part=part, model=cut.model, campaign_key=self._key, order=number)
            order = await workflow.execute_activity_method(
                PaidTranscriptionActivities.order_transcript,
                task,
                **options.queued(
                    options.ORDER_TRANSCRIPT, ids.Queue.SPEECH, f"from {_clock(part.start)}"
                ),
            )
            if not order.prediction_id:
                return  # its transcript is stored already
            # Orders of earlier runs are awaited, and do not count to this one's.
            ordered += order.is_new
            last = await self._outcome(task, order.prediction_id)
            if last.outcome is TranscriptOutcome.DONE:
                return
            if ordered == _ORDERS:
                break
        raise ApplicationError(
            f"Replicate did not transcribe the recording from {_clock(part.start)} on "
            f"({' '.join(filter(None, (last.outcome.value, last.message)))}): start "
            "the campaign again; what is transcribed is kept.",
            type="TranscriptionError",
            non_retryable=True,
        )

    async def _outcome(self, task: TranscribePart, prediction_id: str) -> TranscriptReply:
        awaited = AwaitTranscript(task=task, prediction_id=prediction_id)
        reply = await workflow.execute_activity_method(
            PaidTranscriptionActivities.await_transcript,
            awaited,
            **options.queued(options.AWAIT_TRANSCRIPT, ids.Queue.SPEECH),
        )
        if reply.outcome is not TranscriptOutcome.DONE:
            return reply
        return await workflow.execute_activity_method(
            PaidTranscriptionActivities.store_transcript,
            awaited,
            **options.queued(options.STORE_TRANSCRIPT, ids.Queue.SPEECH),
        )

    def _show(self, cut: CutReply) -> None:
        self._tell(f"transcribed {_minutes(self._done)} of {_minutes(cut.seconds)} minutes")


def _minutes(seconds: float) -> str:
    """Return whole minutes; of less than ten, tenths."""
    minutes = seconds / 60
    return f"{minutes:.{int(minutes < 10)}f}".removesuffix(".0")  # noqa: PLR2004


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


Tell = Callable[[str], None]
"""Shows a stage of the run."""


async def read(spec: SourceSpec, key: str, tell: Tell) -> SourceRef:
    """Return the source with its text; a recording is transcribed.

    Args:
        spec: The source.
        key: The key of the run; paid transcriptions count to its ceiling.
        tell: Shows the progress of a transcription.
    """
    source = await workflow.execute_activity_method(
        SourceActivities.read_source, spec, **options.READ_SOURCE
    )
    if source.recording is None:
        return source
    return await Transcription(key, tell).run(spec.name, source)


async def condensed(source: SourceRef, key: str, instructions: str, tell: Tell) -> SourceRef:
    """Return the source; a long one with a brief, written once for all drafts.

    Args:
        source: The source with its text.
        key: The key of the run; the calls count to its ceiling.
        instructions: A person's words on what the drafts should do.
        tell: Shows that the source is condensed.
    """
    if not source.is_long:
        return source
    tell("condensing the source")
    brief = await workflow.execute_activity_method(
        CondensingActivities.condense_source,
        CondenseSource(key=key, sha256=source.sha256, instructions=instructions),
        **options.CONDENSE_SOURCE,
    )
    return source.model_copy(update={"brief": brief})
