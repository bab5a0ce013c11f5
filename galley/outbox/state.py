"""Everything AccountWorkflow knows, as it is carried over continue-as-new."""

from datetime import datetime, timedelta

from pydantic import AwareDatetime, Field

from galley.models import ChannelDirectory, Model, RateWindow, Receipt
from galley.outbox.jobs import JobPhase, Pauses, Tracked
from galley.quota.rolling import QuotaState

RECEIPTS_WAIT = timedelta(seconds=10)
"""Receipts are written together: none waits longer than this, unless Buffer is busy."""
CARRIED_AT_MOST = 1_500_000
"""Bytes, about: Temporal takes no payload of 2 MiB, and the quota needs its share."""
RECEIPT_BATCH = 20
RECEIPTS_PAUSE = timedelta(minutes=5)
"""How long the store is left alone after it did not take receipts."""
MAX_PAGES = 40
"""Pages of outcomes a poll reads at most: two thousand posts."""
_JOB_BYTES = 1300
_RECEIPT_BYTES = 700
REMEMBERED = 1000
"""Settled jobs kept, so that a repeated hand-over is answered and not carried out."""


class AccountPolicy(Model):
    """How AccountWorkflow waits."""

    poll_seconds: float = Field(
        default=120, gt=0, description="Least time between polls."
    )
    publish_seconds: float = Field(
        default=2, description="How long Buffer is given to publish a post that is due."
    )
    pauses: Pauses = Pauses()
    channels_fresh_for: timedelta = timedelta(minutes=15)


class AccountState(Model):
    """Jobs, quota, channel map, receipts still to be written, and the pause."""

    quota: QuotaState = QuotaState()
    is_seeded: bool = False
    jobs: tuple[Tracked, ...] = ()
    directory: ChannelDirectory | None = None
    receipts: tuple[Receipt, ...] = ()
    polled_at: AwareDatetime | None = None
    paused_by: str | None = None


class AccountInput(Model):
    """Input of AccountWorkflow, ID ``buffer:<organization id>``."""

    organization_id: str
    policy: AccountPolicy = AccountPolicy()
    state: AccountState = AccountState()


class AccountView(Model):
    """Answer of the ``view`` query."""

    organization_id: str
    windows: tuple[RateWindow, ...]
    waiting_for: str
    paused_by: str | None
    phases: dict[str, JobPhase] = Field(description="By job id.")


def remembered(jobs: list[Tracked]) -> list[Tracked]:
    """Return the jobs without the oldest settled ones beyond :data:`REMEMBERED`.

    Where open jobs need the room, fewer are remembered.
    """
    settled = sorted(
        (t for t in jobs if t.settled_at is not None), key=_settled_at, reverse=True
    )
    opened = [t for t in jobs if t.settled_at is None]
    room = max(0, CARRIED_AT_MOST - carried_bytes(opened, [])) // _JOB_BYTES
    forgotten = {t.job.job_id for t in settled[min(REMEMBERED, room) :]}
    return [t for t in jobs if t.job.job_id not in forgotten]


def poll_due_at(
    jobs: list[Tracked], polled_at: datetime | None, policy: AccountPolicy
) -> datetime | None:
    """Return when outcomes should be read next, or ``None`` with none outstanding.

    A post is worth asking for soon after it is due. Polls keep a distance, so that
    posts due close together share one; for posts that are late the pauses grow, up to
    an hour: a post that is stuck must not use up the quota of those that are not.
    """
    due = [t.job.request.due_at for t in jobs if t.phase is JobPhase.OUTSTANDING]
    if not due:
        return None
    publishing = timedelta(seconds=policy.publish_seconds)
    first = min(due) + publishing
    if polled_at is None or polled_at < first:
        return first
    late = polled_at - max(at for at in due if at <= polled_at)
    again = polled_at + min(late / 4, timedelta(hours=1))
    upcoming = [at + publishing for at in due if at > polled_at]
    soonest = polled_at + timedelta(seconds=policy.poll_seconds)
    return max(soonest, min([again, *upcoming]))


def outcomes_since(wanted: dict[str, Tracked]) -> datetime:
    """Return the due time from which on all of these posts are found.

    One that was missed may have been published before its time, by hand: it is looked
    for from its claim on.
    """
    return min(
        t.job.claimed_at if t.misses else t.job.request.due_at for t in wanted.values()
    )


def taken_by_others(jobs: list[Tracked], tracked: Tracked) -> tuple[str, ...]:
    """Return the Buffer posts that a look for this job must not take for its own.

    Another edition of the same source may have said the same words.
    """
    job = tracked.job
    return tuple(
        other.post.id
        for other in jobs
        if other.post is not None
        and other.job.job_id != job.job_id
        and other.job.request.channel_id == job.request.channel_id
        and other.job.request.due_at >= job.claimed_at
    )


def carried_bytes(jobs: list[Tracked], receipts: list[Receipt]) -> int:
    """Return about how large open jobs and receipts are when they are carried over."""
    words = 0
    opened = [t for t in jobs if t.settled_at is None]
    for tracked in opened:
        request = tracked.job.request
        texts = (request.text, *request.thread)
        words += sum(len(text.encode()) for text in texts)
    words += sum(len(receipt.post.text.encode()) for receipt in receipts)
    return words + _JOB_BYTES * len(opened) + _RECEIPT_BYTES * len(receipts)


def due_posts(jobs: list[Tracked], now: datetime) -> dict[str, Tracked]:
    """Return the outstanding jobs whose time has come, by Buffer post id."""
    return {
        tracked.post.id: tracked
        for tracked in jobs
        if tracked.phase is JobPhase.OUTSTANDING
        and tracked.post is not None
        and tracked.job.request.due_at <= now
    }


def _settled_at(tracked: Tracked) -> datetime:
    if tracked.settled_at is None:
        raise ValueError(f"{tracked.job.job_id} is not settled")
    return tracked.settled_at
