"""A post's text in the parts a reader tells apart: words, links, tags and mentions."""

import re
from dataclasses import dataclass

_PART = re.compile(
    r"(?P<link>https?://[^\s<>\"]+)"
    r"|(?P<tag>(?<![\w&#])#\w+)"
    r"|(?P<mention>(?<![\w@/])@\w[\w.-]*(?:@[\w.-]+\w)?)"
)
_TRAILING = ".,;:!?)]}'\u2019\u201d"
_SHORTENING = {"twitter", "bluesky", "mastodon", "threads"}
_UNLINKED = {"instagram", "tiktok"}
_LONGEST_LINK = 30


@dataclass(frozen=True, slots=True)
class Part:
    """A run of text; ``href`` makes it a link that can be followed."""

    kind: str
    """words, link, tag or mention"""
    text: str
    href: str | None = None


def parts_of(text: str, service: str) -> list[Part]:
    """Split a text; the parts of a network that shortens links show them short."""
    parts: list[Part] = []
    done = 0
    for match in _PART.finditer(text):
        kind, found = match.lastgroup or "words", match[0]
        if kind == "link":
            found = found.rstrip(_TRAILING)
        if match.start() > done:
            parts.append(Part("words", text[done : match.start()]))
        parts.append(_link(found, service) if kind == "link" else Part(kind, found))
        done = match.start() + len(found)
    if done < len(text):
        parts.append(Part("words", text[done:]))
    return parts


def _link(url: str, service: str) -> Part:
    if service in _UNLINKED:
        return Part("words", url)
    if service not in _SHORTENING:
        return Part("link", url, url)
    bare = url.split("://", 1)[1].removeprefix("www.")
    if len(bare) > _LONGEST_LINK:
        bare = bare[: _LONGEST_LINK - 1] + "\u2026"
    return Part("link", bare, url)
