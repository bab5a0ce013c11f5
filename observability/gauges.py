"""Set the gauges by what was seen."""

from collections.abc import Mapping

from temporalio.common import MetricMeter

from galley.metrics import known
from galley.metrics.known import Metric
from galley.outbox.state import AccountHealth
from galley.outbox.tracked import JobPhase
from observability.seen import Account, Health, Money, Posts, Runs, TaskQueue
from workflows import ids

_MICROS = 1_000_000
_BRANDS = 50
"""More are left out: each is a series of its own, kept as long as Prometheus keeps."""


class Gauges:
    """The gauges of one process."""

    def __init__(self, meter: MetricMeter) -> None:
        self._meter = meter

    def show(self, health: Health) -> None:
        """Set every gauge that was looked up; the others stay as they were."""
        for part in health.missing:
            self._count_failed_look(part)
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
        self._set(known.LOOKED_AT, health.at.timestamp())

    def begin(self) -> None:
        """Show counters that were never counted as 0: a rate needs a beginning."""
        for how in ("adopted", "published", "claimed"):
            self._count(known.DUPLICATES_PREVENTED, {"how": how})
        for provider in ("anthropic", "replicate"):
            self._count(known.COST, {"provider": provider})
        for part in ("queues", "accounts", "posts", "runs", "money"):
            self._count(known.LOOKS_FAILED, {"part": part})

    def _queue(self, queue: TaskQueue) -> None:
        labels = {"queue": queue.serves}
        self._set(known.POLLERS, len(queue.pollers), labels)
        self._set(known.BACKLOG, queue.backlog, labels)
        self._set(known.BACKLOG_AGE, queue.backlog_seconds, labels)

    def _account(self, account: Account, seen: Health) -> None:
        organization = account.workflow_id.removeprefix(ids.account_id(""))
        labels = {"organization": organization}
        self._set(known.ACCOUNT_ANSWERS, account.health is not None, labels)
        health = account.health
        if health is None:
            return
        self._quota(health, labels)
        waits = _seconds(seen, health)
        self._set(known.QUOTA_WAIT, waits[0], labels)
        self._set(known.QUEUE_AGE, waits[1], labels)
        for phase in JobPhase:
            count = health.phases.get(phase, 0)
            self._set(known.QUEUE_JOBS, count, {**labels, "phase": phase.value})
        self._set(known.CHANGES_WANTED, health.changes, labels)
        self._set(known.PAUSES, len(health.pauses), labels)
        self._set(known.KEY_REFUSED, health.is_key_refused, labels)
        self._set(known.UNANSWERED, health.unanswered_since is not None, labels)

    def _quota(self, health: AccountHealth, labels: Mapping[str, str]) -> None:
        for window in health.windows:
            named = {**labels, "window_seconds": str(window.seconds)}
            self._set(known.QUOTA_LIMIT, window.limit, named)
            self._set(known.QUOTA_REMAINING, window.remaining, named)

    def _posts(self, posts: Posts) -> None:
        for state, count in posts.by_state.items():
            self._set(known.POSTS, count, {"state": state.value})
        for state, count in posts.ended_today.items():
            self._set(known.ENDED_TODAY, count, {"state": state.value})
        self._set(known.POSTS_OVERDUE, posts.overdue)
        self._set(known.POSTS_ABANDONED, posts.abandoned)
        self._set(known.REVIEWS_EXPIRING, posts.expiring)
        self._set(known.PROPOSALS, posts.proposals)

    def _runs(self, runs: Runs) -> None:
        self._set(known.FEEDS_IN_TROUBLE, len(runs.feeds))
        self._set(known.CAMPAIGNS_FAILED, runs.failed_campaigns)
        self._set(known.RUNS_STUCK, runs.stuck)

    def _money(self, money: Money) -> None:
        self._set(known.COST_TODAY, money.taken_micros / _MICROS)
        for brand, taken in sorted(money.brands.items())[:_BRANDS]:
            self._set(known.BRAND_COST_TODAY, taken / _MICROS, {"brand": brand})
        if money.ceiling_micros is not None:
            self._set(known.COST_CEILING, money.ceiling_micros / _MICROS)
        if money.brand_ceiling_micros is not None:
            self._set(known.BRAND_COST_CEILING, money.brand_ceiling_micros / _MICROS)

    def _set(
        self, metric: Metric, value: float, labels: Mapping[str, str] | None = None
    ) -> None:
        gauge = self._meter.create_gauge_float(metric.name, metric.about)
        gauge.set(float(value), labels or {})

    def _count(self, metric: Metric, labels: Mapping[str, str], by: int = 0) -> None:
        self._meter.create_counter(metric.name, metric.about).add(by, labels)

    def _count_failed_look(self, part: str) -> None:
        self._count(known.LOOKS_FAILED, {"part": part}, by=1)


def _seconds(seen: Health, health: AccountHealth) -> tuple[float, float]:
    """Return for how long the next call waits, and for how long a job has waited."""
    now, at, since = seen.at, health.next_call_at, health.waiting_since
    return (
        max(0.0, (at - now).total_seconds()) if at else 0.0,
        max(0.0, (now - since).total_seconds()) if since else 0.0,
    )
