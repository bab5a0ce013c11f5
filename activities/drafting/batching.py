"""Ask for the first drafts of a campaign in one batch, sent once and paid by half."""

from dataclasses import replace
from datetime import timedelta

from pydantic import ValidationError
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.beating import beating
from activities.drafting.batch_answers import kept
from activities.drafting.drafting_errors import translated
from activities.drafting.drafts import ClaudeDrafting
from activities.failures import final
from activities.interfaces import BatchActivities
from activities.spending.purse import Payment, Purse
from galley.clients.anthropic import DraftPrompt
from galley.clients.anthropic_errors import DraftApiError, LaterDraftError
from galley.clients.batches import Batch, BatchClient
from galley.clients.storage import ObjectStore
from galley.models import (
    BatchRef,
    BatchState,
    SubmitBatch,
    WriteDraft,
)
from galley.models.batch import BatchBook, BatchEntry

_JSON = "application/json"
_SENT_WITHIN = timedelta(minutes=2)
"""An attempt that was written off may still be sending for so long."""


class DraftBatches(BatchActivities):
    """Batches of first drafts.

    Args:
        state: Keeps under ``batches/`` what was sent and what was answered.
        client: The Message Batches API.
        drafting: Knows what each draft is asked with.
    """

    def __init__(
        self, state: ObjectStore, client: BatchClient, drafting: ClaudeDrafting
    ) -> None:
        self._state = state
        self._client = client
        self._drafting = drafting

    @activity.defn
    async def submit_batch(self, task: SubmitBatch) -> BatchRef:
        """Send one batch with the first question of each draft.

        What each may cost is set aside first. Safe to repeat: the book is written
        before the batch is sent, so that an attempt which finds a book and no id knows
        that Anthropic may have the batch, and sends none. A campaign that is started
        again, maybe with other posts, gets the answers of those that were in it.

        Raises:
            ApplicationError: ``BatchLost``, final, when it cannot be known whether
                Anthropic has the batch; ``OverBudget``, final; ``DraftingError``,
                final unless Anthropic may answer later; ``StoreError``.
        """
        with translated("batch"):
            async with beating():
                return await self._submitted(task)

    @activity.defn
    async def read_batch(self, batch: BatchRef) -> BatchState:
        """Return how far a batch is; of one that has ended, keep the answers and costs.

        Safe to repeat.

        Raises:
            ApplicationError: ``DraftingError``, final unless Anthropic may answer
                later; ``StoreError``.
        """
        with translated("batch"):
            async with beating():
                if not (await self._client.look(batch.id)).has_ended:
                    return BatchState(has_ended=False)
                return await self._kept(batch)

    @activity.defn
    async def cancel_batch(self, batch: BatchRef) -> None:
        """Ask Anthropic to do nothing more of a batch.

        Safe to repeat. What was done is billed; what is not known counts in full.

        Raises:
            ApplicationError: ``DraftingError``.
        """
        with translated("batch"):
            await self._client.cancel(batch.id)

    async def _submitted(self, task: SubmitBatch) -> BatchRef:
        book = await self._book(task.key)
        if book is not None:
            return await self._sent_before(task, book)
        prompts = {
            f"post-{number}": (await self._drafting.writer(one)).prompt
            for number, one in enumerate(task.tasks)
        }
        entries = [
            await self._paid(name, prompt, one, task.key)
            for (name, prompt), one in zip(prompts.items(), task.tasks, strict=True)
        ]
        book = BatchBook(entries=tuple(entries))
        data = book.model_dump_json().encode()
        if not await self._state.put_if_absent(_book_name(task.key), data, _JSON):
            await self._give_back(book)
            raise _under_way()
        asked = {
            one.custom_id: replace(prompts[one.custom_id], max_tokens=one.max_tokens)
            for one in entries
        }
        sent = await self._sent(task.key, asked, book)
        ref = BatchRef(
            id=sent.id,
            key=task.key,
            expires_at=sent.expires_at,
            answers=tuple(one.answer for one in book.entries),
        )
        data = ref.model_dump_json().encode()
        await self._state.put_if_absent(_sent_name(task.key), data, _JSON)
        return ref

    async def _sent(
        self, key: str, asked: dict[str, DraftPrompt], book: BatchBook
    ) -> Batch:
        try:
            return await self._client.submit(asked)
        except DraftApiError as error:
            if isinstance(error, LaterDraftError) and error.may_be_billed:
                raise _lost() from None
            await self._give_back(book)
            await self._state.delete(_book_name(key))
            raise

    async def _give_back(self, book: BatchBook) -> None:
        """Free the money of a batch that was not sent."""
        for one in book.entries:
            await self._purse(one).not_billed(_payment(one))

    async def _sent_before(self, task: SubmitBatch, book: BatchBook) -> BatchRef:
        held = await self._state.get(_sent_name(task.key))
        if held is None:
            raise _lost()
        asked = {one.post_key: one.answer for one in book.entries}
        answers = tuple(asked.get(one.post_key, "") for one in task.tasks)
        sent = BatchRef.model_validate_json(held)
        return sent.model_copy(update={"answers": answers})

    async def _paid(
        self, name: str, prompt: DraftPrompt, task: WriteDraft, key: str
    ) -> BatchEntry:
        tokens = await self._client.count(prompt)
        purse = self._drafting.purse(task, is_batch=True)
        payment = await purse.pay(self._client.model, tokens, prompt.max_tokens)
        return BatchEntry(
            custom_id=name,
            post_key=task.post_key,
            call=payment.call,
            micros=payment.micros,
            max_tokens=payment.max_tokens,
            answer=f"batches/{key}/{name}.json",
        )

    async def _kept(self, batch: BatchRef) -> BatchState:
        replies = await self._client.results(batch.id)
        book = await self._book(batch.key) or BatchBook(entries=())
        answered = 0
        for one in book.entries:
            reply = replies.get(one.custom_id)
            purse = self._purse(one)
            if reply is None:
                await purse.not_billed(_payment(one))
                continue
            answered += 1
            await purse.paid(_payment(one), reply)
            data = kept(reply).model_dump_json().encode()
            await self._state.put_if_absent(one.answer, data, _JSON)
        failed = len(book.entries) - answered
        return BatchState(has_ended=True, answered=answered, failed=failed)

    def _purse(self, entry: BatchEntry) -> Purse:
        return self._drafting.purse_of(entry.post_key)

    async def _book(self, key: str) -> BatchBook | None:
        try:
            return BatchBook.model_validate_json(
                await self._state.get(_book_name(key)) or b""
            )
        except ValidationError:
            return None


def _payment(entry: BatchEntry) -> Payment:
    return Payment(entry.call, entry.micros, entry.max_tokens)


def _under_way() -> ApplicationError:
    return ApplicationError(
        "Another attempt is sending the batch: what came of it is seen soon.",
        type="DraftingError",
        next_retry_delay=_SENT_WITHIN,
    )


def _lost() -> ApplicationError:
    return final(
        "It cannot be known whether Anthropic has the batch, so none is sent again.",
        kind="BatchLost",
    )


def _book_name(key: str) -> str:
    return f"batches/{key}.json"


def _sent_name(key: str) -> str:
    return f"batches/{key}.sent.json"
