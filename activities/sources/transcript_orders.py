"""The activities ``order_transcript``, ``await_transcript`` and ``store_transcript``.

A campaign calls them in that order for each part of a recording. The ID of an order is in
the history and in the state bucket before the wait, so nothing is ordered twice: not by a
killed worker, not by a restarted campaign, not by another campaign of the same recording.
"""

import json
from datetime import UTC, datetime, timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.budget.payments import TranscriptBudget
from activities.edge import heartbeating
from activities.interfaces import PaidTranscriptionActivities
from activities.predictions import Predictions
from activities.sources.transcription import translated
from galley.clients.replicate import Prediction, ReplicateClient, Status
from galley.clients.replicate_http import ReplicateFailure
from galley.clients.storage import ObjectStore
from galley.models import (
    AwaitTranscript,
    OrderReply,
    TranscribePart,
    TranscriptOrder,
    TranscriptOrdered,
    TranscriptOutcome,
    TranscriptReply,
)
from galley.sources.recordings import (
    UnreadableOutputError,
    audio_name,
    input_for,
    transcript_folder,
    transcript_name,
    transcript_of,
)
from galley.sources.text import SourceError

_JSON = "application/json"
_SETTLED = timedelta(minutes=2)
"""An order that cannot be found this long after it was tried was never made."""
_FILE_LIVES = timedelta(hours=20)
"""Replicate keeps a file for a day."""
_WORDS = 200
_OUTCOMES = {
    Status.SUCCEEDED: TranscriptOutcome.DONE,
    Status.FAILED: TranscriptOutcome.FAILED,
    Status.CANCELED: TranscriptOutcome.CANCELED,
    Status.ABORTED: TranscriptOutcome.ABORTED,
}


class OrderingTranscripts(PaidTranscriptionActivities):
    """Has parts transcribed by a model of the Whisper family.

    Args:
        state: The state bucket.
        client: Replicate, with the model.
        budget: Pays.
        settled: How long after a lost reply an order may still turn up.
    """

    def __init__(
        self,
        state: ObjectStore,
        client: ReplicateClient,
        budget: TranscriptBudget,
        settled: timedelta = _SETTLED,
    ) -> None:
        self._state = state
        self._client = client
        self._predictions = Predictions(client)
        self._budget = budget
        self._settled = settled

    @activity.defn
    async def order_transcript(self, task: TranscribePart) -> OrderReply:
        """Order the transcript of a part, unless it is there or ordered.

        Safe to repeat: before an order is made, an object says so, with the file it
        is about; one whose reply was lost is found by that file.

        Raises:
            ApplicationError: See ``recording_errors``.
        """
        with translated():
            async with heartbeating():
                return await self._predictions.unless_cancelled(lambda: self._order(task))

    @activity.defn
    async def await_transcript(self, task: AwaitTranscript) -> TranscriptReply:
        """Wait until an order is over. Cancelling the campaign cancels it there.

        Raises:
            ApplicationError: See ``recording_errors``.
        """
        with translated():
            async with heartbeating():
                found = await self._predictions.over(task.prediction_id)
                if found is None:
                    return TranscriptReply(outcome=TranscriptOutcome.EXPIRED)
                payer = await self._payer(task.task)
                is_free = found.status is Status.ABORTED
                ran = 0 if is_free else found.seconds
                await self._budget.paid(payer, ran, found.id)
        return TranscriptReply(
            outcome=_OUTCOMES[found.status], message=" ".join(found.error.split())[:_WORDS]
        )

    @activity.defn
    async def store_transcript(self, task: AwaitTranscript) -> TranscriptReply:
        """Keep what an order gave: Replicate deletes it after an hour.

        Raises:
            ApplicationError: See ``recording_errors``.
        """
        part = task.task.part
        with translated():
            async with heartbeating():
                found = await self._predictions.read(task.prediction_id)
                if found is None or found.output is None:
                    return TranscriptReply(outcome=TranscriptOutcome.EXPIRED)
                try:
                    transcript = transcript_of(found.output, part.seconds)
                except UnreadableOutputError:
                    raise ReplicateFailure(
                        f"{task.task.model[:80]} answers in a form that is not known: "
                        "set GALLEY_REPLICATE_MODEL to a model of the Whisper family."
                    ) from None
                data = transcript.model_dump_json().encode()
                name = transcript_name(part, task.task.model)
                await self._state.put_if_absent(name, data, _JSON)
        return TranscriptReply(outcome=TranscriptOutcome.DONE)

    async def _order(self, task: TranscribePart) -> OrderReply:
        if await self._state.exists(transcript_name(task.part, task.model)):
            return OrderReply()
        known = await self._state.get(_name(task, "id"))
        if known is not None:
            ordered = TranscriptOrdered.model_validate_json(known)
            return OrderReply(prediction_id=ordered.prediction_id)
        found = await self._ordered(task)
        body = TranscriptOrdered(prediction_id=found.id).model_dump_json().encode()
        await self._state.put_if_absent(_name(task, "id"), body, _JSON)
        return OrderReply(prediction_id=found.id, is_new=True)

    async def _ordered(self, task: TranscribePart) -> Prediction:
        claimed = await self._state.get(_name(task, "order"))
        if claimed is not None:
            return await self._again(task, TranscriptOrder.model_validate_json(claimed))
        sound = await self._state.get(audio_name(task.part))
        if sound is None:
            raise SourceError(
                "A part of the recording is not in the state bucket any more: start "
                "the campaign again."
            )
        await self._budget.pay(task)
        audio = await self._client.upload(sound, f"{task.part.sha256[:16]}.flac")
        claim = TranscriptOrder(
            audio=audio, campaign_key=task.campaign_key, made_at=datetime.now(UTC)
        )
        name, body = _name(task, "order"), claim.model_dump_json().encode()
        if not await self._state.put_if_absent(name, body, _JSON):
            await self._budget.paid(task, 0)  # another campaign pays
            raise _under_way()
        return await self._create(task, audio)

    async def _again(self, task: TranscribePart, claim: TranscriptOrder) -> Prediction:
        """Find the order that was tried; make it only if it certainly was not made."""
        found = await self._client.find(claim.audio)
        if found is not None:
            return found
        age = datetime.now(UTC) - claim.made_at
        if age > _FILE_LIVES:
            await self._state.delete(_name(task, "order"))
        if age < self._settled or age > _FILE_LIVES:
            raise _under_way()
        await self._claim_anew(task, claim)
        return await self._create(task, claim.audio)

    async def _claim_anew(self, task: TranscribePart, claim: TranscriptOrder) -> None:
        """Say that it is tried again now: its reply may be lost like the first one.

        Of several that find nothing at once, one makes the order.
        """
        name = _name(task, "order")
        held, version = await self._state.read_versioned(name)
        again = claim.model_copy(update={"made_at": datetime.now(UTC)})
        is_same = held and TranscriptOrder.model_validate_json(held) == claim
        body = again.model_dump_json().encode()
        if not is_same or not await self._state.replace(name, body, _JSON, version):
            raise _under_way()

    async def _create(self, task: TranscribePart, audio: str) -> Prediction:
        try:
            return await self._client.create(input_for(task.model, audio))
        except ReplicateFailure as error:
            if error.is_refused:
                await self._state.delete(_name(task, "order"))
                if not error.retryable:
                    await self._budget.paid(task, 0)
            raise

    async def _payer(self, task: TranscribePart) -> TranscribePart:
        """Return the order under the campaign that made it."""
        claimed = await self._state.get(_name(task, "order"))
        key = json.loads(claimed)["campaign_key"] if claimed else task.campaign_key
        return task.model_copy(update={"campaign_key": str(key)})


def _name(task: TranscribePart, kind: str) -> str:
    return f"{transcript_folder(task.part, task.model)}.{task.order}.{kind}"


def _under_way() -> ApplicationError:
    return ApplicationError(
        "The transcript is being ordered by another campaign, or its reply was lost: "
        "it is looked for again.",
        type="TranscriptionError",
        next_retry_delay=timedelta(seconds=10),
    )
