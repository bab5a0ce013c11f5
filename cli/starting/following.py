"""Carry out ``feeds``: one Temporal Schedule a feed, and the ledgers."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleHandle,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
)
from temporalio.service import RPCError, RPCStatusCode

from app.brands.personas import find_persona, keep_persona, ref_of
from app.connections import open_client
from cli.starting.feed_items import fetch_feed
from cli.starting.followed import FeedRow, feed_id_of, state_bucket
from cli.starting.wishes import Wishes, campaign_input
from cli.terminal.connections import TerminalProgress
from cli.terminal.failures import CommandError, usage
from cli.terminal.output import say, show, show_json
from cli.terminal.process import run
from cli.terminal.proofs import clean
from cli.terminal.times import TimeError, parse_span
from galley.models import FeedSubscription, SourceKind, SourceSpec
from galley.settings import Settings
from galley.sources.identity import normalise_url
from galley.sources.ledger import ledger_name
from workflows import ids
from workflows.feed import FeedWorkflow

_LEAST = timedelta(minutes=1)
_MOST = timedelta(days=31)
_LATE = timedelta(days=1)
"""A check that was missed while Temporal was down is made up for within this time."""


@dataclass(frozen=True)
class Following:
    """How a feed is followed, as typed."""

    check_every: str
    burst: int
    backlog: int


def add_and_print(wishes: Wishes, how: Following, *, json: bool) -> None:
    """Carry out ``feeds add``."""
    row, is_new = run(_add(wishes, how))
    if json:
        show_json({"is_new": is_new, **row.model_dump(mode="json")})
        return
    word = "Following" if is_new else "Already followed:"
    show(clean(f"{word} {row.title or row.url} ({row.feed_id})"))
    if not is_new:
        say("Its options stay as they were: remove it first to change them.")
    say(f"What becomes of its items: uv run starter.py feeds show {row.feed_id}")


async def _add(wishes: Wishes, how: Following) -> tuple[FeedRow, bool]:
    settings = Settings()
    every = _interval(how.check_every)
    url = normalise_url(wishes.source)
    feed = await fetch_feed(url, settings)
    source = SourceSpec(kind=SourceKind.FEED, name=feed.title or url, url=url)
    persona = find_persona(wishes.persona, settings)
    ref = ref_of(persona) if persona is not None else None
    start = campaign_input(wishes, source, settings, datetime.now(UTC), ref)
    if persona is not None:
        await keep_persona(persona, state_bucket(), TerminalProgress())
    subscription = FeedSubscription(
        feed_id=ids.feed_id(url),
        url=url,
        campaign=start,
        burst=how.burst,
        backlog=how.backlog,
        every=every,
    )
    row = FeedRow(
        feed_id=subscription.feed_id,
        url=url,
        title=feed.title,
        every_seconds=every.total_seconds(),
    )
    return row, await _schedule(await open_client(), subscription, feed.title)


async def _schedule(client: Client, subscription: FeedSubscription, title: str) -> bool:
    """Create the Schedule and let it look at once; whether it was not there before."""
    schedule_id = ids.feed_schedule_id(subscription.feed_id)
    try:
        await client.create_schedule(
            schedule_id,
            Schedule(
                action=ScheduleActionStartWorkflow(
                    FeedWorkflow.run,
                    subscription,
                    id=schedule_id,
                    task_queue=ids.TASK_QUEUE,
                    static_summary=f"feed · {title or subscription.url}"[:200],
                ),
                spec=ScheduleSpec(
                    intervals=[ScheduleIntervalSpec(every=subscription.every)]
                ),
                policy=SchedulePolicy(
                    overlap=ScheduleOverlapPolicy.SKIP, catchup_window=_LATE
                ),
            ),
            trigger_immediately=True,
            memo={
                "url": subscription.url,
                "title": title,
                "every": subscription.every.total_seconds(),
            },
        )
    except ScheduleAlreadyRunningError:
        return False
    return True


def _interval(text: str) -> timedelta:
    try:
        every = parse_span(text)
    except TimeError as error:
        raise usage(f"--check-every: {error}") from None
    if not _LEAST <= every <= _MOST:
        raise usage("--check-every is between 1m and 31d.")
    return every


def check_and_print(feed: str) -> None:
    """Carry out ``feeds check``."""
    run(_trigger(feed))
    say(f"It is being looked at: uv run starter.py feeds show {feed_id_of(feed)}")


async def _trigger(feed: str) -> None:
    handle = await _handle(feed)
    await _known(feed, handle.trigger(overlap=ScheduleOverlapPolicy.BUFFER_ONE))


def remove_and_print(feed: str, *, forget: bool) -> None:
    """Carry out ``feeds remove``."""
    run(_remove(feed, forget=forget))
    show(f"No longer followed: {feed_id_of(feed)}")


async def _remove(feed: str, *, forget: bool) -> None:
    handle = await _handle(feed)
    await _known(feed, handle.delete())
    if forget:
        await state_bucket().delete(ledger_name(feed_id_of(feed)))


async def _known(feed: str, work: Any) -> None:  # noqa: ANN401 -- any awaitable
    try:
        await work
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        raise CommandError(
            f"{feed[:200]} is not followed: `uv run starter.py feeds list` shows what "
            "is."
        ) from error


async def _handle(feed: str) -> ScheduleHandle:
    client = await open_client()
    return client.get_schedule_handle(ids.feed_schedule_id(feed_id_of(feed)))
