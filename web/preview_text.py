"""The text of a preview: its links, tags and facts marked, and cut where the network folds it."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from galley.networks.graphemes import clusters
from galley.networks.text import find_links

_LONGEST_LINK = 30
"""Characters of a link that networks show which shorten it."""
_BACK_TO_SPACE = 15
"""Characters that a fold goes back so as not to cut a word."""
_TAG = re.compile(r"(?<![\w&#])#\w+")
_MENTION = re.compile(r"(?<![\w@/.])@\w(?:[\w.-]*\w)?(?:@[\w.-]*\w)?")


class PartKind(StrEnum):
    """What a run of text is to its network."""

    WORDS = "words"
    LINK = "link"
    TAG = "tag"
    MENTION = "mention"


@dataclass(frozen=True, slots=True)
class Part:
    """A run of text; ``fact`` is the number of the fact in it, from 1."""

    kind: PartKind
    text: str
    """As the proof has it."""
    shown: str
    """As the network shows it: links are cut."""
    fact: int = 0
    is_claim: bool = False


@dataclass(frozen=True, slots=True)
class FoldedText:
    """A text, cut where a phone and a desktop browser fold it.

    Attributes:
        head: What everybody sees.
        between: What only a desktop browser still shows.
        rest: What "more" opens.
    """

    head: tuple[Part, ...] = ()
    between: tuple[Part, ...] = ()
    rest: tuple[Part, ...] = ()

    @property
    def parts(self) -> tuple[Part, ...]:
        """All of the text."""
        return (*self.head, *self.between, *self.rest)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLook:
    """How a network shows a text.

    ``marks`` are what it makes links of. ``fold`` and ``desktop`` are characters, ``lines`` are
    widely reported, and undocumented.
    """

    marks: frozenset[PartKind] = frozenset({PartKind.LINK, PartKind.TAG, PartKind.MENTION})
    bare_links: bool = True
    shortens: bool = False
    fold: int | None = None
    desktop: int | None = None
    lines: int | None = None


@dataclass(frozen=True, slots=True)
class FactSpan:
    """A fact in a text; ``number`` counts those of the draft from 1."""

    start: int
    end: int
    number: int
    is_claim: bool


def fold_text(text: str, look: TextLook, facts: Sequence[FactSpan] = ()) -> FoldedText:
    """Return a text as its network shows it; joined, the parts are the text.

    Args:
        text: What the proof has.
        look: How the network shows it.
        facts: Those in it; of two that overlap the first one is marked.
    """
    marks = _marks(text, look)
    phone = _fold_at(text, look.fold, look.lines, marks)
    wide = _fold_at(text, look.desktop or look.fold, look.lines, marks)
    cuts = (phone, max(phone, wide))
    pieces: tuple[list[Part], list[Part], list[Part]] = ([], [], [])
    at = 0
    for part in _parts(text, marks, facts, cuts, look):
        pieces[bisect_right(cuts, at)].append(part)
        at += len(part.text)
    return FoldedText(*map(tuple, pieces))


_Span = tuple[int, int, PartKind]


def _marks(text: str, look: TextLook) -> list[_Span]:
    """Return links, tags and mentions in order and without overlap; links go first."""
    found = [
        (start, end, PartKind.LINK) for start, end in find_links(text, bare_domains=look.bare_links)
    ]
    taken = [start for start, _, _ in found]

    def is_in_link(at: int) -> bool:
        before = bisect_right(taken, at) - 1
        return before >= 0 and at < found[before][1]

    others = [
        (one.start(), one.end(), kind)
        for kind, pattern in ((PartKind.TAG, _TAG), (PartKind.MENTION, _MENTION))
        for one in pattern.finditer(text)
        if not is_in_link(one.start())
    ]
    kept: list[_Span] = []
    for span in sorted((*found, *others)):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return [span for span in kept if span[2] in look.marks]


def _fold_at(text: str, fold: int | None, lines: int | None, marks: Sequence[_Span]) -> int:
    """Return where a text is folded; its length if it is not."""
    at = len(text)
    if fold is not None and at > fold:
        head = 0
        for cluster in clusters(text[: fold + _BACK_TO_SPACE]):
            if head + len(cluster) > fold:
                break
            head += len(cluster)
        space = max(text.rfind(" ", 0, head), text.rfind("\n", 0, head))
        at = space + 1 if 0 < head - space <= _BACK_TO_SPACE else head
    if lines is not None:
        breaks = [found.end() for found in re.finditer("\n", text)]
        if len(breaks) >= lines:
            at = min(at, breaks[lines - 1])
    # A link that would be cut stands behind the fold as a whole.
    return next((start for start, end, _ in marks if start < at < end), at)


def _parts(
    text: str,
    marks: Sequence[_Span],
    facts: Sequence[FactSpan],
    cuts: tuple[int, int],
    look: TextLook,
) -> Iterator[Part]:
    """Yield the text in runs of one kind and one fact each; a link is one run."""
    inside = [(start, end) for start, end, kind in marks if kind is PartKind.LINK]
    begins = [start for start, _ in inside]

    def cuts_link(at: int) -> bool:
        before = bisect_right(begins, at) - 1
        return before >= 0 and inside[before][0] < at < inside[before][1]

    edges = {0, len(text), *cuts}
    edges.update(at for start, end, _ in marks for at in (start, end))
    edges.update(at for one in facts for at in (one.start, one.end))
    bounds = sorted(at for at in edges if not cuts_link(at))
    known = {start: (kind, end) for start, end, kind in marks}
    kind, until = PartKind.WORDS, 0
    for start, end in pairwise(bounds):
        if start in known:
            kind, until = known[start]
        elif start >= until:
            kind = PartKind.WORDS
        fact = next((one for one in facts if one.start <= start < one.end), None)
        run = text[start:end]
        shown = _short(run) if kind is PartKind.LINK and look.shortens else run
        yield Part(kind, run, shown, fact.number if fact else 0, bool(fact and fact.is_claim))


def _short(link: str) -> str:
    bare = re.sub(r"^https?://(www\.)?", "", link)
    return bare if len(bare) <= _LONGEST_LINK else f"{bare[: _LONGEST_LINK - 1]}\u2026"
