"""What Buffer's answer to one edit, deletion, move or look at a post makes of its job.

A lost reply is no harm: the same is said again after a pause. Buffer's no is followed
by a look at the post, because only its status tells whether the change came too late.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from galley.models import (
    BufferPost,
    ChangeKind,
    ChangeReply,
    ChangeReplyKind,
    Progress,
    ProgressKind,
    PublishJob,
)
from galley.outbox import words
from galley.outbox.changes import unsent
from galley.outbox.outcomes import GONE, after_outcome, handed_over, lost
from galley.outbox.tracked import (
    TAKEN_BACK,
    TOO_LATE,
    JobPhase,
    Tracked,
    Wanted,
    adopted,
    answered,
    as_wanted,
    backoff,
    by_its_id,
    due_times,
    looking_anew,
    moved,
    refused,
    settled,
    with_due,
    without_post,
    wordless_post,
)
from galley.schedule.plan import settle

MAX_TRIES = 8
"""Lost replies to one change, over about eight minutes, before it is given up."""
MAX_FAILED_READS = 6
PULL_CAP = timedelta(hours=1)
"""A deletion by a pause goes on being tried until the post is due."""
_OUT = {"sending", "sent"}
_PUBLISHING = "Too late: Buffer is publishing it now."


class Step(StrEnum):
    """The one call to Buffer that a job wants next."""

    CREATE = "createPost"
    LOOK = "look"
    READ = "post"
    EDIT = "editPost"
    DELETE = "deletePost"
    MOVE = "movePostInQueue"
    PULL = "deletePost, by a pause"


def edited(tracked: Tracked, now: datetime, lead: timedelta) -> PublishJob:
    """Return the job as Buffer is asked to have it, with a due time it can take.

    Where the schedule is set, a time that has passed meanwhile is moved.
    """
    job, wanted = as_wanted(tracked), tracked.wanted
    request = job.request
    if wanted is None or not wanted.schedules or not request.delivery.has_due_time:
        return job
    if request.due_at - now >= lead:
        return job
    return with_due(job, settle(None, now, 2 * lead, job.timing))


def after_change(
    tracked: Tracked, step: Step, reply: ChangeReply, now: datetime
) -> Tracked:
    """Return the job after one ``editPost``, ``deletePost`` or ``movePostInQueue``."""
    wanted = tracked.wanted
    if wanted is None:
        return tracked
    match reply.kind:
        case ChangeReplyKind.RATE_LIMITED:
            return tracked
        case ChangeReplyKind.UNAUTHORIZED:
            return refused(tracked, reply.message)
        case ChangeReplyKind.FAILED | ChangeReplyKind.UNREACHABLE:
            return _again_later(tracked, wanted, reply, now)
        case ChangeReplyKind.REFUSED:
            said = reply.message or "Buffer refuses it and gives no reason."
            return _read_first(tracked, wanted, refusal=said)
        case ChangeReplyKind.GONE | ChangeReplyKind.DONE:
            return _done(tracked, wanted, step, reply, now)


def after_read(tracked: Tracked, reply: ChangeReply, now: datetime) -> Tracked:
    """Return the job after a look at the very post."""
    wanted, post = tracked.wanted, reply.post
    if reply.kind is ChangeReplyKind.RATE_LIMITED:
        return tracked
    if wanted is None:
        return _verified(tracked, reply, now)
    match reply.kind:
        case ChangeReplyKind.UNAUTHORIZED:
            return refused(tracked, reply.message)
        case ChangeReplyKind.GONE:
            return _gone(tracked, wanted, now)
        case ChangeReplyKind.DONE if post is not None:
            return _seen(tracked, wanted, post, now)
        case _:
            return _again_later(tracked, wanted, reply, now)


def after_pull(tracked: Tracked, reply: ChangeReply, now: datetime) -> Tracked:
    """Return the job after a deletion by a pause."""
    match reply.kind:
        case ChangeReplyKind.DONE | ChangeReplyKind.GONE:
            return _pulled(tracked, now)
        case ChangeReplyKind.REFUSED:
            return tracked.model_copy(update={"is_unpullable": True})
        case ChangeReplyKind.RATE_LIMITED:
            return tracked
        case (
            ChangeReplyKind.FAILED
            | ChangeReplyKind.UNAUTHORIZED
            | ChangeReplyKind.UNREACHABLE
        ):
            pulls = tracked.pulls + 1
            at = backoff(now, pulls, PULL_CAP)
            return tracked.model_copy(update={"pulls": pulls, "not_before": at})


def _done(
    tracked: Tracked, wanted: Wanted, step: Step, reply: ChangeReply, now: datetime
) -> Tracked:
    if step is Step.DELETE:
        return _retracted(tracked, now)
    if reply.kind is ChangeReplyKind.GONE:
        return _read_first(tracked, wanted, refusal="")
    return _changed(tracked, wanted, step, reply.post, now)


def _again_later(
    tracked: Tracked, wanted: Wanted, reply: ChangeReply, now: datetime
) -> Tracked:
    """Say it again; while Buffer is away, for as long as the post is not due."""
    tries = wanted.tries + 1
    is_away = reply.kind is ChangeReplyKind.UNREACHABLE
    if is_away and tracked.job.request.due_at > now:
        tries = min(tries, MAX_TRIES - 1)
    if tries >= MAX_TRIES:
        return refused(
            tracked,
            f"Whether Buffer took it could not be found out ({reply.message}). "
            "Look at the post in Buffer, or ask for it again.",
        )
    once_more = wanted.model_copy(update={"tries": tries})
    update = {"wanted": once_more, "not_before": backoff(now, tries)}
    return tracked.model_copy(update=update)


def _read_first(tracked: Tracked, wanted: Wanted, refusal: str) -> Tracked:
    reading = {"reads": True, "refusal": refusal, "tries": wanted.tries + 1}
    update = {"wanted": wanted.model_copy(update=reading), "not_before": None}
    return tracked.model_copy(update=update)


def _retracted(tracked: Tracked, now: datetime) -> Tracked:
    return settled(without_post(tracked), ProgressKind.RETRACTED, "", now)


def _changed(
    tracked: Tracked,
    wanted: Wanted,
    step: Step,
    post: BufferPost | None,
    now: datetime,
) -> Tracked:
    known = post or tracked.post
    job = as_wanted(tracked) if step is Step.EDIT else tracked.job
    if post is not None and post.due_at is not None:
        job = with_due(job, post.due_at)
    is_alive = tracked.phase is JobPhase.OUTSTANDING or wanted.schedules
    done = tracked.model_copy(
        update={
            "job": job,
            "post": wordless_post(known),
            "phase": JobPhase.OUTSTANDING if is_alive else tracked.phase,
            "settled_at": None if is_alive else tracked.settled_at,
            "is_wordless": tracked.is_wordless and step is not Step.EDIT,
            "misses": 0,
            "reads": False,
            "not_before": None,
        }
    )
    if step is Step.EDIT and wanted.position is not None:
        left = {"edits": False, "schedules": False, "is_changed": True, "tries": 0}
        return done.model_copy(update={"wanted": wanted.model_copy(update=left)})
    done = answered(done, ProgressKind.CHANGED)
    if not is_alive:
        return done
    if post is not None and post.status == "draft":
        return handed_over(done, now)
    return by_its_id(done, now).model_copy(update={"last": _standing(done)})


def _standing(tracked: Tracked) -> Progress:
    """Where a changed post stands is told only when its owner asks again."""
    return Progress(
        job_id=tracked.job.job_id, kind=ProgressKind.CREATED, post=tracked.post
    )


def _seen(tracked: Tracked, wanted: Wanted, post: BufferPost, now: datetime) -> Tracked:
    """Decide by the status: too late, refused for good, or to be done now."""
    tracked = tracked.model_copy(update={"post": wordless_post(post)})
    if post.status in _OUT and words.is_in_doubt(tracked):
        late = TOO_LATE if post.status == "sent" else _PUBLISHING
        tracked = words.decided(tracked, post, late)
    if post.status == "sent":
        return after_outcome(tracked, post, now)
    if post.status == "sending":
        return adopted(refused(tracked, _PUBLISHING), post, now)
    if wanted.refusal:
        return _stays(refused(tracked, wanted.refusal), post, now)
    redrives = wanted.schedules and (
        wanted.kind is ChangeKind.REDRIVE or tracked.phase is JobPhase.SETTLED
    )
    update = {"reads": False, "edits": wanted.edits or redrives}
    seen = wanted.model_copy(update=update)
    if seen.tries >= MAX_TRIES:
        return refused(tracked, "Buffer shows the post and says that it is not there.")
    return tracked.model_copy(update={"wanted": seen, "not_before": None})


def _stays(tracked: Tracked, post: BufferPost, now: datetime) -> Tracked:
    """The refused change leaves a post that may have failed meanwhile."""
    if tracked.phase is JobPhase.OUTSTANDING and post.status == "error":
        return after_outcome(tracked, post, now)
    return tracked


def _gone(tracked: Tracked, wanted: Wanted, now: datetime) -> Tracked:
    if wanted.retracts:
        return _retracted(tracked, now)
    if tracked.pulls:
        return _pulled(tracked, now)
    if wanted.kind is ChangeKind.REDRIVE or (
        wanted.schedules and tracked.phase is JobPhase.SETTLED
    ):
        return _looked_for_again(tracked)
    tracked = refused(tracked, TAKEN_BACK if tracked.may_be_retracted else GONE)
    if tracked.phase is JobPhase.SETTLED:
        return tracked
    return lost(tracked, now)


def _looked_for_again(tracked: Tracked) -> Tracked:
    """Look for the post under another id, by the words the redrive brings along."""
    anew = {
        "job": as_wanted(tracked),
        "is_wordless": False,
        "earlier_due": due_times(tracked),
    }
    return looking_anew(without_post(tracked).model_copy(update=anew))


def _verified(tracked: Tracked, reply: ChangeReply, now: datetime) -> Tracked:
    """Believe what Buffer says of a post that its list did not show."""
    if reply.kind is ChangeReplyKind.DONE and reply.post is not None:
        known = {"pulls": 0, "failed_reads": 0, "not_before": None}
        return after_outcome(tracked.model_copy(update=known), reply.post, now)
    if reply.kind is ChangeReplyKind.GONE:
        return _pulled(tracked, now) if tracked.pulls else lost(tracked, now)
    failed = tracked.failed_reads + 1
    if failed < MAX_FAILED_READS:
        update = {"failed_reads": failed, "not_before": backoff(now, failed)}
        return tracked.model_copy(update=update)
    given_up = {"reads": False, "failed_reads": 0, "misses": 0, "not_before": None}
    return tracked.model_copy(update=given_up)


def _pulled(tracked: Tracked, now: datetime) -> Tracked:
    """Return the job out of Buffer; a change that waited is made at once."""
    out = {"phase": JobPhase.PULLED_BACK, "is_unpullable": False}
    pulled = moved(
        without_post(tracked).model_copy(update=out), ProgressKind.PULLED_BACK
    )
    return unsent(pulled, now)
