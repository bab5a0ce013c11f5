"""The activity ``write_piece``: an article, newsletter or script as a Markdown file.

PieceWorkflow calls it.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import timedelta

import yaml
from temporalio import activity

from activities.budget.ceilings import BudgetKeeper
from activities.budget.payments import DraftBudget
from activities.drafting.assembly import grounds_for
from activities.drafting.conversation import (
    Conversation,
    DraftRefusedError,
    UnusableAnswerError,
    source_text,
    stored_brief,
    stored_persona,
    translated,
)
from activities.drafting.draft_sets import Material
from activities.edge import heartbeating
from activities.interfaces import WritingActivities
from galley.budget.prices import dollars, known_prices
from galley.clients.storage import ObjectStore
from galley.drafting.answers import DraftAnswer, Prompt, StructuredModel, Turn
from galley.drafting.evidence import Grounds
from galley.drafting.facts import claims_in, finder_for
from galley.drafting.messages import LIMITS, piece_message, piece_repair, rules, source_block
from galley.drafting.persona import persona_problems
from galley.drafting.sanitizer import grounded_text
from galley.models.brand import Persona
from galley.models.draft import Draft, Piece, PieceForm, Problem, Provenance, Slide, WritePiece
from galley.models.source import SourceRef

_WORDS_A_SECOND = 2.5
# For writing systems without spaces between words.
_LETTERS_A_WORD = 6
# Seconds of a scene.
_SHORTEST = 3


def page_of(
    form: PieceForm,
    draft: Draft,
    source: SourceRef,
    provenance: Provenance,
    problems: Sequence[Problem],
) -> str:
    """Return the file: front matter, then the text, with HTML made inert.

    Some of its words come from a stranger's source.
    """
    head = _front_matter(form, draft, source, provenance, problems)
    parts = [f"---\n{head}---", f"# {_plain(draft.title)}", _plain(draft.text)]
    if form is PieceForm.SCRIPT:
        parts += _scenes(draft.slides)
    for part in () if form is PieceForm.SCRIPT else draft.slides:
        parts += [part.title and f"## {_plain(part.title)}", _plain(part.text)]
    if source.link and form is not PieceForm.SCRIPT:
        parts.append(f"<{source.link}>")
    return "\n\n".join(part for part in parts if part.strip()) + "\n"


def _front_matter(
    form: PieceForm,
    draft: Draft,
    source: SourceRef,
    provenance: Provenance,
    problems: Sequence[Problem],
) -> str:
    key = "preview" if form is PieceForm.NEWSLETTER else "description"
    told: dict[str, object] = {
        "title": draft.title,
        key: draft.headline,
        "form": form.value,
        "source": source.link or source.title,
        "source_sha256": source.sha256,
        "model": provenance.drafter,
        "prompt_revision": provenance.prompt_revision,
        "persona": provenance.persona,
        "request_id": provenance.request_id,
        "input_tokens": provenance.input_tokens,
        "output_tokens": provenance.output_tokens,
        "cost": dollars(provenance.cost_micros),
        "check_before_use": [problem.message for problem in problems],
    }
    kept = {name: value for name, value in told.items() if value not in ("", [])}
    return yaml.safe_dump(kept, allow_unicode=True, sort_keys=False, width=1000)


def _scenes(parts: Sequence[Slide]) -> list[str]:
    """Return the scenes, each headed by the time at which it is spoken."""
    found: list[str] = []
    at = 0
    for number, part in enumerate(parts, 1):
        words = max(len(part.text.split()), len(part.text) // _LETTERS_A_WORD)
        end = at + max(_SHORTEST, round(words / _WORDS_A_SECOND))
        shown = f"On screen: **{_plain(part.title)}**" if part.title else ""
        spoken = f"Voice: {_plain(part.text)}" if part.text else ""
        head = f"## Scene {number} ({_clock(at)} to {_clock(end)})"
        found.append("\n\n".join(filter(None, (head, shown, spoken))))
        at = end
    return found


def _clock(seconds: int) -> str:
    return str(timedelta(seconds=seconds))[-5:].removeprefix("0")


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


# Of one answer: a long article in a dense script, with the thinking before it.
_OUTPUT_TOKENS = 12_000
_FEWEST = 2
Written = tuple[Draft, tuple[Problem, ...]]


class PieceWriter:
    """Writes one text, with one repair turn; its limits are those of its form."""

    def __init__(
        self,
        client: StructuredModel,
        budget: DraftBudget,
        task: WritePiece,
        material: Material,
        persona: Persona | None,
    ) -> None:
        self._budget = budget
        self._task = task
        self._persona = persona
        prompt = Prompt(
            rules=rules(persona),
            source=source_block(material.document, task.source.sha256, material.brief),
            turns=(Turn("user", piece_message(task.form, task.brief, persona)),),
            max_tokens=_OUTPUT_TOKENS,
        )
        # Twice as many tokens, the default after a cut-off answer, would need streaming.
        self._conversation = Conversation(
            client, budget, prompt, f"{task.form} text", longest=_OUTPUT_TOKENS
        )

    async def write(self, grounds: Grounds) -> tuple[Draft, tuple[Problem, ...]]:
        """Return the text, with its parts as slides, and the rules it still breaks.

        Raises:
            DraftRefusedError: The model will not write this.
            UnusableAnswerError: Neither of two answers can be used.
            ModelError: No answer came.
        """
        judge = _Judge(self._task.form, grounds, self._persona)
        # In a thread: looking facts up in a long source takes seconds.
        draft, problems = await asyncio.to_thread(judge, await self._conversation.answer())
        if problems:
            self._conversation.add_turn(piece_repair(problems))
            try:
                again, left = await asyncio.to_thread(judge, await self._conversation.answer())
            except (DraftRefusedError, UnusableAnswerError):
                again, left = draft, problems
            if len(left) <= len(problems):
                draft, problems = again, left
        await self._budget.drafted()
        return draft, problems

    @property
    def provenance(self) -> Provenance:
        """The model that wrote the text, and the cost so far."""
        return self._conversation.provenance(self._task.persona)


class _Judge:
    """Cleans an answer, and finds the rules that it breaks."""

    def __init__(self, form: PieceForm, grounds: Grounds, persona: Persona | None) -> None:
        self._limits = LIMITS[form]
        self._grounds = grounds
        self._finder = finder_for(grounds)
        self._persona = persona

    def __call__(self, given: DraftAnswer) -> Written:
        answer = given.posts[0]
        parts = [Slide(title=self._line(p.title), text=self._clean(p.text)) for p in answer.parts]
        draft = Draft(
            text=self._clean(answer.body),
            title=self._line(answer.title),
            headline=self._line(answer.headline),
            slides=tuple(part for part in parts if part.title or part.text),
        )
        return draft, (
            *self._misfits(draft),
            *claims_in(draft, self._finder.facts(draft)),
            *persona_problems(self._persona, draft),
        )

    def _clean(self, text: str) -> str:
        return grounded_text(text, self._grounds)

    def _line(self, text: str) -> str:
        return " ".join(self._clean(text).split())

    def _misfits(self, draft: Draft) -> list[Problem]:
        limits = self._limits
        lengths = [("title", draft.title, limits.title), ("body", draft.text, limits.body)]
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


_MARKDOWN = "text/markdown; charset=utf-8"


class PieceWriting(WritingActivities):
    """Longer texts by a model, from the same rules and sources as posts.

    Args:
        state: ``sources/``, ``briefs/`` and ``personas/`` in; ``pieces/`` out.
        client: The model that writes.
        keeper: Sets money aside for each call before it is made.
    """

    def __init__(self, state: ObjectStore, client: StructuredModel, keeper: BudgetKeeper) -> None:
        self._state = state
        self._client = client
        self._keeper = keeper

    @activity.defn
    async def write_piece(self, task: WritePiece) -> Piece:
        """Write one text, with one repair turn; rules still broken are returned.

        Safe to repeat; each attempt is billed.

        Raises:
            ApplicationError: As ``write_draft``.
        """
        with translated("text"):
            async with heartbeating():
                return await self._written(task)

    async def _written(self, task: WritePiece) -> Piece:
        source = task.source
        document = await source_text(self._state, source.sha256)
        brief = await stored_brief(self._state, source)
        persona = await stored_persona(self._state, task.persona)
        budget = DraftBudget(
            self._state, self._keeper, known_prices(), task.piece_key, task.allowance
        )
        material = Material(document, brief)
        writer = PieceWriter(self._client, budget, task, material, persona)
        grounds = grounds_for(document, persona, brief=task.brief)
        draft, problems = await writer.write(grounds)
        page = page_of(task.form, draft, source, writer.provenance, problems).encode()
        name = f"pieces/{hashlib.sha256(page).hexdigest()}.md"
        await self._state.put_if_absent(name, page, _MARKDOWN, same=True)
        return Piece(
            name=name,
            title=draft.title,
            # The words after the front matter.
            words=len(page.decode().partition("\n---\n")[2].split()),
            problems=problems,
            provenance=writer.provenance,
        )
