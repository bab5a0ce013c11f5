"""Creation of a job's post in Buffer: hand-over, ``createPost``, and the search after doubt.

A job is created once. When the reply to ``createPost`` is lost, or Buffer says that the text
was posted recently, Galley searches Buffer's list several times, with delays. It adopts a post
that it finds. It creates the post again only after every search proved it absent, and holds
the job for a person where that cannot be decided. Nothing here creates blindly.

The job queue of AccountWorkflow calls this.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from galley.models.account import ProgressKind, PublishJob
from galley.models.publishing import BufferPost, CreateReply, FindReply, HoldReason, ReplyKind
from galley.publishing.job.changes import changed_without_call
from galley.publishing.job.outcomes import after_outcome, with_words_seen
from galley.publishing.job.record import JobPhase, JobRecord
from galley.publishing.job.transitions import (
    MAX_CREATES,
    adopted,
    backoff,
    due_times,
    held,
    looking,
    recalled,
    reported,
    settled,
)
from galley.publishing.schedule.plan import settle
from galley.publishing.schedule.rules import spaced

MAX_UNSENT = 10
"""Attempts that certainly never reached Buffer before a person is told."""
MAX_FAILED_LOOKS = 6
MAX_DELAYS = 8
"""Tries of a post whose time had passed, or whose media Buffer could not fetch; then a person
is asked. Of the former the last lies twenty minutes ahead, more than clocks differ."""
_PLAN_TRIES = 3
_PLAN_FIRST, _PLAN_MOST = timedelta(minutes=10), timedelta(hours=6)
"""A full plan is tried so often, and then until the post is due. First and longest pause: each
try costs a call."""
MAX_PAGES = 20
"""Pages of one search: a thousand posts made on a channel since the claim."""
REPEAT_PAUSES = (600, 1200, 2400, 3600, 3600, 3600)
"""Seconds until a post that was pulled back or lost is offered once more, after Buffer
refused it as a repeat and every search proved it absent: more than three hours in all."""
WAITED_OUT = timedelta(hours=1)
"""Until so long after its due time a post waits for Buffer to be back: from then on it
is late, and a person should say whether it may still go out."""
LEAST_LEAD = timedelta(seconds=5)
"""A due time must lie this far ahead of ``createPost``: Buffer fetches and measures the
pictures meanwhile, and refuses a time that has passed."""
_FORGOTTEN = (
    "The post that this account knew of before it was reset is gone, and no other is there."
)
_LOST_TWICE = "Buffer's reply was lost twice and the post is not there."
_REPEAT = (
    "Buffer refuses this as a repeat, yet shows no such post at this time: another edition, "
    "campaign or person may have said the same here lately."
)
_DECIDED = {"draft", "sent", "error"}
"""Statuses of a new post after which nothing more is to be waited for."""
_TAKES_PLACE = {ProgressKind.SENT, ProgressKind.SENT_WITHOUT_LINK, ProgressKind.HANDED_TO_PERSON}


# Hand-over


def accept(job: PublishJob) -> JobRecord:
    """Return the record of a new job.

    A post whose ID is known is read by that. Otherwise a search comes first if an earlier
    attempt may exist.
    """
    if job.post_id is not None:
        return recalled(JobRecord(job=job, phase=JobPhase.OUTSTANDING), job.post_id)
    if job.look_first:
        return looking(JobRecord(job=job, phase=JobPhase.LOOKING), ReplyKind.UNKNOWN)
    return JobRecord(job=job, phase=JobPhase.WAITING)


# The due time of a job that is about to be created


def with_usable_due_time(
    record: JobRecord, now: datetime, lead: timedelta = LEAST_LEAD
) -> JobRecord:
    """Return a job about to be created, with a due time that Buffer still takes.

    A wait for the quota may outlast the due time, and Buffer refuses a past ``dueAt``.
    """
    request = record.job.request
    # Buffer's clock may be ahead of ours: each time it calls too late lies farther ahead.
    is_refused = record.last is not None and record.last.reason is HoldReason.TIME_PASSED
    lead *= 2 ** min(record.delays, MAX_DELAYS) if is_refused else 1
    if not request.delivery.has_due_time or request.due_at - now >= lead:
        return record
    return _moved_to(record, settle(None, now, 2 * lead, record.job.timing))


def with_gap(record: JobRecord, others: Iterable[JobRecord], least: timedelta) -> JobRecord:
    """Return the job at the distance from others of its channel that its campaign wants.

    The distance is at least ``least``. A plan keeps the gap too; this is for posts that are
    approved late, or without a plan: only AccountWorkflow knows the posts of a channel when
    one is created. A due time that a person named has no timing rules and stays.
    """
    job, timing = record.job, record.job.timing
    if timing is None or not job.request.delivery.has_due_time:
        return record

    def is_neighbour(other: JobRecord) -> bool:
        """Whether the channel has, or may have, a post of another job."""
        was_sent = other.last is not None and other.last.kind in _TAKES_PLACE
        return (
            other.job.job_id != job.job_id
            and other.job.request.channel_id == job.request.channel_id
            and (other.phase in {JobPhase.OUTSTANDING, JobPhase.LOOKING} or was_sent)
        )

    timing = timing.model_copy(update={"gap": max(timing.gap, least)})
    taken = sorted(one.job.request.due_at for one in others if is_neighbour(one))
    due_at = spaced(job.request.due_at, taken, timing)
    return record if due_at == job.request.due_at else _moved_to(record, due_at)


def _moved_to(record: JobRecord, due_at: datetime) -> JobRecord:
    # The old due time stays part of the evidence: an earlier attempt may show up late with it.
    return record.replace(job=record.job.with_due_time(due_at), earlier_due=due_times(record))


# createPost


def after_create(
    record: JobRecord, reply: CreateReply, now: datetime, delays: tuple[float, ...]
) -> JobRecord:
    """Return the job after one ``createPost``.

    Args:
        record: The job, as it was sent.
        reply: The outcome of the attempt.
        now: The present.
        delays: Seconds before each search for a post that may be there.
    """
    if not reply.is_numbered:
        # Another run may have made the attempt of this number: the next one asks for it again.
        record = record.replace(attempts=record.attempts - 1)
    unsent = record.unsent + 1
    is_worth_trying = unsent < MAX_UNSENT or _waits_for_buffer(record, reply, now)
    match reply.kind:
        case ReplyKind.OK if reply.post is not None:
            after = _found(record.replace(creates=record.creates + 1), reply.post, now)
        case ReplyKind.ATTEMPTED if reply.post is not None:
            after = recalled(record, reply.post.id)
        case ReplyKind.REFUSED:
            is_ours = reply.reason is HoldReason.NOT_LET_OUT
            reason = HoldReason.NOT_LET_OUT if is_ours else HoldReason.CONTENT_REFUSED
            after = settled(record, ProgressKind.REFUSED, reply.message, now, reason)
        case ReplyKind.NOT_NOW:
            after = _delayed(record, reply, now)
        case ReplyKind.WITHHELD if reply.reason is not None:
            # A person knows it now: who approves again lets it out.
            after = held(record.replace(may_be_forgotten=False), reply.message, reply.reason)
        case ReplyKind.RATE_LIMITED | ReplyKind.WITHHELD:
            after = record
        case ReplyKind.NOT_SENT | ReplyKind.UNREACHABLE | ReplyKind.STORE_AWAY if is_worth_trying:
            after = record.replace(unsent=unsent, not_before=backoff(now, unsent - 1))
        case (
            ReplyKind.NOT_SENT
            | ReplyKind.UNREACHABLE
            | ReplyKind.STORE_AWAY
            | ReplyKind.UNAUTHORIZED
        ):
            after = held(record, reply.message, reply.reason or HoldReason.NOT_REACHED)
        case _:  # A success without a post is in doubt, too.
            after = _in_doubt(record, reply, now, delays)
    return after


def _delayed(record: JobRecord, reply: CreateReply, now: datetime) -> JobRecord:
    """Return a job that Buffer does not take now, to be tried again or held.

    A due time that has passed is moved by :func:`with_usable_due_time` before the next try.
    A full plan is waited for until the post is due, with few calls. What only a person can
    mend is held.
    """
    reason, delays = reply.reason or HoldReason.NOT_REACHED, record.delays
    message = reply.message.rstrip(".")
    due_at = record.job.request.due_at
    pause = min(_PLAN_FIRST * 2 ** min(delays, 10), _PLAN_MOST)
    match reason:
        case HoldReason.TIME_PASSED if delays < MAX_DELAYS:
            at: datetime | None = None
        case HoldReason.MEDIA if delays < MAX_DELAYS:
            at = backoff(now, delays + 2)
        case HoldReason.PLAN_FULL if delays < _PLAN_TRIES or now + pause < due_at:
            at = now + pause
        case _:
            why = f"{message}. Mend it in Buffer; then approve again, or reject."
            return held(record, why, reason)
    delayed = record.replace(delays=delays + 1, not_before=at)
    if record.last is not None and record.last.reason is reason:
        return delayed  # told before
    why = f"{message}. Galley tries again by itself."
    return reported(delayed, ProgressKind.DELAYED, why, reason=reason)


def _in_doubt(
    record: JobRecord, reply: CreateReply, now: datetime, delays: tuple[float, ...]
) -> JobRecord:
    # A refusal as a repeat made no post, so it is no attempt.
    is_repeat = reply.kind is ReplyKind.DUPLICATE
    doubt = ReplyKind.DUPLICATE if is_repeat else ReplyKind.UNKNOWN
    return looking(record, doubt).replace(
        creates=record.creates + (not is_repeat),
        # Of a run that was reset or lost too: the next attempt gets a number of its own.
        attempts=max(record.attempts, reply.attempts),
        not_before=now + timedelta(seconds=delays[0]),
    )


def _found(record: JobRecord, post: BufferPost, now: datetime) -> JobRecord:
    record = record.replace(has_other_words=False, may_be_forgotten=False)
    if post.status in _DECIDED:
        return after_outcome(record.replace(post=post), post, now)
    return adopted(record, post, now)


def _waits_for_buffer(record: JobRecord, reply: CreateReply | FindReply, now: datetime) -> bool:
    """Whether the job waits for the end of an outage, without asking a person."""
    is_away = reply.kind in {ReplyKind.UNREACHABLE, ReplyKind.STORE_AWAY}
    return is_away and now < record.job.request.due_at + WAITED_OUT


# The search


def taken_by_others(jobs: Iterable[JobRecord], record: JobRecord) -> tuple[str, ...]:
    """Return the IDs of Buffer posts that a search for this job must not adopt.

    Another edition of the same source may have the same text, and a deleted post of this job
    may still be listed.
    """
    job = record.job
    others = (
        other.post.id
        for other in jobs
        if other.post is not None
        and other.job.job_id != job.job_id
        and other.job.request.channel_id == job.request.channel_id
        # The search begins at the claim. A post that was due before it is older than that.
        and (
            not other.job.request.delivery.has_due_time
            or other.job.request.due_at >= job.claimed_at
        )
    )
    return (*others, *record.gone)


def own_near(record: JobRecord, jobs: Iterable[JobRecord]) -> JobRecord:
    """Return a job without the post that a search found near it, if that may be another job's.

    Two posts of one channel may be due at the same time. The other job has that post by now, or
    is being searched for: then a new search tells which of them it is.
    """
    near, known = record.near, tuple(jobs)
    if near is None:
        return record
    is_open = any(
        other.phase is JobPhase.LOOKING
        and other.job.request.channel_id == record.job.request.channel_id
        for other in known
    )
    return (
        record.replace(near=None)
        if is_open or near.id in taken_by_others(known, record)
        else record
    )


def after_look(
    record: JobRecord, reply: FindReply, now: datetime, delays: tuple[float, ...]
) -> JobRecord:
    """Return the job after one page of the search."""
    match reply.kind:
        case ReplyKind.RATE_LIMITED:
            return record
        case ReplyKind.UNAUTHORIZED:
            return held(record, reply.message, reply.reason or HoldReason.NOT_REACHED)
        case ReplyKind.FAILED | ReplyKind.UNREACHABLE:
            return _look_failed(record, reply, now)
        case ReplyKind.OK if reply.post is not None:
            return _found(record, reply.post, now)
        case ReplyKind.OK:
            if record.near is None and reply.near is not None:
                record = with_words_seen(record, reply.near)
                record = record.replace(near=reply.near.without_text())
            if reply.next_page is None:
                return _absent(record, now, delays)
            return _page_turned(record, reply.next_page, now)


def _page_turned(record: JobRecord, cursor: str | None, now: datetime) -> JobRecord:
    pages = record.pages + 1
    if pages >= MAX_PAGES:
        endless = FindReply(kind=ReplyKind.FAILED, message="its list of posts does not end")
        return _look_failed(record, endless, now)
    return record.replace(cursor=cursor, pages=pages, not_before=None)


def _look_failed(record: JobRecord, reply: FindReply, now: datetime) -> JobRecord:
    failed = record.failed_looks + 1
    if failed >= MAX_FAILED_LOOKS and not _waits_for_buffer(record, reply, now):
        return held(
            record,
            "Galley could not find out whether Buffer has this post "
            f"({reply.message}). Approve it again to look once more.",
            HoldReason.IN_DOUBT,
        )
    # A cursor may have expired by then: the search begins again at its first page.
    return record.replace(
        failed_looks=failed, cursor=None, pages=0, not_before=backoff(now, failed + 1)
    )


def _absent(record: JobRecord, now: datetime, delays: tuple[float, ...]) -> JobRecord:
    """Return the job after one complete search that did not find its post."""
    looks = record.looks + 1
    if looks < len(delays):
        at = now + timedelta(seconds=delays[looks])
        return record.replace(looks=looks, cursor=None, pages=0, not_before=at)
    if record.near is not None and record.doubt is ReplyKind.UNKNOWN:
        return held(record, _near(record.near), HoldReason.CHANGED_IN_BUFFER)
    if record.pending is not None and record.pending.retracts:
        return settled(record, ProgressKind.RETRACTED, "", now)
    if record.doubt is ReplyKind.UNKNOWN and record.creates < MAX_CREATES:
        return _to_be_created(record, None, now)
    # Buffer had this text before, by our hand: its guard against repeats proves nothing, and
    # lets the text through after some hours.
    is_guarded = record.doubt is ReplyKind.DUPLICATE and record.is_repeat
    if is_guarded and record.repeats < len(REPEAT_PAUSES):
        at = now + timedelta(seconds=REPEAT_PAUSES[record.repeats])
        return _to_be_created(record.replace(repeats=record.repeats + 1), at, now)
    is_gone = record.may_be_forgotten and record.gone
    why, reason = _FORGOTTEN if is_gone else _LOST_TWICE, HoldReason.IN_DOUBT
    if record.doubt is ReplyKind.DUPLICATE:
        why, reason = _REPEAT, HoldReason.REPEAT
    asked = record.replace(may_be_forgotten=False)
    return held(asked, f"{why} Look at the channel; then approve again, or reject.", reason)


def _near(post: BufferPost) -> str:
    return (
        f"Buffer shows post {post.id} with other words at this time, or with these words at "
        "another: a person may have changed it there. Look at it; then approve again to leave "
        "it as it is, or delete it in Buffer and reject this one."
    )


def _to_be_created(record: JobRecord, at: datetime | None, now: datetime) -> JobRecord:
    """Return a job that was proven absent: to be created, as it was approved last."""
    waiting = record.replace(
        phase=JobPhase.WAITING, cursor=None, not_before=at, is_searched=record.may_be_forgotten
    )
    return changed_without_call(waiting, now)
