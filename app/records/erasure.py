"""The erasure of a campaign or post; claims and receipts stay, so that nothing goes out twice.

The command ``erase`` calls :func:`erase_named`. Tombstones are written last: an erasure that
was cut off is begun again, and finds the rest by the records.
"""

from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from pydantic import BaseModel
from temporalio.client import Client

from app.accounts.workflows import read_unsent
from app.connections import Connections
from app.errors import ConflictError
from app.posts.views import answer
from app.records.erasure_scope import (
    NOTHING_ERASED,
    JudgedObject,
    Scope,
    each,
    find_target,
    judge_objects,
    list_objects,
    parsed,
    scope_of,
)
from galley.budget.ceilings import campaign_folder, post_folder
from galley.clients.claims import read_receipts
from galley.clients.storage import ObjectStore
from galley.clients.stores.buckets import Stores
from galley.clients.temporal import describe_namespace
from galley.models.account import Receipt
from galley.models.brand import ForgetLessons, Forgotten, VoiceView
from galley.models.feed import Ledger
from galley.models.notification import Notification, NotifyBook
from galley.models.records import Erasure
from galley.records.erasure import Target, taught_by, tombstone, untold, unwatched, wordless
from galley.records.run_records import record_name
from workflows.voice import VoiceWorkflow

_JSON = "application/json"
_BOOK = "notifications/book.json"
_ANSWER_WITHIN = timedelta(seconds=5)
_VOICES = 'WorkflowType="VoiceWorkflow" AND ExecutionStatus="Running"'
_PUT_AGAIN = "it was put or touched again in this moment: somebody needs it"
_OUT_OF_REACH = (
    "packs that `export` made, copies and former versions of the buckets, logs of "
    "receivers of notifications"
)
Change = Callable[[bytes], bytes | None]
"""Gives an object without words; ``None`` if it has none."""
Taught = dict[str, Counter[str]]
"""How many lessons each post taught, by the workflow of the voice."""


@dataclass(frozen=True)
class Remainder:
    """Something that is left after an erasure."""

    what: str
    why: str


@dataclass(frozen=True)
class ErasureReport:
    """What was found, or done.

    Attributes:
        target: Of which campaign or post.
        gone: Objects that are deleted, or would be.
        rewritten: Objects whose words are taken out.
        runs: For how many runs a tombstone stands.
        lessons: Lessons that voices forget, by the voice.
        stays: What is left, and why.
    """

    target: Target
    gone: list[JudgedObject]
    rewritten: list[str]
    runs: int
    lessons: dict[str, int]
    stays: list[Remainder]


async def erase_named(
    connections: Connections, name: str, erasure: Erasure | None
) -> ErasureReport:
    """Find what is kept of a campaign or post; with an erasure, erase it.

    Args:
        connections: Temporal, both buckets and the settings for Buffer.
        name: Of the campaign or post, as a person writes it.
        erasure: Who wants it when, and why; ``None`` only looks.

    Raises:
        NotFoundError: Nothing has that name.
        InvalidRequestError: More than one thing has it.
        ConflictError: It has not ended, or Buffer has it and did not send it.
        ServiceError: Somebody who has to be asked does not answer.
    """
    waiting = connections.progress.waiting
    stores, client = connections.stores, await connections.temporal()
    async with waiting("looking for it"):
        target = await find_target(client, stores.state, name)
    async with waiting("asking Buffer what it did not send yet"):
        unsent = await read_unsent(client, connections.settings)
        await require_sent(stores.state, target, {post.id for post in unsent})
    async with waiting("reading what every run needs, and erasing"):
        return await erase(client, stores, target, erasure)


async def require_sent(state: ObjectStore, target: Target, unsent: set[str]) -> None:
    """Refuse if Buffer still has to send a post of it.

    Raises:
        ConflictError: With its ID in Buffer.
    """
    for receipt in await _receipts(state, target):
        if receipt.post is not None and receipt.post.id in unsent:
            raise ConflictError(
                f"Buffer has post {receipt.post.id} of {receipt.key} and did not send "
                f"it: retract it, or delete it in Buffer. {NOTHING_ERASED}"
            )


async def _receipts(state: ObjectStore, target: Target) -> list[Receipt]:
    held = await read_receipts(state, target.post_key)
    return [one for one in held if target.has_post(one.key)]


async def erase(
    client: Client, stores: Stores, target: Target, erasure: Erasure | None
) -> ErasureReport:
    """Find what goes and what stays; with an erasure, carry it out.

    Args:
        client: Temporal.
        stores: Both buckets.
        target: The campaign or post.
        erasure: Who wants it when; ``None`` only looks.

    Raises:
        ConflictError: Some of it has not ended; nothing was erased.
        StoreError: A bucket did not do what it was asked: ask again.
    """
    # Listed first: what is put, or put again, after that is not deleted.
    listed = await list_objects(stores)
    scope = await scope_of(client, stores.state, target)
    judged = await judge_objects(stores.state, listed, scope)
    gone = [one for one in judged if not one.why]
    found = [one async for one in _rewrites(stores.state, target)]
    lessons, silent = await _lessons(client, target)
    runs = sum(one.erased is None for one in scope.records)
    if erasure is not None:
        gone = await _delete(gone)
        for name, change in found:
            await _rewrite(stores.state, name, change)
        await _forget(client, lessons)
        runs = await _bury(stores.state, scope, erasure)
    kept = [one for one in judged if one not in gone]
    return ErasureReport(
        target=target,
        gone=gone,
        rewritten=[name for name, _ in found],
        runs=runs,
        lessons={voice: sum(posts.values()) for voice, posts in lessons.items()},
        stays=await _remainders(client, stores.state, scope, kept, silent),
    )


async def _delete(free: list[JudgedObject]) -> list[JudgedObject]:
    async def delete(one: JudgedObject) -> bool:
        return await one.store.delete_unchanged(one.stored)

    gone = await each(free, delete)
    return [one for one, is_gone in zip(free, gone, strict=True) if is_gone]


# Lessons that the posts taught


async def _lessons(client: Client, target: Target) -> tuple[Taught, list[str]]:
    """Return what the voices know from these posts, and the voices that are silent."""
    voices = [one.id async for one in client.list_workflows(_VOICES)]
    taught, silent = Taught(), list[str]()
    views = await each(voices, partial(_voice_view, client))
    for voice, view in zip(voices, views, strict=True):
        if view is None:
            silent.append(voice)
            continue
        keys = set(taught_by(target, view.lessons))
        if keys:
            known = (lesson.post_key for lesson in view.lessons)
            taught[voice] = Counter(key for key in known if key in keys)
    return taught, silent


async def _voice_view(client: Client, voice: str) -> VoiceView | None:
    handle = client.get_workflow_handle_for(VoiceWorkflow.run, voice)
    return await answer(handle.query(VoiceWorkflow.view, rpc_timeout=_ANSWER_WITHIN))


async def _forget(client: Client, taught: Taught) -> None:
    """Have each voice forget what these posts taught it."""
    for voice, posts in taught.items():
        handle = client.get_workflow_handle(voice)
        for key in sorted(posts):
            await handle.execute_update(  # pyright: ignore[reportUnknownMemberType] - one overload of the SDK is partly untyped
                "forget", ForgetLessons(post_key=key), result_type=Forgotten
            )


# Words in objects that stay, and tombstones


async def _rewrites(state: ObjectStore, target: Target) -> AsyncGenerator[tuple[str, Change]]:
    """Yield the receipts and messages that have words about what is erased."""
    changes: list[tuple[str, Change]] = [
        (f"receipts/{target.post_key}", lambda data: _receipt(data, target)),
        ("notifications/messages/", lambda data: _message(data, target)),
        (_BOOK, lambda data: _notify_book(data, target)),
    ]
    for prefix, change in changes:
        for name in await state.names(prefix):
            if change(await state.get(name) or b"") is not None:
                yield name, change


def _receipt(data: bytes, target: Target) -> bytes | None:
    receipt = parsed(Receipt, data)
    if receipt is None or not target.has_post(receipt.key):
        return None
    return _changed(receipt, wordless(receipt))


def _message(data: bytes, target: Target) -> bytes | None:
    message = parsed(Notification, data)
    return None if message is None else _changed(message, untold(message, target))


def _notify_book(data: bytes, target: Target) -> bytes | None:
    book = parsed(NotifyBook, data)
    return None if book is None else _changed(book, unwatched(book, target))


def _changed(before: BaseModel, after: BaseModel) -> bytes | None:
    return None if after == before else after.model_dump_json(indent=2).encode()


async def _rewrite(state: ObjectStore, name: str, change: Change) -> None:
    """Write an object anew, whoever else writes it at the same time."""
    while True:
        data, version = await state.read_versioned(name)
        fresh = change(data or b"")
        if fresh is None or await state.replace(name, fresh, _JSON, version):
            return


async def _bury(state: ObjectStore, scope: Scope, erasure: Erasure) -> int:
    """Put a tombstone in the place of each record; return their number.

    A run that has no record yet gets one too: none is written of it later.
    """
    buried = [one for one in scope.records if one.erased is None]
    for record in buried:
        name = record_name(record.workflow_id, record.run_id)
        body = tombstone(record, erasure).model_dump_json(indent=1).encode()
        await _rewrite(state, name, partial(_unless, body))
    return len(buried)


def _unless(body: bytes, data: bytes) -> bytes | None:
    return None if data == body else body


# What is left, in words for a person


async def _remainders(
    client: Client, state: ObjectStore, scope: Scope, kept: list[JudgedObject], silent: list[str]
) -> list[Remainder]:
    target = scope.target
    left = await _proofs(state, target)
    folder = post_folder if target.channel else campaign_folder
    costs = await state.names(folder(target.post_key if target.channel else target.key))
    if costs:
        why = "amounts, models and times; no words"
        left.append(Remainder(f"objects of costs/ ({len(costs)})", why))
    reasons = defaultdict[str, list[str]](list)
    for one in kept:
        reasons[one.why or _PUT_AGAIN].append(one.stored.name)
    left += [Remainder(", ".join(names), why) for why, names in sorted(reasons.items())]
    feed = (
        "title and address of the feed's item, by which it is not started again; to delete "
        "them, remove the feed and forget its ledger"
    )
    left += [Remainder(name, feed) for name in await _ledgers(state, target)]
    unheard = "no worker answers for it: start one, and erase again"
    left += [Remainder(voice, unheard) for voice in silent]
    if scope.runs:
        left.append(await _in_temporal(client, scope))
    persona = "it is the brand's, not the campaign's"
    left.append(Remainder("the persona", persona))
    left.append(Remainder(_OUT_OF_REACH, "Galley does not reach them"))
    return left


async def _proofs(state: ObjectStore, target: Target) -> list[Remainder]:
    """Return the claims and receipts, and what Buffer has."""
    left = list[Remainder]()
    claims = [
        name
        for name in await state.names(f"claims/{target.post_key}")
        if target.has_post(name.removeprefix("claims/").removesuffix(".json"))
    ]
    receipts = await _receipts(state, target)
    if claims or receipts:
        what = f"claims ({len(claims)}) and receipts ({len(receipts)})"
        why = (
            "without them the same source could be posted twice; IDs, times and the "
            "SHA-256 of what was sent, no words"
        )
        left.append(Remainder(what, why))
    posts = sorted({one.post.id for one in receipts if one.post})
    if posts:
        what = f"what Buffer and the networks have of {', '.join(posts)}"
        left.append(Remainder(what, "delete it there"))
    return left


async def _ledgers(state: ObjectStore, target: Target) -> list[str]:
    if target.channel:
        return []
    found = list[str]()
    for name in await state.names("feeds/"):
        ledger = Ledger.model_validate_json(await state.get(name) or b"{}")
        if any(one.campaign_id == target.workflow_id for one in ledger.entries):
            found.append(name)
    return found


async def _in_temporal(client: Client, scope: Scope) -> Remainder:
    told = await describe_namespace(client)
    days = told.config.workflow_execution_retention_ttl.ToTimedelta().days
    return Remainder(
        f"histories in Temporal ({len(scope.runs)}), and what AccountWorkflow was told",
        f"Temporal forgets them by itself, {days} days after they ended; `temporal "
        "workflow delete --workflow-id ID` does it at once",
    )
