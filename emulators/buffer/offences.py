"""What Buffer accepts and the network then turns down when the post is published.

Sources: https://docs.x.com/x-api/posts/manage-tweets/integrate (cashtags),
https://developers.google.com/youtube/v3/docs/videos (bytes, angle brackets),
https://developers.facebook.com/documentation/threads/posts (links),
https://support.buffer.com/article/557 (phone numbers).
"""

import re

from emulators.buffer.counting import utf8
from emulators.buffer.records import Post

_CASHTAG = re.compile(r"(?<!\w)\$[A-Za-z]{1,6}\b")
_URL = re.compile(r"https?://\S+")
_PHONE = re.compile(r"(?<!\w)\+?\d[\d ()./-]{7,}\d(?!\w)")
_YOUTUBE_BYTES = 5000
_THREADS_LINKS = 5


def network_refusal(post: Post) -> str | None:
    """The reason a network refuses a post by its text, if it does."""
    match post.service:
        case "twitter":
            return _twitter([post.text, *(item["text"] for item in post.thread[1:])])
        case "youtube":
            return _youtube(post.text, post.metadata.get("title") or "")
        case "threads":
            if len(set(_URL.findall(post.text))) > _THREADS_LINKS:
                return "Threads refused the post: it has more than 5 links."
        case "googlebusiness":
            if any(_digits(found) for found in _PHONE.findall(post.text)):
                return "Google refused the post: its text has a phone number."
        case _:
            pass
    return None


def _twitter(texts: list[str]) -> str | None:
    if any(len(_CASHTAG.findall(text)) > 1 for text in texts):
        return "X refused the post: it has more than one cashtag."
    return None


def _youtube(text: str, title: str) -> str | None:
    if utf8(text) > _YOUTUBE_BYTES:
        return "YouTube refused the video: its description is over 5000 bytes."
    if any(sign in text + title for sign in "<>"):
        return "YouTube refused the video: its title or description has < or >."
    return None


def _digits(found: str) -> bool:
    """Whether it is a number to call rather than a date or a range of years."""
    digits = re.sub(r"\D", "", found)
    return len(digits) >= _PHONE_DIGITS


_PHONE_DIGITS = 10
