"""A job and what is known of it, and the few ways in which that ever moves."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, Self, TypeAlias, TypedDict, Unpack

from pydantic import AwareDatetime, Field

from galley.models import (
    BufferPost,
    ChangeKind,
    Model,
    Progress,
    ProgressKind,
    PublishJob,
    QueuePosition,
    ReplyKind,
)

Doubt: TypeAlias = Literal[ReplyKind.DUPLICATE, ReplyKind.UNKNOWN]
"""Replies to ``createPost`` after which Buffer may have the post."""
BACKOFF_CAP = timedelta(minutes=5)
_DUE_TIMES_KEPT = 20
_PUBLISHING = (timedelta(seconds=3), timedelta(minutes=5))
_SLOW = (timedelta(minutes=10), timedelta(hours=12))
TOO_LATE = "Too late: it is published."
TAKEN_BACK = "It was taken back."


class JobPhase(StrEnum):
    """Where a job is."""

    WAITING = "waiting"
    """Buffer does not have it; it is to be created."""
    LOOKING = "looking"
    """Buffer may have it: it is looked for."""
    HELD = "held"
    OUTSTANDING = "outstanding"
    """Buffer has it, and has not published it."""
    PULLED_BACK = "pulled_back"
    """A pause took it out of Buffer; it is created again when that ends."""
    SETTLED = "settled"


class LookDelays(Model):
    """Seconds to wait before each look after a lost reply."""

    seconds: tuple[float, ...] = Field(default=(5, 30, 120), min_length=1)


class PendingChangeChanges(TypedDict, total=False):
    """What Buffer's answers change of a pending change."""

    edits: bool
    schedules: bool
    retracts: bool
    reads: bool
    is_changed: bool
    refusal: str
    tries: int


class PendingChange(Model):
    """What a person wants of the post and Buffer has not confirmed: all of it.

    A newer change is merged into what is still pending, so that the last one counts
    and nothing is forgotten.
    """

    change_id: int
    kind: ChangeKind
    job: PublishJob
    edits: bool = False
    schedules: bool = False
    retracts: bool = False
    reads: bool = Field(default=False, description="How Buffer has it decides what is done.")
    position: QueuePosition | None = None
    is_changed: bool = Field(
        default=False, description="All but its place in the queue is as pending."
    )
    refusal: str = Field(default="", description="Buffer's no; the post is read to know why.")
    tries: int = 0
    tried: tuple[str, ...] = Field(
        default=(),
        description="Texts that Buffer may have taken by an earlier edit without an "
        "answer, which this change replaced.",
    )

    def replace(self, **changes: Unpack[PendingChangeChanges]) -> Self:
        """Return a copy with other values, whose types are checked."""
        return self.model_copy(update=changes)


class JobRecordChanges(TypedDict, total=False):
    """What may change of a record."""

    job: PublishJob
    phase: JobPhase
    creates: int
    unsent: int
    looks: int
    failed_looks: int
    misses: int
    cursor: str | None
    pages: int
    earlier_due: tuple[AwareDatetime, ...]
    doubt: Doubt | None
    not_before: AwareDatetime | None
    post: BufferPost | None
    last: Progress | None
    settled_at: AwareDatetime | None
    pending: PendingChange | None
    heard: int
    answer: Progress | None
    awaits_job: bool
    gone: tuple[str, ...]
    is_repeat: bool
    repeats: int
    reads: bool
    asks: int
    failed_reads: int
    pulls: int
    is_unpullable: bool
    may_be_retracted: bool
    linkless_since: AwareDatetime | None
    is_content_dropped: bool
    news: tuple[Progress, ...]


class JobRecord(Model):
    """A job and what is known of it."""

    job: PublishJob
    phase: JobPhase
    creates: int = Field(default=0, description="Attempts that may have made a post.")
    unsent: int = 0
    looks: int = 0
    failed_looks: int = 0
    misses: int = 0
    cursor: str | None = None
    pages: int = 0
    earlier_due: tuple[AwareDatetime, ...] = Field(
        default=(), description="Due times it was, or may have been, created with."
    )
    doubt: Doubt | None = Field(default=None, description="Why it is looked for.")
    not_before: AwareDatetime | None = None
    post: BufferPost | None = None
    last: Progress | None = Field(
        default=None, description="Where it stands: told again when asked again."
    )
    settled_at: AwareDatetime | None = None
    pending: PendingChange | None = None
    heard: int = Field(default=0, description="The newest change that was heard.")
    answer: Progress | None = Field(default=None, description="To the last change.")
    awaits_job: bool = Field(
        default=False, description="Only a change of it is known: nothing is created."
    )
    gone: tuple[str, ...] = Field(
        default=(), description="Buffer posts that were this one, and are no more."
    )
    is_repeat: bool = Field(
        default=False, description="Buffer had its words before, and may say so."
    )
    repeats: int = 0
    reads: bool = Field(default=False, description="Ask for this very post next.")
    asks: int = Field(default=0, description="Times it was asked for by its id.")
    failed_reads: int = 0
    pulls: int = Field(default=0, description="Deletions by a pause without an answer.")
    is_unpullable: bool = False
    may_be_retracted: bool = Field(
        default=False, description="A deletion that was asked for got no answer."
    )
    linkless_since: AwareDatetime | None = None
    is_content_dropped: bool = Field(
        default=False, description="Its words were given up, to be handed over again."
    )
    news: tuple[Progress, ...] = Field(default=(), description="To be told now; never carried on.")

    @property
    def is_certainly_absent(self) -> bool:
        """Whether no attempt was made that may have left a post in Buffer."""
        return self.creates == 0 and self.doubt is None and self.post is None

    def replace(self, **changes: Unpack[JobRecordChanges]) -> Self:
        """Return a copy with other values, whose types are checked."""
        return self.model_copy(update=changes)


def with_news(record: JobRecord, progress: Progress) -> JobRecord:
    """Return the job with news for its post."""
    return record.replace(news=(*record.news, progress))


def reported(
    record: JobRecord, kind: ProgressKind, message: str = "", change_id: int | None = None
) -> JobRecord:
    """Return the job with news of where it stands now."""
    progress = Progress(
        job_id=record.job.job_id,
        kind=kind,
        post=wordless_post(record.post),
        message=message,
        change_id=change_id,
    )
    return with_news(record.replace(last=progress), progress)


def answered(record: JobRecord, kind: ProgressKind, message: str = "") -> JobRecord:
    """Return the job with its change answered, and nothing pending any more."""
    if record.pending is None:
        return record
    progress = Progress(
        job_id=record.job.job_id,
        kind=kind,
        post=wordless_post(record.post),
        message=message,
        change_id=record.pending.change_id,
    )
    return with_news(record.replace(pending=None, answer=progress, not_before=None), progress)


def change_refused(record: JobRecord, message: str) -> JobRecord:
    """Return the job as it stands, its change not carried out, or in part."""
    if record.pending is not None and record.pending.is_changed:
        in_part = f"It was changed, but not moved: {message}"
        return answered(record, ProgressKind.CHANGED, in_part)
    if record.pending is not None and record.pending.retracts and record.pending.tries:
        record = record.replace(may_be_retracted=True)
    return answered(record, ProgressKind.CHANGE_REFUSED, message)


def adopted(record: JobRecord, post: BufferPost, now: datetime) -> JobRecord:
    """Return the job as Buffer has it; the due time is what Buffer says.

    A post that is publishing already is due now, whatever it was asked for.
    """
    is_out = post.status in {"sending", "sent"}
    known = record.job.request
    due_at = post.due_at or (min(now, known.due_at) if is_out else known.due_at)
    outstanding = record.replace(
        job=with_due(record.job, due_at),
        phase=JobPhase.OUTSTANDING,
        post=post,
        not_before=None,
        settled_at=None,
        misses=0,
        is_repeat=False,
    )
    return reported(read_by_id(outstanding, now), ProgressKind.CREATED)


def read_by_id(record: JobRecord, now: datetime) -> JobRecord:
    """Return a post that no list by due time shows, to be asked for by its id.

    One that is publishing soon, one that waits for a person's approval or for a slot
    with pauses that grow from ten minutes to half a day: each is a request of its own.
    """
    post = record.post
    if post is None or post.due_at is not None or record.pending is not None:
        return record
    first, cap = _PUBLISHING if post.status == "sending" else _SLOW
    pause = min(first * 2 ** min(record.asks, 20), cap)
    return record.replace(reads=True, asks=record.asks + 1, not_before=now + pause)


def settled(record: JobRecord, kind: ProgressKind, message: str, now: datetime) -> JobRecord:
    """Return the job at its end; a change that came too late is told so.

    Where Buffer could not publish it, a change may still mend that.
    """
    pending = record.pending
    change_id = None
    if pending is not None and kind is ProgressKind.RETRACTED:
        change_id = pending.change_id
    elif kind is not ProgressKind.PUBLISH_FAILED:
        why = message if kind is ProgressKind.REFUSED else TOO_LATE
        record = change_refused(record, why)
    ended = reported(
        record.replace(phase=JobPhase.SETTLED, settled_at=now, not_before=None),
        kind,
        message,
        change_id,
    )
    if kind is ProgressKind.RETRACTED:
        return ended.replace(pending=None, answer=ended.last)
    return ended


def held(record: JobRecord, message: str) -> JobRecord:
    """Return the job in front of a person; a retraction that failed is told first."""
    if record.pending is not None and record.pending.retracts:
        record = change_refused(record, message)
    return reported(
        record.replace(phase=JobPhase.HELD, not_before=None), ProgressKind.HELD, message
    )


def looking(record: JobRecord, doubt: Doubt) -> JobRecord:
    """Return the job at the beginning of a search; what was told of it is over."""
    return record.replace(
        phase=JobPhase.LOOKING,
        last=None,
        doubt=doubt,
        looks=0,
        failed_looks=0,
        cursor=None,
        pages=0,
        not_before=None,
    )


def looking_again(record: JobRecord) -> JobRecord:
    """Return the job in a new round: looked for, then created if it is not there."""
    return looking(
        record.replace(creates=0, unsent=0, repeats=0, settled_at=None), ReplyKind.UNKNOWN
    )


def without_post(record: JobRecord) -> JobRecord:
    """Return the job after Buffer gave its post up; that one is never taken for ours.

    What is created in its place may meet Buffer's guard against repeats.
    """
    gone = record.gone if record.post is None else (*record.gone, record.post.id)
    return record.replace(
        gone=gone[-10:], post=None, is_repeat=True, misses=0, reads=False, pulls=0, not_before=None
    )


def with_due(job: PublishJob, due_at: datetime) -> PublishJob:
    """Return the job due at another time."""
    request = job.request.replace(due_at=due_at)
    return job.replace(request=request)


def due_times(record: JobRecord) -> tuple[datetime, ...]:
    """Return the due times of earlier attempts, and its present one: it may be moved.

    An attempt that was proven absent may still show up late, at its old time.
    """
    return (*record.earlier_due, record.job.request.due_at)[-_DUE_TIMES_KEPT:]


def as_requested(record: JobRecord) -> PublishJob:
    """Return the job as the change wants it; without a new time it keeps its own."""
    pending = record.pending
    if pending is None or not (pending.edits or pending.schedules):
        return record.job
    since = min(record.job.claimed_at, pending.job.claimed_at)
    job = pending.job.replace(claimed_at=since)
    return job if pending.schedules else with_due(job, record.job.request.due_at)


def later(now: datetime, seconds: float) -> datetime:
    """Return ``seconds`` from now."""
    return now + timedelta(seconds=seconds)


def backoff(now: datetime, tries: int, cap: timedelta = BACKOFF_CAP) -> datetime:
    """Return when to try again: twice as long after each failure."""
    return now + min(timedelta(seconds=2 ** min(tries + 1, 20)), cap)


def wordless_post(post: BufferPost | None) -> BufferPost | None:
    """Return a post without its text, which its owner knows."""
    return None if post is None else post.without_text()
