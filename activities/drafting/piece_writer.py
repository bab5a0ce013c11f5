"""Write a longer text, with one turn to mend what it breaks."""

import asyncio
from collections.abc import Callable

from activities.drafting.conversation import (
    Conversation,
    DraftRefusedError,
    UnusableAnswerError,
)
from activities.drafting.draft_writer import Material
from activities.spending.purse import Purse
from galley.clients.anthropic import (
    DraftAnswer,
    DraftClient,
    DraftPrompt,
    Turn,
)
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
    WritePiece,
)
from galley.prompts.messages import rules, source_block
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
        self._purse = purse
        self._task = task
        self._persona = persona
        prompt = DraftPrompt(
            rules=rules(persona),
            source=source_block(material.document, task.source.sha256, material.brief),
            turns=(Turn("user", piece_message(task.form, task.brief, persona)),),
            max_tokens=_OUTPUT_TOKENS,
        )
        # Twice as many tokens would be more than comes without streaming.
        self._talk = Conversation(
            client, purse, prompt, f"{task.form} text", longest=_OUTPUT_TOKENS
        )

    async def write(self, grounds: Grounds) -> tuple[Draft, tuple[Problem, ...]]:
        """Return the text, its parts as slides, and what it still breaks.

        Raises:
            DraftRefusedError: The model will not write this.
            UnusableAnswerError: Neither of two answers can be used.
            DraftApiError: No answer came.
        """
        judge = _Judge(self._task.form, grounds, self._persona)
        # Looking facts up in a long source takes a while.
        draft, problems = await asyncio.to_thread(judge, await self._talk.answer())
        if problems:
            self._talk.say(piece_repair(problems))
            try:
                again, left = await asyncio.to_thread(judge, await self._talk.answer())
            except (DraftRefusedError, UnusableAnswerError):
                again, left = draft, problems
            if len(left) <= len(problems):
                draft, problems = again, left
        await self._purse.drafted()
        return draft, problems

    @property
    def provenance(self) -> Provenance:
        """Who wrote it, and what that cost so far."""
        return self._talk.provenance(self._task.persona)


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
