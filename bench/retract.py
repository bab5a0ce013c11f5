"""How soon a retract reaches ``deletePost`` when all else is stuck: ``python -m bench.retract``.

Every slot for drafts is busy, approved posts wait for a state bucket that is away, and all calls
are paused. The aim is 5 seconds at p99. The result is kept in ``bench/results/``.
"""

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from statistics import quantiles

from temporalio import activity
from typing_extensions import override

from bench.report import RESULTS, leave, machine
from bench.throughput import open_account, server
from galley.models.account import Pause
from galley.models.post import PostState
from galley.models.publishing import ChangeReply, DeletePost
from galley.models.review import ChangeKind, DecisionKind
from tests.asking import automatic
from tests.memory_store import MemoryStore
from tests.workflows.harness import Harness, decide, decision, reaches, until
from tests.workflows.post_harness import ask
from tests.workflows.world import Buffer, channel
from workflows import ids
from workflows.account.workflow import AccountWorkflow
from workflows.campaign.workflow import CampaignWorkflow
from workflows.post.workflow import PostWorkflow

_SLOTS = 20
_RETRACTS = 100
_PER_CAMPAIGN = 10
_HANDED = 40
"""Approved posts whose hand-over waits for the bucket."""


class TimedBuffer(Buffer):
    """Notes when each deletion arrives."""

    def __init__(self, channels: int) -> None:
        super().__init__(tuple(channel(f"c{number}") for number in range(channels)))
        self.deleted: dict[str, float] = {}

    @activity.defn
    @override
    async def delete_post(self, task: DeletePost) -> ChangeReply:
        self.deleted.setdefault(task.post_id, time.monotonic())
        return await super().delete_post(task)


async def measure() -> list[float]:
    """Return the seconds from each retract to its deletePost."""
    async with await server() as environment:
        store, buffer = MemoryStore(), TimedBuffer(_PER_CAMPAIGN)
        harness = Harness(environment.client, store, buffer)
        async with harness.worker(max_concurrent_activities=_SLOTS):
            await open_account(harness)
            scheduled: list[str] = []
            for number in range(_RETRACTS // _PER_CAMPAIGN):
                scheduled += await _campaign(harness, f"out-{number}", **automatic())
            for name in scheduled:
                await reaches(harness.post(name), PostState.SCHEDULED)
            waiting: list[str] = []
            for number in range(_HANDED // _PER_CAMPAIGN):
                waiting += await _campaign(harness, f"held-{number}")
            for name in waiting:
                await reaches(harness.post(name), PostState.IN_REVIEW)
            await _fill(harness)
            store.is_away = True
            for name in waiting:
                await decide(harness.post(name), decision(DecisionKind.APPROVE))
            await harness.account.signal(AccountWorkflow.pause, Pause(by="kim"))
            took = [await _retract(harness, buffer, name) for name in scheduled]
            harness.studio.drafting_waits = False
            await harness.stop_account()
    return took


async def _campaign(harness: Harness, name: str, **options: object) -> list[str]:
    key = ids.campaign_key(f"{harness.queue}-{name}", 1)
    view = await harness.start(key=key, publish_lead=timedelta(hours=5), **options)
    return [post.workflow_id for post in view.posts]


async def _fill(harness: Harness) -> None:
    """Let drafts take every slot, and three times as many wait behind them."""
    harness.studio.drafting_waits = True
    drafted = len(harness.studio.asked)
    for number in range(4 * _SLOTS):
        other = harness.campaign(key=ids.campaign_key(f"{harness.queue}-busy-{number}", 1))
        await harness.client.start_workflow(
            CampaignWorkflow.run, other, id=ids.campaign_id(other.key), task_queue=harness.queue
        )

    async def busy() -> int:
        return len(harness.studio.asked) - drafted

    await until(busy, lambda count: count >= _SLOTS, seconds=120)


async def _retract(harness: Harness, buffer: TimedBuffer, name: str) -> float:
    post = harness.post(name)
    view = await post.query(PostWorkflow.view)
    post_id = view.buffer_post_id or ""
    began = time.monotonic()
    asked = asyncio.create_task(ask(post, kind=ChangeKind.RETRACT))

    async def is_deleted() -> bool:
        return post_id in buffer.deleted

    await until(is_deleted, bool, seconds=120)
    await asked
    return buffer.deleted[post_id] - began


async def main() -> None:
    """Measure, print and keep the figures."""
    took = sorted(await measure())
    cuts = quantiles(took, n=100, method="inclusive")
    found = {
        "machine": machine(),
        "retracts": len(took),
        "slots busy": _SLOTS,
        "hand-overs waiting for the bucket": _HANDED,
        "p50 seconds": round(cuts[49], 3),
        "p99 seconds": round(cuts[98], 3),
        "most seconds": round(took[-1], 3),
    }
    print(json.dumps(found, indent=2))
    kept = RESULTS / f"{datetime.now(UTC):%Y-%m-%d}-retract.json"
    kept.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
    leave()
