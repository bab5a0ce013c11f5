"""Find media that nothing can need any more, and delete them if asked to."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio.client import Client

from app.accounts.directory import read_unsent
from app.connections import open_client
from cli.keeping.collecting_runs import (
    NOTHING,
    Scope,
    needed_by_clips,
    needed_by_posts,
)
from cli.terminal.failures import CommandError
from cli.terminal.output import say, show, show_json, table
from cli.terminal.process import run
from cli.terminal.telling import telling
from galley.clients.storage import ObjectStore, StoredObject
from galley.clients.stores.opening import Stores, open_stores
from galley.models import Receipt, UnsentPost
from galley.outbox.collecting import (
    Verdict,
    are_told_apart,
    hash_in,
    verdict,
)
from galley.settings import Settings

_AT_ONCE = 8


@dataclass(frozen=True)
class Found:
    """An object, where it is, and what becomes of it."""

    store: ObjectStore
    stored: StoredObject
    verdict: Verdict


Listed = tuple[ObjectStore, StoredObject]


def collect_and_print(*, delete: bool, json: bool) -> None:
    """Carry out ``media gc``.

    Raises:
        CommandError: What posts need cannot be found out; nothing was deleted.
    """
    found, gone = run(_collect(delete=delete))
    free = [one for one in found if one.verdict is Verdict.FREE]
    freed = gone if delete else free
    size = sum(one.stored.size for one in freed)
    kept = Counter(
        one.verdict.value for one in found if one.verdict is not Verdict.FREE
    )
    if json:
        objects = [_as_json(one) for one in freed]
        show_json(
            {"deleted": delete, "bytes": size, "objects": objects, "kept": dict(kept)}
        )
        return
    if freed:
        table(("Bucket", "Object", "Bytes", "Since"), [_row(one) for one in freed])
    verb = "Deleted" if delete else "Free to be deleted"
    show(f"{verb}: {len(freed)} objects, {size:,} bytes.")
    reasons = ", ".join(f"{count} {why}" for why, count in sorted(kept.items()))
    show(f"Kept: {reasons or 'nothing'}.")
    if len(freed) < len(free):
        say(f"{len(free) - len(freed)} were put again meanwhile, and stay.")
    if free and not delete:
        say("Nothing was deleted: `uv run starter.py media gc --yes` deletes them.")


async def _collect(*, delete: bool) -> tuple[list[Found], list[Found]]:
    settings = Settings()
    stores, client = open_stores(settings), await open_client()
    margin = timedelta(days=settings.media_keep_days)
    # Listed first: what is put, or put again, after that is not deleted.
    async with telling("listing the buckets"):
        listed = await list_media(stores)
    async with telling("asking Buffer what it did not send yet"):
        unsent = await read_unsent(client, settings)
    async with telling("asking every post what it needs"):
        found = await judge(
            client, stores.state, listed, unsent, Scope(datetime.now(UTC), margin)
        )
    if not delete:
        return found, []
    async with telling("deleting what is free"):
        return found, await delete_free(found)


async def judge(
    client: Client,
    state: ObjectStore,
    listed: list[Listed],
    unsent: list[UnsentPost],
    scope: Scope,
) -> list[Found]:
    """Say of each object what becomes of it.

    Args:
        client: Temporal, where the posts are.
        state: The private bucket, with the receipts.
        listed: The objects, listed before anybody is asked what is needed.
        unsent: The posts that Buffer has and did not send.
        scope: The present, the margin, and Temporal's query for the posts.

    Raises:
        CommandError: What is needed cannot be found out.
    """
    needed = await needed_by_posts(client, scope)
    needed |= await needed_by_clips(client, scope)
    needed |= {
        digest
        for post in unsent
        for address in post.addresses
        if (digest := hash_in(address))
    }
    await _require_told_apart(state, unsent)
    return [
        Found(store, one, verdict(one.name, one.updated_at, needed, scope.now))
        for store, one in listed
    ]


async def list_media(stores: Stores) -> list[Listed]:
    """Return all that is staged, ordered or public."""
    ordered = await stores.state.listing("generated/")
    staged = await stores.state.listing("staging/")
    public = await stores.media.listing("media/")
    return [
        *((stores.state, one) for one in (*staged, *ordered)),
        *((stores.media, one) for one in public),
    ]


async def _require_told_apart(state: ObjectStore, unsent: list[UnsentPost]) -> None:
    """Refuse if a post of ours waits in Buffer with media that cannot be recognised."""
    strange = {post.id for post in unsent if not are_told_apart(post.addresses)}
    if not strange:
        return
    for name in await state.names("receipts/"):
        data = await state.get(name)
        if data and Receipt.model_validate_json(data).post.id in strange:
            raise CommandError(
                f"Buffer has a post of ours ({name}) whose media it shows under "
                f"addresses that are not ours. {NOTHING}"
            )


async def delete_free(found: list[Found]) -> list[Found]:
    """Delete what is free and was not put again since; return what is gone."""
    free = [one for one in found if one.verdict is Verdict.FREE]
    gate = asyncio.Semaphore(_AT_ONCE)

    async def delete(one: Found) -> bool:
        async with gate:
            return await one.store.delete_unchanged(one.stored)

    gone = await asyncio.gather(*(delete(one) for one in free))
    return [one for one, is_gone in zip(free, gone, strict=True) if is_gone]


def _row(one: Found) -> tuple[str, str, str, str]:
    since = f"{one.stored.updated_at:%Y-%m-%d}"
    return one.store.name, one.stored.name, f"{one.stored.size:,}", since


def _as_json(one: Found) -> dict[str, object]:
    return {
        "bucket": one.store.name,
        "name": one.stored.name,
        "bytes": one.stored.size,
        "updated_at": one.stored.updated_at.isoformat(),
    }
