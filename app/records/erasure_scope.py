"""The scope of an erasure: its runs, the objects that only they need, and those of others.

An object goes if a run of the campaign or post names it, and no other run does.
"""

import asyncio
import re
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus

from activities.records.run_records import record_of
from app.errors import ConflictError
from app.posts.directory import CampaignRow, PostRow, edition_of, find_named, key_prefix, resolve
from galley.clients.storage import ObjectStore, StoredObject
from galley.clients.stores.buckets import Stores
from galley.models.brand import LessonBook
from galley.models.media import ClipReply
from galley.models.records import RunRecord
from galley.models.source import SourceDocument
from galley.records.collection import PostLife, needs_its_media
from galley.records.erasure import (
    PUBLIC,
    ROOMS,
    Named,
    Target,
    named_in,
    reason_to_stay,
    recordings_of,
    staged_in,
    taught_by,
)
from galley.records.run_records import campaign_key, record_name, records_of, story_of
from workflows.ids import STATE

NOTHING_ERASED = "Nothing was erased."
_KINDS = "PostWorkflow", "CampaignWorkflow", "PieceWorkflow", "ClipsWorkflow"
_AT_ONCE = 8
_HASH = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_TAUGHT = "a post that goes on is written with its lessons: erase again after that"
T = TypeVar("T")
R = TypeVar("R")
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Scope:
    """The runs of an erasure.

    Attributes:
        target: What is to be erased.
        records: Of its runs, from the bucket or else from Temporal.
        runs: Those of its runs that Temporal still has.
        named: Hashes in them and in others.
    """

    target: Target
    records: tuple[RunRecord, ...]
    runs: tuple[WorkflowExecution, ...]
    named: Named


@dataclass(frozen=True)
class JudgedObject:
    """An object of the erasure, and why it stays; empty if it goes."""

    store: ObjectStore
    stored: StoredObject
    why: str = ""


async def find_target(client: Client, state: ObjectStore, text: str) -> Target:
    """Return the campaign or post that a person named, though Temporal forgot it.

    Raises:
        NotFoundError: Nothing has that name.
        InvalidRequestError: More than one thing has it.
    """
    prefix, _ = edition_of(key_prefix(text))
    campaigns, posts = await find_named(client, text)
    rows = {one.workflow_id: one for one in posts}
    whole = {one.workflow_id: one for one in campaigns}
    for record in await _kept_records(state, prefix):
        key = campaign_key(record.workflow_id)
        if record.workflow_id.startswith("post:"):
            rows.setdefault(record.workflow_id, _post_row(record, key))
        began = record.started_at
        whole.setdefault(f"campaign:{key}", _campaign_row(f"campaign:{key}", began))
    for name in await state.names(f"claims/{prefix}"):
        key = name.removeprefix("claims/").partition(":")[0]
        whole.setdefault(f"campaign:{key}", _campaign_row(f"campaign:{key}", None))
    found = resolve(text, [*whole.values()], [*rows.values()])
    if found.campaign is not None:
        return Target(found.campaign.workflow_id.removeprefix("campaign:"))
    key, _, channel_id = found.posts[0].workflow_id[len("post:") :].partition(":")
    return Target(key, channel_id)


def _post_row(record: RunRecord, key: str) -> PostRow:
    given = record.events[0].given if record.events else None
    channel = given.get("channel") if isinstance(given, dict) else None
    platform = channel.get("platform") if isinstance(channel, dict) else ""
    return PostRow(
        workflow_id=record.workflow_id,
        campaign_id=f"campaign:{key}",
        platform=str(platform),
        channel_id=record.workflow_id.partition(":")[2].partition(":")[2],
        started_at=record.started_at,
    )


def _campaign_row(workflow_id: str, began: datetime | None) -> CampaignRow:
    return CampaignRow(
        workflow_id=workflow_id, status="ended", started_at=began or datetime.now(UTC)
    )


async def scope_of(client: Client, state: ObjectStore, target: Target) -> Scope:
    """Read the runs that are meant, and what every other run names.

    Raises:
        ConflictError: Some of those that are meant have not ended.
    """
    kinds = ", ".join(f'"{kind}"' for kind in _KINDS)
    runs = [
        one async for one in client.list_workflows(f"WorkflowType IN ({kinds})", page_size=1000)
    ]
    mine = [one for one in runs if target.has(one.id)]
    _require_ended(mine)
    own = [
        one
        for one in await _kept_records(state, target.key, is_whole=True)
        if target.has(one.workflow_id)
    ]
    has = {one.run_id for one in own}
    own += await each(
        [one for one in mine if one.run_id not in has], lambda one: record_of(client, one)
    )
    others, waiting = await _named_by_others(
        client, state, target, [one for one in runs if not target.has(one.id)]
    )
    unsure = [one for one in own if await _is_unsure(state, mine, own, one)]
    named = Named(named_in(own), others, waiting, named_in(unsure))
    return Scope(target, tuple(own), tuple(mine), named)


def _require_ended(runs: Iterable[WorkflowExecution]) -> None:
    """Refuse if any of these runs goes on."""
    alive = sorted(
        f"{one.id} ({one.typed_search_attributes.get(STATE) or 'running'})"
        for one in runs
        if one.status is WorkflowExecutionStatus.RUNNING
    )
    if alive:
        more = f" and {len(alive) - 5} more" if len(alive) > 5 else ""  # noqa: PLR2004 - a line of them
        raise ConflictError(
            f"{', '.join(alive[:5])}{more} has not ended: reject or retract what must "
            f"not go out, or wait until it is out. {NOTHING_ERASED}"
        )


async def _kept_records(
    state: ObjectStore, prefix: str, *, is_whole: bool = False
) -> list[RunRecord]:
    folder = records_of(prefix)
    names = await state.names(folder if is_whole else folder.rstrip("/"))

    async def read(name: str) -> RunRecord:
        return RunRecord.model_validate_json(await state.get(name) or b"")

    return await each(names, read)


async def _named_by_others(
    client: Client, state: ObjectStore, target: Target, runs: list[WorkflowExecution]
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the hashes in all runs but those that are meant, and in those that go on.

    What is kept of a run is read from the bucket; Temporal is asked for the others.
    """
    names = set(await state.names("audit/"))
    mine = records_of(target.key)

    async def held(name: str) -> frozenset[str]:
        data = await state.get(name) or b""
        record = RunRecord.model_validate_json(data) if name.startswith(mine) else None
        if record is not None and target.has(record.workflow_id):
            return frozenset()
        return frozenset(found.decode() for found in _HASH.findall(data))

    async def asked(run: WorkflowExecution) -> frozenset[str]:
        return named_in([await record_of(client, run)])

    known = frozenset[str]().union(*await each(sorted(names), held))
    unread = [one for one in runs if ":" in one.id and record_name(one.id, one.run_id) not in names]
    said = await each(unread, asked)
    waiting = [
        found
        for found, one in zip(said, unread, strict=True)
        if one.status is WorkflowExecutionStatus.RUNNING
    ]
    return known.union(*said), frozenset[str]().union(*waiting)


async def _is_unsure(
    state: ObjectStore, runs: list[WorkflowExecution], records: list[RunRecord], record: RunRecord
) -> bool:
    """Whether Buffer may have a post, and Galley does not know how it ended."""
    kind, _, key = record.workflow_id.partition(":")
    if kind != "post" or not await state.exists(f"claims/{key}.json"):
        return False
    shown = [one for one in runs if one.id == record.workflow_id]
    states = [one.typed_search_attributes.get(STATE) for one in shown]
    own = [one for one in records if one.workflow_id == record.workflow_id]
    ended = next(filter(None, states), None) or story_of(own)["state"]
    life = PostLife(str(ended or ""), record.ended_at or datetime.now(UTC))
    return needs_its_media(life, datetime.now(UTC), timedelta())


async def list_objects(stores: Stores) -> list[tuple[ObjectStore, StoredObject]]:
    """Return what is in the rooms that an erasure looks at."""
    found = [
        (stores.state, one)
        for room in (*ROOMS, "generated/", "clips/", "lessons/", "sets/")
        for one in await stores.state.listing(room)
    ]
    return found + [(stores.media, one) for one in await stores.media.listing(PUBLIC)]


async def judge_objects(
    state: ObjectStore, listed: list[tuple[ObjectStore, StoredObject]], scope: Scope
) -> list[JudgedObject]:
    """Say of each object whether it goes or stays; others' objects are left out."""
    named = await _with_recordings(state, scope.named)

    async def judged(one: tuple[ObjectStore, StoredObject]) -> JudgedObject | None:
        why = await _reason(state, one[1].name, named, scope.target)
        return None if why is None else JudgedObject(*one, why)

    return [one for one in await each(listed, judged) if one is not None]


async def _reason(state: ObjectStore, name: str, named: Named, target: Target) -> str | None:
    """Return why an object stays; empty if it goes, ``None`` if it is another's."""
    match name.partition("/")[0]:
        case "generated":
            folder = f"generated/{target.post_key.replace(':', '/', 1)}"
            return "" if f"{name}/".startswith(f"{folder.rstrip('/')}/") else None
        case "sets":
            # Of one post too: its words are among those of the others, which need them no more.
            return "" if name.startswith(f"sets/{target.key}/") else None
        case "clips":
            reply = parsed(ClipReply, await state.get(name))
            asset = f"staging/{reply.asset.sha256}." if reply else ""
            return reason_to_stay(asset, named)
        case "lessons":
            book = parsed(LessonBook, await state.get(name))
            if book is None or not taught_by(target, book.lessons):
                return None
            return _TAUGHT if name[8:72] in named.waiting else ""
        case _:
            return reason_to_stay(name, named)


async def _with_recordings(state: ObjectStore, named: Named) -> Named:
    """Return the hashes with those of recordings, which only their sources name."""
    mine, others = set[str](), set[str]()
    for name in await state.names("recordings/"):
        staged = staged_in(await state.get(name) or b"")
        if staged:
            source = name.removeprefix("recordings/")
            is_mine = source in named.mine and source not in named.others
            (mine if is_mine else others).add(staged)
    for digest in sorted(named.mine):
        data = await state.get(f"sources/{digest}.json")
        document = parsed(SourceDocument, data)
        if document is not None:
            mine |= recordings_of(document)
    return replace(named, mine=named.mine | mine, others=named.others | others)


def parsed(kind: type[M], data: bytes | None) -> M | None:
    """Return an object of the bucket, or ``None`` if it is none of this kind."""
    try:
        return kind.model_validate_json(data or b"")
    except ValidationError:
        return None


async def each(given: Iterable[T], work: Callable[[T], Coroutine[object, object, R]]) -> list[R]:
    """Return what each gives, some at a time, in order."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(item: T) -> R:
        async with gate:
            return await work(item)

    return list(await asyncio.gather(*map(one, given)))
