"""Write and check drafts."""

import asyncio
from datetime import timedelta

from pydantic import ValidationError
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.batch_answers import reply_of
from activities.beating import beating
from activities.budgeting import BudgetKeeper
from activities.conversation import DraftRefusedError, UnusableAnswerError
from activities.draft_writer import (
    DraftWriter,
    Material,
)
from activities.interfaces import DraftingActivities
from activities.purse import Purse
from galley.clients.anthropic import DraftClient, Reply
from galley.clients.anthropic_errors import FinalDraftError, LaterDraftError
from galley.clients.storage import ObjectStore, StoreError, StoreUnavailableError
from galley.costs.budget import OverBudgetError, answer_tokens
from galley.costs.prices import known_prices
from galley.models import (
    Ceilings,
    CheckDraft,
    CheckReply,
    DraftReply,
    Lesson,
    LessonBook,
    Persona,
    SourceDocument,
    SourceRef,
    WriteDraft,
)
from galley.models.batch import BatchAnswer
from galley.models.brief import SourceBrief
from galley.platforms.checking import check_draft
from galley.platforms.splitting import thread_of
from galley.voice.choosing import chosen


class ClaudeDrafting(DraftingActivities):
    """Drafts by Claude, held to the platform's rules before any person sees them."""

    def __init__(
        self,
        state: ObjectStore,
        client: DraftClient,
        keeper: BudgetKeeper | None = None,
    ) -> None:
        """Without a ``keeper`` there are no ceilings; what was spent is kept anyway."""
        self._state = state
        self._client = client
        self._keeper = keeper or BudgetKeeper(
            state, Ceilings(), known_prices(), client.model
        )

    @activity.defn
    async def write_draft(self, task: WriteDraft) -> DraftReply:
        """Write one post, with one repair turn; rules still broken are returned.

        Changes nothing in the world. Repeating it is safe and is billed again.

        Raises:
            ApplicationError: ``DraftingError``, final for a bad key, a spend limit or
                an answer that cannot be used, else retryable after the delay
                Anthropic asked for; ``DraftRefused``, final, when the model will not
                write this; ``SourceMissing``, final, when the stored source is gone;
                ``StoreError``, final unless the store could not be reached.
        """
        try:
            async with beating():
                return await (await self.writer(task)).write()
        except OverBudgetError as error:
            raise _final(error, "OverBudget") from None
        except DraftRefusedError as error:
            raise _final(error, "DraftRefused") from None
        except (FinalDraftError, UnusableAnswerError) as error:
            # Anthropic's own words help an operator; they have no place in a history.
            activity.logger.warning("draft failed: %s", error.__cause__ or error)
            raise _final(error, "DraftingError") from None
        except LaterDraftError as error:
            raise _later(error) from None
        except StoreError as error:
            raise ApplicationError(
                str(error),
                type="StoreError",
                non_retryable=not isinstance(error, StoreUnavailableError),
            ) from None

    @activity.defn
    async def check_draft(self, task: CheckDraft) -> CheckReply:
        """Check an edited draft, split into a thread first where that is asked.

        Changes nothing and can always be repeated.
        """
        draft, channel = task.draft, task.channel
        if task.split:
            # Counting a long text in a hard script takes a while.
            draft = await asyncio.to_thread(
                thread_of, draft, channel, numbered=task.numbered
            )
        return CheckReply(problems=check_draft(draft, channel), draft=draft)

    async def writer(self, task: WriteDraft) -> DraftWriter:
        """Return the writer of a draft, with all that it is written from.

        Raises:
            ApplicationError: ``SourceMissing``, final.
            StoreError: The store gave nothing.
        """
        material = Material(
            await self._document(task.source), await self._brief(task.source)
        )
        return DraftWriter(
            self._client,
            self.purse(task),
            task,
            material,
            await self._persona(task),
            lessons=await self._lessons(task),
            batched=await self._batched(task),
        )

    async def _batched(self, task: WriteDraft) -> Reply | None:
        """Return what a batch answered; one that cannot be used is asked for anew."""
        if not task.batched:
            return None
        try:
            held = BatchAnswer.model_validate_json(
                await self._state.get(task.batched) or b""
            )
        except ValidationError:
            return None
        return reply_of(held)

    async def _persona(self, task: WriteDraft) -> Persona | None:
        if task.persona is None:
            return None
        data = await self._state.get(f"personas/{task.persona.sha256}.json")
        try:
            return Persona.model_validate_json(data or b"")
        except ValidationError:
            raise ApplicationError(
                f"The stored persona of this campaign is {'broken' if data else 'gone'}"
                ": start the campaign again with a new --edition.",
                type="SourceMissing",
                non_retryable=True,
            ) from None

    async def _lessons(self, task: WriteDraft) -> tuple[Lesson, ...]:
        """Return what matters here of the lessons; those that are gone are missed."""
        if task.lessons is None:
            return ()
        data = await self._state.get(f"lessons/{task.lessons.sha256}.json")
        try:
            book = LessonBook.model_validate_json(data or b"")
        except ValidationError:
            activity.logger.warning("lessons %s are gone", task.lessons.sha256[:12])
            return ()
        return chosen(book.lessons, task.channel.platform)

    def purse(self, task: WriteDraft, *, is_batch: bool = False) -> Purse:
        """Return the purse that a draft is paid from."""
        key = task.post_key or f"{task.source.sha256[:12]}:{task.channel.id}"
        purse = self.purse_of(key, task.allowance)
        purse.is_batch = is_batch
        purse.answer_tokens = answer_tokens(task.variants)
        return purse

    def purse_of(self, post_key: str, allowance: int | None = None) -> Purse:
        """Return the purse of a post."""
        return Purse(self._state, self._keeper, known_prices(), post_key, allowance)

    async def _document(self, source: SourceRef) -> SourceDocument:
        data = await self._state.get(f"sources/{source.sha256}.json")
        try:
            return SourceDocument.model_validate_json(data or b"")
        except ValidationError:
            raise ApplicationError(
                f"The stored text of this source is {'broken' if data else 'gone'}: "
                "start the campaign again with a new --edition.",
                type="SourceMissing",
                non_retryable=True,
            ) from None

    async def _brief(self, source: SourceRef) -> SourceBrief | None:
        if source.brief is None:
            return None
        data = await self._state.get(f"briefs/{source.brief.sha256}.json")
        try:
            return SourceBrief.model_validate_json(data or b"")
        except ValidationError:
            raise ApplicationError(
                f"The stored brief of this source is {'broken' if data else 'gone'}: "
                "start the campaign again with a new --edition.",
                type="SourceMissing",
                non_retryable=True,
            ) from None


def _final(error: Exception, kind: str) -> ApplicationError:
    return ApplicationError(str(error), type=kind, non_retryable=True)


def _later(error: LaterDraftError) -> ApplicationError:
    wait = error.retry_after
    return ApplicationError(
        str(error),
        type="DraftingError",
        next_retry_delay=None if wait is None else timedelta(seconds=wait),
    )
