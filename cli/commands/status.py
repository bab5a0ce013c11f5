"""The command ``status``: a line for each part of Galley, worst first, with its next command."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from app.accounts.workflows import scope_words
from app.errors import ServiceError
from app.health.findings import Level
from app.health.status import Status, queue_level, quota_level, read_status, spending_level
from app.posts.directory import ALARMING
from cli.commands.options import Json
from cli.errors import CommandError, ExitCode, command_of, scope_options
from cli.phrases import ago, many, polling_words, undelivered_words
from cli.process import connections, run
from cli.terminal import show, show_json, table
from galley.budget.prices import dollars
from galley.models.post import PostState
from galley.models.publishing import RateWindow
from galley.publishing.job.pauses import cause_sentence
from galley.publishing.job.record import JobPhase
from galley.publishing.job.state import AccountHealth
from galley.publishing.quota import Window
from observability.findings import Account, Health, Money, Posts, Runs, TaskQueue

_MARKS = {
    Level.FAILED: "broken",
    Level.WARNING: "look",
    Level.NEEDS_YOU: "needs you",
    Level.OK: "ok",
}
_WORKER = "galley-worker --queues"
_LIST = "galley list"
_DOCTOR = "galley doctor"


@dataclass(frozen=True)
class Line:
    """The health of one part, and the command to run next."""

    part: str
    level: Level
    said: str
    run_next: str


def status(*, json: Json = False) -> None:
    """Say whether Galley is healthy and what needs you, worst first.

    Counts through Temporal and asks the workers. Buffer is asked only if no campaign has
    been there yet: whether it takes the key. The exit code
    is 0 while nothing is broken, even with drafts waiting for you; 1 if something is
    broken or posts are stuck; 3 if Temporal does not answer.

    Example: galley status
    """
    try:
        found = run(read_status(connections()))
    except ServiceError as error:
        run_next = command_of(error.advice) if error.advice else _DOCTOR
        lines = [Line("temporal", Level.FAILED, str(error), run_next)]
        _print(lines, {"is_healthy": False, "needs_you": None}, None, json=json)
        message = "Nothing else can be seen without Temporal."
        raise CommandError(message, ExitCode.REFUSED) from None
    health = {"is_healthy": found.is_healthy, "needs_you": found.needs_you}
    _print(lines_of(found), health, found.seen, json=json)
    if not found.is_healthy:
        raise CommandError("Something is broken: the lines above say what to run next.")


def _print(lines: list[Line], health: dict[str, Any], seen: Health | None, *, json: bool) -> None:
    if json:
        told = [{**asdict(line), "level": line.level.value} for line in lines]
        known = seen.model_dump(mode="json") if seen else None
        show_json({**health, "lines": told, "seen": known})
        return
    broken = sum(line.level is Level.FAILED for line in lines)
    things = "1 thing is" if broken == 1 else f"{broken} things are"
    match health["needs_you"]:
        case None:
            needing = "What needs you cannot be seen."
        case 0:
            needing = "No post needs you."
        case posts:
            needing = f"{posts} {'post needs' if posts == 1 else 'posts need'} you."
    show(f"{f'Not healthy: {things} broken.' if broken else 'Healthy.'} {needing}")
    cells = [(line.part, _MARKS[line.level], line.said, line.run_next) for line in lines]
    table(("Part", "Health", "Seen", "Run next"), cells)


def lines_of(found: Status) -> list[Line]:
    """Return a line for each thing that was seen, the worst first."""
    seen = found.seen
    notify = "galley notify test"
    lines = chain(
        [Line("temporal", Level.OK, f"answers; namespace {seen.namespace}.", "")],
        _queues(seen.queues or ()),
        [Line("buffer key", Level.FAILED, found.key_refusal, _DOCTOR)] if found.key_refusal else (),
        *(_account(one, seen.at) for one in seen.accounts or ()),
        _posts(seen.posts) if seen.posts else (),
        _runs(seen.runs) if seen.runs else (),
        _money(seen.money) if seen.money else (),
        (
            Line(part, Level.FAILED, f"could not be looked at: {why}", _DOCTOR)
            for part, why in seen.missing.items()
        ),
        (
            Line("notifications", Level.WARNING, undelivered_words(one), notify)
            for one in found.undelivered
        ),
    )
    return sorted(lines, key=lambda line: line.level.severity, reverse=True)


# Workers


def _queues(queues: Sequence[TaskQueue]) -> Iterator[Line]:
    """Yield a line for each task queue that is not served in time, and one for all others."""
    served = [queue for queue in queues if queue_level(queue) is Level.OK]
    for queue in queues:
        if queue in served:
            continue
        waiting, oldest = many(queue.backlog, "task"), ago(queue.backlog_seconds)
        said = f"{waiting} waiting for a free worker, the oldest for {oldest}."
        if not queue.is_polled:
            said = f"nobody polls this task queue; {waiting} waiting."
        command = f"{_WORKER} {queue.serves}"
        yield Line(f"worker {queue.name}", queue_level(queue), said, command)
    if served:
        names = {poller.identity for queue in served for poller in queue.pollers}
        # Of the queue that was asked for the longest time ago.
        last = min(max(poller.seen_at for poller in queue.pollers) for queue in served)
        said = f"{polling_words(names, len(served))}, last at {last.astimezone():%H:%M:%S}."
        yield Line("workers", Level.OK, said, "")


# Organizations whose calls to Buffer Galley makes


def _account(account: Account, now: datetime) -> Iterator[Line]:
    health = account.health
    if health is None:
        said = "no worker answers for it: quota, queue and pauses cannot be seen."
        yield Line(account.workflow_id, Level.FAILED, said, "galley-worker")
        return
    if health.is_key_refused:
        said = (
            "Buffer refused the last call: because of the key, its permissions, this address, "
            "or a Galley that is too old for Buffer's API."
        )
        yield Line("buffer key", Level.FAILED, said, _DOCTOR)
    if health.unanswered_since is not None:
        again = health.next_try_at
        at = f", next at {again.astimezone():%H:%M:%S}" if again and again > now else ""
        said = (
            f"Buffer has not answered for {_since(health.unanswered_since, now)}. Galley tries "
            f"again by itself{at}; posts wait, and go out when Buffer is back."
        )
        yield Line("buffer", Level.FAILED, said, _DOCTOR)
    yield _quota(health, now)
    yield _jobs(health, now)
    for pause in health.pauses:
        said = f"{scope_words(pause.scope)} paused by {pause.by}"
        when = f" since {pause.at.astimezone():%Y-%m-%d %H:%M}" if pause.at else ""
        command = f"galley resume{scope_options(pause.scope)}"
        why = f" {sentence}" if (sentence := cause_sentence(pause)) else ""
        yield Line("pause", Level.WARNING, f"{said}{when}.{why}", command)


def _quota(health: AccountHealth, now: datetime) -> Line:
    level, command = quota_level(health), f"{_LIST} --state publishing"
    left = ", ".join(_left(window, now) for window in health.windows)
    if health.next_call_at is not None:
        until = f"{health.next_call_at.astimezone():%Y-%m-%d %H:%M:%S}"
        said = f"used up ({health.held_by}) until {until}; left: {left}."
        return Line("quota", level, said, command)
    return Line("quota", level, f"left: {left}.", "" if level is Level.OK else command)


def _left(window: RateWindow, now: datetime) -> str:
    named = Window(seconds=window.seconds, limit=window.limit).label
    if window.remaining >= window.limit:
        return f"{window.remaining} of {named}"
    free = (now + timedelta(seconds=window.resets_in)).astimezone()
    is_today = free.date() == now.astimezone().date()
    return f"{window.remaining} of {named} (all again {free:{'%H:%M' if is_today else '%d %b'}})"


def _jobs(health: AccountHealth, now: datetime) -> Line:
    waiting = sum(health.phases.get(p, 0) for p in (JobPhase.WAITING, JobPhase.LOOKING))
    outstanding = health.phases.get(JobPhase.OUTSTANDING, 0)
    said = f"{many(waiting, 'post')} to be created in Buffer"
    if waiting and health.waiting_since:
        said += f", the oldest for {_since(health.waiting_since, now)}"
    said += f"; {many(outstanding, 'post')} there, not published yet"
    if health.changes:
        said += f"; {many(health.changes, 'change')} not confirmed"
    doing = f" Waits for {health.waiting_for}." if health.is_busy else ""
    return Line("queue", Level.OK, f"{said}.{doing}", "")


def _since(then: datetime, now: datetime) -> str:
    return ago(max(0, (now - then).total_seconds()))


# Posts


_ALARMS = {
    PostState.HELD: "look whether Buffer has {}",
    PostState.ERROR: "Buffer could not publish {}",
    PostState.LATE: "Buffer has not published {}",
}


def _posts(posts: Posts) -> Iterator[Line]:
    yield from _stuck(posts)
    if count := posts.of(PostState.IN_REVIEW):
        soon = f"; {posts.expiring} of them for over six days, of seven"
        level = Level.WARNING if posts.expiring else Level.NEEDS_YOU
        said = f"{many(count, 'post')} waiting for review{soon if posts.expiring else ''}."
        yield Line("reviews", level, said, f"{_LIST} --state in_review")
    if posts.proposals:
        said = f"{many(posts.proposals, 'proposed edit')} waiting for your approval."
        yield Line("proposals", Level.NEEDS_YOU, said, f"{_LIST} --needs-me")
    for state, count in posts.ended_today.items():
        if count:
            said = f"{many(count, 'post')} within 24 hours."
            yield Line(state, Level.WARNING, said, f"{_LIST} --state {state}")
    counted = [f"{count} {state}" for state, count in posts.by_state.items() if count]
    yield Line("posts", Level.OK, f"{', '.join(counted) or 'none yet'}.", _LIST)


def _stuck(posts: Posts) -> Iterator[Line]:
    """Yield the posts that nothing but a person, or time, can move on."""
    for state in ALARMING:
        if count := posts.of(state):
            said = (
                f"{many(count, 'post')}: {_ALARMS[state].format('it' if count == 1 else 'them')}."
            )
            yield Line(state, Level.FAILED, said, f"{_LIST} --state {state}")
    if posts.abandoned:
        said = (
            f"{many(posts.abandoned, 'post')} ended in Temporal while Buffer may have "
            "had them: nothing follows them any more."
        )
        yield Line("abandoned", Level.FAILED, said, _LIST)
    if posts.overdue:
        said = (
            f"{many(posts.overdue, 'post')} due over ten minutes ago and not "
            "confirmed: Buffer, the quota or a pause holds them up."
        )
        yield Line("overdue", Level.WARNING, said, f"{_LIST} --state publishing")


# Other runs, and money


def _runs(runs: Runs) -> Iterator[Line]:
    for feed in runs.feeds:
        said = f"{feed.said}, begun at {feed.since.astimezone():%Y-%m-%d %H:%M}."
        command = f"galley feeds check {feed.feed_id}"
        yield Line(f"feed {feed.feed_id}", Level.WARNING, said, command)
    if runs.failed_campaigns:
        said = f"{many(runs.failed_campaigns, 'campaign')} failed within 24 hours."
        query = 'WorkflowType="CampaignWorkflow" AND ExecutionStatus="Failed"'
        command = f"temporal workflow list -q '{query}'"
        yield Line("campaigns", Level.WARNING, said, command)
    if runs.waiting_campaigns:
        said = (
            f"{many(runs.waiting_campaigns, 'campaign')} waiting for Buffer, an account or the "
            "state bucket to answer."
        )
        yield Line("campaigns", Level.WARNING, said, "galley doctor")
    if runs.stuck:
        said = (
            f"{many(runs.stuck, 'run')} whose code fails again and again: a bug, or a "
            "worker of another build."
        )
        command = "temporal workflow list -q 'TemporalReportedProblems IS NOT NULL'"
        yield Line("runs", Level.FAILED, said, command)


def _money(money: Money) -> Iterator[Line]:
    yield _spent("cost today", money.taken_micros, money.ceiling_micros)
    for brand, taken in money.brands.items():
        if money.brand_ceiling_micros is not None:
            yield _spent(f"cost of {brand}", taken, money.brand_ceiling_micros)


def _spent(part: str, taken: int, ceiling: int | None) -> Line:
    level, command = spending_level(taken, ceiling), "galley costs"
    said = f"{dollars(taken)} spent or set aside today (UTC)"
    if ceiling is None:
        return Line(part, level, f"{said}; there is no ceiling.", command)
    said = f"{said}, of {dollars(ceiling)}"
    if taken >= ceiling:
        said = f"{said}: new drafts are refused"
    elif level is not Level.OK:
        said = f"{said}: little is left"
    return Line(part, level, f"{said}.", command)
