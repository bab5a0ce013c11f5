"""What is said of what was seen: a line a part, with the command to run next.

Pure: the same look always gives the same lines.
"""

from collections.abc import Iterator
from itertools import chain

from cli.health.status_accounts import account_lines
from cli.health.status_level import Level, Line
from cli.health.status_posts import post_lines
from cli.health.status_words import ago, many
from galley.costs.prices import dollars
from galley.models import PostState
from observability.seen import Health, Money, Runs, TaskQueue
from workflows.queues import Queue

__all__ = ["Level", "Line", "lines_of", "needing"]

_WORKER = "uv run worker.py --queues"
_WAITS_TOO_LONG = 60
"""Seconds after which a task that no worker takes is worth a look."""
_NEARLY = 0.8
"""Of a ceiling."""


def lines_of(health: Health) -> list[Line]:
    """Return everything that is to be said, the worst first."""
    found = chain(
        _temporal(health),
        _queues(health.queues or ()),
        *(account_lines(one, health.at) for one in health.accounts or ()),
        post_lines(health.posts) if health.posts else (),
        _runs(health.runs) if health.runs else (),
        _money(health.money) if health.money else (),
        _missing(health),
    )
    order = [Level.FAILED, Level.WARNING, Level.NEEDS_YOU, Level.OK]
    return sorted(found, key=lambda line: order.index(line.level))


def needing(health: Health) -> int | None:
    """Return how many posts need a person; ``None`` if they could not be counted."""
    posts = health.posts
    if posts is None:
        return None
    states = (PostState.IN_REVIEW, PostState.HELD, PostState.ERROR, PostState.LATE)
    return posts.of(*states) + posts.proposals


def _temporal(health: Health) -> Iterator[Line]:
    said = f"answers; namespace {health.namespace}."
    yield Line("temporal", Level.OK, said, "")


def _queues(queues: tuple[TaskQueue, ...]) -> Iterator[Line]:
    for queue in queues:
        name, command = f"worker {queue.name}", f"{_WORKER} {queue.serves}"
        waiting = many(queue.backlog, "task")
        if not queue.is_polled:
            is_broken = queue.serves == Queue.POSTS or queue.backlog
            level = Level.FAILED if is_broken else Level.WARNING
            said = f"nobody polls this task queue; {waiting} waiting."
            yield Line(name, level, said, command)
        elif queue.backlog and queue.backlog_seconds > _WAITS_TOO_LONG:
            for_how_long = ago(queue.backlog_seconds)
            said = f"{waiting} waiting for a free worker, the oldest {for_how_long}."
            yield Line(name, Level.WARNING, said, command)
        else:
            yield Line(name, Level.OK, _polled(queue), "")


def _polled(queue: TaskQueue) -> str:
    last = max(poller.seen_at for poller in queue.pollers)
    known = ", ".join(poller.identity for poller in queue.pollers[:3])
    more = ", …" if len(queue.pollers) > 3 else ""  # noqa: PLR2004 - as many as fit
    return (
        f"{many(len(queue.pollers), 'worker')} polling ({known}{more}), last asked "
        f"for work at {last.astimezone():%H:%M:%S}."
    )


def _runs(runs: Runs) -> Iterator[Line]:
    for feed in runs.feeds:
        said = f"{feed.said}, begun at {feed.since.astimezone():%Y-%m-%d %H:%M}."
        command = f"uv run starter.py feeds check {feed.feed_id}"
        yield Line(f"feed {feed.feed_id}", Level.WARNING, said, command)
    if runs.failed_campaigns:
        said = f"{many(runs.failed_campaigns, 'campaign')} failed within 24 hours."
        query = 'WorkflowType="CampaignWorkflow" AND ExecutionStatus="Failed"'
        command = f"temporal workflow list -q '{query}'"
        yield Line("campaigns", Level.WARNING, said, command)
    if runs.stuck:
        said = (
            f"{many(runs.stuck, 'run')} whose code fails again and again: a bug, or a "
            "worker of another build."
        )
        command = "temporal workflow list -q 'TemporalReportedProblems IS NOT NULL'"
        yield Line("runs", Level.FAILED, said, command)


def _money(money: Money) -> Iterator[Line]:
    yield _ceiling("cost today", money.taken_micros, money.ceiling_micros)
    for brand, taken in money.brands.items():
        if money.brand_ceiling_micros is not None:
            yield _ceiling(f"cost of {brand}", taken, money.brand_ceiling_micros)


def _ceiling(part: str, taken: int, ceiling: int | None) -> Line:
    command = "uv run starter.py costs"
    said = f"{dollars(taken)} spent or set aside today (UTC)"
    if ceiling is None:
        return Line(part, Level.OK, f"{said}; there is no ceiling.", command)
    said = f"{said}, of {dollars(ceiling)}"
    if taken >= ceiling:
        return Line(part, Level.WARNING, f"{said}: new drafts are refused.", command)
    if taken >= _NEARLY * ceiling:
        return Line(part, Level.WARNING, f"{said}: little is left.", command)
    return Line(part, Level.OK, f"{said}.", command)


def _missing(health: Health) -> Iterator[Line]:
    for part, why in health.missing.items():
        said = f"could not be looked at: {why}"
        yield Line(part, Level.FAILED, said, "uv run starter.py doctor")
