"""The published transcripts of a podcast's episodes, as its feed names them.

Element ``podcast:transcript``:
https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md
"""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urljoin

from defusedxml import DefusedXmlException, ElementTree

from galley.models import Model
from galley.sources.errors import SourceError
from galley.sources.frontmatter import language_tag
from galley.sources.identity import normalise_url
from galley.sources.plain import clean_line

_PODCAST = "https://podcastindex.org/namespace/1.0"
_TRANSCRIPT = f"{{{_PODCAST}}}transcript"
_MAX_TRANSCRIPTS = 20
_ADDRESS = 2048


class TranscriptLink(Model):
    """A published transcript of an episode; ``type`` is its media type."""

    url: str
    type: str
    language: str | None = None


def transcripts_of(body: bytes, url: str) -> dict[str, list[TranscriptLink]]:
    """Return the transcripts of each item, by its GUID, else by its title."""
    found: dict[str, list[TranscriptLink]] = {}
    if _PODCAST.encode() not in body:
        return found
    try:
        root = ElementTree.fromstring(body)
    except (DefusedXmlException, ElementTree.ParseError, ValueError, RecursionError):
        return found
    for item in root.iter("item"):
        name = clean_line(item.findtext("guid") or "", _ADDRESS)
        key = name or (item.findtext("title") or "").strip()
        links = list(_links(item.findall(_TRANSCRIPT)[:_MAX_TRANSCRIPTS], url))
        if key and links:
            found[key] = links
    return found


def _links(elements: Sequence[Any], url: str) -> Iterator[TranscriptLink]:
    for element in elements:
        address = address_of(element.get("url") or "", url)
        if address is not None:
            yield TranscriptLink(
                url=address,
                type=clean_line(element.get("type") or "", 100).lower(),
                language=language_tag(element.get("language")),
            )


def address_of(value: str, base: str) -> str | None:
    """Return the full address of a link in a feed, or ``None`` if it is none."""
    try:
        return normalise_url(urljoin(base, value.strip())) if value.strip() else None
    except (SourceError, ValueError):
        return None
