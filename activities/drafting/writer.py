"""Write a post, with one turn to mend what it breaks."""

import asyncio
from dataclasses import dataclass

from temporalio import activity

from activities.budget.draft_budget import DraftBudget, Payment
from activities.drafting.assembly import (
    DraftAssembly,
    fitting_first,
    mended,
    numbered_problems,
    variants_of,
)
from activities.drafting.conversation import Conversation, DraftRefusedError, UnusableAnswerError
from galley.budget.ceilings import answer_tokens
from galley.budget.prices import READ_IN_FULL, is_read_in_full, known_prices
from galley.clients.anthropic import DraftAnswer, DraftClient, DraftPrompt, Reply, Turn
from galley.drafting.messages import (
    AuthorInstructions,
    post_message,
    repair_message,
    rules,
    source_block,
)
from galley.drafting.persona import network_note
from galley.models import (
    DraftReply,
    Lesson,
    Persona,
    Provenance,
    SourceDocument,
    Variant,
    WriteDraft,
)
from galley.models.source import SourceBrief
from galley.networks.composition import media_of
from galley.networks.registry import rules_for

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
