"""One approval, one post: every step of a job as a pure function.

A job is created once in Buffer. When a reply is lost, or Buffer says that the text was
posted recently, Buffer is read back with pauses; the post is adopted if it is there,
created again only after every look proved it absent, and held for a person where that
cannot be decided. Nothing here creates blindly.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import AwareDatetime, Field

from galley.models import (
    BufferPost,
    CreateKind,
    CreateReply,
    FindReply,
    Model,
    Progress,
    ProgressKind,
    PublishJob,
    ReadKind,
)
from galley.schedule.plan import settle

MAX_CREATES = 2
"""A second create is allowed once the first was proven absent; a third never is."""
MAX_UNSENT = 10
"""Attempts that certainly never reached Buffer before a person is told."""
MAX_FAILED_LOOKS = 6
MAX_PAGES = 20
"""Pages of one look: a thousand posts made on a channel since the claim."""
GIVE_UP_AFTER = timedelta(days=7)
"""After its due time; a post that is stuck must not be asked after for ever."""
_BACKOFF_CAP = timedelta(minutes=5)
_LEAST_LEAD = timedelta(seconds=1)
_NEW_LEAD = timedelta(seconds=5)


class JobPhase(StrEnum):
    """Where a job is."""

    WAITING = "waiting"
    LOOKING = "looking"
    HELD = "held"
    OUTSTANDING = "outstanding"
    SETTLED = "settled"


class Pauses(Model):
    """Seconds to wait before each look after a lost reply."""

    seconds: tuple[float, ...] = Field(default=(5, 30, 120), min_length=1)


class Tracked(Model):
    """A job and what is known of it."""

    job: PublishJob
    phase: JobPhase
    creates: int = 0
    unsent: int = 0
    looks: int = 0
    failed_looks: int = 0
    misses: int = 0
    cursor: str | None = None
    pages: int = 0
    earlier_due: tuple[AwareDatetime, ...] = Field(
        default=(), description="Due times it was, or may have been, created with."
    )
    doubt: CreateKind | None = None
    not_before: AwareDatetime | None = None
    post: BufferPost | None = None
    last: Progress | None = None
    settled_at: AwareDatetime | None = None

    @property
    def is_ready(self) -> bool:
        """Whether a call is wanted, now or after ``not_before``."""
        return self.phase in {JobPhase.WAITING, JobPhase.LOOKING}


def accept(job: PublishJob) -> Tracked:
    """Return a new job, looking first if an earlier attempt may exist."""
    if job.look_first:
        return Tracked(job=job, phase=JobPhase.LOOKING, doubt=CreateKind.UNKNOWN)
    return Tracked(job=job, phase=JobPhase.WAITING)


def accept_again(known: Tracked, job: PublishJob) -> Tracked:
    """Return what a repeated hand-over makes of a known job.

    Only a held job starts over, by looking; any other stays as it is, and its last
    progress is told again.
    """
    if known.phase is not JobPhase.HELD:
        return known
    return accept(job.model_copy(update={"look_first": True}))


def next_ready(jobs: list[Tracked], now: datetime) -> Tracked | None:
    """Return the ready job that is due soonest, or ``None``."""
    ready = [
        tracked
        for tracked in jobs
        if tracked.is_ready
        and (tracked.not_before is None or tracked.not_before <= now)
    ]
    return min(ready, key=lambda t: (t.job.request.due_at, t.job.job_id), default=None)


def on_time(tracked: Tracked, now: datetime) -> Tracked:
    """Return the job with a due time Buffer can still take.

    A wait for the quota may have outlasted the due time, and a past ``dueAt`` is
    refused. Only a job that is about to be created is moved. An earlier attempt may
    show up late all the same, so its due time stays part of the evidence.
    """
    request = tracked.job.request
    if request.due_at - now >= _LEAST_LEAD:
        return tracked
    due_at = settle(None, now, _NEW_LEAD, tracked.job.timing)
    moved = request.model_copy(update={"due_at": due_at})
    return tracked.model_copy(
        update={
            "job": tracked.job.model_copy(update={"request": moved}),
            "earlier_due": (*tracked.earlier_due, request.due_at),
        }
    )


def after_create(
    tracked: Tracked, reply: CreateReply, now: datetime, pauses: Pauses
) -> Tracked:
    """Return the job after one ``createPost`` attempt."""
    match reply.kind:
        case CreateKind.CREATED if reply.post is not None:
            return _adopt(tracked, reply.post, creates=tracked.creates + 1)
        case CreateKind.REFUSED:
            return _settle(tracked, ProgressKind.REFUSED, reply.message, now)
        case CreateKind.RATE_LIMITED:
            return tracked
        case CreateKind.NOT_SENT:
            return _not_sent(tracked, reply.message, now)
        case CreateKind.UNAUTHORIZED:
            return _hold(tracked, reply.message)
        case CreateKind.DUPLICATE | CreateKind.UNKNOWN | CreateKind.CREATED:
            doubt = reply.kind
            if doubt is CreateKind.CREATED:  # a success without a post: look it up
                doubt = CreateKind.UNKNOWN
            return tracked.model_copy(
                update={
                    "phase": JobPhase.LOOKING,
                    "doubt": doubt,
                    "creates": tracked.creates + 1,
                    "looks": 0,
                    "failed_looks": 0,
                    "cursor": None,
                    "pages": 0,
                    "not_before": _later(now, pauses.seconds[0]),
                }
            )


def after_look(
    tracked: Tracked, reply: FindReply, now: datetime, pauses: Pauses
) -> Tracked:
    """Return the job after one page of the search."""
    match reply.kind:
        case ReadKind.RATE_LIMITED:
            return tracked
        case ReadKind.UNAUTHORIZED:
            return _hold(tracked, reply.message)
        case ReadKind.FAILED:
            return _look_failed(tracked, reply.message, now)
        case ReadKind.OK:
            if reply.post is not None:
                return _adopt(tracked, reply.post, creates=tracked.creates)
            if reply.next_page is None:
                return _absent(tracked, now, pauses)
            return _turn_page(tracked, reply.next_page, now)


def after_outcome(tracked: Tracked, post: BufferPost, now: datetime) -> Tracked:
    """Return an outstanding job after Buffer reported its post.

    A person may move a post in Buffer: then it is awaited at its new time.
    """
    found = tracked.model_copy(update={"post": post, "misses": 0})
    if post.status == "sent":
        return _settle(found, ProgressKind.SENT, "", now)
    if post.status == "error":
        why = post.error or "Buffer gives no reason"
        return _settle(found, ProgressKind.PUBLISH_FAILED, why, now)
    if post.due_at is not None and post.due_at > now:
        return _adopt(found, post, creates=found.creates)
    if now - found.job.request.due_at > GIVE_UP_AFTER:
        why = f"Buffer did not publish it in a week (it says {post.status!r}): "
        why += "look at the channel."
        return _settle(found, ProgressKind.PUBLISH_FAILED, why, now)
    return found


def lean(tracked: Tracked) -> Tracked:
    """Return a job without the words that no call needs any more.

    What Buffer has, or has refused, is never created or looked for again. There are
    many such jobs, and all are carried over continue-as-new.
    """
    if tracked.phase not in {JobPhase.OUTSTANDING, JobPhase.SETTLED}:
        return tracked
    wordless = {"text": "", "thread": (), "title": "", "link": "", "assets": ()}
    request = tracked.job.request.model_copy(update=wordless)
    last = tracked.last
    if last is not None and last.post is not None:
        last = last.model_copy(update={"post": _without_text(last.post)})
    return tracked.model_copy(
        update={
            "job": tracked.job.model_copy(update={"request": request}),
            "post": _without_text(tracked.post) if tracked.post else None,
            "last": last,
        }
    )


def _without_text(post: BufferPost) -> BufferPost:
    return post.model_copy(update={"text": ""})


def after_miss(tracked: Tracked, now: datetime) -> Tracked:
    """Return an outstanding job that Buffer did not list; three misses end it."""
    missed = tracked.model_copy(update={"misses": tracked.misses + 1})
    if missed.misses < 3:  # noqa: PLR2004 - the docstring says three
        return missed
    return _settle(
        missed,
        ProgressKind.PUBLISH_FAILED,
        "The post is gone from Buffer: it was deleted or moved there.",
        now,
    )


def _adopt(tracked: Tracked, post: BufferPost, *, creates: int) -> Tracked:
    progress = Progress(job_id=tracked.job.job_id, kind=ProgressKind.CREATED, post=post)
    job = tracked.job
    if post.due_at is not None:
        request = job.request.model_copy(update={"due_at": post.due_at})
        job = job.model_copy(update={"request": request})
    return tracked.model_copy(
        update={
            "job": job,
            "phase": JobPhase.OUTSTANDING,
            "post": post,
            "creates": creates,
            "not_before": None,
            "last": progress,
        }
    )


def _settle(
    tracked: Tracked, kind: ProgressKind, message: str, now: datetime
) -> Tracked:
    progress = Progress(
        job_id=tracked.job.job_id, kind=kind, post=tracked.post, message=message
    )
    return tracked.model_copy(
        update={"phase": JobPhase.SETTLED, "last": progress, "settled_at": now}
    )


def _hold(tracked: Tracked, message: str) -> Tracked:
    progress = Progress(
        job_id=tracked.job.job_id, kind=ProgressKind.HELD, message=message
    )
    return tracked.model_copy(update={"phase": JobPhase.HELD, "last": progress})


def _not_sent(tracked: Tracked, message: str, now: datetime) -> Tracked:
    unsent = tracked.unsent + 1
    if unsent >= MAX_UNSENT:
        return _hold(tracked, message)
    pause = min(timedelta(seconds=2**unsent), _BACKOFF_CAP)
    return tracked.model_copy(update={"unsent": unsent, "not_before": now + pause})


def _turn_page(tracked: Tracked, cursor: str, now: datetime) -> Tracked:
    pages = tracked.pages + 1
    if pages >= MAX_PAGES:
        return _look_failed(tracked, "its list of posts does not end", now)
    return tracked.model_copy(
        update={"cursor": cursor, "pages": pages, "not_before": None}
    )


def _look_failed(tracked: Tracked, message: str, now: datetime) -> Tracked:
    failed = tracked.failed_looks + 1
    if failed >= MAX_FAILED_LOOKS:
        return _hold(
            tracked,
            "Whether Buffer has this post could not be found out "
            f"({message}). Approve it again to look once more.",
        )
    pause = min(timedelta(seconds=5 * 2**failed), _BACKOFF_CAP)
    return tracked.model_copy(
        update={
            "failed_looks": failed,
            "cursor": None,
            "pages": 0,
            "not_before": now + pause,
        }
    )


def _absent(tracked: Tracked, now: datetime, pauses: Pauses) -> Tracked:
    looks = tracked.looks + 1
    if looks < len(pauses.seconds):
        return tracked.model_copy(
            update={
                "looks": looks,
                "cursor": None,
                "pages": 0,
                "not_before": _later(now, pauses.seconds[looks]),
            }
        )
    if tracked.doubt is CreateKind.UNKNOWN and tracked.creates < MAX_CREATES:
        return tracked.model_copy(
            update={
                "phase": JobPhase.WAITING,
                "looks": looks,
                "cursor": None,
                "not_before": None,
            }
        )
    return _hold(tracked, _UNDECIDED[tracked.doubt is CreateKind.DUPLICATE])


_UNDECIDED = {
    True: "Buffer refuses this as a repeat, yet shows no such post on the channel. "
    "Look at the channel; then approve again, or reject.",
    False: "Buffer's reply was lost twice and the post is not there. "
    "Look at the channel; then approve again, or reject.",
}


def _later(now: datetime, seconds: float) -> datetime:
    return now + timedelta(seconds=seconds)
