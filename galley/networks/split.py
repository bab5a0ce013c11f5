"""Split a text that is too long into the posts of a thread, at the breaks that suit it best."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from galley.models.channel import Channel
from galley.models.draft import Draft
from galley.models.network import Extras, MastodonExtras
from galley.networks.breaks import Break, Rank, breaks_in
from galley.networks.registry import rules_for
from galley.networks.rules import TextCount, unify_newlines

_HALF, _QUARTER = 1 / 2, 1 / 4
_FAR = 2
"""Times the most posts a network takes."""
_NONE = -1

Fits = Callable[[str], bool]
"""Whether a text fits into one post."""


@dataclass(frozen=True)
class Room:
    """The room of a thread.

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
        self, text: str, breaks: Sequence[Break], room: Room, *, whole_paragraphs: bool
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
        choices = (paragraph, sentence, latest(Rank.CLAUSE, _HALF), latest(Rank.WORD, 0))
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


_NUMBER = re.compile(r"\s(\d{1,3})/(\d{1,3})\Z")


@dataclass(frozen=True)
class Thread:
    """The rules by which texts become threads on one channel.

    ``before`` is counted with the first post: a content warning stands above it.
    ``numbered`` writes " 2/7" behind each post.
    """

    counts: tuple[TextCount, ...]
    most: int
    numbered: bool = False
    before: str = ""
    language: str = "en"

    def split(self, texts: Sequence[str], tail: str = "") -> tuple[str, ...]:
        """Return the posts: one if everything fits into one, none if there is no text.

        Args:
            texts: One text, or the posts of a thread, which stay apart.
            tail: What the last text ends with and must not be parted: link, hashtags.

        There may be more posts than the network takes, and a link longer than a post
        is longer still: :func:`galley.networks.checks.check_draft` says so.
        """
        clean = [unify_newlines(text).strip() for text in texts]
        posts = self._split_all(clean, tail, digits=0)
        if not self.numbered or len(posts) < 2:  # noqa: PLR2004 -- one is no thread
            return posts
        digits = 0
        while len(str(len(posts))) > digits:
            digits = len(str(len(posts)))
            posts = self._split_all(clean, tail, digits)
        return tuple(f"{post} {n}/{len(posts)}" for n, post in enumerate(posts, 1))

    def fits(self, text: str) -> bool:
        """Tell whether a text fits into the first post, without a number."""
        return self._fits(self.before, "")(text)

    def _split_all(self, texts: Sequence[str], tail: str, digits: int) -> tuple[str, ...]:
        """Split each text, with room for a number of so many digits."""
        number = f" {'9' * digits}/{'9' * digits}" if digits else ""
        posts: list[str] = []
        for place, text in enumerate(texts):
            mine = tail if place == len(texts) - 1 else ""
            room = Room(
                first_fits=self._fits("" if posts else self.before, number),
                fits=self._fits("", number),
                most=self.most - len(posts),
                tail=len(mine),
            )
            posts += fill(text, self._breaks(text, mine), room)
        return tuple(posts)

    def _fits(self, before: str, after: str) -> Fits:
        def fits(text: str) -> bool:
            whole = f"{before}{text}{after}"
            return all(count.of(whole) <= count.limit for count in self.counts)

        return fits

    def _breaks(self, text: str, tail: str) -> tuple[Break, ...]:
        whole_from = len(text) - len(tail) if tail and text.endswith(tail) else None
        return tuple(
            part
            for part in breaks_in(text, self.language)
            if whole_from is None or part.at <= whole_from
        )


def thread_of(draft: Draft, channel: Channel, *, numbered: bool) -> Draft:
    """Return the draft with every text that is too long parted into several posts.

    A draft that fits, or of a network without threads, is returned as it is; with
    ``numbered`` the numbers of a thread are written anew.
    """
    rules = rules_for(channel.platform)
    if rules.max_thread == 1:
        return draft
    posts = draft.thread or (draft.text,)
    if numbered and draft.thread:
        posts = without_numbers(posts)
    thread = Thread(
        counts=rules.counts_on(channel),
        most=rules.max_thread,
        numbered=numbered,
        before=warning_of(draft.extras),
    )
    found = thread.split(posts, closing_of(posts[-1]))
    if len(found) < 2 or found == draft.thread:  # noqa: PLR2004 -- one is no thread
        return draft
    return draft.model_copy(update={"text": found[0], "thread": found})


def closing_of(text: str) -> str:
    """Return the paragraphs at the end that hold links and hashtags alone."""
    clean = unify_newlines(text).strip()
    at = len(clean)
    while (before := clean.rfind("\n\n", 0, at)) > 0:
        words = clean[before:at].split()
        if not all(word.startswith("#") or "://" in word for word in words):
            break
        at = before
    return clean[at:].strip()


def without_numbers(posts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the posts of a numbered thread as they were before they got numbers."""

    def bare(post: str) -> str:
        number = _NUMBER.search(post)
        is_its_own = number is not None and 1 <= int(number[1]) <= int(number[2])
        return _NUMBER.sub("", post) if is_its_own else post

    return tuple(map(bare, posts))


def plain_posts(posts: tuple[str, ...]) -> tuple[str, ...]:
    """Return posts without their numbers, if every one of them bears its own."""
    count = len(posts)
    numbers = [f" {place}/{count}" for place in range(1, count + 1)]
    pairs = list(zip(posts, numbers, strict=True))
    if not all(post.endswith(number) for post, number in pairs):
        return posts
    return tuple(post.removesuffix(number) for post, number in pairs)


def warning_of(extras: Extras | None) -> str:
    """Return the content warning, which Mastodon counts with the first post."""
    return extras.spoiler if isinstance(extras, MastodonExtras) else ""
