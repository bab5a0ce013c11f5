"""The activities ``write_draft`` and ``check_draft``, which PostWorkflow calls."""

import asyncio
from dataclasses import dataclass

from pydantic import ValidationError
from temporalio import activity

from activities.budget.ceilings import BudgetKeeper
from activities.budget.payments import DraftBudget, Payment
from activities.drafting.assembly import (
    DraftAssembly,
    fitting_first,
    mended,
    numbered_problems,
    variants_of,
)
from activities.drafting.conversation import (
    Conversation,
    DraftRefusedError,
    UnusableAnswerError,
    source_text,
    stored_brief,
    stored_persona,
    translated,
)
from activities.edge import heartbeating
from activities.interfaces import DraftingActivities
from galley.budget.ceilings import answer_tokens
from galley.budget.prices import READ_IN_FULL, is_read_in_full, known_prices
from galley.clients.anthropic import DraftAnswer, DraftClient, DraftPrompt, Reply, Turn
from galley.clients.storage import ObjectStore
from galley.drafting.lessons import chosen
from galley.drafting.messages import (
    AuthorInstructions,
    post_message,
    repair_message,
    rules,
    source_block,
)
from galley.drafting.persona import network_note
from galley.models import (
    Ceilings,
    CheckDraft,
    CheckReply,
    DraftReply,
    Lesson,
    LessonBook,
    Persona,
    Provenance,
    SourceDocument,
    Variant,
    WriteDraft,
)
from galley.models.brand import LinksPolicy
from galley.models.source import SourceBrief
from galley.networks.checks import check_draft
from galley.networks.composition import media_of
from galley.networks.registry import rules_for
from galley.networks.split import thread_of

_NOT_THE_WRITERS = frozenset(
    {
        *("board", "link", "link_length", "extras", "link_card", "form", "user_tags"),
        *("first_comment", "first_comment_length", "thumbnail_offset", "ai_generated"),
        *("category", "topic", "google_details", "button"),
    }
)
"""Rules that no other wording can keep: a person must mend channel or source."""


@dataclass(frozen=True)
class Material:
    """The whole source, and what a long one was condensed to.

    Drafts are written from the brief, and held to the whole text.
    """

    document: SourceDocument
    brief: SourceBrief | None = None


class DraftWriter:
    """Writes one post of one campaign."""

    def __init__(  # noqa: PLR0913 - all that one draft is written from
        self,
        client: DraftClient,
        budget: DraftBudget,
        task: WriteDraft,
        material: Material,
        persona: Persona | None = None,
        *,
        lessons: tuple[Lesson, ...] = (),
    ) -> None:
        self._lessons = lessons
        self._client = client
        self._budget = budget
        self._task = task
        self._channel = task.channel
        self._persona = persona
        document = material.document
        self._assembly = DraftAssembly(task, document, persona)
        prompt = DraftPrompt(
            rules=rules(persona),
            source=source_block(document, task.source.sha256, material.brief),
            turns=(Turn("user", self._order()),),
            max_tokens=answer_tokens(task.options.variants),
        )
        self._talk = Conversation(
            client,
            budget,
            prompt,
            f"draft for {task.channel.platform}",
            on_first=self._watch_cache if task.is_later else None,
        )
        self._notice = ""

    async def write(self) -> DraftReply:
        """Return the draft and the rules it still breaks, and the other variants.

        Raises:
            DraftRefusedError: The model refused the first time it was asked.
            UnusableAnswerError: Cut off, or not the JSON asked for, twice.
            DraftApiError: No answer came.
        """
        found = await self._judged(await self._talk.answer())
        if any(_is_mendable(one) for one in found):
            found = await self._mended(found)
        await self._budget.drafted()
        network = rules_for(self._channel.platform)
        first, *others = fitting_first(found)
        return DraftReply(
            draft=first.draft,
            problems=first.problems,
            facts=first.facts,
            variants=(first, *others) if others else (),
            provenance=self._provenance(),
            needs_media=bool(self._task.options.media.card or media_of(first.draft, network)),
        )

    async def _mended(self, found: tuple[Variant, ...]) -> tuple[Variant, ...]:
        """Name the broken rules once; keep whichever drafts break fewer."""
        problems = numbered_problems(found)
        self._talk.say(repair_message(self._channel.platform, problems))
        try:
            again = await self._judged(await self._talk.answer())
        except (DraftRefusedError, UnusableAnswerError):
            return found
        return mended(found, again)[: self._task.options.variants]

    def _provenance(self) -> Provenance:
        who = self._talk.provenance(self._task.options.persona)
        return who.model_copy(update={"notice": self._notice, "lessons": self._lessons_digest()})

    def _lessons_digest(self) -> str:
        ref = self._task.lessons
        return ref.sha256[:12] if ref and self._lessons else ""

    def _order(self) -> str:
        task = self._task
        asked = AuthorInstructions(
            options=task.options,
            note=task.note,
            network_note=network_note(self._persona, self._channel.platform),
            lessons=self._lessons,
            previous=task.previous,
        )
        limits, link = self._assembly.limits, task.source.link or ""
        return post_message(self._channel.platform, limits, link, asked)

    async def _watch_cache(self, prompt: DraftPrompt, reply: Reply, payment: Payment) -> None:
        """Tell of a source that was paid in full although it should be in the cache."""
        prefix = len((prompt.rules + prompt.source).encode())
        turns = sum(len(turn.text.encode()) for turn in prompt.turns)
        price = known_prices().of(self._client.model)
        if is_read_in_full(price, reply.usage, prefix / (prefix + turns)):
            activity.logger.warning(
                "%s did not find the source in the model's cache", self._task.post_key
            )
            self._notice = READ_IN_FULL
            await self._budget.read_in_full(payment)

    async def _judged(self, answer: DraftAnswer) -> tuple[Variant, ...]:
        """Put the drafts together; looking up in 500 pages takes a while."""
        return await asyncio.to_thread(
            variants_of, answer, self._assembly, self._task.options.variants
        )


def _is_mendable(variant: Variant) -> bool:
    return any(problem.rule not in _NOT_THE_WRITERS for problem in variant.problems)


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
