"""What becomes of a post that Buffer has: published, failed, late, moved, or gone."""

from datetime import datetime, timedelta

from galley.models import BufferPost, ProgressKind, SchedulingType
from galley.outbox import words
from galley.outbox.tracked import (
    TOO_LATE,
    JobPhase,
    JobRecord,
    adopted,
    by_its_id,
    moved,
    refused,
    settled,
    without_post,
    wordless_post,
)

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
    found = record.model_copy(
        update={"post": wordless_post(post), "misses": 0, "reads": False}
    )
    if post.status == "sent" and words.is_in_doubt(found):
        return words.to_be_read(found)
    match post.status:
        case "sent":
            return _sent(found, now)
        case "error":
            why = post.error or "Buffer gives no reason"
            next_step = "Mend what it names and redrive the post, or reject it."
            why = f"{why.rstrip('.')}. {next_step}"
            return settled(found, ProgressKind.PUBLISH_FAILED, why, now)
        case "draft" if found.pending is None:
            return handed_over(found, now)
        case "draft":
            return adopted(found, post, now)
        case _:
            return _not_yet(found, before, now)


def after_miss(record: JobRecord) -> JobRecord:
    """Return an outstanding job that Buffer did not list.

    After three misses it is asked for by its id: only that proves it gone.
    """
    missed = record.model_copy(update={"misses": record.misses + 1})
    if missed.misses < MOST_MISSES:
        return missed
    return missed.model_copy(update={"reads": True, "failed_reads": 0})


def handed_over(record: JobRecord, now: datetime) -> JobRecord:
    """Return the job of a post that is a draft in Buffer: Galley's part is done."""
    return settled(record, ProgressKind.HANDED_TO_PERSON, _DRAFT, now)


def lost(record: JobRecord, now: datetime) -> JobRecord:
    """Return the job of a post that was proven gone; a person decides.

    Where its deletion was asked for, and the answers were lost, that is done now.
    """
    if record.may_be_retracted:
        return settled(without_post(record), ProgressKind.RETRACTED, "", now)
    return settled(record, ProgressKind.PUBLISH_FAILED, GONE, now)


def lean(record: JobRecord) -> JobRecord:
    """Return a job without the words that no call needs any more.

    What is settled is created again only by a change, which brings its words along.
    An outstanding post keeps them: a pause may take it out of Buffer, and then it is
    created again.
    """
    if record.post is not None and record.post.text:
        record = record.model_copy(update={"post": wordless_post(record.post)})
    if record.phase is not JobPhase.SETTLED:
        return record
    return wordless(record)


def wordless(record: JobRecord) -> JobRecord:
    """Return a job by which its post is known, and nothing of what it says."""
    nothing = {"text": "", "thread": (), "title": "", "link": "", "assets": ()}
    request = record.job.request.model_copy(update={**nothing, "extras": None})
    job = record.job.model_copy(update={"request": request, "provenance": None})
    return record.model_copy(update={"job": job, "is_wordless": True})


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
        return by_its_id(found, now)
    waiting = {
        "phase": JobPhase.OUTSTANDING,
        "linkless_since": now,
        "settled_at": None,
        "not_before": None,
    }
    found = refused(found.model_copy(update=waiting), TOO_LATE)
    return moved(by_its_id(found, now), ProgressKind.SENT_WITHOUT_LINK)


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
        found = by_its_id(found, now)
    is_news = before is None or before.status != post.status
    if post.status not in _KNOWN and is_news:
        why = f"Buffer says {post.status!r} of it, which Galley does not know: "
        return moved(found, ProgressKind.CREATED, f"{why}look at the channel.")
    return found
