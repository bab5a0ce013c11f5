"""Each fact of a draft beside the passage it was found in."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from pydantic import BaseModel, ConfigDict

from cli.terminal.proofs import is_choice
from galley.grounding.facts import texts_of
from galley.grounding.grounds import Grounds
from galley.models import Draft, Fact, FactOrigin, PostView, SourceDocument, tally
from galley.sources.placing import cue_at

_AROUND = 70
"""Characters of the passage on either side of what was found."""


class FactPassage(BaseModel):
    """One fact and what it rests on; the fields are those of its JSON."""

    model_config = ConfigDict(frozen=True)

    variant: int = 0
    """Number of the variant that states it; 0: there is one draft alone."""
    kind: str
    place: str
    """The field of the draft, such as ``text`` or ``thread.2``."""
    words: str
    origin: str | None = None
    """In what it was found; missing: nowhere, so it is a claim."""
    start: int = 0
    """In that text, in characters, like ``end``."""
    end: int = 0
    before: str = ""
    found: str = ""
    after: str = ""
    said_by: str = ""
    said_at: float | None = None
    """Seconds from the beginning of the recording."""


def passages_of(
    view: PostView, document: SourceDocument, grounds: Grounds, *, numbered: bool
) -> list[FactPassage]:
    """Return the facts of a draft, or of each variant that may be picked."""
    texts = {one.origin: one.text for one in grounds.passages}
    drafts: list[tuple[int, Draft | None, tuple[Fact, ...]]] = [
        (number, one.draft, one.facts)
        for number, one in enumerate(view.variants if is_choice(view) else (), 1)
    ] or [(0, view.draft, view.facts)]
    found: list[FactPassage] = []
    for variant, draft, facts in drafts:
        fields = dict(texts_of(draft, numbered=numbered)) if draft else {}
        for fact in facts:
            one = _passage(fact, fields.get(fact.place, ""), texts, document)
            found.append(one.model_copy(update={"variant": variant}))
    return found


def _passage(
    fact: Fact,
    field: str,
    texts: Mapping[FactOrigin, str],
    document: SourceDocument,
) -> FactPassage:
    words = field[fact.start : fact.end]
    told = FactPassage(kind=fact.kind, place=fact.place, words=words)
    if fact.origin is None:
        return told
    text, start, end = texts.get(fact.origin, ""), fact.source_start, fact.source_end
    is_said = fact.origin is FactOrigin.SOURCE
    cue = cue_at(document, start) if is_said else None
    return told.model_copy(
        update={
            "origin": fact.origin.value,
            "start": start,
            "end": end,
            "before": text[max(0, start - _AROUND) : start],
            "found": text[start:end],
            "after": text[end : end + _AROUND],
            "said_by": cue.speaker if cue else "",
            "said_at": cue.start if cue else None,
        }
    )


def fact_lines(view: PostView, found: list[FactPassage]) -> Iterator[str]:
    """Yield the facts as a person reads them, claims first."""
    if not found:
        yield _none(view)
        return
    variant = 0
    for one in found:
        if one.variant != variant:
            variant = one.variant
            yield f"Variant {variant}: {tally(view.variants[variant - 1].facts)}"
        yield f"{one.kind} · {one.place} · {_one_line(one.words)}"
        yield f"    {_where(one)}"
    if not variant:
        yield f"Facts: {tally(view.facts)}"


def _none(view: PostView) -> str:
    by = view.provenance
    if by is not None and by.is_by_person:
        return "A person wrote this revision: nothing of it was looked up."
    return "The draft states no number, date, name or quotation."


def _where(one: FactPassage) -> str:
    if one.origin is None:
        return "nowhere: neither the source nor you say so"
    said = f", {one.said_by}" if one.said_by else ""
    if one.said_at is not None:
        said += f" at {timedelta(seconds=int(one.said_at))}"
    passage = _one_line(f"{one.before}[{one.found}]{one.after}")
    return f"{one.origin} {one.start}-{one.end}{said}: … {passage} …"


def _one_line(text: str) -> str:
    return " ".join(text.split())
