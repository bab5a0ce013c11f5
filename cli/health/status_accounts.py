"""What is said of the organizations whose calls to Buffer are made."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from app.accounts.workflows import scope_words
from cli.health.status_level import Level, Line
from cli.health.status_words import ago, many
from cli.terminal.pauses import scope_options
from galley.models import RateWindow
from galley.outbox.state import AccountHealth
from galley.outbox.tracked import JobPhase
from galley.quota.rolling import Window
from observability.seen import Account

_NEARLY = 0.1
"""Of a window: what is left of it then is nearly nothing."""


def account_lines(account: Account, now: datetime) -> Iterator[Line]:
    """Yield the key, the quota, the queue and the pauses of one organization."""
    health = account.health
    if health is None:
        said = "no worker answers for it: quota, queue and pauses cannot be seen."
        yield Line(account.workflow_id, Level.WARNING, said, "uv run worker.py")
        return
    if health.is_key_refused:
        said = (
            "Buffer turned the last call away: the key, what it may do, this address, "
            "or a Galley that is too old for its API."
        )
        yield Line("buffer key", Level.FAILED, said, "uv run starter.py doctor")
    if health.unanswered_since is not None:
        yield _outage(health, health.unanswered_since, now)
    yield _quota(health, now)
    yield _queue(health, now)
    for pause in health.pauses:
        said = f"{scope_words(pause.scope)} paused by {pause.by}"
        when = f" since {pause.at.astimezone():%Y-%m-%d %H:%M}" if pause.at else ""
        command = f"uv run starter.py resume{scope_options(pause.scope)}"
        yield Line("pause", Level.WARNING, f"{said}{when}.", command)


def _outage(health: AccountHealth, since: datetime, now: datetime) -> Line:
    for_how_long = ago(max(0, (now - since).total_seconds()))
    again = health.next_try_at
    at = f", next at {again.astimezone():%H:%M:%S}" if again and again > now else ""
    said = (
        f"Buffer has given no answer for {for_how_long}. It is tried again by itself"
        f"{at}; posts wait, and go out when it is back."
    )
    return Line("buffer", Level.FAILED, said, "uv run starter.py doctor")


def _quota(health: AccountHealth, now: datetime) -> Line:
    command = "uv run starter.py list --state publishing"
    left = ", ".join(_left(window, now) for window in health.windows)
    if health.next_call_at is not None:
        until = f"{health.next_call_at.astimezone():%Y-%m-%d %H:%M:%S}"
        said = f"used up ({health.held_by}) until {until}; left: {left}."
        return Line("quota", Level.WARNING, said, command)
    is_near = any(w.remaining <= _NEARLY * w.limit for w in health.windows)
    level = Level.WARNING if is_near else Level.OK
    return Line("quota", level, f"left: {left}.", command if is_near else "")


def _left(window: RateWindow, now: datetime) -> str:
    named = Window(seconds=window.seconds, limit=window.limit).label
    if window.remaining >= window.limit:
        return f"{window.remaining} of {named}"
    free = (now + timedelta(seconds=window.resets_in)).astimezone()
    return f"{window.remaining} of {named} (all again {free:%m-%d %H:%M})"


def _queue(health: AccountHealth, now: datetime) -> Line:
    waiting = sum(health.phases.get(p, 0) for p in (JobPhase.WAITING, JobPhase.LOOKING))
    outstanding = health.phases.get(JobPhase.OUTSTANDING, 0)
    said = f"{many(waiting, 'post')} to be created in Buffer"
    if waiting and health.waiting_since:
        span = (now - health.waiting_since).total_seconds()
        said += f", the oldest for {ago(max(0, span))}"
    said += f"; {many(outstanding, 'post')} there, not published yet"
    if health.changes:
        said += f"; {many(health.changes, 'change')} not confirmed"
    return Line("queue", Level.OK, f"{said}. Now: {health.waiting_for}.", "")
