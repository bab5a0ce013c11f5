"""Write and check drafts."""

import asyncio

from pydantic import ValidationError
from temporalio import activity

from activities.budget.ceilings import BudgetKeeper
from activities.budget.draft_budget import DraftBudget
from activities.drafting.conversation import source_text, stored_brief, stored_persona, translated
from activities.drafting.writer import DraftWriter, Material
from activities.edge import heartbeating
from activities.interfaces import DraftingActivities
from galley.budget.ceilings import answer_tokens
from galley.budget.prices import known_prices
from galley.clients.anthropic import DraftClient
from galley.clients.storage import ObjectStore
from galley.drafting.lessons import chosen
from galley.models import (
    Ceilings,
    CheckDraft,
    CheckReply,
    DraftReply,
    Lesson,
    LessonBook,
    Persona,
    WriteDraft,
)
from galley.models.brand import LinksPolicy
from galley.networks.checks import check_draft
from galley.networks.split import thread_of


class ClaudeDrafting(DraftingActivities):
    """Drafts by Claude, held to the platform's rules before any person sees them."""

    def __init__(
        self, state: ObjectStore, client: DraftClient, keeper: BudgetKeeper | None = None
    ) -> None:
        """Without a ``keeper`` there are no ceilings; what was spent is kept anyway."""
        self._state = state
        self._client = client
        self._keeper = keeper or BudgetKeeper(state, Ceilings(), known_prices(), client.model)

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
        with translated("draft"):
            async with heartbeating():
                return await (await self._writer(task)).write()

    @activity.defn
    async def check_draft(self, task: CheckDraft) -> CheckReply:
        """Check an edited draft, split into a thread first where that is asked.

        Changes nothing and can always be repeated.
        """
        draft, channel = task.draft, task.channel
        if task.split:
            # Counting a long text in a hard script takes a while.
            draft = await asyncio.to_thread(
                thread_of, draft, channel, numbered=task.options.posting.numbered
            )
        return CheckReply(problems=check_draft(draft, channel), draft=draft)

    async def _writer(self, task: WriteDraft) -> DraftWriter:
        """Return the writer of a draft, with all that it is written from.

        Raises:
            ApplicationError: ``SourceMissing``, final.
            StoreError: The store gave nothing.
        """
        material = Material(
            await source_text(self._state, task.source.sha256),
            await stored_brief(self._state, task.source),
        )
        persona = await stored_persona(self._state, task.options.persona)
        return DraftWriter(
            self._client,
            self._budget(task),
            _linked(task, persona),
            material,
            persona,
            lessons=await self._lessons(task),
        )

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

    def _budget(self, task: WriteDraft) -> DraftBudget:
        """Return the budget that a draft is paid from."""
        key = task.post_key or f"{task.source.sha256[:12]}:{task.channel.id}"
        budget = DraftBudget(self._state, self._keeper, known_prices(), key, task.allowance)
        budget.answer_tokens = answer_tokens(task.options.variants)
        return budget


def _linked(task: WriteDraft, persona: Persona | None) -> WriteDraft:
    """Return the task without the source's link, where the brand links to nothing."""
    if persona is None or persona.links is not LinksPolicy.NONE:
        return task
    source = task.source.model_copy(update={"link": None})
    return task.model_copy(update={"source": source})
