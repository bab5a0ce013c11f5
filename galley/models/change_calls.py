"""One request to Buffer that changes or reads a single post, and its typed reply."""

from enum import StrEnum

from pydantic import Field

from galley.models.base import Model
from galley.models.delivery import QueuePosition
from galley.models.publishing import BufferPost, PostRequest, RateWindow


class ChangeReplyKind(StrEnum):
    """What became of one ``editPost``, ``deletePost`` or ``movePostInQueue``.

    Each may be repeated without harm: it says how the post shall be.
    """

    DONE = "done"
    GONE = "gone"
    """Buffer has no such post; for a deletion, that is done."""
    REFUSED = "refused"
    RATE_LIMITED = "rate_limited"
    UNAUTHORIZED = "unauthorized"
    FAILED = "failed"
    """It may or may not have been carried out: look, or say it again."""
    UNREACHABLE = "unreachable"
    """The same, because Buffer gave no answer."""


class EditPost(Model):
    """One ``editPost``: all content, metadata and assets; the schedule if asked.

    Source: https://developers.buffer.com/types/EditPostInput.md. An edit that leaves
    metadata or assets out is refused, or loses them.
    """

    post_id: str
    request: PostRequest
    sets_schedule: bool = Field(
        default=False, description="Also set mode and due time, by ``request``."
    )


class DeletePost(Model):
    """One ``deletePost``."""

    post_id: str


class MovePost(Model):
    """One ``movePostInQueue``, which Buffer calls experimental."""

    post_id: str
    position: QueuePosition


class ReadPost(Model):
    """One ``post`` by id."""

    post_id: str


class ChangeReply(Model):
    """Typed result of one change or of one look at a post. Never an exception."""

    kind: ChangeReplyKind
    post: BufferPost | None = None
    message: str = ""
    retry_after: float | None = Field(default=None, description="Seconds.")
    windows: tuple[RateWindow, ...] = ()
