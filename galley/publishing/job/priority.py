"""The next call to Buffer: changes first, then the post that is due soonest.

A change goes before a create, because a person waits for it or a post would go out wrong.
Among posts due in the same minute the campaigns take turns. The second half plans the polls
of outcomes.

The loop of AccountWorkflow calls this before each call to Buffer.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from galley.publishing.job.pauses import ActivePause, is_covered, is_pulled, may_be_pulled
from galley.publishing.job.record import JobPhase, JobRecord
from galley.publishing.job.replies import Step
from galley.publishing.job.state import AccountPolicy
from galley.publishing.job.transitions import UNREAD

MAX_PAGES = 40
"""Pages of outcomes a poll reads at most: two thousand posts."""
POLL_PATIENCE = timedelta(minutes=10)
"""A poll is as urgent as a post due this long after it: so neither starves."""
_SHARED = 2.5
"""Distances between polls that a poll waits for posts due soon: five minutes, unless set."""
_CHANGES = {Step.EDIT, Step.DELETE, Step.MOVE, Step.PULL}


class Choice(NamedTuple):
    """A job and the call it wants."""

    record: JobRecord
    step: Step

    @property
    def is_change(self) -> bool:
        """Whether the call may use the share of the quota that is kept for changes."""
        pending = self.record.pending
        if pending is not None and (self.step is Step.READ or pending.retracts):
            return True
        return self.step in _CHANGES

    @property
    def campaign(self) -> str:
        """The key of its campaign."""
        return self.record.job.job_id.partition(":")[0]


def step_of(record: JobRecord, pauses: tuple[ActivePause, ...], now: datetime) -> Step | None:
    """Return the next call that the job needs, now or after its ``not_before``."""
    if pauses and is_covered(record, pauses):
        return _step_under_pause(record, pauses, now)
    match record.phase:
        case JobPhase.WAITING:
            # Without its content nothing can be created: its post hands it over again.
            return None if record.is_content_dropped else Step.CREATE
        case JobPhase.LOOKING:
            # Found by its content, as well.
            return None if record.is_content_dropped else Step.LOOK
        case JobPhase.OUTSTANDING | JobPhase.SETTLED:
            return _next_of_post(record)
        case JobPhase.HELD | JobPhase.PULLED_BACK:
            return None


def _step_under_pause(
    record: JobRecord, pauses: tuple[ActivePause, ...], now: datetime
) -> Step | None:
    """Return the call that a pause lets through: it takes the post out of Buffer, or finds it."""
    is_looking = record.phase is JobPhase.LOOKING and not record.is_content_dropped
    if record.pending is not None and record.pending.retracts:
        is_there = record.phase in {JobPhase.OUTSTANDING, JobPhase.SETTLED}
        return Step.LOOK if is_looking else _next_of_post(record) if is_there else None
    if is_pulled(record, pauses) and may_be_pulled(record, now):
        return Step.PULL
    return Step.LOOK if is_looking and is_pulled(record, pauses) else None


def _next_of_post(record: JobRecord) -> Step | None:
    """Return the call about a post that Buffer has: for a pending change, or a read by ID."""
    pending = record.pending
    if pending is None:
        return Step.READ if record.reads and record.phase is JobPhase.OUTSTANDING else None
    if pending.reads:
        return Step.READ
    if pending.retracts:
        return Step.DELETE
    return Step.EDIT if pending.edits else Step.MOVE


def wake_at(
    jobs: Iterable[JobRecord], pauses: tuple[ActivePause, ...], now: datetime
) -> datetime | None:
    """Return when the next job that waits between two calls is ready for one."""
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
    """Return the most urgent call that a job needs now, or ``None``.

    Args:
        jobs: Every job.
        pauses: The pauses in force.
        now: The present.
        turns: The number of each campaign's last call, in a count of all calls.
    """

    def urgency(choice: Choice) -> tuple[bool, datetime, int, datetime, str]:
        job = choice.record.job
        due_at = job.request.due_at
        minute = due_at.replace(second=0, microsecond=0)
        # The job ID at the end makes the order the same in every replay.
        return not choice.is_change, minute, turns.get(choice.campaign, 0), due_at, job.job_id

    ready = [
        Choice(record, step)
        for record in jobs
        if (record.not_before is None or record.not_before <= now)
        and (step := step_of(record, pauses, now)) is not None
    ]
    return min(ready, key=urgency, default=None)


def is_poll_first(choice: Choice | None, poll_at: datetime | None, now: datetime) -> bool:
    """Whether outcomes should be read before this call is made."""
    if poll_at is None or poll_at > now:
        return False
    if choice is None:
        return True
    due_at = choice.record.job.request.due_at
    return not choice.is_change and poll_at + POLL_PATIENCE <= due_at


# Polls of outcomes


def poll_due_at(
    jobs: Iterable[JobRecord], polled_at: datetime | None, policy: AccountPolicy
) -> datetime | None:
    """Return the time of the next poll, or ``None`` with no post outstanding.

    A poll is due soon after a post is, and waits for those that are due a few minutes later.
    Polls keep a distance, too.
    """
    due = [one.job.request.due_at for one in jobs if _is_listed(one)]
    if not due:
        return None
    publishing = timedelta(seconds=policy.publish_seconds)

    distance = timedelta(seconds=policy.poll_seconds)

    def shared(at: datetime) -> datetime:
        later = [d for d in due if at < d + publishing <= at + _SHARED * distance]
        # Time for the last one to be published, or each poll would leave one to the next.
        return max(later) + distance / 2 if later else at

    first = min(due) + publishing
    if polled_at is None or polled_at < first:
        return shared(first)
    # For posts that are late, or without a link, the pauses grow up to an hour: a post that is
    # stuck must not use up the quota of the others.
    late = polled_at - max(at for at in due if at <= polled_at)
    again = polled_at + min(late / 4, timedelta(hours=1))
    upcoming = [at + publishing for at in due if at > polled_at]
    soonest = polled_at + timedelta(seconds=policy.poll_seconds)
    return shared(max(soonest, min([again, *upcoming])))


def not_covered(jobs: Iterable[JobRecord], pauses: tuple[ActivePause, ...]) -> list[JobRecord]:
    """Return the jobs that no pause keeps from being polled."""
    return [one for one in jobs if not is_covered(one, pauses)] if pauses else list(jobs)


def due_posts(jobs: Iterable[JobRecord], now: datetime) -> dict[str, JobRecord]:
    """Return the outstanding jobs that are due, by the id of their Buffer post."""
    return {
        record.post.id: record
        for record in jobs
        if _is_listed(record) and record.post is not None and record.job.request.due_at <= now
    }


def outcomes_since(wanted: dict[str, JobRecord]) -> datetime:
    """Return the due time from which on a list shows all of these posts.

    A post that was missed may have been published by hand before its time, so that its list
    begins at its claim.
    """
    return min(
        one.job.claimed_at if one.misses else one.job.request.due_at for one in wanted.values()
    )


def _is_listed(record: JobRecord) -> bool:
    """Whether a list by due time tells of the post; any other is read by its id."""
    post = record.post
    if record.phase is not JobPhase.OUTSTANDING or post is None or post.due_at is None:
        return False
    # A list shows no words: those of a post of which only the ID is known are read first.
    return not (record.reads and post.status == UNREAD)
