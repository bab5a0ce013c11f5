"""Receipts that a step of a job leaves: one for each thing that Buffer did.

JobQueue calls this after each step; PostNotifier writes the receipts to the state bucket.
"""

from datetime import datetime

from galley.models.account import Evidence, Progress, ProgressKind, Receipt, ReceiptKind
from galley.models.publishing import BufferPost
from galley.publishing.job.record import JobPhase, JobRecord
from galley.publishing.job.transitions import UNREAD
from galley.publishing.request import digest

_KINDS = {
    ProgressKind.CHANGED: ReceiptKind.CHANGED,
    ProgressKind.SENT: ReceiptKind.SENT,
    ProgressKind.SENT_WITHOUT_LINK: ReceiptKind.SENT,
    ProgressKind.HANDED_TO_PERSON: ReceiptKind.HANDED_TO_PERSON,
    ProgressKind.PULLED_BACK: ReceiptKind.PULLED_BACK,
    ProgressKind.RETRACTED: ReceiptKind.RETRACTED,
    ProgressKind.PUBLISH_FAILED: ReceiptKind.ERROR,
}
_WRITTEN = {ReceiptKind.CREATED, ReceiptKind.CHANGED}
"""Receipts of new content; the others say what became of it."""


def receipts_of(
    before: JobRecord | None, after: JobRecord, evidence: Evidence | None, now: datetime
) -> tuple[Receipt, ...]:
    """Return the receipts of one step.

    Args:
        before: The job before it, if it was known.
        after: The job after it, with its news.
        evidence: How the step learned of a new post; ``None``: it cannot have found one.
        now: The present.
    """
    known = before.post if before else None
    is_new = evidence is not None and _is_shown(after.post) and not _is_shown(known)
    created = (ReceiptKind.CREATED,) if is_new else ()
    # That a job nobody knows is kept out proves nothing about the post.
    news = after.news if before or known or after.post else ()
    # Nor is it a deed of Buffer's that its post is told something once more: the same news, and
    # not others that read alike.
    told = (before.last, before.answer) if before else ()
    news = [one for one in news if not any(one is old for old in told)]
    kinds = (*created, *filter(None, map(_kind_of, news)))
    how = evidence or Evidence.FOUND
    # Deleted by this step: the receipt still names the post.
    post = after.post or known
    return tuple(_receipt(after, kind, post, how, now) for kind in dict.fromkeys(kinds))


def _is_shown(post: BufferPost | None) -> bool:
    """Whether Buffer has shown the post, so that more than its ID is known."""
    return post is not None and post.status != UNREAD


def _kind_of(news: Progress) -> ReceiptKind | None:
    # A change of a job that Buffer does not have is no deed of Buffer's.
    is_unsent = news.kind is ProgressKind.CHANGED and news.post is None
    return None if is_unsent else _KINDS.get(news.kind)


def _receipt(
    record: JobRecord, kind: ReceiptKind, post: BufferPost | None, how: Evidence, now: datetime
) -> Receipt:
    job = record.job
    is_own = not (record.is_content_dropped or record.has_other_words)
    has_content = kind in _WRITTEN and is_own
    return Receipt(
        key=job.job_id,
        owner=job.owner,
        kind=kind,
        post=post and post.without_text(),
        evidence=how,
        revision=0 if record.has_other_words else job.revision,
        provenance=job.provenance if has_content else None,
        digest=digest(job.request) if has_content else "",
        awaits_link=kind is ReceiptKind.SENT and record.phase is JobPhase.OUTSTANDING,
        made_at=record.made_at,
        recorded_at=now,
    )
