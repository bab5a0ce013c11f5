"""The rules by which stored media are kept or collected: by the posts that need them, and by age.

``media gc`` and erasure call it; it is pure. A medium is identified by the hash in its
name. It is kept while any post needs it, for a while after that, and always while it is young:
it may belong to a post that cannot be seen yet.
"""

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel

from galley.models.post import PostState

SAFE_AGE = timedelta(days=2)
"""More than a day: storing a medium again makes it young only if it is older than that."""

# Whole runs of 64 digits: a part of a longer one is no hash.
_HASH = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_MEDIUM = re.compile(r"(?:staging/|media/[0-9a-f]{2}/)(?P<hash>[0-9a-f]{64})\.[a-z0-9]{1,5}")
# The records of an order of generated media, under the post it was for.
_ORDER = re.compile(
    r"generated/(?P<campaign>[^/:]+)/(?P<channel>[^/]+)/[0-9a-f]{16}\.\d+"
    r"\.(?:order|id|asset)"
)
# Files by which Galley tries whether the buckets work.
_PROBE = re.compile(r"staging/doctor-[0-9a-f]+\.txt|media/probe/[0-9a-f]+\.txt")
# Ends after which Buffer has nothing left to fetch. A post that was handed to a person, or that
# failed, is not among them: it may still be in Buffer, and be published.
_DONE = frozenset({PostState.PUBLISHED, PostState.RETRACTED, PostState.REJECTED, PostState.EXPIRED})


class Verdict(StrEnum):
    """The verdict on an object, by its reason."""

    NEEDED = "needed"
    """A post needs it, or did until a while ago."""
    YOUNG = "young"
    """It was stored, or stored again, not long ago."""
    UNKNOWN = "unknown"
    """It has no name of a medium, so Galley leaves it alone."""
    FREE = "free"
    """Nothing can need it."""


@dataclass(frozen=True)
class PostLife:
    """The state of a post; ``ended_at`` is ``None`` while its run goes on."""

    state: str
    ended_at: datetime | None = None


def needs_its_media(post: PostLife, now: datetime, margin: timedelta) -> bool:
    """Return whether the media of a post must be kept.

    Args:
        post: The post.
        now: The present, aware.
        margin: The time for which they are kept after its end.
    """
    if post.ended_at is None or post.state not in _DONE:
        return True
    return now - post.ended_at < margin


def hashes_in(*models: BaseModel) -> frozenset[str]:
    """Return every SHA-256 anywhere in these models: every reference to a medium has one."""
    told = (one.model_dump_json() for one in models)
    return frozenset(found[0] for text in told for found in _HASH.finditer(text))


def hash_in(address: str) -> str | None:
    """Return the hash that a public address or a name of a medium holds."""
    found = _HASH.search(address)
    return found[0] if found else None


def verdict(name: str, updated_at: datetime, needed: AbstractSet[str], now: datetime) -> Verdict:
    """Return the verdict on an object.

    Args:
        name: Its whole name.
        updated_at: The time when it was stored, or stored again.
        needed: The hashes of all media that a post needs, and the keys of all posts that need
            theirs.
        now: The present, aware.
    """
    medium, order = _MEDIUM.fullmatch(name), _ORDER.fullmatch(name)
    if medium is None and order is None and _PROBE.fullmatch(name) is None:
        return Verdict.UNKNOWN
    if medium is not None and medium["hash"] in needed:
        return Verdict.NEEDED
    if order is not None and f"{order['campaign']}:{order['channel']}" in needed:
        return Verdict.NEEDED
    return Verdict.YOUNG if now - updated_at < SAFE_AGE else Verdict.FREE


def are_told_apart(addresses: Iterable[str]) -> bool:
    """Return whether each address names its medium by a hash."""
    return all(hash_in(address) for address in addresses)
