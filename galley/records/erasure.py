"""The rules of an erasure: its target, the objects it deletes, and the records it blanks.

``erase`` calls it; it is pure. An object that is named by its content is identified by its hash.
It is deleted if the target names it and nothing else does. Claims and receipts stay: without
them the same source could be posted again.
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
    """The target of an erasure: a campaign by its key, or one post of it.

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
        """The post's key, or the prefix of the keys of all posts of the campaign."""
        return f"{self.key}:{self.channel}"

    def has(self, workflow_id: str) -> bool:
        """Return whether a run belongs to it; longer texts and clips belong to the campaign."""
        if self.channel:
            return workflow_id == self.workflow_id
        kind, _, rest = workflow_id.partition(":")
        match kind:
            case "post":
                return rest.startswith(f"{self.key}:")
            case "piece":
                # A digit is the number of an edition, which is another campaign.
                form = rest.removeprefix(f"{self.key}-")
                return form != rest and not form[:1].isdigit()
            case "campaign" | "clips":
                return rest == self.key
            case _:
                return False

    def has_post(self, post_key: str) -> bool:
        """Return whether a post, by its key, belongs to it."""
        return self.has(f"post:{post_key}")


@dataclass(frozen=True)
class Named:
    """The hashes in runs.

    Attributes:
        mine: Of the runs that are erased.
        others: Of every other run that is known.
        waiting: Of those others that still go on.
        unsure: Of those of mine whose media Buffer may still fetch.
    """

    mine: frozenset[str]
    others: frozenset[str]
    waiting: frozenset[str] = frozenset()
    unsure: frozenset[str] = frozenset()


def reason_to_stay(name: str, named: Named) -> str | None:
    """Return the reason to keep an object; empty to delete it, ``None`` if it is not mine."""
    digest = hash_in(name)
    if digest is None or digest not in named.mine:
        return None
    if digest in named.others:
        return "another campaign or post was made from it, too"
    if digest in named.unsure and name.startswith(_MEDIA):
        return "Buffer may still fetch it: Galley does not know how the post ended"
    return ""


def recordings_of(document: SourceDocument) -> frozenset[str]:
    """Return the uploads from which a stored source was transcribed."""
    heard = (document.recording, document.heard)
    return frozenset(one.upload for one in heard if one and one.upload)


def named_in(records: Iterable[BaseModel]) -> frozenset[str]:
    """Return every hash anywhere in these records."""
    return hashes_in(*records)


def tombstone(record: RunRecord, erasure: Erasure) -> RunRecord:
    """Return the rest of a run's record: its existence, and by whom and when it was erased."""
    return record.model_copy(update={"events": (), "erased": erasure})


def wordless(receipt: Receipt) -> Receipt:
    """Return a receipt that proves the same post, without words and links."""
    words = {"text": "", "external_link": None, "error": None}
    post = receipt.post and receipt.post.model_copy(update=words)
    return receipt.model_copy(update={"post": post, "provenance": None})


def untold(message: Notification, target: Target) -> Notification:
    """Return a message without the words about the target."""
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
    """Return the notification book without the posts of the target."""
    kept = {name: one for name, one in book.watched.items() if not target.has(name)}
    return book.model_copy(update={"watched": kept})


def taught_by(target: Target, lessons: Iterable[Lesson]) -> tuple[str, ...]:
    """Return the keys of the target's posts that taught some of these lessons."""
    return tuple(sorted({one.post_key for one in lessons if target.has_post(one.post_key)}))


def staged_in(pointer: bytes) -> str | None:
    """Return the hash of the staged recording that a pointer names."""
    found = re.fullmatch(rb"staging/([0-9a-f]{64})\.media", pointer)
    return found[1].decode() if found else None
