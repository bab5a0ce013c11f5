"""Take away what is kept of a campaign or post, but for what keeps it from going twice.

Tombstones are written last: an erasure that was cut off is begun again, and finds by
the records what is left.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from temporalio.client import Client

from app.accounts.directory import read_unsent
from app.connections import open_client
from cli.deciding.decisions import reviewer
from cli.keeping.erasing_lessons import forget_lessons, lessons_of
from cli.keeping.erasing_objects import (
    Judged,
    bury,
    judge,
    list_all,
    rewrite,
    rewrites,
)
from cli.keeping.erasing_runs import NOTHING, each, known_of, meant
from cli.keeping.erasing_stays import Stays, stays_of
from cli.terminal.failures import CommandError
from cli.terminal.output import say, show, show_json, table
from cli.terminal.process import run
from cli.terminal.telling import telling
from galley.audit.erasing import Target
from galley.clients.storage import ObjectStore
from galley.clients.stores.opening import Stores, open_stores
from galley.models import Receipt
from galley.models.audit import Erasure
from galley.settings import Settings


@dataclass(frozen=True)
class Report:
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
    gone: list[Judged]
    rewritten: list[str]
    runs: int
    lessons: dict[str, int]
    stays: list[Stays]


def erase_and_print(name: str, note: str, *, yes: bool, json: bool) -> None:
    """Carry out ``erase``.

    Raises:
        CommandError: There is no such campaign or post, or it has not ended.
    """
    report = run(_erase(name, note if yes else None))
    if json:
        show_json(_as_json(report, erased=yes))
        return
    if report.gone:
        rows = [
            (o.store.name, o.stored.name, f"{o.stored.size:,}") for o in report.gone
        ]
        table(("Bucket", "Object", "Bytes"), rows)
    verb = "Erased" if yes else "Would be erased"
    show(
        f"{verb}: whole objects: {len(report.gone)}, words in others: "
        f"{len(report.rewritten)}, records of runs: {report.runs}, lessons: "
        f"{sum(report.lessons.values())}."
    )
    show("What stays:")
    for one in report.stays:
        show(f"- {one.what}: {one.why}.")
    if not yes:
        say(f"{NOTHING} `uv run starter.py erase {name} --yes` erases it.")


async def _erase(name: str, note: str | None) -> Report:
    settings = Settings()
    stores, client = open_stores(settings), await open_client()
    async with telling("looking for it"):
        target = await meant(client, stores.state, name)
    async with telling("asking Buffer what it did not send yet"):
        unsent = {post.id for post in await read_unsent(client, settings)}
        await require_sent(stores.state, target, unsent)
    erasure = None
    if note is not None:
        erasure = Erasure(at=datetime.now(UTC), by=reviewer(settings), note=note)
    async with telling("reading what every run needs, and erasing"):
        return await erase(client, stores, target, erasure)


async def require_sent(state: ObjectStore, target: Target, unsent: set[str]) -> None:
    """Refuse if Buffer still has to send a post of it.

    Raises:
        CommandError: With its ID in Buffer.
    """
    for receipt in await receipts_of(state, target):
        if receipt.post.id in unsent:
            raise CommandError(
                f"Buffer has post {receipt.post.id} of {receipt.key} and did not send "
                f"it: retract it, or delete it in Buffer. {NOTHING}"
            )


async def receipts_of(state: ObjectStore, target: Target) -> list[Receipt]:
    """Return the receipts of what is to be erased."""
    names = await state.names(f"receipts/{target.post_key}")
    held = [Receipt.model_validate_json(await state.get(n) or b"") for n in names]
    return [one for one in held if target.has_post(one.key)]


async def erase(
    client: Client, stores: Stores, target: Target, erasure: Erasure | None
) -> Report:
    """Find what goes and what stays; with an erasure, carry it out.

    Args:
        client: Temporal.
        stores: Both buckets.
        target: The campaign or post.
        erasure: Who wants it when; ``None`` only looks.

    Raises:
        CommandError: Some of it has not ended; nothing was erased.
        StoreError: A bucket did not do what it was asked: ask again.
    """
    # Listed first: what is put, or put again, after that is not deleted.
    listed = await list_all(stores)
    known = await known_of(client, stores.state, target)
    judged = await judge(stores.state, listed, known)
    gone = [one for one in judged if not one.why]
    found = [one async for one in rewrites(stores.state, target)]
    lessons, unheard = await lessons_of(client, target)
    runs = sum(one.erased is None for one in known.records)
    if erasure is not None:
        gone = await _deleted(gone)
        for name, change in found:
            await rewrite(stores.state, name, change)
        await forget_lessons(client, lessons)
        runs = await bury(stores.state, known, erasure)
    counted = {voice: sum(posts.values()) for voice, posts in lessons.items()}
    stays = await stays_of(
        client, stores.state, known, [one for one in judged if one not in gone], unheard
    )
    return Report(target, gone, [name for name, _ in found], runs, counted, stays)


async def _deleted(free: list[Judged]) -> list[Judged]:
    async def delete(one: Judged) -> bool:
        return await one.store.delete_unchanged(one.stored)

    gone = await each(free, delete)
    return [one for one, is_gone in zip(free, gone, strict=True) if is_gone]


def _as_json(report: Report, *, erased: bool) -> dict[str, Any]:
    return {
        "erased": erased,
        "of": report.target.workflow_id,
        "objects": [
            {"bucket": o.store.name, "name": o.stored.name, "bytes": o.stored.size}
            for o in report.gone
        ],
        "without_words": report.rewritten,
        "runs": report.runs,
        "lessons": report.lessons,
        "stays": [{"what": one.what, "why": one.why} for one in report.stays],
    }
