"""What passes between a post and the AccountWorkflow that runs its Buffer calls."""

from enum import StrEnum

from pydantic import AwareDatetime, Field

from galley.models.base import Model
from galley.models.draft import Provenance
from galley.models.media import PublicAsset, StagedAsset
from galley.models.publishing import BufferPost, PostRequest
from galley.models.timing import Timing


class PublishJob(Model):
    """A post to be created, once. ``job_id`` is the post's idempotency key."""

    job_id: str
    owner: str = Field(description="Workflow ID and first run ID of the post.")
    reply_to: str = Field(description="Workflow ID that gets the ``progress`` signal.")
    request: PostRequest
    revision: int = Field(default=1, ge=1, description="The approved one it carries.")
    provenance: Provenance | None = Field(
        default=None, description="Who wrote it, and what was picked from."
    )
    claimed_at: AwareDatetime
    timing: Timing | None = Field(
        default=None, description="Binds a post that the quota made late."
    )
    look_first: bool = Field(
        default=False,
        description="An earlier attempt may exist: search Buffer before creating.",
    )
    is_question: bool = Field(
        default=False,
        description="The post only asks what became of it, after a silence: what is "
        "held goes on waiting for a person.",
    )


class ProgressKind(StrEnum):
    """What AccountWorkflow reports of a job."""

    CREATED = "created"
    REFUSED = "refused"
    HELD = "held"
    SENT = "sent"
    """Published, and the link is there, or is not waited for any longer."""
    SENT_WITHOUT_LINK = "sent_without_link"
    """Published, says Buffer, yet it gives no link to the post so far."""
    HANDED_TO_PERSON = "handed_to_person"
    """A draft in Buffer, or a reminder that was sent: a person publishes it."""
    PUBLISH_FAILED = "publish_failed"
    """Buffer tried and reports an error, or has the post no longer."""
    CHANGED = "changed"
    """The change is carried out; ``post`` is how Buffer has it now."""
    CHANGE_REFUSED = "change_refused"
    """The post stands as it was; ``message`` says why."""
    RETRACTED = "retracted"
    """The post is not in Buffer, and Galley will not create it."""
    PULLED_BACK = "pulled_back"
    """Taken out of Buffer by a pause; it is created again on resume."""


class Progress(Model):
    """Signal ``progress`` from AccountWorkflow to PostWorkflow."""

    job_id: str
    kind: ProgressKind
    post: BufferPost | None = None
    message: str = ""
    change_id: int | None = Field(default=None, description="The change it answers.")


class HandOver(Model):
    """Claim the key in the state bucket, then pass the job to AccountWorkflow.

    The key is the job's id; the claim is the object ``claims/<key>.json``. With
    ``staged`` media these are made public first, and go with the job.
    """

    organization_id: str
    job: PublishJob
    staged: tuple[StagedAsset, ...] = ()
    despite_claim: bool = Field(
        default=False,
        description="A person looked at the channel and approved although another "
        "run claimed the key.",
    )


class HandOverKind(StrEnum):
    """Whether the job was passed on."""

    HANDED_OVER = "handed_over"
    ALREADY_PUBLISHED = "already_published"
    """Another run used this key before and its receipt says the post exists."""
    CLAIMED_ELSEWHERE = "claimed_elsewhere"
    """Another run claimed this key and left no receipt: a person must look."""
    NOT_HOSTED = "not_hosted"
    """Nothing was claimed or passed on: its media are not public, which takes time."""


class HandOverReply(Model):
    """What the claim said, and the media that were made public for the job."""

    kind: HandOverKind
    receipt: BufferPost | None = None
    claimed_by: str = ""
    media: tuple[PublicAsset, ...] = ()


class Claim(Model):
    """Content of ``claims/<key>.json``: created once, never overwritten."""

    key: str
    owner: str
    digest: str
    claimed_at: AwareDatetime


class Receipt(Model):
    """Content of ``receipts/<key>.json``: what Buffer answered for a claimed key.

    An edit that Buffer took is ``receipts/<key>.r<revision>.json``.
    """

    key: str
    owner: str
    post: BufferPost
    evidence: str = Field(
        description="``reply`` or ``found``: how we know it is ours; or ``edited``."
    )
    revision: int = Field(default=1, ge=1, description="The approved one it was.")
    digest: str = Field(default="", description="SHA-256 of the content sent.")
    provenance: Provenance | None = Field(
        default=None, description="Who wrote it: prompt, model, tokens, cost, pick."
    )
    recorded_at: AwareDatetime


class Untold(Model):
    """News that a post was not told yet."""

    reply_to: str
    progress: Progress


class TellPosts(Model):
    """Tell posts what became of them, then write receipts.

    What is told one post is in order. A receipt that is already there stays.
    """

    news: tuple[Untold, ...] = ()
    receipts: tuple[Receipt, ...] = ()


class PostsTold(Model):
    """All news are told; the receipts are written, unless it is said why not."""

    unwritten: str = ""
