"""What a reviewer's edits have in common beyond their words: openings and lengths, counted.

``lessons_block`` names them before the lessons, to whoever writes and to whoever chooses among
drafts; ``voice show`` prints them.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from enum import StrEnum
from statistics import median

from galley.drafting.lessons import sentences_of
from galley.models.brand import Lesson, LessonKind, LessonPart
from galley.networks.registry import rules_for

_ALIKE = 0.6
"""Share of words in common from which a first sentence is the old one, edited."""
_LEAST, _LEAST_OF_ALL = 2, 3
"""Edits of one network, and of several, that make a habit if most of them agree."""
_QUOTES = frozenset("\"'\u201c\u201e\u00ab\u2018\u201a\u300c")
_EVERYWHERE = "all networks"


class Opening(StrEnum):
    """The kinds of first sentence that can be told apart by their form."""

    SPOKEN = "spoken words"
    QUESTION = "a question"
    FIGURE = "a figure"


def opening_of(text: str) -> Opening | None:
    """Return the kind of a text's first sentence, if it has one of these."""
    first = next(iter(sentences_of(text)), "")
    if first[:1] in _QUOTES:
        return Opening.SPOKEN
    if first.endswith(("?", "\uff1f")):
        return Opening.QUESTION
    return Opening.FIGURE if any(char.isdigit() for char in first) else None


def habits_in(lessons: Sequence[Lesson]) -> tuple[str, ...]:
    """Return the habits, each as a line: of all networks where it holds there, else of each."""
    edits = [
        one
        for one in lessons
        if one.kind is LessonKind.EDITED and one.part is LessonPart.TEXT and one.after
    ]
    return (*_told(edits, _opening), *_told(edits, _length))


def _told(edits: Sequence[Lesson], habit: Callable[[Sequence[Lesson]], str]) -> Iterator[str]:
    networks = dict.fromkeys(one.platform for one in edits)
    if len(networks) > 1 and len(edits) >= _LEAST_OF_ALL and (said := habit(edits)):
        yield said.format(where=_EVERYWHERE)
        return
    for network in networks:
        own = [one for one in edits if one.platform is network]
        if len(own) >= _LEAST and (said := habit(own)):
            yield said.format(where=rules_for(network).name)


def _opening(edits: Sequence[Lesson]) -> str:
    before, after = (
        Counter(opening_of(text) for text in side)
        for side in ([one.before for one in edits], [one.after for one in edits])
    )
    for kind in Opening:
        if 2 * after[kind] > len(edits) and after[kind] > before[kind]:
            went_out = f"{after[kind]} of {len(edits)} went out with {kind} first"
            return f"Openings on {{where}}: {went_out}, {before[kind]} were proposed so."
    anew = sum(map(_is_begun_anew, edits))
    share = f"{anew} of {len(edits)}"
    return f"Openings on {{where}}: {share} have another first sentence." * (2 * anew > len(edits))


def _is_begun_anew(edit: Lesson) -> bool:
    old, new = (next(iter(sentences_of(one)), "").split() for one in (edit.before, edit.after))
    return SequenceMatcher(None, old, new, autojunk=False).ratio() < _ALIKE


def _length(edits: Sequence[Lesson]) -> str:
    counts = [(len(sentences_of(one.before)), len(sentences_of(one.after))) for one in edits]
    shorter, longer = (sum(a > b for a, b in counts), sum(a < b for a, b in counts))
    if 2 * max(shorter, longer) <= len(edits):
        return ""
    before, after = (round(median(side)) for side in zip(*counts, strict=True))
    return f"Length on {{where}}: about {before} sentences, then about {after}."
