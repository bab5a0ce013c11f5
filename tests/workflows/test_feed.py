"""Checks of a feed: its items become campaigns, each once."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionExecutionStartWorkflow,
    ScheduleActionStartWorkflow,
    ScheduleHandle,
    ScheduleSpec,
    WorkflowFailureError,
)

from activities.sources.feeds import FeedFollowing
from galley.clients.storage import ObjectStore
from galley.models.feed import FeedReport, FeedSubscription, ItemState, Ledger
from galley.settings import Settings
from galley.sources.ledger import ledger_name
from tests.serving import answering, serving
from tests.workflows.harness import Harness, record, until
from tests.workflows.world import Buffer, channel
from workflows.feed import FeedWorkflow

pytestmark = pytest.mark.server


@dataclass
class Site:
    """A feed on a real socket. ``items`` are numbers, the newest first."""

    harness: Harness
    url: str = ""
    items: list[int] = field(default_factory=list)
    is_down: bool = False
    feed_id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])

    def body(self) -> bytes:
        items = "".join(
            f"<item><title>Item {n}</title><guid>{self.feed_id}-{n}</guid>"
            f"<link>{self.url}/{self.feed_id}/{n}</link>"
            f"<pubDate>Tue, 03 Nov 2026 10:{n:02d}:00 GMT</pubDate></item>"
            for n in self.items
        )
        return f"<rss version='2.0'><channel>{items}</channel></rss>".encode()

    def subscription(self, **changes: object) -> FeedSubscription:
        return FeedSubscription(
            feed_id=self.feed_id, url=self.url, campaign=self.harness.campaign(), burst=2
        ).model_copy(update=changes)

    async def check(self, **changes: object) -> FeedReport:
        """Check the feed, and wait until the campaigns have begun their posts."""
        report = await self.harness.client.execute_workflow(
            FeedWorkflow.run,
            self.subscription(**changes),
            id=f"feed:{self.feed_id}-{uuid.uuid4().hex[:6]}",
            task_queue=self.harness.queue,
        )
        for one in report.started:
            await self.harness.client.get_workflow_handle(one.campaign_id).result()
        return report

    async def ledger(self) -> Ledger:
        data = await self.harness.store.get(ledger_name(self.feed_id))
        return Ledger.model_validate_json(data or b"{}")


@asynccontextmanager
async def followed(temporal: Client, store: ObjectStore) -> AsyncGenerator[Site]:
    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        status = "503 Unavailable" if site.is_down else "200 OK"
        reply = answering(site.body(), status=status, content_type="text/xml")
        await reply(path, writer)

    harness = Harness(client=temporal, store=store, buffer=Buffer((channel("x-main"),)))
    site = Site(harness)
    async with serving(answer) as host:
        site.url = f"http://{host}"
        settings = Settings.model_construct(fetch_private_hosts=(host,))
        following = FeedFollowing(store, settings)
        harness.more = (following.check_feed, following.enter_items)
        async with harness.worker():
            yield site
            await harness.stop_account()


async def test_what_comes_after_the_first_check_becomes_campaigns_oldest_first(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with followed(temporal, state_store) as site:
        site.items = [2, 1]
        first = await site.check()
        site.items = [5, 4, 3, 2, 1]

        second = await site.check()
        third = await site.check()
        fourth = await site.check()
        ledger = await site.ledger()

        assert first.started == ()
        assert [one.key[-1] for one in second.started] == ["3", "4"]
        assert second.waiting == 1
        assert [one.key[-1] for one in third.started] == ["5"]
        assert fourth.started == ()
        states = {entry.title[-1]: entry.state for entry in ledger.entries}
        assert states == {
            "1": ItemState.SKIPPED,
            "2": ItemState.SKIPPED,
            **dict.fromkeys("345", ItemState.DRAFTED),
        }
        for entry in ledger.entries:
            if entry.campaign_id:
                handle = temporal.get_workflow_handle(entry.campaign_id)
                assert (await handle.describe()).status is not None


async def test_an_item_whose_check_was_cut_off_is_started_once(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with followed(temporal, state_store) as site:
        site.items = [1]
        report = await site.check(backlog=1)
        # As if the ledger had not been written: the same item is chosen again.
        name = ledger_name(site.feed_id)
        await state_store.delete(name)

        again = await site.check(backlog=1)

        assert again.started[0].campaign_id == report.started[0].campaign_id
        assert again.started[0].why == "It had its campaign already."


async def test_two_checks_at_once_lose_no_item_and_start_none_twice(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with followed(temporal, state_store) as site:
        site.items = list(range(5, 0, -1))

        await asyncio.gather(*(site.check(backlog=5, burst=2) for _ in range(3)))
        while (await site.check(burst=2)).started:
            pass
        ledger = await site.ledger()

        assert {entry.state for entry in ledger.entries} == {ItemState.DRAFTED}
        assert len({entry.campaign_id for entry in ledger.entries}) == 5


async def test_a_feed_that_is_no_feed_fails_its_check_in_words(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with followed(temporal, state_store) as site:
        with pytest.raises(WorkflowFailureError) as caught:
            await site.check()

        assert "no items" in str(caught.value.cause.__cause__)


async def test_a_ledger_that_cannot_be_read_starts_nothing(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with followed(temporal, state_store) as site:
        site.items = [1]
        name = ledger_name(site.feed_id)
        await state_store.put_if_absent(name, b"not a ledger", "application/json")

        with pytest.raises(WorkflowFailureError) as caught:
            await site.check(backlog=1)

        assert "cannot be read" in str(caught.value.cause.__cause__)
        assert site.harness.studio.drafted == []


async def test_a_schedule_checks_the_feed(temporal: Client, state_store: ObjectStore) -> None:
    async with followed(temporal, state_store) as site:
        site.items = [1]
        schedule = await temporal.create_schedule(
            f"feed:{site.feed_id}",
            Schedule(
                action=ScheduleActionStartWorkflow(
                    FeedWorkflow.run,
                    site.subscription(backlog=1),
                    id=f"feed:{site.feed_id}",
                    task_queue=site.harness.queue,
                ),
                spec=ScheduleSpec(),
            ),
        )
        await schedule.trigger()

        runs = await until(lambda: _runs(schedule), lambda found: len(found) > 0)
        handle = temporal.get_workflow_handle(runs[0])
        await handle.result()
        await record("checked", handle)
        await schedule.delete()
        (entry,) = (await site.ledger()).entries
        await temporal.get_workflow_handle(entry.campaign_id).result()
        assert entry.state is ItemState.DRAFTED


async def _runs(schedule: ScheduleHandle) -> list[str]:
    actions = (await schedule.describe()).info.recent_actions
    started = [one.action for one in actions]
    return [
        one.workflow_id for one in started if isinstance(one, ScheduleActionExecutionStartWorkflow)
    ]
