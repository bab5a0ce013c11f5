"""One approval, one post: every step of its creation as a pure function.

A job is created once in Buffer. When a reply is lost, or Buffer says that the text was
posted recently, Buffer is read back with pauses; the post is adopted if it is there,
created again only after every look proved it absent, and held for a person where that
cannot be decided. Nothing here creates blindly.
"""

from datetime import datetime, timedelta

from galley.models import (
    BufferPost,
    CreateKind,
    CreateReply,
    FindReply,
    ProgressKind,
    PublishJob,
    ReplyKind,
)
from galley.publishing.job.changes import changed_without_call
from galley.publishing.job.outcomes import after_outcome, is_decided
from galley.publishing.job.record import (
    JobPhase,
    JobRecord,
    LookDelays,
    adopted,
    backoff,
    due_times,
    held,
    later,
    looking,
    looking_again,
    settled,
    with_due,
)
from galley.publishing.schedule.plan import settle

MAX_CREATES = 2
"""A second create is allowed once the first was proven absent; a third never is."""
MAX_UNSENT = 10
"""Attempts that certainly never reached Buffer before a person is told."""
MAX_FAILED_LOOKS = 6
MAX_PAGES = 20
"""Pages of one look: a thousand posts made on a channel since the claim."""
REPEAT_PAUSES = (600, 1200, 2400, 3600, 3600, 3600)
"""Seconds until a post that was pulled back or lost is offered once more, after Buffer
refused it as a repeat and every look proved it absent: more than three hours in all."""
WAITED_OUT = timedelta(hours=1)
"""Until so long after its due time a post waits for Buffer to be back: from then on it
is late, and a person should say whether it may still go out."""
LEAST_LEAD = timedelta(seconds=5)
"""A due time must lie this far ahead of ``createPost``: Buffer fetches and measures the
pictures meanwhile, and refuses a time that has passed."""


def accept(job: PublishJob) -> JobRecord:
    """Return a new job, looking first if an earlier attempt may exist."""
    if job.look_first:
        return looking(JobRecord(job=job, phase=JobPhase.LOOKING), ReplyKind.UNKNOWN)
    return JobRecord(job=job, phase=JobPhase.WAITING)


def accept_again(known: JobRecord, job: PublishJob) -> JobRecord:
    """Return what a repeated hand-over makes of a known job.

    Only a held job starts over, if a person approved it again, by looking for what may
    have been created; its other due times and a change that waits stay known. Any other
    stays as it is, and its last progress is told again; words that were given up are
    taken anew.
    """
    if known.awaits_job:
        first = accept(job.replace(look_first=True))
        return first.replace(pending=known.pending, heard=known.heard)
    if known.is_content_dropped:
        due_at = known.job.request.due_at
        known = known.replace(job=with_due(job, due_at), is_content_dropped=False)
    if known.phase is not JobPhase.HELD or job.is_question:
        return known
    if known.is_certainly_absent:
        return looking_again(known.replace(job=job))
    return looking_again(known)


def with_usable_due_time(
    record: JobRecord, now: datetime, lead: timedelta = LEAST_LEAD
) -> JobRecord:
    """Return the job with a due time Buffer can still take.

    A wait for the quota may have outlasted the due time, and a past ``dueAt`` is
    refused. Only a job that is about to be created is moved. An earlier attempt may
    show up late all the same, so its due time stays part of the evidence. Where Buffer
    is told no time there is nothing to move.
    """
    request = record.job.request
    if not request.delivery.has_due_time or request.due_at - now >= lead:
        return record
    due_at = settle(None, now, 2 * lead, record.job.timing)
    return record.replace(job=with_due(record.job, due_at), earlier_due=due_times(record))


def after_create(
    record: JobRecord, reply: CreateReply, now: datetime, delays: LookDelays
) -> JobRecord:
    """Return the job after one ``createPost`` attempt."""
    match reply.kind:
        case ReplyKind.OK if reply.post is not None:
            return _found(record.replace(creates=record.creates + 1), reply.post, now)
        case ReplyKind.REFUSED:
            return settled(record, ProgressKind.REFUSED, reply.message, now)
        case ReplyKind.RATE_LIMITED:
            return record
        case ReplyKind.NOT_SENT | ReplyKind.UNREACHABLE:
            return _not_sent(record, reply, now)
        case ReplyKind.UNAUTHORIZED:
            return held(record, reply.message)
        case _:  # A success without a post is looked up too.
            return _in_doubt(record, reply.kind, now, delays)


def after_look(record: JobRecord, reply: FindReply, now: datetime, delays: LookDelays) -> JobRecord:
    """Return the job after one page of the search."""
    match reply.kind:
        case ReplyKind.RATE_LIMITED:
            return record
        case ReplyKind.UNAUTHORIZED:
            return held(record, reply.message)
        case ReplyKind.FAILED | ReplyKind.UNREACHABLE:
            return _look_failed(record, reply, now)
        case ReplyKind.OK:
            if reply.post is not None:
                return _found(record, reply.post, now)
            if reply.next_page is None:
                return _absent(record, now, delays)
            return _turn_page(record, reply.next_page, now)


def _found(record: JobRecord, post: BufferPost, now: datetime) -> JobRecord:
    """Return the job with its post, and at once what is already decided of that."""
    if is_decided(post):
        return after_outcome(record.replace(post=post), post, now)
    return adopted(record, post, now)


def _in_doubt(record: JobRecord, kind: CreateKind, now: datetime, delays: LookDelays) -> JobRecord:
    """Return a job to be looked for; a repeat was refused, and made no post."""
    is_refused = kind is ReplyKind.DUPLICATE
    doubt = ReplyKind.DUPLICATE if is_refused else ReplyKind.UNKNOWN
    return looking(record, doubt).replace(
        creates=record.creates + (not is_refused), not_before=later(now, delays.seconds[0])
    )


def _not_sent(record: JobRecord, reply: CreateReply, now: datetime) -> JobRecord:
    count = record.unsent + 1
    is_away = reply.kind is ReplyKind.UNREACHABLE
    if count >= MAX_UNSENT and not (is_away and _has_time(record, now)):
        return held(record, reply.message)
    return record.replace(unsent=count, not_before=backoff(now, count - 1))


def _has_time(record: JobRecord, now: datetime) -> bool:
    """Whether an outage is waited out, without a person."""
    return now < record.job.request.due_at + WAITED_OUT


def _turn_page(record: JobRecord, cursor: str, now: datetime) -> JobRecord:
    pages = record.pages + 1
    if pages >= MAX_PAGES:
        endless = "its list of posts does not end"
        reply = FindReply(kind=ReplyKind.FAILED, message=endless)
        return _look_failed(record, reply, now)
    return record.replace(cursor=cursor, pages=pages, not_before=None)


def _look_failed(record: JobRecord, reply: FindReply, now: datetime) -> JobRecord:
    failed = record.failed_looks + 1
    is_away = reply.kind is ReplyKind.UNREACHABLE
    if failed >= MAX_FAILED_LOOKS and not (is_away and _has_time(record, now)):
        return held(
            record,
            "Whether Buffer has this post could not be found out "
            f"({reply.message}). Approve it again to look once more.",
        )
    return record.replace(
        failed_looks=failed, cursor=None, pages=0, not_before=backoff(now, failed + 1)
    )


def _absent(record: JobRecord, now: datetime, delays: LookDelays) -> JobRecord:
    looks = record.looks + 1
    if looks < len(delays.seconds):
        return record.replace(
            looks=looks, cursor=None, pages=0, not_before=later(now, delays.seconds[looks])
        )
    if record.pending is not None and record.pending.retracts:
        return settled(record, ProgressKind.RETRACTED, "", now)
    if record.doubt is ReplyKind.UNKNOWN and record.creates < MAX_CREATES:
        return _to_create(record, None, now)
    if _is_expected_repeat(record):
        pause = REPEAT_PAUSES[record.repeats]
        again = record.replace(repeats=record.repeats + 1)
        return _to_create(again, later(now, pause), now)
    return held(record, _UNDECIDED[record.doubt is ReplyKind.DUPLICATE])


def _is_expected_repeat(record: JobRecord) -> bool:
    """Buffer had these words before, by our hand, so that its guard proves nothing."""
    return (
        record.doubt is ReplyKind.DUPLICATE
        and record.is_repeat
        and record.repeats < len(REPEAT_PAUSES)
    )


def _to_create(record: JobRecord, at: datetime | None, now: datetime) -> JobRecord:
    """Return a job that was proven absent: as it was approved last, to be created."""
    return changed_without_call(
        record.replace(phase=JobPhase.WAITING, cursor=None, not_before=at), now
    )


_UNDECIDED = {
    True: "Buffer refuses this as a repeat, yet shows no such post at this time: "
    "another edition, campaign or person may have said the same here lately. "
    "Look at the channel; then approve again, or reject.",
    False: "Buffer's reply was lost twice and the post is not there. "
    "Look at the channel; then approve again, or reject.",
}
