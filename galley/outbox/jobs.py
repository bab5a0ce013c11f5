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
    ReadKind,
)
from galley.outbox.changes import unsent
from galley.outbox.outcomes import after_outcome, is_decided
from galley.outbox.tracked import (
    JobPhase,
    Pauses,
    Tracked,
    adopted,
    backoff,
    due_times,
    held,
    later,
    looking,
    looking_anew,
    settled,
    with_due,
)
from galley.schedule.plan import settle

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


def accept(job: PublishJob) -> Tracked:
    """Return a new job, looking first if an earlier attempt may exist."""
    if job.look_first:
        return looking(Tracked(job=job, phase=JobPhase.LOOKING), CreateKind.UNKNOWN)
    return Tracked(job=job, phase=JobPhase.WAITING)


def accept_again(known: Tracked, job: PublishJob) -> Tracked:
    """Return what a repeated hand-over makes of a known job.

    Only a held job starts over, if a person approved it again, by looking for what may
    have been created; its other due times and a change that waits stay known. Any other
    stays as it is, and its last progress is told again; words that were given up are
    taken anew.
    """
    if known.awaits_job:
        first = accept(job.model_copy(update={"look_first": True}))
        kept = {"wanted": known.wanted, "heard": known.heard}
        return first.model_copy(update=kept)
    if known.is_wordless:
        due_at = known.job.request.due_at
        words = {"job": with_due(job, due_at), "is_wordless": False}
        known = known.model_copy(update=words)
    if known.phase is not JobPhase.HELD or job.is_question:
        return known
    if known.is_certainly_absent:
        return looking_anew(known.model_copy(update={"job": job}))
    return looking_anew(known)


def on_time(tracked: Tracked, now: datetime, lead: timedelta = LEAST_LEAD) -> Tracked:
    """Return the job with a due time Buffer can still take.

    A wait for the quota may have outlasted the due time, and a past ``dueAt`` is
    refused. Only a job that is about to be created is moved. An earlier attempt may
    show up late all the same, so its due time stays part of the evidence. Where Buffer
    is told no time there is nothing to move.
    """
    request = tracked.job.request
    if not request.delivery.has_due_time or request.due_at - now >= lead:
        return tracked
    due_at = settle(None, now, 2 * lead, tracked.job.timing)
    return tracked.model_copy(
        update={
            "job": with_due(tracked.job, due_at),
            "earlier_due": due_times(tracked),
        }
    )


def after_create(
    tracked: Tracked, reply: CreateReply, now: datetime, pauses: Pauses
) -> Tracked:
    """Return the job after one ``createPost`` attempt."""
    match reply.kind:
        case CreateKind.CREATED if reply.post is not None:
            once_more = {"creates": tracked.creates + 1}
            return _found(tracked.model_copy(update=once_more), reply.post, now)
        case CreateKind.REFUSED:
            return settled(tracked, ProgressKind.REFUSED, reply.message, now)
        case CreateKind.RATE_LIMITED:
            return tracked
        case CreateKind.NOT_SENT | CreateKind.UNREACHABLE:
            return _not_sent(tracked, reply, now)
        case CreateKind.UNAUTHORIZED:
            return held(tracked, reply.message)
        case _:  # A success without a post is looked up too.
            return _in_doubt(tracked, reply.kind, now, pauses)


def after_look(
    tracked: Tracked, reply: FindReply, now: datetime, pauses: Pauses
) -> Tracked:
    """Return the job after one page of the search."""
    match reply.kind:
        case ReadKind.RATE_LIMITED:
            return tracked
        case ReadKind.UNAUTHORIZED:
            return held(tracked, reply.message)
        case ReadKind.FAILED | ReadKind.UNREACHABLE:
            return _look_failed(tracked, reply, now)
        case ReadKind.OK:
            if reply.post is not None:
                return _found(tracked, reply.post, now)
            if reply.next_page is None:
                return _absent(tracked, now, pauses)
            return _turn_page(tracked, reply.next_page, now)


def _found(tracked: Tracked, post: BufferPost, now: datetime) -> Tracked:
    """Return the job with its post, and at once what is already decided of that."""
    if is_decided(post):
        return after_outcome(tracked.model_copy(update={"post": post}), post, now)
    return adopted(tracked, post, now)


def _in_doubt(
    tracked: Tracked, kind: CreateKind, now: datetime, pauses: Pauses
) -> Tracked:
    """Return a job to be looked for; a repeat was refused, and made no post."""
    is_refused = kind is CreateKind.DUPLICATE
    doubt = kind if is_refused else CreateKind.UNKNOWN
    return looking(tracked, doubt).model_copy(
        update={
            "creates": tracked.creates + (not is_refused),
            "not_before": later(now, pauses.seconds[0]),
        }
    )


def _not_sent(tracked: Tracked, reply: CreateReply, now: datetime) -> Tracked:
    count = tracked.unsent + 1
    is_away = reply.kind is CreateKind.UNREACHABLE
    if count >= MAX_UNSENT and not (is_away and _has_time(tracked, now)):
        return held(tracked, reply.message)
    return tracked.model_copy(
        update={"unsent": count, "not_before": backoff(now, count - 1)}
    )


def _has_time(tracked: Tracked, now: datetime) -> bool:
    """Whether an outage is waited out, without a person."""
    return now < tracked.job.request.due_at + WAITED_OUT


def _turn_page(tracked: Tracked, cursor: str, now: datetime) -> Tracked:
    pages = tracked.pages + 1
    if pages >= MAX_PAGES:
        endless = "its list of posts does not end"
        reply = FindReply(kind=ReadKind.FAILED, message=endless)
        return _look_failed(tracked, reply, now)
    return tracked.model_copy(
        update={"cursor": cursor, "pages": pages, "not_before": None}
    )


def _look_failed(tracked: Tracked, reply: FindReply, now: datetime) -> Tracked:
    failed = tracked.failed_looks + 1
    is_away = reply.kind is ReadKind.UNREACHABLE
    if failed >= MAX_FAILED_LOOKS and not (is_away and _has_time(tracked, now)):
        return held(
            tracked,
            "Whether Buffer has this post could not be found out "
            f"({reply.message}). Approve it again to look once more.",
        )
    return tracked.model_copy(
        update={
            "failed_looks": failed,
            "cursor": None,
            "pages": 0,
            "not_before": backoff(now, failed + 1),
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
                "not_before": later(now, pauses.seconds[looks]),
            }
        )
    if tracked.wanted is not None and tracked.wanted.retracts:
        return settled(tracked, ProgressKind.RETRACTED, "", now)
    if tracked.doubt is CreateKind.UNKNOWN and tracked.creates < MAX_CREATES:
        return _to_create(tracked, None, now)
    if _is_expected_repeat(tracked):
        pause = REPEAT_PAUSES[tracked.repeats]
        again = tracked.model_copy(update={"repeats": tracked.repeats + 1})
        return _to_create(again, later(now, pause), now)
    return held(tracked, _UNDECIDED[tracked.doubt is CreateKind.DUPLICATE])


def _is_expected_repeat(tracked: Tracked) -> bool:
    """Buffer had these words before, by our hand, so that its guard proves nothing."""
    return (
        tracked.doubt is CreateKind.DUPLICATE
        and tracked.is_repeat
        and tracked.repeats < len(REPEAT_PAUSES)
    )


def _to_create(tracked: Tracked, at: datetime | None, now: datetime) -> Tracked:
    """Return a job that was proven absent: as it was approved last, to be created."""
    waiting = {"phase": JobPhase.WAITING, "cursor": None, "not_before": at}
    return unsent(tracked.model_copy(update=waiting), now)


_UNDECIDED = {
    True: "Buffer refuses this as a repeat, yet shows no such post at this time: "
    "another edition, campaign or person may have said the same here lately. "
    "Look at the channel; then approve again, or reject.",
    False: "Buffer's reply was lost twice and the post is not there. "
    "Look at the channel; then approve again, or reject.",
}
