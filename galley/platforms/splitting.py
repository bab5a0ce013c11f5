"""A long text as the posts of a thread, each within the network's limit.

A text is parted at the end of a paragraph, else of a sentence; only a sentence longer
than a whole post is parted at a clause, a word or, at last, a character. Joined again,
the posts are the text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from galley.models import Channel, Draft, Extras, MastodonExtras
from galley.platforms.breaks import Break, breaks_in
from galley.platforms.counting import unify_newlines
from galley.platforms.filling import Fits, Room, fill
from galley.platforms.own_limits import counts_for, own_limit
from galley.platforms.registry import rules_for
from galley.platforms.rules import TextCount

_NUMBER = re.compile(r"\s(\d{1,3})/(\d{1,3})\Z")


@dataclass(frozen=True)
class Thread:
    """How the threads of one channel are made.

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
        is longer still: :func:`galley.platforms.checking.check_draft` says so.
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

    def _split_all(
        self, texts: Sequence[str], tail: str, digits: int
    ) -> tuple[str, ...]:
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
        counts=counts_for(channel.platform, own_limit(channel)),
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
        if not all(_is_aside(word) for word in clean[before:at].split()):
            break
        at = before
    return clean[at:].strip()


def _is_aside(word: str) -> bool:
    return word.startswith("#") or "://" in word


def without_numbers(posts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the posts of a numbered thread as they were before they got numbers."""
    return tuple(
        _NUMBER.sub("", post) if _is_numbered(post) else post for post in posts
    )


def plain_posts(posts: tuple[str, ...]) -> tuple[str, ...]:
    """Return posts without their numbers, if every one of them bears its own."""
    count = len(posts)
    numbers = [f" {place}/{count}" for place in range(1, count + 1)]
    pairs = list(zip(posts, numbers, strict=True))
    if not all(post.endswith(number) for post, number in pairs):
        return posts
    return tuple(post.removesuffix(number) for post, number in pairs)


def _is_numbered(post: str) -> bool:
    found = _NUMBER.search(post)
    return found is not None and 1 <= int(found[1]) <= int(found[2])


def warning_of(extras: Extras | None) -> str:
    """Return the content warning, which Mastodon counts with the first post."""
    return extras.spoiler if isinstance(extras, MastodonExtras) else ""
