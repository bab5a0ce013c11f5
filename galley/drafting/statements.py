"""The sentences of drafts and the passages of the source, numbered for whoever compares them.

``activities/drafting/choosing.py`` shows both to a model; what it finds becomes the statements of
a draft: facts with the passage that carries them, or claims beside the nearest one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from pydantic import BaseModel

from galley.drafting.answers import PostAnswer, SentenceAnswer, Verdict
from galley.drafting.evidence import WORD
from galley.drafting.facts import texts_of
from galley.models.draft import Doubt, Draft, Fact, FactKind, FactOrigin, Problem
from galley.models.source import SourceBrief, SourceDocument, SourceKind
from galley.networks.breaks import sentence_spans

STATEMENTS = "statements_from_source"
"""The rule of a sentence that the source does not carry; it was rewritten once already."""
_BLANK = re.compile(r"\n\s*\n\s*")
_WHOLE = frozenset({"title", "headline"})
"""Fields that are one sentence, however they are written."""
_MOST, _LONGEST = 8, 160
_DOUBTS = {
    Verdict.INFERRED: Doubt.INFERRED,
    Verdict.MISSING: Doubt.MISSING,
    Verdict.CONTRADICTED: Doubt.CONTRADICTED,
}
_SAID = {
    Doubt.INFERRED: "Only inferred from the source",
    Doubt.MISSING: "Not in the source",
    Doubt.CONTRADICTED: "The source says otherwise",
}


@dataclass(frozen=True)
class NumberedPassage:
    """A passage as it is shown, and where it stands in the text of its origin."""

    text: str
    origin: FactOrigin
    start: int
    end: int


def passages_of(
    document: SourceDocument, brief: SourceBrief | None = None
) -> tuple[NumberedPassage, ...]:
    """Return the paragraphs of a source; of a long one, its notes and passages."""
    if document.kind is SourceKind.PROMPTS:
        starts = [0]
        for one in document.prompts:
            starts.append(starts[-1] + len(one) + 1)
        return tuple(
            NumberedPassage(one, FactOrigin.PROMPT, start, start + len(one))
            for one, start in zip(document.prompts, starts, strict=False)
        )
    if brief is not None:
        parts = ((one.summary, one.start, one.end) for one in brief.parts)
        points = ((one.point, one.span.start, one.span.end) for one in brief.points)
        words = ((one.text, one.start, one.end) for one in brief.passages)
        return tuple(
            NumberedPassage(text, FactOrigin.SOURCE, start, end)
            for text, start, end in (*parts, *points, *words)
        )
    text = document.text
    edges = [0, *(at for blank in _BLANK.finditer(text) for at in blank.span()), len(text)]
    return tuple(
        NumberedPassage(text[start:end].strip(), FactOrigin.SOURCE, start, end)
        for start, end in zip(edges[::2], edges[1::2], strict=True)
        if text[start:end].strip()
    )


def numbered(passages: Sequence[NumberedPassage], only: frozenset[int] | None = None) -> str:
    """Return passages with their numbers, from 1; ``only`` names those that are shown."""
    return "\n\n".join(
        f"[{number}] {one.text}"
        for number, one in enumerate(passages, 1)
        if only is None or number in only
    )


@dataclass(frozen=True)
class Sentence:
    """A sentence of a draft, and its place in one of the fields."""

    field: str
    start: int
    end: int
    words: str


def fields_of(draft: PostAnswer) -> Iterator[tuple[str, str]]:
    """Yield the fields of a draft that have words for readers, without the empty ones."""
    found = [("title", draft.title), ("headline", draft.headline), ("body", draft.body)]
    found += [(f"thread.{n}", text) for n, text in enumerate(draft.thread, 1)]
    for number, part in enumerate(draft.parts, 1):
        found += [(f"part.{number}.title", part.title), (f"part.{number}.text", part.text)]
    return ((name, text) for name, text in found if text.strip())


def with_fields(draft: PostAnswer, texts: Mapping[str, str]) -> PostAnswer:
    """Return the draft with other texts in the fields that are named."""
    return draft.model_copy(
        update={
            **{name: texts.get(name, getattr(draft, name)) for name in ("title", "headline")},
            "body": texts.get("body", draft.body),
            "thread": [texts.get(f"thread.{n}", text) for n, text in enumerate(draft.thread, 1)],
            "parts": [
                part.model_copy(
                    update={
                        "title": texts.get(f"part.{n}.title", part.title),
                        "text": texts.get(f"part.{n}.text", part.text),
                    }
                )
                for n, part in enumerate(draft.parts, 1)
            ],
        }
    )


def sentences_in(draft: PostAnswer, language: str) -> tuple[Sentence, ...]:
    """Return the sentences in the order of their numbers, which begin with 1."""
    found: list[Sentence] = []
    for name, text in fields_of(draft):
        spans = [(0, len(text))] if name in _WHOLE else sentence_spans(text, language)
        found += [Sentence(name, *span, text[slice(*span)]) for span in spans]
    return tuple(found)


def as_shown(draft: PostAnswer, language: str) -> str:
    """Return the words of a draft, each sentence after its number."""
    numbers, sentences = count(1), sentences_in(draft, language)
    lines: list[str] = []
    for name, text in fields_of(draft):
        pieces, at = [f"{name}: "], 0
        for one in sentences:
            if one.field == name:
                pieces += [text[at : one.start], f"[{next(numbers)}] "]
                at = one.start
        lines.append("".join((*pieces, text[at:])))
    return "\n".join(lines)


class Statement(BaseModel):
    """A sentence of a draft, compared with the source; offsets as in :class:`Fact`."""

    words: str
    doubt: Doubt | None = None
    """Missing: the passage carries it."""
    origin: FactOrigin | None = None
    """Missing: no passage was named, or the author's own words carry it."""
    start: int = 0
    end: int = 0
    passage: int = 0
    is_rewritten: bool = False


class PostNotes(BaseModel):
    """What the editor says of a draft: its angle, those of the others, and why it was taken."""

    angle: str = ""
    other_angles: tuple[str, ...] = ()
    reason: str = ""
    statements: tuple[Statement, ...] = ()

    def with_verdicts(self, found: Mapping[str, Verdict]) -> "PostNotes":
        """Return them with what was found of rewritten sentences, by their words."""
        statements = tuple(
            one.model_copy(update={"doubt": _DOUBTS.get(found[one.words])})
            if one.is_rewritten and one.words in found
            else one
            for one in self.statements
        )
        return self.model_copy(update={"statements": statements})


def statement_of(
    words: str,
    said: SentenceAnswer,
    passages: Sequence[NumberedPassage],
    text: str,
    language: str,
    *,
    is_rewritten: bool = False,
) -> Statement | None:
    """Return what was found of a sentence; nothing where it states nothing.

    Args:
        words: The sentence as it stands in the draft.
        said: The answer.
        passages: As they were shown.
        text: The text of their origin, in which they are narrowed to the likeliest sentence.
        language: Of the source.
        is_rewritten: Whether it took the place of what the answer is about.
    """
    doubt = _DOUBTS.get(said.verdict)
    found = passages[said.passage - 1] if 0 < said.passage <= len(passages) else None
    if doubt is None and (found is None or said.verdict is Verdict.NONE):
        return None
    start, end = _narrowed(text, found, words, language) if found else (0, 0)
    return Statement(
        words=words,
        doubt=doubt,
        origin=found.origin if found else None,
        start=start,
        end=end,
        passage=said.passage if found else 0,
        is_rewritten=is_rewritten,
    )


def _narrowed(text: str, found: NumberedPassage, words: str, language: str) -> tuple[int, int]:
    """Return the span of the sentence of a passage that shares the most words with a statement."""
    wanted = set(WORD.findall(words.casefold()))
    spans = [
        (found.start + start, found.start + end)
        for start, end in sentence_spans(text[found.start : found.end], language)
    ]
    return max(
        spans or [(found.start, found.end)],
        key=lambda span: len(wanted & set(WORD.findall(text[slice(*span)].casefold()))),
    )


def statement_facts(
    draft: Draft, statements: Sequence[Statement], *, is_numbered: bool = False
) -> tuple[Fact, ...]:
    """Return the statements that still stand in a draft, those in doubt first.

    Args:
        draft: The post as it would go out.
        statements: Of the answer that it was made of.
        is_numbered: Whether its thread carries "2/7".
    """
    fields = dict(texts_of(draft, numbered=is_numbered))
    found: dict[tuple[str, int, int], Fact] = {}
    for one in sorted(statements, key=lambda one: one.doubt is None):
        for place, text in fields.items():
            if (start := text.find(one.words)) >= 0:
                fact = Fact(
                    kind=FactKind.STATEMENT,
                    place=place,
                    start=start,
                    end=start + len(one.words),
                    origin=one.origin,
                    source_start=one.start,
                    source_end=one.end,
                    doubt=one.doubt,
                )
                # A headline that is a sentence of the text stands there once.
                found.setdefault((place, fact.start, fact.end), fact)
                break
    return tuple(found.values())


def statement_claims(
    draft: Draft, facts: Sequence[Fact], texts: Mapping[FactOrigin, str]
) -> Iterator[Problem]:
    """Yield a problem for each sentence in doubt, beside the nearest passage.

    Args:
        draft: The post.
        facts: All of its facts.
        texts: The text of each origin.
    """
    fields = dict(texts_of(draft))
    doubtful = [fact for fact in facts if fact.kind is FactKind.STATEMENT and fact.is_claim]
    for fact in doubtful[:_MOST]:
        words = _short(fields[fact.place][fact.start : fact.end])
        source = texts.get(fact.origin, "") if fact.origin else ""
        near = source[fact.source_start : fact.source_end]
        beside = f" The source says: \u201c{_short(near)}\u201d" if near.strip() else ""
        said = _SAID[fact.doubt or Doubt.MISSING]
        message = f"{said}: \u201c{words}\u201d{beside}"
        yield Problem(rule=STATEMENTS, message=message, is_claim=True)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}\u2026"
