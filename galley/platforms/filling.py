"""Fill one post after the other with the pieces of a text."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from galley.platforms.breaks import Break, Rank

_HALF, _QUARTER = 1 / 2, 1 / 4
_NONE = -1

Fits = Callable[[str], bool]
"""Whether a text fits into one post."""


def fill(
    text: str, breaks: Sequence[Break], fits: tuple[Fits, Fits], most: int
) -> list[str]:
    """Return the posts that ``text`` becomes; joined, they are the text.

    Args:
        text: What is parted.
        breaks: Where it may be, in order.
        fits: Of the first post, which may have less room, and of the others.
        most: Where whole paragraphs make more posts than this, they are parted at
            their sentences, which fills the posts better.
    """
    for whole_paragraphs in (True, False):
        filling = _Filling(text, breaks, fits, whole_paragraphs)
        ends = filling.ends()
        if len(ends) <= most:
            break
    parts = (text[start:end].strip() for start, end in pairwise((0, *ends)))
    return [part for part in parts if part]


class _Filling:
    """Works with indices of breaks; the last break is the end of the text."""

    def __init__(
        self,
        text: str,
        breaks: Sequence[Break],
        fits: tuple[Fits, Fits],
        whole_paragraphs: bool,  # noqa: FBT001 -- private
    ) -> None:
        self._text = text
        self._breaks = (*breaks, Break(len(text), Rank.PARAGRAPH))
        self._first_fits, self._fits = fits
        self._whole_paragraphs = whole_paragraphs

    def ends(self) -> list[int]:
        """Return where each post ends."""
        ends = [0]
        begin = 0
        while begin < len(self._breaks):
            chosen = self._choose(ends[-1], begin, self._furthest(ends[-1], begin))
            ends.append(self._breaks[chosen].at)
            begin = chosen + 1
        return self._evened(ends)[1:]

    def _holds(self, start: int, index: int) -> bool:
        fits = self._fits if start else self._first_fits
        return fits(self._text[start : self._breaks[index].at].strip())

    def _furthest(self, start: int, begin: int) -> int:
        """Return the last break that fits; ``begin`` where nothing does."""
        low, step = begin - 1, 1
        end = len(self._breaks)
        while low + step < end and self._holds(start, low + step):
            low, step = low + step, step * 2
        high = min(low + step, end)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._holds(start, middle) else (low, middle)
        return max(low, begin)

    def _choose(self, start: int, begin: int, last: int) -> int:
        """Return the best break up to the last: a coarse one, yet not too early."""
        if last == len(self._breaks) - 1:
            return last
        room = self._breaks[last].at - start

        def latest(rank: Rank, share: float) -> int:
            found = self._latest(rank, begin, last)
            used = self._breaks[found].at - start
            return found if found != _NONE and used >= share * room else _NONE

        paragraph = latest(Rank.PARAGRAPH, _HALF) if self._whole_paragraphs else _NONE
        sentence = latest(Rank.SENTENCE, 0)
        if sentence != _NONE and not self._keeps_next(sentence):
            sentence = latest(Rank.SENTENCE, _QUARTER)
        choices = (
            paragraph,
            sentence,
            latest(Rank.CLAUSE, _HALF),
            latest(Rank.WORD, 0),
        )
        return next((choice for choice in choices if choice != _NONE), last)

    def _latest(self, rank: Rank, begin: int, last: int) -> int:
        indices = range(last, begin - 1, -1)
        return next((i for i in indices if self._breaks[i].rank <= rank), _NONE)

    def _keeps_next(self, sentence: int) -> bool:
        """Tell whether the sentence after this break fits into a post of its own."""
        indices = range(sentence + 1, len(self._breaks))
        end = next(i for i in indices if self._breaks[i].rank <= Rank.SENTENCE)
        return self._holds(self._breaks[sentence].at, end)

    def _evened(self, ends: list[int]) -> list[int]:
        """Let no thread end with a scrap: part the last two posts in their middle."""
        if len(ends) < 3:  # noqa: PLR2004 -- a start and two posts
            return ends
        start, middle, end = ends[-3:]
        if end - middle >= _QUARTER * (middle - start):
            return ends
        last = len(self._breaks) - 1
        better = [
            part.at
            for index, part in enumerate(self._breaks)
            if start < part.at < middle
            and part.rank <= Rank.SENTENCE
            and self._holds(start, index)
            and self._holds(part.at, last)
        ]
        if not better:
            return ends
        half = (start + end) / 2
        return [*ends[:-2], min(better, key=lambda at: abs(at - half)), end]
