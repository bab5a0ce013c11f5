"""What an erasure takes, what it leaves, and what is written in its place: pure.

An object that is named by its content is known by its hash. It goes if what is erased
names it and nothing else does. Claims and receipts never go: without them the same
source could be posted again.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import BaseModel

from galley.models.account import Receipt
from galley.models.brand import Lesson
from galley.models.notification import Notification, NotifyBook
from galley.models.records import Erasure, RunRecord
from galley.models.source import SourceDocument
from galley.records.collection import hash_in, hashes_in

ERASED = "(erased)"
ROOMS = (
    *("sources/", "briefs/", "uploads/", "recordings/", "audio/", "transcripts/"),
    *("staging/", "pieces/"),
)
"""Of the state bucket, in which names are hashes of the content or of its source."""
PUBLIC = "media/"
"""Of the media bucket."""
_MEDIA = ("staging/", PUBLIC)


@dataclass(frozen=True)
class Target:
    """What is to be erased: a campaign by its key, or one post of it.

    Attributes:
        key: The campaign's.
        channel: The channel of the one post; empty for the whole campaign.
    """

    key: str
    channel: str = ""

    @property
    def workflow_id(self) -> str:
        """The ID of the campaign or of the post."""
        return f"post:{self.post_key}" if self.channel else f"campaign:{self.key}"

    @property
    def post_key(self) -> str:
        """The post's key, or what the keys of all its posts begin with."""
        return f"{self.key}:{self.channel}"

    def has(self, workflow_id: str) -> bool:
        """Whether a run belongs to it: longer texts and clips go with the campaign."""
        if self.channel:
            return workflow_id == self.workflow_id
        kind, _, rest = workflow_id.partition(":")
        match kind:
            case "post":
                return rest.startswith(f"{self.key}:")
            case "piece":
                # A digit would be an edition, which is another campaign.
                form = rest.removeprefix(f"{self.key}-")
                return form != rest and not form[:1].isdigit()
            case "campaign" | "clips":
                return rest == self.key
            case _:
                return False

    def has_post(self, post_key: str) -> bool:
        """Whether a post, by its key, belongs to it."""
        return self.has(f"post:{post_key}")


@dataclass(frozen=True)
class Named:
    """Hashes that stand in runs.

    Attributes:
        mine: In those that are erased.
        others: In any other that is known.
        waiting: In those others that still go on.
        unsure: In those of mine that Buffer may still fetch media for.
    """

    mine: frozenset[str]
    others: frozenset[str]
    waiting: frozenset[str] = frozenset()
    unsure: frozenset[str] = frozenset()


def reason_to_stay(name: str, named: Named) -> str | None:
    """Return why an object stays; empty if it goes, ``None`` if it is not mine."""
    digest = hash_in(name)
    if digest is None or digest not in named.mine:
        return None
    if digest in named.others:
        return "another campaign or post was made from it, too"
    if digest in named.unsure and name.startswith(_MEDIA):
        return "Buffer may still fetch it: Galley does not know how the post ended"
    return ""


def recordings_of(document: SourceDocument) -> frozenset[str]:
    """Return the uploads that a stored source was heard from."""
    heard = (document.recording, document.heard)
    return frozenset(one.upload for one in heard if one and one.upload)


def named_in(records: Iterable[BaseModel]) -> frozenset[str]:
    """Return every hash that stands anywhere in these records."""
    return hashes_in(*records)


def tombstone(record: RunRecord, erasure: Erasure) -> RunRecord:
    """Return what is kept of a run: that it was, and who erased it when."""
    return record.model_copy(update={"events": (), "erased": erasure})


def wordless(receipt: Receipt) -> Receipt:
    """Return a receipt that proves the same, without words and without links."""
    words = {"text": "", "external_link": None, "error": None}
    post = receipt.post.model_copy(update=words)
    return receipt.model_copy(update={"post": post, "provenance": None})


def untold(message: Notification, target: Target) -> Notification:
    """Return a message without the words about what is erased."""
    items = tuple(
        one.model_copy(update={"title": ERASED, "text": "", "why": ""})
        if target.has(one.workflow_id)
        else one
        for one in message.items
    )
    if items == message.items:
        return message
    return message.model_copy(update={"items": items, "title": ERASED})


def unwatched(book: NotifyBook, target: Target) -> NotifyBook:
    """Return the book of what was told, without the posts that are erased."""
    kept = {name: one for name, one in book.watched.items() if not target.has(name)}
    return book.model_copy(update={"watched": kept})


def taught_by(target: Target, lessons: Iterable[Lesson]) -> tuple[str, ...]:
    """Return the keys of the posts that are erased and taught some of these lessons."""
    return tuple(sorted({one.post_key for one in lessons if target.has_post(one.post_key)}))


def staged_in(pointer: bytes) -> str | None:
    """Return the hash of the staged recording that a pointer names."""
    found = re.fullmatch(rb"staging/([0-9a-f]{64})\.media", pointer)
    return found[1].decode() if found else None
