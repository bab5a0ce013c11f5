"""Which words went out, where an edit got no answer before its post was published."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta

from galley.models import BufferPost, ProgressKind, SchedulingType
from galley.publishing.job.pauses import ActivePause, is_covered
from galley.publishing.job.record import (
    TOO_LATE,
    JobPhase,
    JobRecord,
    adopted,
    answered,
    as_requested,
    change_refused,
    read_by_id,
    reported,
    settled,
    without_post,
    wordless_post,
)
from galley.publishing.job.state import AccountPolicy

UNCLEAR = (
    "It was published before Buffer said whether it took the change, and its words do "
    "not tell: look at the post."
)
EARLIER = (
    "Too late: it was published with the words of an earlier edit, which Buffer had "
    "not confirmed: look at the post."
)
_LINK = re.compile(r"https?://\S+", re.IGNORECASE)


def is_edit_in_doubt(record: JobRecord) -> bool:
    """Whether Buffer may have taken an edit that it did not confirm."""
    pending = record.pending
    if pending is None or pending.retracts or pending.is_changed:
        return False
    is_tried = pending.tries > 0 or bool(pending.tried)
    return is_tried and (pending.edits or pending.schedules)


def to_be_read(record: JobRecord) -> JobRecord:
    """Return a job whose post is read with its words next."""
    pending = record.pending
    if pending is None:
        return record
    reading = pending.replace(reads=True)
    return record.replace(pending=reading, not_before=None)


def answered_by_text(record: JobRecord, post: BufferPost, too_late: str = TOO_LATE) -> JobRecord:
    """Return a job in doubt with its change answered by the words that went out.

    Args:
        record: The job, in doubt.
        post: Its post, out or on its way, with its text.
        too_late: What is said where the words are those from before the edit.
    """
    job = as_requested(record)
    if not _tells(post, job.request.text):
        return change_refused(record, EARLIER if _is_earlier(record, post) else too_late)
    if not record.is_content_dropped and _tells(post, record.job.request.text):
        return change_refused(record, UNCLEAR)
    edited = record.replace(job=job, is_content_dropped=False)
    return answered(edited, ProgressKind.CHANGED)


def _is_earlier(record: JobRecord, post: BufferPost) -> bool:
    """Whether the words are those of an edit that a newer change replaced."""
    tried = record.pending.tried if record.pending else ()
    if not record.is_content_dropped and _tells(post, record.job.request.text):
        return False
    return any(_tells(post, text) for text in tried)


def _tells(post: BufferPost, text: str) -> bool:
    """Compare without links, which Buffer rewrites, and without white space."""
    return _bare(post.text) == _bare(text)


def _bare(text: str) -> list[str]:
    return _LINK.sub(" ", unicodedata.normalize("NFC", text)).split()


GIVE_UP_AFTER = timedelta(days=7)
"""After its due time; a post that is stuck must not be asked after for ever."""
LINK_WITHIN = timedelta(hours=24)
"""How long a published post is asked for its link."""
MOST_MISSES = 3
"""Polls that do not show a post before it is asked for by its id."""
GONE = (
    "The post is gone from Buffer: it was deleted or moved there. "
    "Redrive it to create it again, or reject it."
)
_KNOWN = {"draft", "needs_approval", "scheduled", "sending", "sent", "error"}
_DRAFT = "It is a draft in Buffer: a person schedules it there."
_REMINDER = "Buffer has reminded a person to publish it."


def is_decided(post: BufferPost) -> bool:
    """Whether nothing more is to be waited for, right after its creation."""
    return post.status in {"draft", "sent", "error"}


def after_outcome(record: JobRecord, post: BufferPost, now: datetime) -> JobRecord:
    """Return the job after Buffer reported its post.

    A person may move a post in Buffer: then it is awaited at its new time. A status
    that Galley does not know is told once, and the post is asked for again. Where an
    edit got no answer, the post is read once more: its words tell.
    """
    before = record.post
    found = record.replace(post=wordless_post(post), misses=0, reads=False)
    if post.status == "sent" and is_edit_in_doubt(found):
        return to_be_read(found)
    match post.status:
        case "sent":
            return _sent(found, now)
        case "error":
            why = post.error or "Buffer gives no reason"
            next_step = "Mend what it names and redrive the post, or reject it."
            why = f"{why.rstrip('.')}. {next_step}"
            return settled(found, ProgressKind.PUBLISH_FAILED, why, now)
        case "draft" if found.pending is None:
            return left_to_person(found, now)
        case "draft":
            return adopted(found, post, now)
        case _:
            return _not_yet(found, before, now)


def after_miss(record: JobRecord) -> JobRecord:
    """Return an outstanding job that Buffer did not list.

    After three misses it is asked for by its id: only that proves it gone.
    """
    missed = record.replace(misses=record.misses + 1)
    if missed.misses < MOST_MISSES:
        return missed
    return missed.replace(reads=True, failed_reads=0)


def left_to_person(record: JobRecord, now: datetime) -> JobRecord:
    """Return the job of a post that is a draft in Buffer: Galley's part is done."""
    return settled(record, ProgressKind.HANDED_TO_PERSON, _DRAFT, now)


def gone_from_buffer(record: JobRecord, now: datetime) -> JobRecord:
    """Return the job of a post that was proven gone; a person decides.

    Where its deletion was asked for, and the answers were lost, that is done now.
    """
    if record.may_be_retracted:
        return settled(without_post(record), ProgressKind.RETRACTED, "", now)
    return settled(record, ProgressKind.PUBLISH_FAILED, GONE, now)


def trimmed(record: JobRecord) -> JobRecord:
    """Return a job without the words that no call needs any more.

    What is settled is created again only by a change, which brings its words along.
    An outstanding post keeps them: a pause may take it out of Buffer, and then it is
    created again.
    """
    if record.post is not None and record.post.text:
        record = record.replace(post=wordless_post(record.post))
    if record.phase is not JobPhase.SETTLED:
        return record
    return without_content(record)


def without_content(record: JobRecord) -> JobRecord:
    """Return a job by which its post is known, and nothing of what it says."""
    request = record.job.request.replace(
        text="", thread=(), title="", link="", assets=(), extras=None
    )
    job = record.job.replace(request=request, provenance=None)
    return record.replace(job=job, is_content_dropped=True)


def _sent(found: JobRecord, now: datetime) -> JobRecord:
    """Published; without a link it is asked for again, for a day."""
    delivery = found.job.request.delivery
    if delivery.scheduling_type is SchedulingType.NOTIFICATION:
        return settled(found, ProgressKind.HANDED_TO_PERSON, _REMINDER, now)
    if found.post is not None and found.post.external_link:
        return settled(found, ProgressKind.SENT, "", now)
    since = found.linkless_since
    if since is not None and now - since >= LINK_WITHIN:
        return settled(found, ProgressKind.SENT, "Buffer gives no link to it.", now)
    if since is not None:
        return read_by_id(found, now)
    found = change_refused(
        found.replace(
            phase=JobPhase.OUTSTANDING, linkless_since=now, settled_at=None, not_before=None
        ),
        TOO_LATE,
    )
    return reported(read_by_id(found, now), ProgressKind.SENT_WITHOUT_LINK)


def _not_yet(found: JobRecord, before: BufferPost | None, now: datetime) -> JobRecord:
    post = found.post
    if post is None:
        return found
    is_ahead = post.due_at is not None and post.due_at > now
    if is_ahead or found.phase is JobPhase.SETTLED:
        found = adopted(found, post, now)
    elif now - found.job.request.due_at > GIVE_UP_AFTER:
        why = f"Buffer did not publish it in a week (it says {post.status!r}): "
        why += "look at the channel."
        return settled(found, ProgressKind.PUBLISH_FAILED, why, now)
    else:
        found = read_by_id(found, now)
    is_news = before is None or before.status != post.status
    if post.status not in _KNOWN and is_news:
        why = f"Buffer says {post.status!r} of it, which Galley does not know: "
        return reported(found, ProgressKind.CREATED, f"{why}look at the channel.")
    return found


MAX_PAGES = 40
"""Pages of outcomes a poll reads at most: two thousand posts."""


def poll_due_at(
    jobs: Iterable[JobRecord], polled_at: datetime | None, policy: AccountPolicy
) -> datetime | None:
    """Return when outcomes should be read next, or ``None`` with none outstanding.

    A post is worth asking for soon after it is due. Polls keep a distance, so that
    posts due close together share one; for posts that are late, or without a link,
    the pauses grow, up to an hour: a post that is stuck must not use up the quota of
    those that are not.
    """
    due = [t.job.request.due_at for t in jobs if _is_listed(t)]
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


def not_covered(jobs: Iterable[JobRecord], pauses: tuple[ActivePause, ...]) -> list[JobRecord]:
    """Return the jobs whose outcomes no pause keeps from being read."""
    if not pauses:
        return list(jobs)
    return [t for t in jobs if not is_covered(t, pauses)]


def due_posts(jobs: Iterable[JobRecord], now: datetime) -> dict[str, JobRecord]:
    """Return the outstanding jobs whose time has come, by Buffer post id."""
    return {
        record.post.id: record
        for record in jobs
        if _is_listed(record) and record.post is not None and record.job.request.due_at <= now
    }


def outcomes_since(wanted: dict[str, JobRecord]) -> datetime:
    """Return the due time from which on all of these posts are found.

    One that was missed may have been published before its time, by hand: it is looked
    for from its claim on.
    """
    return min(t.job.claimed_at if t.misses else t.job.request.due_at for t in wanted.values())


def taken_by_others(jobs: Iterable[JobRecord], record: JobRecord) -> tuple[str, ...]:
    """Return the Buffer posts that a look for this job must not take for its own.

    Another edition of the same source may have said the same words; and what was this
    post, and is gone, may still be listed.
    """
    job = record.job
    others = (
        other.post.id
        for other in jobs
        if other.post is not None
        and other.job.job_id != job.job_id
        and other.job.request.channel_id == job.request.channel_id
        and _may_be_listed(other, job.claimed_at)
    )
    return (*others, *record.gone)


def _is_listed(record: JobRecord) -> bool:
    """Whether Buffer lists it by its due time; any other is asked for by its id."""
    post = record.post
    is_outstanding = record.phase is JobPhase.OUTSTANDING
    return is_outstanding and post is not None and post.due_at is not None


def _may_be_listed(other: JobRecord, claimed_at: datetime) -> bool:
    """Whether it may have been created since: a due time is never before that."""
    request = other.job.request
    return not request.delivery.has_due_time or request.due_at >= claimed_at
