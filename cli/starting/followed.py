"""Show the feeds that are followed, and their ledgers."""

from collections import Counter
from datetime import datetime

from pydantic import BaseModel
from temporalio.client import ScheduleListDescription

from app.connections import open_client
from cli.terminal.failures import CommandError
from cli.terminal.output import say, show, show_json, table
from cli.terminal.process import run
from cli.terminal.proofs import clean, local
from galley.clients.storage import ObjectStore
from galley.clients.stores.opening import open_state
from galley.models import ItemState, Ledger
from galley.settings import Settings
from galley.sources.identity import normalise_url
from galley.sources.ledger import ledger_name
from workflows import ids


class FeedRow(BaseModel):
    """One line of ``feeds list``; the fields are those of its JSON."""

    feed_id: str
    url: str
    title: str = ""
    every_seconds: float
    next_check: datetime | None = None
    items: dict[str, int] = {}


def list_and_print(*, json: bool) -> None:
    """Carry out ``feeds list``."""
    rows = run(_rows())
    if json:
        show_json([row.model_dump(mode="json") for row in rows])
        return
    if not rows:
        say("No feed is followed: uv run starter.py feeds add URL")
        return
    table(
        ("ID", "Feed", "Next check", "New", "Drafted", "Skipped", "Address"),
        [
            (
                row.feed_id,
                clean(row.title),
                local(row.next_check),
                *(str(row.items.get(state, 0)) for state in ItemState),
                clean(row.url),
            )
            for row in rows
        ],
    )


async def _rows() -> list[FeedRow]:
    client, state = await open_client(), state_bucket()
    found = await client.list_schedules()
    prefix = ids.feed_schedule_id("")
    rows = [await _row(one) async for one in found if one.id.startswith(prefix)]
    for row in rows:
        ledger = await _read_ledger(state, row.feed_id)
        if ledger is not None:
            row.items = dict(Counter(entry.state.value for entry in ledger.entries))
    return sorted(rows, key=lambda row: row.title.casefold())


async def _row(found: ScheduleListDescription) -> FeedRow:
    return FeedRow(
        feed_id=found.id.removeprefix(ids.feed_schedule_id("")),
        url=str(await found.memo_value("url", "")),
        title=str(await found.memo_value("title", "")),
        every_seconds=float(await found.memo_value("every", 0.0)),
        next_check=_next_time(found),
    )


def _next_time(found: ScheduleListDescription) -> datetime | None:
    times = tuple(found.info.next_action_times) if found.info else ()
    return times[0] if times else None


def show_and_print(feed: str, *, json: bool) -> None:
    """Carry out ``feeds show``."""
    ledger = run(_ledger_of(feed))
    if json:
        show_json(ledger.model_dump(mode="json"))
        return
    show(clean(f"{ledger.title or ledger.url}, looked at {local(ledger.checked_at)}"))
    table(
        ("Published", "State", "Title", "Campaign", "Why"),
        [
            (
                local(entry.published_at or entry.seen_at),
                entry.state.value,
                clean(entry.title)[:60],
                entry.campaign_id,
                clean(entry.why),
            )
            for entry in reversed(ledger.entries)
        ],
    )


async def _ledger_of(feed: str) -> Ledger:
    ledger = await _read_ledger(state_bucket(), feed_id_of(feed))
    if ledger is None:
        raise CommandError(
            f"{feed[:200]} has no ledger yet: `uv run starter.py feeds list` shows "
            "what is followed, and a worker makes its first check."
        )
    return ledger


async def _read_ledger(state: ObjectStore, feed_id: str) -> Ledger | None:
    data = await state.get(ledger_name(feed_id))
    return Ledger.model_validate_json(data) if data else None


def feed_id_of(feed: str) -> str:
    """Return the ID of a feed that was named by its address or its ID."""
    return ids.feed_id(normalise_url(feed)) if "://" in feed else feed.strip()


def state_bucket() -> ObjectStore:
    """Return the bucket that holds the ledgers."""
    settings = Settings()
    return open_state(settings)
