"""Requests to Buffer and typed replies: posts, edits, moves, reads and rate windows."""

from enum import StrEnum
from typing import Literal, Self, TypeAlias, TypedDict, Unpack

from pydantic import AwareDatetime, Field

from galley.models.base import Model
from galley.models.channel import ChannelDirectory, Delivery, QueuePosition
from galley.models.draft import Provenance
from galley.models.media import PublicAsset
from galley.models.network import Extras, Platform
from galley.models.review import ApprovedProof


class RateWindow(Model):
    """One rolling window as Buffer's ``RateLimit`` headers report it."""

    seconds: int = Field(description="Length: 900, 86400 or 2592000.")
    limit: int
    remaining: int
    resets_in: int = Field(description="Seconds until the window is empty again.")


class PostRequestChanges(TypedDict, total=False):
    """The fields of a request that may change after it was made."""

    text: str
    thread: tuple[str, ...]
    title: str
    link: str
    assets: tuple[PublicAsset, ...]
    extras: Extras | None
    delivery: Delivery
    due_at: AwareDatetime


class PostRequest(Model):
    """One ``createPost`` in Galley's terms; the Buffer client translates it.

    ``due_at`` is always set. With the mode ``customScheduled`` Buffer gets it, and an
    exact due time is part of the evidence for finding a post after a lost
    reply. In any other mode it only sorts the calls.
    """

    channel_id: str
    platform: Platform
    text: str
    thread: tuple[str, ...] = ()
    title: str = ""
    link: str = ""
    board_service_id: str = ""
    assets: tuple[PublicAsset, ...] = ()
    extras: Extras | None = None
    delivery: Delivery = Delivery()
    due_at: AwareDatetime

    def replace(self, **changes: Unpack[PostRequestChanges]) -> Self:
        """Return a copy with other values, whose types are checked."""
        return self.model_copy(update=changes)


class BufferPost(Model):
    """A post as Buffer holds it, with the fields that Galley needs."""

    id: str
    channel_id: str
    status: str = Field(description="Buffer's own term, kept even if Galley does not know it.")
    text: str = ""
    due_at: AwareDatetime | None = None
    created_at: AwareDatetime | None = None
    sent_at: AwareDatetime | None = None
    external_link: str | None = None
    error: str | None = None

    def without_text(self) -> Self:
        """Return the post without its text, which its owner has."""
        return self.model_copy(update={"text": ""})


class ReplyKind(StrEnum):
    """The outcomes of a request to Buffer."""

    OK = "ok"
    """Buffer did it, or answered."""
    GONE = "gone"
    """Buffer has no such post; for a deletion as good as OK."""
    REFUSED = "refused"
    """Buffer refused it, for a reason that a person must mend."""
    NOT_NOW = "not_now"
    """Buffer does not take it now, for a reason outside its content: ``reason`` names it."""
    DUPLICATE = "duplicate"
    """Buffer says that this was posted recently: the post is searched for."""
    RATE_LIMITED = "rate_limited"
    UNAUTHORIZED = "unauthorized"
    """The key is wrong or revoked; nothing was done."""
    WITHHELD = "withheld"
    """A pause, a person or a receipt of its retraction stopped it before the request left."""
    NOT_SENT = "not_sent"
    """The request certainly never reached Buffer, for a reason on our side."""
    UNREACHABLE = "unreachable"
    """Buffer gave no answer, and no other request would get one now.

    A ``createPost`` certainly never reached Buffer.
    """
    STORE_AWAY = "store_away"
    """The bucket did not take the attempt, or it is not known who approved: nothing was sent."""
    ATTEMPTED = "attempted"
    """This attempt, or a post of it, is already on record: nothing was sent now."""
    UNKNOWN = "unknown"
    """The reply to a ``createPost`` was lost: the post may or may not exist."""
    FAILED = "failed"
    """No useful answer to a request that is safe to repeat: repeat it."""


CreateKind: TypeAlias = Literal[
    ReplyKind.OK,
    ReplyKind.REFUSED,
    ReplyKind.NOT_NOW,
    ReplyKind.DUPLICATE,
    ReplyKind.RATE_LIMITED,
    ReplyKind.UNAUTHORIZED,
    ReplyKind.WITHHELD,
    ReplyKind.NOT_SENT,
    ReplyKind.UNREACHABLE,
    ReplyKind.STORE_AWAY,
    ReplyKind.ATTEMPTED,
    ReplyKind.UNKNOWN,
]
"""Outcomes of ``createPost``, which must not be repeated blindly."""
ChangeReplyKind: TypeAlias = Literal[
    ReplyKind.OK,
    ReplyKind.GONE,
    ReplyKind.REFUSED,
    ReplyKind.RATE_LIMITED,
    ReplyKind.UNAUTHORIZED,
    ReplyKind.UNREACHABLE,
    ReplyKind.STORE_AWAY,
    ReplyKind.FAILED,
]
"""Outcomes of a request that changes or reads one post.

It names the desired state of the post, so a repetition does no harm.
"""
ReadKind: TypeAlias = Literal[
    ReplyKind.OK,
    ReplyKind.RATE_LIMITED,
    ReplyKind.UNAUTHORIZED,
    ReplyKind.UNREACHABLE,
    ReplyKind.FAILED,
]
"""Outcomes of a request that reads a list."""


class HoldReason(StrEnum):
    """Why a post does not go on. The sentence beside it is for people; code reads this."""

    ACCESS_LOST = "access_lost"
    """Buffer does not accept the key or the authorization: no post gets through."""
    IN_DOUBT = "in_doubt"
    """Buffer may have the post, and no answer tells."""
    REPEAT = "repeat"
    """Buffer takes the text for a repeat, and shows no such post."""
    NOT_REACHED = "not_reached"
    """No attempt reached Buffer, or all were refused before the post was looked at."""
    CHANGED_IN_BUFFER = "changed_in_buffer"
    """A person edited, moved or deleted it there."""
    CLAIMED = "claimed"
    """Another run claimed the key of this post."""
    MEDIA = "media"
    """Its media are not public, or Buffer could not fetch them."""
    PLAN_FULL = "plan_full"
    """Buffer's plan takes no more posts of this channel for now."""
    CHANNEL_LOST = "channel_lost"
    """The channel is disconnected, locked or gone: a person connects it again in Buffer."""
    TIME_PASSED = "time_passed"
    """Its due time had passed when Buffer got it."""
    CONTENT_REFUSED = "content_refused"
    """Buffer or the network refused the content: it is reviewed again."""
    NOT_LET_OUT = "not_let_out"
    """A worker with a team did not let it out as it was approved: it is reviewed again."""
    EARLIER_WORDS = "earlier_words"
    """Buffer has the words from before the post was reset, and did not take the new ones."""
    WORDS_DROPPED = "words_dropped"
    """AccountWorkflow kept the post without its text, to save room."""


class BufferReply(Model):
    """The fields of every reply. A failure is a reply, never an exception."""

    message: str = ""
    reason: HoldReason | None = None
    """Why a person must look before it is tried again, where Buffer's answer tells."""
    retry_after: float | None = Field(default=None, description="Seconds.")
    windows: tuple[RateWindow, ...] = ()


class CreatePost(Model):
    """One attempt at ``createPost``; ``attempt`` counts those of the job, from 1."""

    job_id: str
    attempt: int
    request: PostRequest
    approval: ApprovedProof | None = None
    provenance: Provenance | None = None
    receipts_since: AwareDatetime | None = Field(
        default=None,
        description="Set after an operator's reset of the account: receipts tell what it forgot.",
    )
    made_at: AwareDatetime | None = Field(
        default=None, description="When its post made the job: an earlier one's end does not count."
    )


class CreateReply(BufferReply):
    """Typed result of one ``createPost`` attempt."""

    kind: CreateKind
    post: BufferPost | None = Field(
        default=None, description="The new one; with ATTEMPTED: the one that is there."
    )
    attempts: int = Field(default=0, description="With ATTEMPTED: the last attempt on record.")
    is_numbered: bool = Field(
        default=True, description="Whether it got as far as its number; else the next one has that."
    )


class FindPost(Model):
    """Search for a post of Galley's after a lost reply: the evidence that identifies it."""

    organization_id: str
    job_id: str = ""
    approval: ApprovedProof | None = None
    provenance: Provenance | None = None
    request: PostRequest
    created_since: AwareDatetime
    after: str | None = Field(default=None, description="Page cursor.")
    earlier_due: tuple[AwareDatetime, ...] = ()
    """Other due times of earlier attempts."""
    taken: tuple[str, ...] = ()
    """Buffer IDs of posts known to be others."""


class FindReply(BufferReply):
    """One page of the search: the post if it is there, else the next cursor."""

    kind: ReadKind
    post: BufferPost | None = None
    near: BufferPost | None = None
    """A post that a person may have made of it: other words at its time, or its words at
    another time."""
    next_page: str | None = None


class ListChannels(Model):
    """Read the channel map of an organization."""

    organization_id: str


class ChannelsReply(BufferReply):
    """The channel map, or the reason why it could not be read."""

    kind: ReadKind
    directory: ChannelDirectory | None = None


class ReadOutcomes(Model):
    """One page of outcomes of all outstanding posts."""

    organization_id: str
    post_ids: tuple[str, ...]
    due_since: AwareDatetime
    after: str | None = None


class OutcomesReply(BufferReply):
    """The outstanding posts found on this page, in any status."""

    kind: ReadKind
    posts: tuple[BufferPost, ...] = ()
    next_page: str | None = None


class EditPost(Model):
    """One ``editPost``: all content, metadata and assets; the schedule on request.

    Source: https://developers.buffer.com/types/EditPostInput.md. An edit that leaves
    metadata or assets out is refused, or loses them.
    """

    post_id: str
    job_id: str = ""
    request: PostRequest
    approval: ApprovedProof | None = None
    provenance: Provenance | None = None
    sets_schedule: bool = False
    """Also set mode and due time to those of ``request``."""


class DeletePost(Model):
    """One ``deletePost``."""

    post_id: str


class MovePost(Model):
    """One ``movePostInQueue``, which Buffer calls experimental."""

    post_id: str
    position: QueuePosition


class ReadPost(Model):
    """One ``post`` query by ID."""

    post_id: str


class ChangeReply(BufferReply):
    """Typed result of one change or one read of a post."""

    kind: ChangeReplyKind
    post: BufferPost | None = None


class ListUnsent(Model):
    """Input of the activity ``list_unsent`` and of the update ``unsent``: one page."""

    organization_id: str
    after: str | None = Field(default=None, description="The ``next_page`` of the page before.")


class UnsentPost(Model):
    """A post that Buffer has not sent yet, and the URLs of its media."""

    id: str
    addresses: tuple[str, ...] = ()


class UnsentPage(Model):
    """A page of unsent posts: answer of the update ``unsent``."""

    posts: tuple[UnsentPost, ...] = ()
    next_page: str | None = None


class UnsentReply(BufferReply):
    """One page, or the reason why it could not be read."""

    kind: ReadKind
    page: UnsentPage = UnsentPage()
