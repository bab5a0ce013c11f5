"""Fill one post after the other with the pieces of a text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from galley.platforms.breaks import Break, Rank

_HALF, _QUARTER = 1 / 2, 1 / 4
_FAR = 2
"""Times the most posts a network takes."""
_NONE = -1

Fits = Callable[[str], bool]
"""Whether a text fits into one post."""


@dataclass(frozen=True)
class Room:
    """What there is room for.

    ``first_fits`` and ``fits`` are of the first post, which may have less room, and of
    the others. Where whole paragraphs make more than ``most`` posts, they are parted at
    their sentences, which fills the posts better. The last post should be longer than
    ``tail`` characters: link and hashtags alone are no post.
    """

    first_fits: Fits
    fits: Fits
    most: int
    tail: int = 0


def fill(text: str, breaks: Sequence[Break], room: Room) -> list[str]:
    """Return the posts that ``text`` becomes; joined, they are the text.

    Far beyond the most posts the rest stays in the last one: it is too long anyway,
    and a text of any length must be answered soon.
    """
    ends = _Filling(text, breaks, room, whole_paragraphs=True).ends()
    has_paragraphs = any(part.rank is Rank.PARAGRAPH for part in breaks)
    if len(ends) > room.most and has_paragraphs:
        ends = _Filling(text, breaks, room, whole_paragraphs=False).ends()
    parts = (text[start:end].strip() for start, end in pairwise((0, *ends)))
    return [part for part in parts if part]


class _Filling:
    """Works with indices of breaks; the last break is the end of the text."""

    def __init__(
        self,
        text: str,
        breaks: Sequence[Break],
        room: Room,
        *,
        whole_paragraphs: bool,
    ) -> None:
        self._text = text
        self._room = room
        self._breaks = (*breaks, Break(len(text), Rank.PARAGRAPH))
        self._whole_paragraphs = whole_paragraphs

    def ends(self) -> list[int]:
        """Return where each post ends."""
        ends, begin, width = [0], 0, 1
        while begin < len(self._breaks):
            if len(ends) > _FAR * max(self._room.most, 1):
                return [*ends[1:], len(self._text)]
            furthest = self._furthest(ends[-1], begin, width)
            chosen = self._choose(ends[-1], begin, furthest)
            ends.append(self._breaks[chosen].at)
            width = max(1, furthest - begin)
            begin = chosen + 1
        return self._evened(ends)[1:]

    def _holds(self, start: int, index: int) -> bool:
        fits = self._room.fits if start else self._room.first_fits
        return fits(self._text[start : self._breaks[index].at].strip())

    def _furthest(self, start: int, begin: int, width: int) -> int:
        """Return the last break that fits; ``begin`` where nothing does.

        Counting is dear, so the search starts where the last post ended: ``width``
        breaks from here.
        """
        low, high = begin - 1, len(self._breaks)
        step = max(1, width // 8)
        at = min(begin + width, high - 1)
        if self._holds(start, at):
            low = at
            while low + step < high and self._holds(start, low + step):
                low, step = low + step, step * 2
            high = min(low + step, high)
        else:
            high = at
            while high - step > low and not self._holds(start, high - step):
                high, step = high - step, step * 2
            low = max(high - step, low)
        return max(self._bisected(start, low, high), begin)

    def _bisected(self, start: int, low: int, high: int) -> int:
        """Return the last break that fits, between one that does and one that not."""
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._holds(start, middle) else (low, middle)
        return low

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
        least = max(_QUARTER * (middle - start), self._room.tail + 1)
        if end - middle >= least:
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
