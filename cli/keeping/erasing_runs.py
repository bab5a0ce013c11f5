"""Which runs an erasure is about, and what all others need."""

import asyncio
import re
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus

from activities.records.run_records import record_of
from app.posts.directory import CampaignRow, PostRow
from app.posts.names import find_named, key_prefix, resolve
from cli.terminal.failures import CommandError
from galley.audit.erasing import Named, Target, named_in
from galley.audit.naming import campaign_key, record_name, records_of
from galley.audit.story import story_of
from galley.clients.storage import ObjectStore
from galley.models.audit import RunRecord
from galley.outbox.collecting import PostLife, needs_its_media
from workflows.attributes import STATE

_KINDS = "PostWorkflow", "CampaignWorkflow", "PieceWorkflow", "ClipsWorkflow"
_AT_ONCE = 8
_HASH = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
NOTHING = "Nothing was erased."
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Known:
    """What is known of the runs.

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


async def meant(client: Client, state: ObjectStore, text: str) -> Target:
    """Return the campaign or post that a person named, though Temporal forgot it.

    Raises:
        CommandError: Nothing, or more than one thing, has that name.
    """
    prefix = key_prefix(text)
    campaigns, posts = await find_named(client, text)
    rows = {one.workflow_id: one for one in posts}
    whole = {one.workflow_id: one for one in campaigns}
    for record in await _kept(state, prefix):
        key = campaign_key(record.workflow_id)
        if record.workflow_id.startswith("post:"):
            rows.setdefault(record.workflow_id, _row(record, key))
        began = record.started_at
        whole.setdefault(f"campaign:{key}", _campaign(f"campaign:{key}", began))
    for name in await state.names(f"claims/{prefix}"):
        key = name.removeprefix("claims/").partition(":")[0]
        whole.setdefault(f"campaign:{key}", _campaign(f"campaign:{key}", None))
    found = resolve(text, [*whole.values()], [*rows.values()])
    if found.campaign is not None:
        return Target(found.campaign.workflow_id.removeprefix("campaign:"))
    key, _, channel_id = found.posts[0].workflow_id[len("post:") :].partition(":")
    return Target(key, channel_id)


def _row(record: RunRecord, key: str) -> PostRow:
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


def _campaign(workflow_id: str, began: datetime | None) -> CampaignRow:
    return CampaignRow(
        workflow_id=workflow_id, status="ended", started_at=began or datetime.now(UTC)
    )


async def known_of(client: Client, state: ObjectStore, target: Target) -> Known:
    """Read the runs that are meant, and what every other run names.

    Raises:
        CommandError: Some of those that are meant have not ended.
    """
    kinds = ", ".join(f'"{kind}"' for kind in _KINDS)
    runs = [
        one
        async for one in client.list_workflows(
            f"WorkflowType IN ({kinds})", page_size=1000
        )
    ]
    mine = [one for one in runs if target.has(one.id)]
    require_ended(mine)
    own = [
        one
        for one in await _kept(state, target.key, is_whole=True)
        if target.has(one.workflow_id)
    ]
    has = {one.run_id for one in own}
    own += await each(
        [one for one in mine if one.run_id not in has],
        lambda one: record_of(client, one),
    )
    others, waiting = await _others(
        client, state, target, [one for one in runs if not target.has(one.id)]
    )
    unsure = [one for one in own if await _is_unsure(state, mine, own, one)]
    named = Named(named_in(own), others, waiting, named_in(unsure))
    return Known(target, tuple(own), tuple(mine), named)


def require_ended(runs: Iterable[WorkflowExecution]) -> None:
    """Refuse if any of these runs goes on.

    Raises:
        CommandError: With their names, and what to do.
    """
    alive = sorted(
        f"{one.id} ({one.typed_search_attributes.get(STATE) or 'running'})"
        for one in runs
        if one.status is WorkflowExecutionStatus.RUNNING
    )
    if alive:
        more = f" and {len(alive) - 5} more" if len(alive) > 5 else ""  # noqa: PLR2004 - a line of them
        raise CommandError(
            f"{', '.join(alive[:5])}{more} has not ended: reject or retract what must "
            f"not go out, or wait until it is out. {NOTHING}"
        )


async def _kept(
    state: ObjectStore, prefix: str, *, is_whole: bool = False
) -> list[RunRecord]:
    folder = records_of(prefix)
    names = await state.names(folder if is_whole else folder.rstrip("/"))

    async def read(name: str) -> RunRecord:
        return RunRecord.model_validate_json(await state.get(name) or b"")

    return await each(names, read)


async def _others(
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
    unread = [
        one
        for one in runs
        if ":" in one.id and record_name(one.id, one.run_id) not in names
    ]
    said = await each(unread, asked)
    waiting = [
        found
        for found, one in zip(said, unread, strict=True)
        if one.status is WorkflowExecutionStatus.RUNNING
    ]
    return known.union(*said), frozenset[str]().union(*waiting)


async def _is_unsure(
    state: ObjectStore,
    runs: list[WorkflowExecution],
    records: list[RunRecord],
    record: RunRecord,
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


async def each(
    given: Iterable[T], work: Callable[[T], Coroutine[object, object, R]]
) -> list[R]:
    """Return what each gives, some at a time, in order."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(item: T) -> R:
        async with gate:
            return await work(item)

    return list(await asyncio.gather(*map(one, given)))
