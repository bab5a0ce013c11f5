"""The duplicate guard: the same thing does not go to the same channel twice."""

import re

from emulators.buffer.core import Emulator
from emulators.buffer.records import Post

POSTED = (
    "Whoops, it looks like you've posted that one recently. Unfortunately, we're not"
    " able to post the same thing again so soon!"
)
SCHEDULED = (
    "Whoops, it looks like you've already got this one scheduled or posted around the"
    " same time. We're not able to post the same thing twice so close together."
)
_SPACE = re.compile(r"\s+")


def twin_complaint(emulator: Emulator, post: Post, now: int) -> str | None:
    """Say that a post repeats another one of its channel, if it does.

    A twin has the same text but for case and spacing, or shows one of the same images.
    Waiting twins always count, sent and failed ones for the duplicate window; with a
    window below 0 nothing counts.
    """
    if emulator.options.duplicate_window < 0:
        return None
    since = now - int(emulator.options.duplicate_window * 1000)
    text, images = _text(post), _images(post)
    for other in emulator.store.posts_on(
        post.channel_id, "scheduled", "sending", "sent", "error"
    ):
        if other.id == post.id or not (
            (text and text == _text(other)) or images & _images(other)
        ):
            continue
        if other.status in {"scheduled", "sending"}:
            return SCHEDULED
        if (other.sent_at or other.updated_at) > since:
            return POSTED
    return None


def _text(post: Post) -> str:
    whole = "\n".join([post.text, *(item["text"] for item in post.thread[1:])])
    return _SPACE.sub(" ", whole).strip().casefold()


def _images(post: Post) -> set[str]:
    return {asset["url"] for asset in post.all_assets() if asset["kind"] == "image"}
