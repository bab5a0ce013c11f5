"""One conversation with the model about a longer text, and one turn to mend it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from activities.draft_writer import DraftRefusedError, Material, UnusableAnswerError
from activities.purse import Purse
from galley.clients.anthropic import (
    DraftAnswer,
    DraftClient,
    DraftPrompt,
    Reply,
    ReplyKind,
    Turn,
)
from galley.clients.anthropic_errors import DraftApiError
from galley.grounding.claims import claims_in
from galley.grounding.cleaning import grounded_text
from galley.grounding.facts import finder_for
from galley.grounding.grounds import Grounds
from galley.models import (
    Draft,
    Persona,
    PieceForm,
    Problem,
    Provenance,
    Slide,
    TokenUse,
    WritePiece,
)
from galley.prompts.loader import load_prompts
from galley.prompts.messages import format_message, rules, source_block
from galley.prompts.persona import persona_problems
from galley.prompts.pieces import LIMITS, piece_message, piece_repair

_OUTPUT_TOKENS = 12_000
"""Of one answer: a long article in a dense script, and the thinking before it."""
_FEWEST = 2
Written = tuple[Draft, tuple[Problem, ...]]


class PieceWriter:
    """Writes one text. It has no network, so its limits are the form's alone."""

    def __init__(
        self,
        client: DraftClient,
        purse: Purse,
        task: WritePiece,
        material: Material,
        persona: Persona | None,
    ) -> None:
        self._client = client
        self._purse = purse
        self._task = task
        self._persona = persona
        self._material = material
        self._prompt = DraftPrompt(
            rules=rules(persona),
            source=source_block(material.document, task.source.sha256, material.brief),
            turns=(Turn("user", piece_message(task.form, task.brief, persona)),),
            max_tokens=_OUTPUT_TOKENS,
        )
        self._usage = TokenUse()
        self._cost: int | None = 0
        self._last: Reply | None = None

    async def write(self, grounds: Grounds) -> tuple[Draft, tuple[Problem, ...]]:
        """Return the text, its parts as slides, and what it still breaks.

        Raises:
            DraftRefusedError: The model will not write this.
            UnusableAnswerError: Neither of two answers can be used.
            DraftApiError: No answer came.
        """
        judge = _Judge(self._task.form, grounds, self._persona)
        # Looking facts up in a long source takes a while.
        draft, problems = await asyncio.to_thread(judge, await self._answer())
        if problems:
            self._say(piece_repair(problems))
            try:
                again, left = await asyncio.to_thread(judge, await self._answer())
            except (DraftRefusedError, UnusableAnswerError):
                again, left = draft, problems
            if len(left) <= len(problems):
                draft, problems = again, left
        await self._purse.drafted()
        return draft, problems

    @property
    def provenance(self) -> Provenance:
        """Who wrote it, and what that cost so far."""
        last, used = self._last, self._usage
        return Provenance(
            drafter=last.model if last else "",
            prompt_revision=load_prompts().revision,
            persona=self._task.persona.sha256[:12] if self._task.persona else "",
            request_id=last.request_id if last else "",
            input_tokens=used.input_tokens,
            output_tokens=used.output_tokens,
            cached_tokens=used.cached_tokens,
            cost_micros=self._cost,
        )

    def _say(self, text: str) -> None:
        said = self._last.text if self._last else ""
        turns = (*self._prompt.turns, Turn("assistant", said), Turn("user", text))
        self._prompt = replace(self._prompt, turns=turns)

    async def _answer(self) -> DraftAnswer:
        reply = await self._ask()
        if reply.kind is ReplyKind.INVALID and reply.text.strip():
            self._say(format_message())
        if reply.kind in {ReplyKind.INVALID, ReplyKind.CUT_OFF}:
            reply = await self._ask()
        if reply.answer is not None:
            return reply.answer
        said = f" (request {reply.request_id})" if reply.request_id else ""
        if reply.kind is ReplyKind.REFUSED:
            raise DraftRefusedError(
                f"Claude declined to write about this source{said}: choose another one."
            )
        raise UnusableAnswerError(
            f"Claude's answer was {reply.kind.replace('_', ' ')} twice{said}: shorten "
            "the source, or try again."
        )

    async def _ask(self) -> Reply:
        """Ask once, with the money for it set aside before."""
        prompt, model = self._prompt, self._client.model
        tokens = await self._client.count(prompt)
        payment = await self._purse.pay(model, tokens, prompt.max_tokens)
        try:
            reply = await self._client.write(
                replace(prompt, max_tokens=payment.max_tokens)
            )
        except DraftApiError as error:
            if not getattr(error, "may_be_billed", False):
                await self._purse.not_billed(payment)
            raise
        cost = await self._purse.paid(payment, reply)
        known = cost is not None and self._cost is not None
        self._cost = (self._cost or 0) + (cost or 0) if known else None
        self._usage += reply.usage
        self._last = reply
        return reply


class _Judge:
    """Cleans an answer, and names what it breaks."""

    def __init__(
        self, form: PieceForm, grounds: Grounds, persona: Persona | None
    ) -> None:
        self._limits = LIMITS[form]
        self._grounds = grounds
        self._finder = finder_for(grounds)
        self._persona = persona

    def __call__(self, answer: DraftAnswer) -> Written:
        draft = _cleaned(answer, lambda text: grounded_text(text, self._grounds))
        return draft, (
            *self._misfits(draft),
            *claims_in(draft, self._finder.facts(draft)),
            *persona_problems(self._persona, draft),
        )

    def _misfits(self, draft: Draft) -> list[Problem]:
        limits = self._limits
        lengths = [
            ("title", draft.title, limits.title),
            ("body", draft.text, limits.body),
        ]
        for number, part in enumerate(draft.slides, 1):
            place = f"{limits.parts.lower()} {number}"
            lengths.append((f"title of {place}", part.title, limits.part_title))
            lengths.append((f"text of {place}", part.text, limits.part_text))
        found = [
            f"The {name} has {len(text)} of {limit} characters: shorten it."
            for name, text, limit in lengths
            if len(text) > limit
        ]
        if not _FEWEST <= len(draft.slides) <= limits.most:
            found.append(f"{limits.parts}: give {_FEWEST} to {limits.most} in parts.")
        if not draft.title:
            found.append("The title is missing.")
        return [Problem(rule="piece", message=message) for message in found]


def _cleaned(answer: DraftAnswer, clean: Callable[[str], str]) -> Draft:
    def line(text: str) -> str:
        return " ".join(clean(text).split())

    parts = [Slide(title=line(p.title), text=clean(p.text)) for p in answer.parts]
    return Draft(
        text=clean(answer.body),
        title=line(answer.title),
        headline=line(answer.headline),
        slides=tuple(part for part in parts if part.title or part.text),
    )
