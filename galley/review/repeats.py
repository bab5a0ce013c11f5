"""Repeats: nearly the same words on one channel within some weeks, across campaigns.

Drafting asks for them before a person reviews a draft; a hand-over adds what was approved. Of
words only hashes of two bytes are kept, which find them again and cannot be read.
"""

import hashlib
import re
from base64 import b64decode, b64encode
from collections.abc import Container, Iterable
from datetime import datetime, timedelta

from pydantic import AwareDatetime

from galley.models.account import Progress, ProgressKind
from galley.models.base import Model
from galley.models.draft import Draft, Problem
from galley.models.publishing import PostRequest
from galley.networks.visible import visible

REPEAT = "repeat"
"""The rule that a channel does not say nearly the same words again soon."""
_MOST_KEPT = 100
"""Posts of a channel: some hundred kilobytes."""
_MOST_WORDS = 400
_FEWEST_WORDS = 5
"""Shorter texts are alike by chance: they must be the same."""
_ALIKE = 0.85
_ADDRESS = re.compile(r"https?://\S+")
# Scripts without blanks between words are compared by their letters.
_WORD = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\u0e00-\u0eff]|\w+")


class ApprovedWords(Model):
    """The words of one approved post."""

    key: str
    """Of the post: ``<campaign key>:<channel id>``."""
    at: AwareDatetime
    """When it is due."""
    words: str


class ChannelWords(Model):
    """Content of ``repeats/<channel>.json``: the posts of a channel, the newest last."""

    posts: tuple[ApprovedWords, ...] = ()

    def approved(self, key: str, request: PostRequest) -> "ChannelWords":
        """Return it with the words that a post goes out with, in the place of its earlier ones."""
        words = _hashed((request.title, *(request.thread or (request.text,))))
        mine = ApprovedWords(key=key, at=request.due_at, words=words)
        return ChannelWords(posts=(*self.without({key}).posts, mine)[-_MOST_KEPT:])

    def without(self, keys: Container[str]) -> "ChannelWords":
        """Return it without posts whose words went out nowhere."""
        return ChannelWords(posts=tuple(one for one in self.posts if one.key not in keys))

    def has_of_another(self, key: str, text: str) -> bool:
        """Whether a text is that of another post, and so none that a person made of this one."""
        words = _hashed((text,))
        # Texts of links or emoji alone all have none.
        return bool(words) and any(one.key != key and one.words == words for one in self.posts)

    def problem(
        self, key: str, draft: Draft, due_at: datetime, within: timedelta, now: datetime
    ) -> Problem | None:
        """Return which post of the channel has nearly the same words, or ``None``.

        Args:
            key: Of the post whose draft it is.
            draft: Its words.
            due_at: When it is to go out.
            within: How long words are not said again, before it and after it.
            now: The present.
        """
        near = [one for one in self.posts if one.key != key and abs(due_at - one.at) <= within]
        words = _sequence(_hashed((draft.title, *(draft.thread or (draft.text,)))))
        if not near or not words:
            return None
        alike, found = max(((_alike(words, _sequence(one.words)), one) for one in near), key=_first)
        if alike < (_ALIKE if len(words) >= _FEWEST_WORDS else 1):
            return None
        how = "The same" if alike == 1 else f"Nearly the same ({alike:.0%})"
        verb = "went" if found.at <= now else "go"
        message = (
            f"{how} words {verb} out on this channel on {found.at:%Y-%m-%d} (post:{found.key}): "
            "say it in other words, or approve this post by itself, not with its campaign."
        )
        return Problem(rule=REPEAT, message=message, is_claim=True)


_UNSAID = {ProgressKind.REFUSED, ProgressKind.RETRACTED, ProgressKind.PUBLISH_FAILED}


def unsaid(news: Iterable[Progress]) -> dict[str, set[str]]:
    """Return the posts, by channel, of which this news says that their words went out nowhere."""
    found = dict[str, set[str]]()
    for one in news:
        if one.kind in _UNSAID:
            found.setdefault(one.job_id.partition(":")[2], set()).add(one.job_id)
    return found


def _first(pair: tuple[float, ApprovedWords]) -> float:
    return pair[0]


def _alike(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    # Loaded where there is something to compare: most drafts are the first of their channel.
    from rapidfuzz.distance import Indel

    return Indel.normalized_similarity(one, other)


def _hashed(texts: Iterable[str]) -> str:
    words = _WORD.findall(_ADDRESS.sub(" ", visible(" ".join(texts))).casefold())
    hashes = (hashlib.blake2s(word.encode(), digest_size=2) for word in words[:_MOST_WORDS])
    return b64encode(b"".join(one.digest() for one in hashes)).decode()


def _sequence(words: str) -> tuple[int, ...]:
    return tuple(memoryview(b64decode(words)).cast("H"))
