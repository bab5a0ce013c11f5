"""ReleaseRecord: what the gate before Buffer remembers of one post, in the state bucket.

Who writes to Temporal does not reach it: an approval has an end, and an edit goes to no other post.
"""

from datetime import datetime
from typing import Self

from pydantic import AwareDatetime

from galley.models.base import Model
from galley.models.publishing import CreatePost, EditPost
from galley.models.review import ApprovedProof, Refusal, RefusalReason

_MOST_POSTS = 100
"""A post that is pulled back is created again."""


class ReleaseRecord(Model):
    """Content of ``releases/<key>.json``."""

    approved_at: AwareDatetime | None = None
    """When the newest approval that a worker verified was signed."""
    ended_at: AwareDatetime | None = None
    """When the post ended: what was approved until then lets nothing out any more."""
    buffer_ids: tuple[str, ...] = ()
    """Of the posts that Buffer made of it, the newest last."""

    def approved(self, approval: ApprovedProof) -> Self:
        """Return the record with an approval that was verified."""
        times = filter(None, (self.approved_at, signed_at(approval)))
        return self.model_copy(update={"approved_at": max(times, default=None)})

    def ended(self, now: datetime) -> Self:
        """Return the record of a post that ends now."""
        # By another clock an approval may have been signed later than now.
        return self.model_copy(update={"ended_at": max(now, self.approved_at or now)})

    def created(self, buffer_id: str) -> Self:
        """Return the record with one more post of Buffer."""
        ids = (*(one for one in self.buffer_ids if one != buffer_id), buffer_id)
        return self.model_copy(update={"buffer_ids": ids[-_MOST_POSTS:]})

    def why_not(self, task: CreatePost | EditPost) -> Refusal | None:
        """Return why a verified approval lets nothing out by now, or ``None``."""
        at = signed_at(task.approval) if task.approval else None
        why = ""
        if self.ended_at is not None and (at is None or at <= self.ended_at):
            ended = f"{self.ended_at:%Y-%m-%d %H:%M:%S %Z}"
            why = f"the post ended at {ended}, and its approval with it."
        elif self.approved_at is not None and (at is None or at < self.approved_at):
            why = f"another was approved since, at {self.approved_at:%Y-%m-%d %H:%M:%S %Z}."
        elif isinstance(task, EditPost) and task.post_id not in self.buffer_ids:
            why = f"Buffer's post {task.post_id[:40]} was not made of it."
        return Refusal(reason=RefusalReason.STALE, message=why) if why else None


def signed_at(approval: ApprovedProof) -> datetime | None:
    """Return when the last person signed for a proof; ``None``: its policy approved it."""
    signed = (*approval.decisions, *((approval.moved,) if approval.moved else ()))
    return max((one.at for one in signed if one.at), default=None)
