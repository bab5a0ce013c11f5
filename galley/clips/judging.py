"""What makes a moment worth a clip, in points, each with its reason."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from galley.clips.openings import backward, dangles, is_claim, is_number
from galley.clips.sentences import Sentence
from galley.clips.words import Said

HOOK = 2.0
"""Seconds in which a viewer decides to stay."""
_RUN = 5
"""Words in a row that are a quotation and no chance."""
_LONG = 7
"""Letters of a word that says something, more often than not."""
_BASE = 40
_SIGNS = re.compile(r"[^\w']+")
_Reason = tuple[int, str]


@dataclass(frozen=True)
class Moment:
    """Words ``first`` to ``last``, with what speaks for and against them."""

    first: int
    last: int
    seconds: float
    points: int
    reasons: tuple[str, ...]

    @property
    def score(self) -> int:
        """The points, held to 0 to 100."""
        return max(0, min(100, self.points))

    def overlaps(self, other: "Moment") -> bool:
        """Return whether they share a word."""
        return self.first <= other.last and other.first <= self.last


class Judge:
    """Judges moments of one recording; each in about the same short time."""

    def __init__(
        self,
        words: Sequence[Said],
        sentences: Sequence[Sentence],
        quotes: Sequence[str],
        language: str,
    ) -> None:
        self._words = words
        self._sentences = sentences
        self._language = language.lower().partition("-")[0]
        self._bare = [_bare(word.text) for word in words]
        self._spoken = _sums(word.end - word.start for word in words)
        self._long = _sums(len(word) >= _LONG for word in self._bare)
        self._numbers = _sums(is_number(w, self._language) for w in self._bare)
        self._quoted = _sums(self._quotations(quotes))
        self._points_back = _sums(self._backward())
        self._openings = dict[int, tuple[_Reason, ...]]()

    def moment(self, first: int, last: int) -> Moment:
        """Judge the sentences ``first`` to ``last``, both included."""
        begin, end = self._sentences[first].first, self._sentences[last].last
        seconds = self._words[end].end - self._words[begin].start
        if first not in self._openings:
            self._openings[first] = tuple(self._opening(first))
        reasons = [
            *self._openings[first],
            *self._ending(last),
            *self._inside(begin, end, seconds),
        ]
        return Moment(
            begin,
            end,
            seconds,
            _BASE + sum(points for points, _ in reasons),
            tuple(f"{points:+d} {why}" for points, why in reasons),
        )

    def _opening(self, number: int) -> Iterator[_Reason]:
        sentence, language = self._sentences[number], self._language
        start = self._words[sentence.first].start
        soon = [
            self._bare[at]
            for at in range(sentence.first, sentence.last + 1)
            if self._words[at].start - start < HOOK
        ]
        if (
            self._words[sentence.last]
            .text.rstrip("\"'\u201d\u2019)")
            .endswith(("?", "\uff1f", "\u061f"))
        ):
            yield 15, "opens with a question"
        if any(is_number(word, language) for word in soon):
            yield 12, "a number in the first two seconds"
        if any(is_claim(word, language) for word in soon):
            yield 10, "a strong word in the first two seconds"
        if dangles(soon[0] if soon else "", language):
            yield -30, "its first word leans on what was said before"
        if number and not self._follows_a_stop(number):
            yield -15, "begins where no sentence was seen to end"

    def _follows_a_stop(self, number: int) -> bool:
        before, at = self._sentences[number - 1], self._sentences[number].first
        is_turn = self._words[at].speaker != self._words[at - 1].speaker
        return before.is_whole or is_turn

    def _ending(self, number: int) -> Iterator[_Reason]:
        if self._sentences[number].is_whole:
            yield 8, "ends with a whole sentence"
        else:
            yield -12, "ends where no sentence was seen to end"

    def _inside(self, begin: int, end: int, seconds: float) -> Iterator[_Reason]:
        count = end - begin + 1
        if back := _within(self._points_back, begin, end):
            yield -12 * min(2, int(back)), "points to what was said or shown before"
        spoken = _within(self._spoken, begin, end) / seconds if seconds else 0
        if spoken < 0.6:  # noqa: PLR2004 -- the rest is silence
            yield -10, "long pauses"
        dense = round(30 * _within(self._long, begin, end) / count)
        if dense:
            yield min(10, dense), "says much in few words"
        if numbers := int(_within(self._numbers, begin, end)):
            yield min(6, 2 * numbers), "numbers"
        if quoted := _within(self._quoted, begin, end):
            yield min(40, 12 + round(3 * quoted)), "the post quotes it"

    def _quotations(self, quotes: Sequence[str]) -> Iterator[bool]:
        """Return of each word whether it begins a run that some text quotes."""
        known = {
            run for text in quotes for run in _runs(list(filter(None, _split(text))))
        }
        runs = [*_runs(self._bare)] if known else []
        for at in range(len(self._bare)):
            yield at < len(runs) and runs[at] in known

    def _backward(self) -> Iterator[bool]:
        pattern = backward(self._language)
        text = " ".join(self._bare)
        found = {m.start() for m in pattern.finditer(text)} if pattern else set[int]()
        at = 0
        for word in self._bare:
            yield at in found
            at += len(word) + 1


def _bare(word: str) -> str:
    return _SIGNS.sub("", word.replace("\u2019", "'").casefold())


def _split(text: str) -> list[str]:
    return [_bare(word) for word in text.split()]


def _runs(words: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1)]


def _sums(values: Iterable[float]) -> list[float]:
    """Return what stands before each place, so that any stretch is one subtraction."""
    return [0.0, *accumulate(values)]


def _within(sums: Sequence[float], first: int, last: int) -> float:
    return sums[last + 1] - sums[first]
