"""Prometheus metrics: the gauges that each look sets. exporter.py says where they are served."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

from temporalio.client import Client
from temporalio.common import MetricMeter
from temporalio.runtime import Runtime

from galley import metrics
from galley.metrics import Metric
from galley.publishing.job.record import JobPhase
from galley.settings import Settings
from observability.findings import Account, Health, Money, Posts, Runs, TaskQueue
from observability.inspection import look
from workflows import ids

_MICROS = 1_000_000
# Brands beyond these are left out: each is a series, which Prometheus keeps for long.
_BRANDS = 50


class Gauges:
    """The gauges of one process."""

    def __init__(self, meter: MetricMeter) -> None:
        self._meter = meter

    def show(self, health: Health) -> None:
        """Set the gauges of every part that was read; the others keep their values."""
        for part in health.missing:
            self._count(metrics.LOOKS_FAILED, {"part": part}, by=1)
        for queue in health.queues or ():
            self._queue(queue)
        for account in health.accounts or ():
            self._account(account, health)
        if health.posts:
            self._posts(health.posts)
        if health.runs:
            self._runs(health.runs)
        if health.money:
            self._money(health.money)
        self._set(metrics.LOOKED_AT, health.at.timestamp())

    def begin(self) -> None:
        """Show counters as 0 before their first count: a rate needs a beginning."""
        for how in ("adopted", "ended", "claimed"):
            self._count(metrics.DUPLICATES_PREVENTED, {"how": how})
        for provider in ("anthropic", "replicate"):
            self._count(metrics.COST, {"provider": provider})
        for part in ("queues", "accounts", "posts", "runs", "money"):
            self._count(metrics.LOOKS_FAILED, {"part": part})

    def _queue(self, queue: TaskQueue) -> None:
        labels = {"queue": queue.serves}
        self._set(metrics.POLLERS, len(queue.pollers), labels)
        self._set(metrics.BACKLOG, queue.backlog, labels)
        self._set(metrics.BACKLOG_AGE, queue.backlog_seconds, labels)

    def _account(self, account: Account, seen: Health) -> None:
        organization = account.workflow_id.removeprefix(ids.account_id(""))
        labels = {"organization": organization}
        self._set(metrics.ACCOUNT_ANSWERS, account.health is not None, labels)
        health = account.health
        if health is None:
            return
        for window in health.windows:
            named = {**labels, "window_seconds": str(window.seconds)}
            self._set(metrics.QUOTA_LIMIT, window.limit, named)
            self._set(metrics.QUOTA_REMAINING, window.remaining, named)
        now, at, since = seen.at, health.next_call_at, health.waiting_since
        self._set(metrics.QUOTA_WAIT, max(0, (at - now).total_seconds()) if at else 0, labels)
        age = max(0, (now - since).total_seconds()) if since else 0
        self._set(metrics.QUEUE_AGE, age, labels)
        # Every phase, so that one without jobs falls to 0.
        for phase in JobPhase:
            count = health.phases.get(phase, 0)
            self._set(metrics.QUEUE_JOBS, count, {**labels, "phase": phase.value})
        self._set(metrics.CHANGES_WANTED, health.changes, labels)
        self._set(metrics.PAUSES, len(health.pauses), labels)
        self._set(metrics.KEY_REFUSED, health.is_key_refused, labels)
        self._set(metrics.UNANSWERED, health.unanswered_since is not None, labels)

    def _posts(self, posts: Posts) -> None:
        for state, count in posts.by_state.items():
            self._set(metrics.POSTS, count, {"state": state.value})
        for state, count in posts.ended_today.items():
            self._set(metrics.ENDED_TODAY, count, {"state": state.value})
        self._set(metrics.POSTS_OVERDUE, posts.overdue)
        self._set(metrics.POSTS_ABANDONED, posts.abandoned)
        self._set(metrics.REVIEWS_EXPIRING, posts.expiring)
        self._set(metrics.PROPOSALS, posts.proposals)

    def _runs(self, runs: Runs) -> None:
        self._set(metrics.FEEDS_IN_TROUBLE, len(runs.feeds))
        self._set(metrics.CAMPAIGNS_FAILED, runs.failed_campaigns)
        self._set(metrics.CAMPAIGNS_WAITING, runs.waiting_campaigns)
        self._set(metrics.RUNS_STUCK, runs.stuck)

    def _money(self, money: Money) -> None:
        self._set(metrics.COST_TODAY, money.taken_micros / _MICROS)
        for brand, taken in sorted(money.brands.items())[:_BRANDS]:
            self._set(metrics.BRAND_COST_TODAY, taken / _MICROS, {"brand": brand})
        if money.ceiling_micros is not None:
            self._set(metrics.COST_CEILING, money.ceiling_micros / _MICROS)
        if money.brand_ceiling_micros is not None:
            self._set(metrics.BRAND_COST_CEILING, money.brand_ceiling_micros / _MICROS)

    def _set(self, metric: Metric, value: float, labels: Mapping[str, str] | None = None) -> None:
        gauge = self._meter.create_gauge_float(metric.name, metric.about)
        gauge.set(float(value), labels or {})

    def _count(self, metric: Metric, labels: Mapping[str, str], by: int = 0) -> None:
        self._meter.create_counter(metric.name, metric.about).add(by, labels)


EVERY = 30.0
"""Seconds between two looks, each of some thirty requests to Temporal."""

_log = logging.getLogger(__name__)


@asynccontextmanager
async def collecting(client: Client, settings: Settings) -> AsyncGenerator[None]:
    """Set the gauges while the body runs, if metrics are served at all."""
    if not settings.metrics_address:
        yield
        return
    runtime = client.service_client.config.runtime or Runtime.default()
    task = asyncio.create_task(collect(client, settings, runtime.metric_meter))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def collect(client: Client, settings: Settings, meter: MetricMeter) -> None:
    """Set the gauges until cancelled; a look that fails is logged, and repeated."""
    gauges = Gauges(meter)
    gauges.begin()
    while True:
        try:
            gauges.show(await look(client, settings))
        except Exception as error:  # noqa: BLE001 - posts matter more than gauges
            _log.warning("The gauges could not be set: %s", type(error).__name__)
        await asyncio.sleep(EVERY)
