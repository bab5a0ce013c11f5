"""The decision whether a post found in Buffer is the one that Galley asked for.

Buffer has no idempotency key and returns nothing to identify a post, so the evidence is
the channel, the exact due time and the text. Two posts agree on all three only if they
would go out as the same text, on the same account, in the same second.

Where Buffer or a person chooses the time (a queue, a draft), the time says nothing, and the
evidence is the channel, the text and a creation since the claim. The search after a lost
reply calls :func:`is_ours`.
"""

import re
import unicodedata
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

from galley.models.publishing import BufferPost, PostRequest

CLOCK_SKEW = timedelta(minutes=5)
"""How far Buffer's clock and ours may differ, where a post is looked for by the instant
it was created at. An earlier instant only shows more posts."""
_CLOCK = timedelta(seconds=1)  # Buffer may cut off the milliseconds.
_TOO_LATE = timedelta(seconds=15)  # Our clock against Buffer's, generously.
_PIECES = re.compile(r"\s+|(?=https?://)", re.IGNORECASE)
_LINK = re.compile(r"https?://", re.IGNORECASE)
# What shorteners make: a host and one short word, nothing more.
_SHORT_LINK = re.compile(r"https?://[a-z0-9.-]{4,32}/[a-z0-9_~-]{1,16}", re.IGNORECASE)


def is_ours(post: BufferPost, request: PostRequest) -> bool:
    """Whether ``post`` is the result of ``request``; of a thread, the first post counts.

    White space may differ, and a link may have become a short link or have gained
    tracking parameters: Buffer rewrites links on channels with that setting. A post that was
    created after its time was given a later one.
    """
    if post.channel_id != request.channel_id or not _same_time(post, request):
        return False
    return has_words_of(post, request)


def is_near(post: BufferPost, request: PostRequest) -> bool:
    """Whether a person may have made ``post`` of the result of ``request``, in Buffer's page.

    It has other words at exactly that time, or the same words at another. Where Buffer or a
    person chooses the time, nothing is near: the words are all that there is.
    """
    if post.channel_id != request.channel_id or not request.delivery.has_due_time:
        return False
    return _same_time(post, request) or has_words_of(post, request)


def has_words_of(post: BufferPost, request: PostRequest) -> bool:
    """Whether a post has the words of the request, but for white space and rewritten links."""
    sent, found = _pieces(request.text), _pieces(post.text)
    return len(sent) == len(found) and all(map(_same_piece, sent, found))


def _same_time(post: BufferPost, request: PostRequest) -> bool:
    delivery = request.delivery
    if not delivery.has_due_time:
        return True
    if post.due_at is None:
        # A post that waits for approval shows no time until it has it.
        return delivery.needs_approval
    if abs(post.due_at - request.due_at) <= _CLOCK:
        return True
    return (
        post.created_at is not None
        and post.created_at >= request.due_at - _TOO_LATE
        and post.due_at > request.due_at
    )


def _pieces(text: str) -> list[str]:
    """Cut a text into words and links; a link begins a piece of its own."""
    pieces = _PIECES.split(unicodedata.normalize("NFC", text))
    return [piece for piece in pieces if piece]


def _same_piece(ours: str, theirs: str) -> bool:
    if ours == theirs:
        return True
    if not (_LINK.match(ours) and _LINK.match(theirs)):
        return False
    return any(
        theirs.endswith(rest)
        and _may_become(ours[: len(ours) - len(rest)], theirs[: len(theirs) - len(rest)])
        for rest in _possible_rests(ours)
    )


def _possible_rests(piece: str) -> list[str]:
    """Return what may follow the link inside its piece: ``)``, ``.``, or letters.

    Where a link ends is anyone's guess (``https://a.example/x).``), so every cut that
    leaves only punctuation, or begins with a letter no URL holds, is tried.
    """
    cuts = [
        cut
        for cut in range(len("http://") + 1, len(piece) + 1)
        if not piece[cut : cut + 1].isascii()
        or not any(char.isalnum() or char == "/" for char in piece[cut:])
    ]
    return [piece[cut:] for cut in cuts]


def _may_become(link: str, rewritten: str) -> bool:
    try:
        old, new = urlsplit(link), urlsplit(rewritten)
    except ValueError:
        return False
    if old.netloc.lower() != new.netloc.lower():
        return _SHORT_LINK.fullmatch(rewritten) is not None
    before = parse_qsl(old.query, keep_blank_values=True)
    after = parse_qsl(new.query, keep_blank_values=True)
    gained = after[len(before) :]
    return (
        old.path.rstrip("/") == new.path.rstrip("/")
        and old.fragment == new.fragment
        and after[: len(before)] == before
        and all(name.startswith("utm_") for name, _ in gained)
    )
