"""Which job gets the next call: changes first, then what is due soonest.

A change is worth more than a create, because a person waits for it or a post goes out
as it should not. Among posts due in the same minute the campaigns take turns.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from galley.models import ProgressKind
from galley.publishing.job.pauses import ActivePause, is_covered, is_pulled, may_be_pulled
from galley.publishing.job.record import JobPhase, JobRecord, PendingChange, due_times, with_due
from galley.publishing.job.replies import Step
from galley.publishing.schedule.rules import spaced

POLL_PATIENCE = timedelta(minutes=10)
"""A poll is as urgent as a post due this long after it: so neither starves."""
_CHANGES = {Step.EDIT, Step.DELETE, Step.MOVE, Step.PULL}


class Choice(NamedTuple):
    """A job and the call it wants."""

    record: JobRecord
    step: Step

    @property
    def is_change(self) -> bool:
        """Whether the share of the quota that is kept back is for it."""
        is_for_change = self.record.pending is not None
        return self.step in _CHANGES or (self.step is Step.READ and is_for_change)

    @property
    def campaign(self) -> str:
        """The key of its campaign."""
        return self.record.job.job_id.partition(":")[0]


def step_of(record: JobRecord, pauses: tuple[ActivePause, ...], now: datetime) -> Step | None:
    """Return the call that the job wants next, whenever that may be.

    A pause with a pull-back lets through what it needs: the deletion, and the search
    for a post that may be in Buffer.
    """
    if pauses and is_covered(record, pauses):
        return _pull_of(record, now) if is_pulled(record, pauses) else None
    match record.phase:
        case JobPhase.WAITING:
            return None if record.is_content_dropped else Step.CREATE
        case JobPhase.LOOKING:
            return Step.LOOK
        case JobPhase.OUTSTANDING | JobPhase.SETTLED:
            return _change_of(record)
        case JobPhase.HELD | JobPhase.PULLED_BACK:
            return None


def wake_at(
    jobs: Iterable[JobRecord], pauses: tuple[ActivePause, ...], now: datetime
) -> datetime | None:
    """Return when the next job that pauses between two calls becomes ready."""
    times = [
        t.not_before
        for t in jobs
        if t.not_before is not None and t.not_before > now and step_of(t, pauses, now) is not None
    ]
    return min(times, default=None)


def choose(
    jobs: Iterable[JobRecord],
    pauses: tuple[ActivePause, ...],
    now: datetime,
    turns: Mapping[str, int],
) -> Choice | None:
    """Return the call that matters most now, or ``None``.

    Args:
        jobs: Every job.
        pauses: The pauses in force.
        now: The present.
        turns: When each campaign had its last call, as a number that counts up.
    """
    ready = [
        Choice(record, step)
        for record in jobs
        if (record.not_before is None or record.not_before <= now)
        and (step := step_of(record, pauses, now)) is not None
    ]
    return min(ready, key=lambda choice: _urgency(choice, turns), default=None)


def is_poll_first(choice: Choice | None, poll_at: datetime | None, now: datetime) -> bool:
    """Whether outcomes should be read before this call is made."""
    if poll_at is None or poll_at > now:
        return False
    if choice is None:
        return True
    due_at = choice.record.job.request.due_at
    return not choice.is_change and poll_at + POLL_PATIENCE <= due_at


def _urgency(choice: Choice, turns: Mapping[str, int]) -> tuple[bool, datetime, int, datetime, str]:
    due_at = choice.record.job.request.due_at
    return (
        not choice.is_change,
        due_at.replace(second=0, microsecond=0),
        turns.get(choice.campaign, 0),
        due_at,
        choice.record.job.job_id,
    )


def _pull_of(record: JobRecord, now: datetime) -> Step | None:
    if may_be_pulled(record, now):
        return Step.PULL
    return Step.LOOK if record.phase is JobPhase.LOOKING else None


def _change_of(record: JobRecord) -> Step | None:
    pending = record.pending
    if pending is None:
        is_asked_for = record.reads and record.phase is JobPhase.OUTSTANDING
        return Step.READ if is_asked_for else None
    return _next_of(pending)


def _next_of(pending: PendingChange) -> Step:
    if pending.reads:
        return Step.READ
    if pending.retracts:
        return Step.DELETE
    return Step.EDIT if pending.edits else Step.MOVE


_SENT = {ProgressKind.SENT, ProgressKind.SENT_WITHOUT_LINK, ProgressKind.HANDED_TO_PERSON}


def with_gap(record: JobRecord, others: Iterable[JobRecord], least: timedelta) -> JobRecord:
    """Return a job that is about to be created, as far from others as it asks for.

    It is never nearer than ``least``.

    A time that a person named has no timing rules and is kept; and where Buffer is
    told no time there is nothing to move.
    """
    job, timing = record.job, record.job.timing
    if timing is None or not job.request.delivery.has_due_time:
        return record
    timing = timing.model_copy(update={"gap": max(timing.gap, least)})
    taken = sorted(other.job.request.due_at for other in others if _is_beside(other, record))
    due_at = spaced(job.request.due_at, taken, timing)
    if due_at == job.request.due_at:
        return record
    return record.replace(job=with_due(job, due_at), earlier_due=due_times(record))


def _is_beside(other: JobRecord, record: JobRecord) -> bool:
    """Whether the channel has the other post, or may have it."""
    if other.job.job_id == record.job.job_id:
        return False
    if other.job.request.channel_id != record.job.request.channel_id:
        return False
    was_sent = other.last is not None and other.last.kind in _SENT
    return other.phase in {JobPhase.OUTSTANDING, JobPhase.LOOKING} or was_sent
