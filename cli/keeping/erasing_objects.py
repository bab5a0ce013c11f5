"""Which objects of the buckets go with a campaign or post, and what is rewritten."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from cli.keeping.erasing_runs import Known, each
from galley.audit.erasing import (
    PUBLIC,
    ROOMS,
    Named,
    Target,
    reason_to_stay,
    recordings_of,
    staged_in,
    taught_by,
    tombstone,
    untold,
    unwatched,
    wordless,
)
from galley.audit.naming import record_name
from galley.clients.storage import ObjectStore, StoredObject
from galley.clients.stores.opening import Stores
from galley.models import LessonBook, Receipt, SourceDocument
from galley.models.audit import Erasure
from galley.models.clip import ClipReply
from galley.models.notification import Notification, NotifyBook

M = TypeVar("M", bound=BaseModel)
_JSON = "application/json"
_BOOK = "notifications/book.json"
_TAUGHT = "a post that goes on is written with its lessons: erase again after that"


@dataclass(frozen=True)
class Judged:
    """An object of the erasure, and why it stays; empty if it goes."""

    store: ObjectStore
    stored: StoredObject
    why: str = ""


async def list_all(stores: Stores) -> list[tuple[ObjectStore, StoredObject]]:
    """Return what is in the rooms that an erasure looks at."""
    state = (*ROOMS, "generated/", "clips/", "lessons/")
    found = [(stores.state, one) for room in state for one in await _in(stores, room)]
    return found + [(stores.media, one) for one in await stores.media.listing(PUBLIC)]


async def _in(stores: Stores, room: str) -> tuple[StoredObject, ...]:
    return await stores.state.listing(room)


async def judge(
    state: ObjectStore, listed: list[tuple[ObjectStore, StoredObject]], known: Known
) -> list[Judged]:
    """Say of each object whether it goes or stays; others' objects are left out."""
    named = await _with_recordings(state, known)

    async def judged(one: tuple[ObjectStore, StoredObject]) -> Judged | None:
        why = await _why(state, one[1].name, named, known.target)
        return None if why is None else Judged(*one, why)

    return [one for one in await each(listed, judged) if one is not None]


async def _why(
    state: ObjectStore, name: str, named: Named, target: Target
) -> str | None:
    room = name.partition("/")[0]
    match room:
        case "generated":
            folder = f"generated/{target.post_key.replace(':', '/', 1)}"
            return "" if f"{name}/".startswith(f"{folder.rstrip('/')}/") else None
        case "clips":
            reply = _read(ClipReply, await state.get(name))
            asset = f"staging/{reply.asset.sha256}." if reply else ""
            return reason_to_stay(asset, named)
        case "lessons":
            book = _read(LessonBook, await state.get(name))
            if book is None or not taught_by(target, book.lessons):
                return None
            return _TAUGHT if name[8:72] in named.waiting else ""
        case _:
            return reason_to_stay(name, named)


async def _with_recordings(state: ObjectStore, known: Known) -> Named:
    """Return the hashes with those of recordings, which only their sources name."""
    named, mine, others = known.named, set[str](), set[str]()
    for name in await state.names("recordings/"):
        staged = staged_in(await state.get(name) or b"")
        if staged:
            source = name.removeprefix("recordings/")
            is_mine = source in named.mine and source not in named.others
            (mine if is_mine else others).add(staged)
    for digest in sorted(named.mine):
        data = await state.get(f"sources/{digest}.json")
        document = _read(SourceDocument, data)
        if document is not None:
            mine |= recordings_of(document)
    return replace(named, mine=named.mine | mine, others=named.others | others)


Change = Callable[[bytes], bytes | None]
"""Gives an object without words; ``None`` if it has none."""


async def rewrites(
    state: ObjectStore, target: Target
) -> AsyncGenerator[tuple[str, Change]]:
    """Yield the receipts and messages that have words about what is erased."""
    changes: list[tuple[str, Change]] = [
        (f"receipts/{target.post_key}", lambda data: _receipt(data, target)),
        ("notifications/messages/", lambda data: _message(data, target)),
        (_BOOK, lambda data: _watched(data, target)),
    ]
    for prefix, change in changes:
        for name in await state.names(prefix):
            if change(await state.get(name) or b"") is not None:
                yield name, change


async def rewrite(state: ObjectStore, name: str, change: Change) -> None:
    """Write an object anew, whoever else writes it at the same time."""
    while True:
        data, version = await state.read_versioned(name)
        fresh = change(data or b"")
        if fresh is None or await state.replace(name, fresh, _JSON, version):
            return


async def bury(state: ObjectStore, known: Known, erasure: Erasure) -> int:
    """Put a tombstone in the place of each record; say of how many.

    A run that has no record yet gets one too: none is written of it later.
    """
    buried = [one for one in known.records if one.erased is None]
    for record in buried:
        name = record_name(record.workflow_id, record.run_id)
        body = tombstone(record, erasure).model_dump_json(indent=1).encode()
        await rewrite(state, name, partial(_unless, body))
    return len(buried)


def _unless(body: bytes, data: bytes) -> bytes | None:
    return None if data == body else body


def _receipt(data: bytes, target: Target) -> bytes | None:
    receipt = _read(Receipt, data)
    if receipt is None or not target.has_post(receipt.key):
        return None
    return _changed(receipt, wordless(receipt))


def _message(data: bytes, target: Target) -> bytes | None:
    message = _read(Notification, data)
    return None if message is None else _changed(message, untold(message, target))


def _watched(data: bytes, target: Target) -> bytes | None:
    book = _read(NotifyBook, data)
    return None if book is None else _changed(book, unwatched(book, target))


def _changed(before: BaseModel, after: BaseModel) -> bytes | None:
    return None if after == before else after.model_dump_json(indent=2).encode()


def _read(kind: type[M], data: bytes | None) -> M | None:
    try:
        return kind.model_validate_json(data or b"")
    except ValidationError:
        return None
