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
    OrderReply,
    SourceRef,
    SourceSpec,
    TranscribePart,
    TranscriptOutcome,
    TranscriptReply,
)
from workflows import ids, options

_ORDERED_AT_ONCE = 2
"""On Replicate. The most each can cost is set aside, which is far more than it will."""
_ORDERS = 2
"""Of one part in one run: a second is billed again, if the first one ran."""


class Transcription:
    """The transcription of one recording.

    Args:
        key: The campaign's; paid calls count to its ceiling.
        tell: Shows how far it is.
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
            **options.queued(options.CUT_RECORDING, ids.speech_queue),
        )
        self._show(cut)
        await self._all(cut)
        return await workflow.execute_activity_method(
            TranscriptionActivities.join_transcript,
            JoinTranscript(source=source, parts=cut.parts, model=cut.model),
            **options.queued(options.JOIN_TRANSCRIPT, ids.speech_queue),
        )

    async def _all(self, cut: CutReply) -> None:
        """Transcribe every part; after a failure, those under way are waited for.

        They may be paid for, and a campaign that is started again finds them.
        """
        left = list(cut.parts)
        failures: list[ActivityError | ApplicationError] = []

        async def work() -> None:
            # A step that ends well although it was cancelled hides the cancellation.
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
            await self._here(part, cut)
            return
        ordered, last = 0, TranscriptReply(outcome=TranscriptOutcome.EXPIRED)
        for number in itertools.count(1):
            task = TranscribePart(part=part, model=cut.model, campaign_key=self._key, order=number)
            order = await self._order(task)
            if not order.prediction_id:
                return
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

    async def _order(self, task: TranscribePart) -> OrderReply:
        named = options.named(options.ORDER_TRANSCRIPT, f"from {_clock(task.part.start)}")
        return await workflow.execute_activity_method(
            PaidTranscriptionActivities.order_transcript,
            task,
            **options.queued(named, ids.speech_queue),
        )

    async def _outcome(self, task: TranscribePart, prediction_id: str) -> TranscriptReply:
        awaited = AwaitTranscript(task=task, prediction_id=prediction_id)
        reply = await workflow.execute_activity_method(
            PaidTranscriptionActivities.await_transcript,
            awaited,
            **options.queued(options.AWAIT_TRANSCRIPT, ids.speech_queue),
        )
        if reply.outcome is not TranscriptOutcome.DONE:
            return reply
        return await workflow.execute_activity_method(
            PaidTranscriptionActivities.store_transcript,
            awaited,
            **options.queued(options.STORE_TRANSCRIPT, ids.speech_queue),
        )

    async def _here(self, part: AudioPart, cut: CutReply) -> None:
        named = options.named(options.TRANSCRIBE_PART, f"from {_clock(part.start)}")
        await workflow.execute_activity_method(
            TranscriptionActivities.transcribe_part,
            TranscribePart(part=part, model=cut.model, campaign_key=self._key),
            **options.queued(named, ids.speech_queue),
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
"""Shows what is waited for."""


async def read(spec: SourceSpec, key: str, tell: Tell) -> SourceRef:
    """Return the source with its text; a recording is transcribed.

    Args:
        spec: What to read.
        key: The run's; paid transcriptions count to its ceiling.
        tell: Shows how far a transcription is.
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
        source: What was read.
        key: The run's; the calls count to its ceiling.
        instructions: What the drafts should do, in a person's words.
        tell: Shows that it is condensed.
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
