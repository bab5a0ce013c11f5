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
from galley.models.brand import Lesson, LessonBook, LinksPolicy, Persona
from galley.models.budget import Ceilings
from galley.models.draft import CheckDraft, CheckReply, DraftReply, Variant, WriteDraft
from galley.models.source import SourceBrief, SourceDocument
from galley.networks.checks import check_draft
from galley.networks.composition import media_of
from galley.networks.registry import rules_for
from galley.networks.split import thread_of

# Rules that no other wording can keep: a person must change the channel or the source.
_NOT_THE_WRITERS = frozenset(
    {
        *("board", "link", "link_length", "extras", "link_card", "form", "user_tags"),
        *("first_comment", "first_comment_length", "thumbnail_offset", "ai_generated"),
        *("category", "topic", "google_details", "button"),
    }
)


@dataclass(frozen=True)
class Material:
    """The whole source, and the brief of a long one.

    Drafts are written from the brief and checked against the whole text.
    """

    document: SourceDocument
    brief: SourceBrief | None = None


class DraftWriter:
    """Writes one post of one campaign, with one repair turn."""

    def __init__(
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
        platform, document = task.channel.platform, material.document
        self._assembly = DraftAssembly(task, document, persona)
        asked = AuthorInstructions(
            options=task.options,
            note=task.note,
            network_note=network_note(persona, platform),
            lessons=lessons,
            previous=task.previous,
        )
        order = post_message(platform, self._assembly.limits, task.source.link or "", asked)
        prompt = DraftPrompt(
            rules=rules(persona),
            source=source_block(document, task.source.sha256, material.brief),
            turns=(Turn("user", order),),
            max_tokens=answer_tokens(task.options.variants),
        )
        self._conversation = Conversation(
            client,
            budget,
            prompt,
            f"draft for {platform}",
            # The first draft of a campaign put the source into the cache for the later ones.
            on_first=self._watch_cache if task.is_later else None,
        )
        self._notice = ""

    async def write(self) -> DraftReply:
        """Return the draft, the rules it still breaks, and the other variants.

        Raises:
            DraftRefusedError: The model refused the first time it was asked.
            UnusableAnswerError: Cut off, or not the JSON asked for, twice.
            DraftApiError: No answer came.
        """
        found = await self._judged(await self._conversation.answer())
        if any(p.rule not in _NOT_THE_WRITERS for one in found for p in one.problems):
            found = await self._mended(found)
        await self._budget.drafted()
        options, ref = self._task.options, self._task.lessons
        network = rules_for(self._task.channel.platform)
        first, *others = fitting_first(found)
        provenance = self._conversation.provenance(options.persona).model_copy(
            update={
                "notice": self._notice,
                "lessons": ref.sha256[:12] if ref and self._lessons else "",
            }
        )
        return DraftReply(
            draft=first.draft,
            problems=first.problems,
            facts=first.facts,
            variants=(first, *others) if others else (),
            provenance=provenance,
            needs_media=bool(options.media.card or media_of(first.draft, network)),
        )

    async def _mended(self, found: tuple[Variant, ...]) -> tuple[Variant, ...]:
        """Name the broken rules once; keep whichever drafts break fewer."""
        problems = numbered_problems(found)
        self._conversation.add_turn(repair_message(self._task.channel.platform, problems))
        try:
            again = await self._judged(await self._conversation.answer())
        except (DraftRefusedError, UnusableAnswerError):
            # A draft that breaks a rule is worth more to a reviewer than none.
            return found
        return mended(found, again)[: self._task.options.variants]

    async def _watch_cache(self, prompt: DraftPrompt, reply: Reply, payment: Payment) -> None:
        """Report a source that was billed in full although it should be in the cache."""
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
        # In a thread: looking facts up in 500 pages takes seconds, and heartbeats must go on.
        return await asyncio.to_thread(
            variants_of, answer, self._assembly, self._task.options.variants
        )


class ClaudeDrafting(DraftingActivities):
    """Drafts by Claude, held to the network's rules before any person sees them."""

    def __init__(
        self, state: ObjectStore, client: DraftClient, keeper: BudgetKeeper | None = None
    ) -> None:
        """Without a ``keeper`` there are no ceilings; costs are recorded all the same."""
        self._state = state
        self._client = client
        self._keeper = keeper or BudgetKeeper(state, Ceilings(), known_prices(), client.model)

    @activity.defn
    async def write_draft(self, task: WriteDraft) -> DraftReply:
        """Write one post, with one repair turn; rules still broken are returned.

        Changes nothing in the world. Safe to repeat; each attempt is billed.

        Raises:
            ApplicationError: As :func:`~activities.drafting.conversation.translated`;
                ``SourceMissing``, final, when a stored input is gone.
        """
        with translated("draft"):
            async with heartbeating():
                return await (await self._writer(task)).write()

    @activity.defn
    async def check_draft(self, task: CheckDraft) -> CheckReply:
        """Check an edited draft, split into a thread first where that is asked.

        Changes nothing; safe to repeat.
        """
        draft, channel = task.draft, task.channel
        if task.split:
            # In a thread: counting a long text in some scripts takes seconds.
            draft = await asyncio.to_thread(
                thread_of, draft, channel, numbered=task.options.posting.numbered
            )
        return CheckReply(problems=check_draft(draft, channel), draft=draft)

    async def _writer(self, task: WriteDraft) -> DraftWriter:
        """Return the writer of a draft, with everything that it is written from."""
        document = await source_text(self._state, task.source.sha256)
        material = Material(document, await stored_brief(self._state, task.source))
        persona = await stored_persona(self._state, task.options.persona)
        if persona is not None and persona.links is LinksPolicy.NONE:
            source = task.source.model_copy(update={"link": None})
            task = task.model_copy(update={"source": source})
        # Tests and measurements write drafts without a post.
        key = task.post_key or f"{task.source.sha256[:12]}:{task.channel.id}"
        budget = DraftBudget(self._state, self._keeper, known_prices(), key, task.allowance)
        budget.answer_tokens = answer_tokens(task.options.variants)
        lessons = await self._lessons(task)
        return DraftWriter(self._client, budget, task, material, persona, lessons=lessons)

    async def _lessons(self, task: WriteDraft) -> tuple[Lesson, ...]:
        """Return the lessons that matter for this network; none if they are gone."""
        if task.lessons is None:
            return ()
        data = await self._state.get(f"lessons/{task.lessons.sha256}.json")
        try:
            book = LessonBook.model_validate_json(data or b"")
        except ValidationError:
            activity.logger.warning("lessons %s are gone", task.lessons.sha256[:12])
            return ()
        return chosen(book.lessons, task.channel.platform)
