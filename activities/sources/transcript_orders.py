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
from galley.models.source import (
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
# An order that is not on Replicate this long after it was tried was never made.
_SETTLED = timedelta(minutes=2)
# Replicate keeps an uploaded file for a day.
_FILE_LIVES = timedelta(hours=20)
# Characters of a model's error that enter the history.
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
        budget: Pays for the orders.
        settled: The time after a lost reply in which an order may still turn up.
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
        """Order the transcript of a part, unless it is stored or ordered already.

        Safe to repeat: an object with the uploaded file claims an order before it is made.
        An order whose reply was lost is found by that file.

        Raises:
            ApplicationError: As :func:`~activities.sources.transcription.translated`.
        """
        with translated():
            async with heartbeating():
                return await self._predictions.unless_cancelled(lambda: self._order(task))

    @activity.defn
    async def await_transcript(self, task: AwaitTranscript) -> TranscriptReply:
        """Wait until an order is over; cancelling the campaign cancels it on Replicate.

        Raises:
            ApplicationError: As :func:`~activities.sources.transcription.translated`.
        """
        with translated():
            async with heartbeating():
                found = await self._predictions.over(task.prediction_id)
                if found is None:
                    return TranscriptReply(outcome=TranscriptOutcome.EXPIRED)
                # The campaign that made the order pays: this one may only have found it.
                claimed = await self._state.get(_name(task.task, "order"))
                key = json.loads(claimed)["campaign_key"] if claimed else task.task.campaign_key
                payer = task.task.model_copy(update={"campaign_key": str(key)})
                # Aborted before it ran: Replicate does not bill it.
                is_free = found.status is Status.ABORTED
                await self._budget.paid(payer, 0 if is_free else found.seconds, found.id)
        return TranscriptReply(
            outcome=_OUTCOMES[found.status], message=" ".join(found.error.split())[:_WORDS]
        )

    @activity.defn
    async def store_transcript(self, task: AwaitTranscript) -> TranscriptReply:
        """Store the transcript that an order gave: Replicate deletes it after an hour.

        Raises:
            ApplicationError: As :func:`~activities.sources.transcription.translated`.
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
        # The claim comes before the order: whoever finds it looks for the order first.
        if not await self._state.put_if_absent(name, body, _JSON):
            await self._budget.paid(task, 0)  # another campaign pays
            raise _under_way()
        return await self._create(task, audio)

    async def _again(self, task: TranscribePart, claim: TranscriptOrder) -> Prediction:
        """Find the order of a claim; make it only if it certainly was not made."""
        found = await self._client.find(claim.audio)
        if found is not None:
            return found
        age = datetime.now(UTC) - claim.made_at
        if age > _FILE_LIVES:
            # The next attempt uploads the file anew.
            await self._state.delete(_name(task, "order"))
        if age < self._settled or age > _FILE_LIVES:
            raise _under_way()
        # The reply to this second try may be lost as well, so the claim is dated anew.
        name = _name(task, "order")
        held, version = await self._state.read_versioned(name)
        again = claim.model_copy(update={"made_at": datetime.now(UTC)})
        is_same = held and TranscriptOrder.model_validate_json(held) == claim
        body = again.model_dump_json().encode()
        # Compare-and-set: of several campaigns that find no order, one makes it.
        if not is_same or not await self._state.replace(name, body, _JSON, version):
            raise _under_way()
        return await self._create(task, claim.audio)

    async def _create(self, task: TranscribePart, audio: str) -> Prediction:
        try:
            return await self._client.create(input_for(task.model, audio))
        except ReplicateFailure as error:
            # Certainly not made: the claim goes, and for a final refusal the money too.
            if error.is_refused:
                await self._state.delete(_name(task, "order"))
                if not error.retryable:
                    await self._budget.paid(task, 0)
            raise


def _name(task: TranscribePart, kind: str) -> str:
    return f"{transcript_folder(task.part, task.model)}.{task.order}.{kind}"


def _under_way() -> ApplicationError:
    return ApplicationError(
        "Another campaign orders this transcript, or its reply was lost: it is looked for again.",
        type="TranscriptionError",
        next_retry_delay=timedelta(seconds=10),
    )
