"""Events of approved posts for other programs: approved, published, failed and retracted.

Hand-overs and receipts make them. Its ID is made of the deed: a repetition is the same event.
"""

import hashlib
from enum import StrEnum

from pydantic import AwareDatetime

from galley.models.account import PublishJob, Receipt, ReceiptKind
from galley.models.base import Model


class EventKind(StrEnum):
    """What became of a post, as ``type`` of the webhook."""

    APPROVED = "post.approved"
    PUBLISHED = "post.published"
    FAILED = "post.failed"
    RETRACTED = "post.retracted"


class EventData(Model):
    """The post of an event, without its words."""

    post: str
    """Workflow ID, as commands take it."""
    campaign: str
    channel_id: str
    revision: int
    digest: str = ""
    """Of the approved proof."""
    due_at: AwareDatetime | None = None
    approved_by: tuple[str, ...] = ()
    buffer_post_id: str = ""
    link: str = ""
    """Where the network shows it, if it said."""
    error: str = ""


class PostEvent(Model):
    """Content of ``events/<id>.json``; type, timestamp and data are the webhook's body."""

    id: str
    type: EventKind
    timestamp: AwareDatetime
    data: EventData

    @property
    def body(self) -> str:
        """The bytes that are signed."""
        return self.model_dump_json(exclude={"id"})


_KINDS = {
    ReceiptKind.SENT: EventKind.PUBLISHED,
    ReceiptKind.ERROR: EventKind.FAILED,
    ReceiptKind.RETRACTED: EventKind.RETRACTED,
}


def event_of_approval(job: PublishJob) -> PostEvent | None:
    """Return the event of a job that was handed over; ``None`` if it carries no approval."""
    approval = job.approval
    if approval is None:
        return None
    made_at = job.made_at or job.claimed_at
    people = ("policy",) if approval.is_auto else tuple(one.by for one in approval.decisions)
    data = _data(job.job_id, job.revision).model_copy(
        update={"digest": approval.digest, "due_at": approval.due_at, "approved_by": people}
    )
    times = (one.at for one in (*approval.decisions, approval.moved) if one and one.at)
    return PostEvent(
        id=_id(EventKind.APPROVED, job.job_id, f"{approval.digest} {made_at.isoformat()}"),
        type=EventKind.APPROVED,
        timestamp=max(times, default=made_at),
        data=data,
    )


def event_of_receipt(receipt: Receipt) -> PostEvent | None:
    """Return the event that a receipt proves, or ``None``."""
    kind, post = _KINDS.get(receipt.kind), receipt.post
    if kind is None or receipt.awaits_link:
        return None
    mark = post.id if post else receipt.owner
    if kind is EventKind.FAILED and post is not None:
        # Published again, it may fail again.
        mark = f"{mark} {post.due_at}"
    data = _data(receipt.key, receipt.revision)
    if post is not None:
        shown = {"buffer_post_id": post.id, "link": post.external_link or "", "due_at": post.due_at}
        data = data.model_copy(update=shown | {"error": post.error or ""})
    at = post.sent_at if post and kind is EventKind.PUBLISHED else None
    return PostEvent(
        id=_id(kind, receipt.key, mark), type=kind, timestamp=at or receipt.recorded_at, data=data
    )


def _data(key: str, revision: int) -> EventData:
    campaign, _, channel_id = key.partition(":")
    return EventData(
        post=f"post:{key}",
        campaign=f"campaign:{campaign}",
        channel_id=channel_id,
        revision=revision,
    )


def _id(kind: EventKind, key: str, mark: str) -> str:
    return f"evt_{hashlib.sha256(f'{kind} {key} {mark}'.encode()).hexdigest()[:32]}"
