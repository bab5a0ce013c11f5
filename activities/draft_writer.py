"""One conversation with the model: a post, and one turn to mend what it breaks."""

import asyncio
from dataclasses import dataclass, replace

from temporalio import activity

from activities.draft_assembly import DraftAssembly
from activities.draft_variants import (
    fitting_first,
    mended,
    numbered_problems,
    variants_of,
)
from activities.purse import Payment, Purse
from galley.clients.anthropic import (
    DraftAnswer,
    DraftClient,
    DraftPrompt,
    Reply,
    ReplyKind,
    Turn,
)
from galley.clients.anthropic_errors import DraftApiError
from galley.costs.budget import answer_tokens
from galley.costs.caching import READ_IN_FULL, is_read_in_full
from galley.costs.prices import known_prices
from galley.models import (
    DraftReply,
    Lesson,
    Persona,
    Provenance,
    SourceDocument,
    TokenUse,
    Variant,
    WriteDraft,
)
from galley.models.brief import SourceBrief
from galley.platforms.forms import media_of
from galley.platforms.registry import rules_for
from galley.prompts.loader import load_prompts
from galley.prompts.messages import (
    Wishes,
    format_message,
    post_message,
    repair_message,
    rules,
    source_block,
)
from galley.prompts.persona import network_note

_NOT_THE_WRITERS = frozenset(
    {
        *("board", "link", "link_length", "extras", "link_card", "form", "user_tags"),
        *("first_comment", "first_comment_length", "thumbnail_offset", "ai_generated"),
        *("category", "topic", "google_details", "button"),
    }
)
"""Rules that no other wording can keep: a person must mend channel or source."""


class DraftRefusedError(Exception):
    """The model will not write about this source."""


class UnusableAnswerError(Exception):
    """The model answered, twice, and neither answer can be used."""


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
        purse: Purse,
        task: WriteDraft,
        material: Material,
        persona: Persona | None = None,
        *,
        lessons: tuple[Lesson, ...] = (),
        batched: Reply | None = None,
    ) -> None:
        self._batched = batched
        self._lessons = lessons
        self._client = client
        self._purse = purse
        self._cost: int | None = 0
        self._task = task
        self._channel = task.channel
        self._persona = persona
        document = material.document
        self._assembly = DraftAssembly(task, document, persona)
        self._prompt = DraftPrompt(
            rules=rules(persona),
            source=source_block(document, task.source.sha256, material.brief),
            turns=(Turn("user", self._order()),),
            max_tokens=answer_tokens(task.variants),
        )
        self._usage = TokenUse()
        self._last: Reply | None = None
        self._notice = ""

    @property
    def prompt(self) -> DraftPrompt:
        """What is asked first."""
        return self._prompt

    async def write(self) -> DraftReply:
        """Return the draft and the rules it still breaks, and the other variants.

        Raises:
            DraftRefusedError: The model refused the first time it was asked.
            UnusableAnswerError: Cut off, or not the JSON asked for, twice.
            DraftApiError: No answer came.
        """
        found = await self._judged(await self._answer())
        if any(_is_mendable(one) for one in found):
            found = await self._mended(found)
        await self._purse.drafted()
        network = rules_for(self._channel.platform)
        first, *others = fitting_first(found)
        return DraftReply(
            draft=first.draft,
            problems=first.problems,
            facts=first.facts,
            variants=(first, *others) if others else (),
            provenance=self._provenance(),
            needs_media=bool(media_of(first.draft, network)),
        )

    async def _mended(self, found: tuple[Variant, ...]) -> tuple[Variant, ...]:
        """Name the broken rules once; keep whichever drafts break fewer."""
        problems = numbered_problems(found)
        self._say(repair_message(self._channel.platform, problems))
        try:
            again = await self._judged(await self._answer())
        except (DraftRefusedError, UnusableAnswerError):
            return found
        return mended(found, again)[: self._task.variants]

    def _provenance(self) -> Provenance:
        last = self._last
        return Provenance(
            drafter=last.model if last else "",
            prompt_revision=load_prompts().revision,
            request_id=last.request_id if last else "",
            input_tokens=self._usage.input_tokens,
            output_tokens=self._usage.output_tokens,
            cached_tokens=self._usage.cached_tokens,
            cost_micros=self._cost,
            notice=self._notice,
            persona=self._task.persona.sha256[:12] if self._task.persona else "",
            lessons=self._lessons_digest(),
        )

    def _lessons_digest(self) -> str:
        ref = self._task.lessons
        return ref.sha256[:12] if ref and self._lessons else ""

    def _order(self) -> str:
        task = self._task
        wishes = Wishes(
            brief=task.brief,
            note=task.note,
            network_note=network_note(self._persona, self._channel.platform),
            lessons=self._lessons,
            previous=task.previous,
            variants=task.variants,
            form=task.form,
        )
        limits, link = self._assembly.limits, task.source.link or ""
        return post_message(self._channel.platform, limits, link, wishes)

    def _say(self, text: str) -> None:
        """Add the model's last answer and our reply to it to the conversation."""
        said = self._last.text if self._last else ""
        turns = (*self._prompt.turns, Turn("assistant", said), Turn("user", text))
        self._prompt = replace(self._prompt, turns=turns)

    async def _answer(self) -> DraftAnswer:
        reply = await self._ask()
        if reply.kind is ReplyKind.CUT_OFF:
            self._prompt = replace(self._prompt, max_tokens=2 * self._prompt.max_tokens)
            reply = await self._ask()
        elif reply.kind is ReplyKind.INVALID:
            if reply.text.strip():
                self._say(format_message())
            reply = await self._ask()
        if reply.answer is None:
            raise _unusable(reply)
        return reply.answer

    async def _ask(self) -> Reply:
        reply = self._answered_before() or await self._paid()
        self._usage += reply.usage
        self._last = reply
        used = reply.usage
        activity.logger.info(
            "draft for %s: %s, request %s, tokens in %d (cached %d), out %d",
            self._channel.platform,
            reply.kind,
            reply.request_id,
            used.input_tokens,
            used.cached_tokens,
            used.output_tokens,
        )
        return reply

    def _answered_before(self) -> Reply | None:
        """Return the batch's answer to the first question; it was paid for there."""
        reply, self._batched = self._batched, None
        if reply is not None:
            price = known_prices().of(reply.model)
            self._cost = None if price is None else price.micros(reply.usage)
        return reply

    async def _paid(self) -> Reply:
        """Ask once, with the money for it set aside before."""
        prompt = self._prompt
        tokens = await self._client.count(prompt)
        payment = await self._purse.pay(self._client.model, tokens, prompt.max_tokens)
        try:
            reply = await self._client.write(
                replace(prompt, max_tokens=payment.max_tokens)
            )
        except DraftApiError as error:
            if not getattr(error, "may_be_billed", False):
                await self._purse.not_billed(payment)
            raise
        cost = await self._purse.paid(payment, reply)
        await self._watch_cache(prompt, reply, payment)
        known = cost is not None and self._cost is not None
        self._cost = (self._cost or 0) + (cost or 0) if known else None
        return reply

    async def _watch_cache(
        self, prompt: DraftPrompt, reply: Reply, payment: Payment
    ) -> None:
        """Tell of a source that was paid in full although it should be in the cache."""
        if not self._task.is_later or self._last is not None:
            return
        prefix = len((prompt.rules + prompt.source).encode())
        turns = sum(len(turn.text.encode()) for turn in prompt.turns)
        price = known_prices().of(self._client.model)
        if is_read_in_full(price, reply.usage, prefix / (prefix + turns)):
            activity.logger.warning(
                "%s did not find the source in the model's cache", self._task.post_key
            )
            self._notice = READ_IN_FULL
            await self._purse.read_in_full(payment)

    async def _judged(self, answer: DraftAnswer) -> tuple[Variant, ...]:
        """Put the drafts together; looking up in 500 pages takes a while."""
        return await asyncio.to_thread(
            variants_of, answer, self._assembly, self._task.variants
        )


def _is_mendable(variant: Variant) -> bool:
    return any(problem.rule not in _NOT_THE_WRITERS for problem in variant.problems)


def _unusable(reply: Reply) -> Exception:
    said = f" (request {reply.request_id})" if reply.request_id else ""
    match reply.kind:
        case ReplyKind.REFUSED:
            why = f": {reply.detail}" if reply.detail else ""
            return DraftRefusedError(
                f"Claude declined to write about this source{why}{said}. "
                "Write the post by hand or choose another source."
            )
        case ReplyKind.CUT_OFF:
            return UnusableAnswerError(
                f"Claude's answer was cut off twice{said}; shorten source or brief."
            )
        case ReplyKind.TOO_LONG:
            return UnusableAnswerError(
                f"The source is too long for the model{said}; shorten it."
            )
        case _:
            return UnusableAnswerError(
                f"Claude's answer could not be read twice{said}; try again."
            )
