"""Sentences of a recording, with their times: where a clip may begin and end."""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, cast

import sentencex

from galley.clips.words import Said, is_glued

_ENDS = re.compile(
    "[.!?\u2026\u3002\uff01\uff1f\u0964\u061f][\"'\u201d\u2019\u00bb)]*$"
)
_LONGEST = 25.0
"""Seconds from which a sentence is taken for several: automatic captions have no full
stops."""
_PAUSE = 0.35
"""Seconds of silence at which such a one is parted."""

_boundaries = cast(
    "Callable[[str, str], list[dict[str, Any]]]",
    cast("Any", sentencex).get_sentence_boundaries,
)


class Sentence(NamedTuple):
    """Words ``first`` to ``last``, both included.

    ``is_whole``: it begins where another one ended, and ends with a full stop.
    """

    first: int
    last: int
    is_whole: bool


def sentences_of(words: Sequence[Said], language: str = "en") -> list[Sentence]:
    """Return the sentences in order; together they are all words.

    A change of the speaker ends one, whatever the signs say.
    """
    found = list[Sentence]()
    for first, last in _turns(words):
        for begin, end in _parted(words, first, last, language):
            is_whole = bool(_ENDS.search(words[end].text))
            if words[end].end - words[begin].start <= _LONGEST:
                found.append(Sentence(begin, end, is_whole))
            else:
                found.extend(_at_pauses(words, begin, end))
    return found


def _turns(words: Sequence[Said]) -> Iterator[tuple[int, int]]:
    """Return the first and last word of each stretch of one speaker."""
    begin = 0
    for at in range(1, len(words) + 1):
        if at == len(words) or words[at].speaker != words[at - 1].speaker:
            yield begin, at - 1
            begin = at


def _parted(
    words: Sequence[Said], first: int, last: int, language: str
) -> Iterator[tuple[int, int]]:
    ends, text, size = list[int](), list[str](), 0
    for at in range(first, last + 1):
        word = words[at].text
        if at > first and not is_glued(words[at - 1].text, word):
            text.append(" ")
            size += 1
        text.append(word)
        size += len(word)
        ends.append(size)
    # sentencex takes no half of a surrogate pair.
    whole = "".join(text).encode("utf-8", "replace").decode()
    stops = {
        len(whole[: int(one["end_index"])].rstrip())
        for one in _boundaries(language, whole)
    }
    begin = first
    for at in range(first, last + 1):
        if at == last or ends[at - first] in stops:
            yield begin, at
            begin = at + 1


def _at_pauses(words: Sequence[Said], first: int, last: int) -> Iterator[Sentence]:
    cuts = [
        at + 1
        for at in range(first, last)
        if words[at + 1].start - words[at].end >= _PAUSE
    ]
    for begin, after in pairwise([first, *cuts, last + 1]):
        yield Sentence(begin, after - 1, is_whole=False)
