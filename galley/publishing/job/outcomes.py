"""The outcome of a post that Buffer has: published, failed, late, moved or gone.

Polls, searches and reads by ID call this with the post that Buffer shows. The second half
tells which text went out, if a post was published before Buffer answered an edit of it.
"""

import re
import unicodedata
from datetime import datetime, timedelta

from galley.models.account import ProgressKind
from galley.models.channel import SchedulingType
from galley.models.publishing import BufferPost, HoldReason
from galley.publishing.job.record import JobPhase, JobRecord
from galley.publishing.job.transitions import (
    MAX_CREATES,
    TOO_LATE,
    UNSEARCHABLE,
    adopted,
    answered,
    as_requested,
    change_refused,
    held,
    looking_again,
    read_by_id,
    reported,
    settled,
    without_post,
)

GIVE_UP_AFTER = timedelta(days=7)
"""After its due time; a post that is stuck must not be asked for for ever."""
LINK_WITHIN = timedelta(hours=24)
"""How long a published post is read again for its link."""
MOST_MISSES = 3
"""Polls that do not list a post before it is read by its id."""
GONE = (
    "The post is gone from Buffer: it was deleted or moved there. "
    "Redrive it to create it again, or reject it."
)
_TAKEN = (
    "What the post handed over before it was reset is taken out of Buffer. Redrive it to create "
    "it as it was approved since, or reject it."
)
UNCLEAR = (
    "It was published before Buffer said whether it took the change, and its words do "
    "not tell: look at the post."
)
EARLIER = (
    "Too late: it was published with the words of an earlier edit, which Buffer had "
    "not confirmed: look at the post."
)
_KNOWN = {"draft", "needs_approval", "scheduled", "sending", "sent", "error"}
_LINK = re.compile(r"https?://\S+", re.IGNORECASE)


def after_outcome(record: JobRecord, post: BufferPost, now: datetime) -> JobRecord:
    """Return the job after Buffer showed its post.

    A person may move a post in Buffer: then it is awaited at its new time.
    """
    before = record.post
    found = record.replace(post=post.without_text(), misses=0, reads=False)
    pending = found.pending
    if post.status == "sent" and pending is not None and is_edit_in_doubt(found):
        # A poll shows no text. A read by ID does, and the text tells what was published.
        return found.replace(pending=pending.replace(reads=True), not_before=None)
    match post.status:
        case "sent":
            return _sent(found, now)
        case "error":
            why = (post.error or "Buffer gives no reason").rstrip(".")
            message = f"{why}. Mend what it names and redrive the post, or reject it."
            return settled(found, ProgressKind.PUBLISH_FAILED, message, now)
        case "draft" if found.pending is None:
            return left_to_person(found, now)
        case "draft":
            return adopted(found, post, now)
        case _:
            return _not_yet(found, post, before, now)


def _sent(found: JobRecord, now: datetime) -> JobRecord:
    """Return the job of a published post; without a link it is read again, for a day."""
    delivery = found.job.request.delivery
    if delivery.scheduling_type is SchedulingType.NOTIFICATION:
        reminded = "Buffer has reminded a person to publish it."
        return settled(found, ProgressKind.HANDED_TO_PERSON, reminded, now)
    if found.post is not None and found.post.external_link:
        return settled(found, ProgressKind.SENT, "", now)
    since = found.linkless_since
    if since is not None and now - since >= LINK_WITHIN:
        return settled(found, ProgressKind.SENT, "Buffer gives no link to it.", now)
    if since is not None:
        return read_by_id(found, now)
    found = found.replace(
        phase=JobPhase.OUTSTANDING, linkless_since=now, settled_at=None, not_before=None
    )
    found = change_refused(found, TOO_LATE)
    return reported(read_by_id(found, now), ProgressKind.SENT_WITHOUT_LINK)


def _not_yet(
    found: JobRecord, post: BufferPost, before: BufferPost | None, now: datetime
) -> JobRecord:
    """Return the job of a post that is neither published nor failed."""
    is_ahead = post.due_at is not None and post.due_at > now
    if is_ahead or found.phase is JobPhase.SETTLED:
        found = adopted(found, post.without_text(), now)
    elif now - found.job.request.due_at > GIVE_UP_AFTER:
        why = f"Buffer did not publish it in a week (it says {post.status!r}): look at the channel."
        return settled(found, ProgressKind.PUBLISH_FAILED, why, now)
    else:
        found = read_by_id(found, now)
    # Buffer may introduce a status: it is reported once, and the post is still followed.
    is_new_status = before is None or before.status != post.status
    if post.status not in _KNOWN and is_new_status:
        why = f"Buffer says {post.status!r} of it, which Galley does not know: look at the channel."
        return reported(found, ProgressKind.CREATED, why)
    return found


def after_miss(record: JobRecord) -> JobRecord:
    """Return an outstanding job that a poll did not list; after three misses it is read by ID."""
    missed = record.replace(misses=record.misses + 1)
    # A list may lag behind: only a read by ID proves a post gone.
    is_missing = missed.misses >= MOST_MISSES
    return missed.replace(reads=True, failed_reads=0) if is_missing else missed


def left_to_person(record: JobRecord, now: datetime) -> JobRecord:
    """Return the job of a post that is a draft in Buffer: Galley's part is done."""
    draft = "It is a draft in Buffer: a person schedules it there."
    return settled(record, ProgressKind.HANDED_TO_PERSON, draft, now)


def gone_from_buffer(record: JobRecord, now: datetime) -> JobRecord:
    """Return the job of a post that Buffer no longer has; a person decides what is next."""
    if record.may_be_retracted and not record.has_earlier_words:
        # A retract got no answer: this is its success.
        return settled(without_post(record), ProgressKind.RETRACTED, "", now)
    if record.may_be_forgotten:
        # The account was reset: Buffer may have the post under an ID that it forgot.
        # A deletion without an answer was of the one that is gone.
        sought = without_post(record).replace(may_be_retracted=False)
        if record.is_content_dropped:
            # A person who approves again or rejects brings the words that it is searched by.
            return held(sought, UNSEARCHABLE, HoldReason.WORDS_DROPPED)
        return looking_again(sought).replace(creates=MAX_CREATES)
    why, reason = _TAKEN if record.may_be_retracted else GONE, HoldReason.CHANGED_IN_BUFFER
    return settled(record, ProgressKind.PUBLISH_FAILED, why, now, reason)


# Content that no call needs any more


def trimmed(record: JobRecord) -> JobRecord:
    """Return a job without the content that no call needs any more.

    A settled job is created again only by a change, which brings its content. An outstanding
    one keeps its own: a pause may take the post out of Buffer, and then creates it again.
    """
    if record.post is not None and record.post.text:
        record = record.replace(post=record.post.without_text())
    return without_content(record) if record.phase is JobPhase.SETTLED else record


def without_content(record: JobRecord) -> JobRecord:
    """Return a job with the identity of its post, and without its content."""
    request = record.job.request.replace(
        text="", thread=(), title="", link="", assets=(), extras=None
    )
    job = record.job.replace(request=request, provenance=None)
    return record.replace(job=job, is_content_dropped=True)


# Which text went out


def is_edit_in_doubt(record: JobRecord) -> bool:
    """Whether Buffer may have taken an edit that it did not confirm."""
    pending = record.pending
    if pending is None or pending.retracts or pending.is_changed:
        return False
    is_tried = pending.tries > 0 or bool(pending.tried)
    return is_tried and (pending.edits or pending.schedules)


def answered_by_text(record: JobRecord, post: BufferPost, too_late: str = TOO_LATE) -> JobRecord:
    """Return a job with an edit in doubt answered, by the text that went out.

    Args:
        record: The job, with an edit in doubt.
        post: Its post, published or being published, with its text.
        too_late: The message if the text is that from before the edit.
    """
    job = as_requested(record)
    is_as_before = not record.is_content_dropped and has_text(post, record.job.request.text)
    if not has_text(post, job.request.text):
        tried = record.pending.tried if record.pending else ()
        is_earlier = not is_as_before and any(has_text(post, text) for text in tried)
        return change_refused(record, EARLIER if is_earlier else too_late)
    if is_as_before:
        # The change leaves the text as it was, so the text proves nothing.
        return change_refused(record, UNCLEAR)
    done = record.replace(job=job, is_content_dropped=False, has_other_words=False)
    return answered(done, ProgressKind.CHANGED)


def with_words_seen(record: JobRecord, post: BufferPost) -> JobRecord:
    """Return the job after Buffer showed the words of its post."""
    if record.is_content_dropped:
        return record
    return record.replace(has_other_words=not has_text(post, record.job.request.text))


def has_text(post: BufferPost, text: str) -> bool:
    """Compare without white space, and without links, which Buffer rewrites."""
    return _words(post.text) == _words(text)


def _words(text: str) -> list[str]:
    return _LINK.sub(" ", unicodedata.normalize("NFC", text)).split()
