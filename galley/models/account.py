"""Messages to and from AccountWorkflow: limits, jobs, progress, receipts and pauses.

Posts, campaigns and the commands ``pause`` and ``limits`` send and receive them.
"""

from datetime import date
from enum import StrEnum
from typing import Self, TypedDict, Unpack

from pydantic import AwareDatetime, Field

from galley.models.base import Model
from galley.models.channel import ChannelDirectory
from galley.models.draft import Provenance
from galley.models.media import PublicAsset, StagedAsset
from galley.models.network import Platform
from galley.models.publishing import BufferPost, BufferReply, HoldReason, PostRequest, ReadKind
from galley.models.review import ApprovedProof
from galley.models.schedule import BusyTime, Timing

MOST_DAYS = 7
"""Days of a plan whose limits are read: each costs a call to Buffer."""


class ReadLimits(Model):
    """Read the limits of channels on one day, and of the plan.

    ``day`` is any instant of the day; this is one call to Buffer.
    """

    organization_id: str
    channel_ids: tuple[str, ...]
    day: AwareDatetime


class DailyLimit(Model):
    """One member of ``dailyPostingLimits``; ``limit`` is ``None`` without a cap."""

    channel_id: str
    sent: int
    scheduled: int
    limit: int | None = None


class PlanLimits(Model):
    """The limits of the organization's Buffer plan; ``None`` where Buffer did not say."""

    scheduled_posts: int | None = None
    """Per channel, scheduled at the same time."""
    scheduled_threads: int | None = Field(default=None, description="Per channel.")


class LimitsReply(BufferReply):
    """The limits of one day, or the reason why they could not be read.

    ``scheduled`` counts the posts that Buffer holds per channel, as far as they were
    read: a channel may have more.
    """

    kind: ReadKind
    daily: tuple[DailyLimit, ...] = ()
    plan: PlanLimits = PlanLimits()
    scheduled: dict[str, int] = Field(default_factory=dict)
    held: tuple[BusyTime, ...] = ()
    """Their due times."""


class AskLimits(Model):
    """A campaign's question about limits, before it is planned.

    Input of the activity ``ask_limits`` and of the update ``limits``.
    """

    organization_id: str
    channel_ids: tuple[str, ...] = Field(min_length=1)
    days: tuple[date, ...] = Field(
        default=(), max_length=MOST_DAYS, description="Each in the channel's own zone."
    )
    calls: int = Field(
        default=0, ge=0, le=10_000, description="Calls to Buffer the campaign makes."
    )


class DayLimits(Model):
    """The limits of each channel on one day of its own zone."""

    day: date
    daily: tuple[DailyLimit, ...]


class Opening(Model):
    """The next ``calls`` calls to Buffer, the last of which may go out at ``at``.

    ``window`` is the quota window that delayed them most, such as ``250 in 24 hours``; it is
    empty if they go out at once, one after the other.
    """

    at: AwareDatetime
    calls: int = Field(ge=1)
    window: str = ""


class Outlook(Model):
    """The room that Buffer has for a campaign, as far as it could be read.

    Answer of the update ``limits``. ``missing`` gives the reason why something was not
    read; it is empty if the answer is complete.
    """

    days: tuple[DayLimits, ...] = ()
    plan: PlanLimits = PlanLimits()
    scheduled: dict[str, int] = Field(
        default_factory=dict, description="Number of posts that Buffer holds, by channel."
    )
    held: tuple[BusyTime, ...] = ()
    """Due times of the next posts that Buffer holds."""
    openings: tuple[Opening, ...] = ()
    """Openings for the calls asked about, in order; runs are merged."""
    missing: str = ""


class OpenAccount(Model):
    """A campaign's request to the account, before it is planned.

    Input of the activity ``open_account`` and of the update ``open``.
    """

    asks_today: bool = False
    """Whether to read the limits of today too, which saves a call."""


class OpenedAccount(Model):
    """The channels, and the limits of today, if they were asked for.

    ``media_trouble``: why approved media cannot be fetched; ``is_signed``: posts need signatures.
    """

    directory: ChannelDirectory
    media_trouble: str = ""
    outlook: Outlook = Outlook()
    is_signed: bool = False


class PublishJobChanges(TypedDict, total=False):
    """The fields of a job that may change."""

    request: PostRequest
    revision: int
    approval: ApprovedProof | None
    provenance: Provenance | None
    claimed_at: AwareDatetime
    made_at: AwareDatetime | None
    timing: Timing | None
    look_first: bool
    is_question: bool
    post_id: str | None


class PublishJob(Model):
    """A post to be created, once. ``job_id`` is the post's idempotency key."""

    job_id: str
    owner: str = Field(description="Workflow ID and first run ID of the post.")
    reply_to: str = Field(description="Workflow ID that gets the ``progress`` signal.")
    request: PostRequest
    revision: int = Field(default=1, ge=1, description="The approved revision.")
    approval: ApprovedProof | None = Field(default=None, description="The request is made of it.")
    provenance: Provenance | None = None
    """The drafter of the text, and the pick."""
    claimed_at: AwareDatetime
    made_at: AwareDatetime | None = None
    """When its post made the first job. A post that was reset makes another: the newest counts,
    and news of an older one are ignored."""
    timing: Timing | None = None
    """Rules for a post that the quota makes late."""
    look_first: bool = False
    """An earlier attempt may exist: search Buffer before creating."""
    post_id: str | None = None
    """Buffer's ID of the post, where the post or a receipt knows it: that one is read first."""
    is_question: bool = False
    """The post only asks about its job, after a silence: a held job waits on for a person."""

    def replace(self, **changes: Unpack[PublishJobChanges]) -> Self:
        """Return a copy with other values, whose types are checked."""
        return self.model_copy(update=changes)

    def with_due_time(self, due_at: AwareDatetime) -> Self:
        """Return the job with another due time."""
        return self.replace(request=self.request.replace(due_at=due_at))


class ProgressKind(StrEnum):
    """The kinds of news that AccountWorkflow reports of a job."""

    CREATED = "created"
    REFUSED = "refused"
    """Buffer or the network refused the content, and made nothing."""
    DELAYED = "delayed"
    """Buffer does not take it for now; Galley tries again by itself."""
    HELD = "held"
    SENT = "sent"
    """Published, and Galley has the link or no longer waits for it."""
    SENT_WITHOUT_LINK = "sent_without_link"
    """Buffer reports ``sent``, but no link yet."""
    HANDED_TO_PERSON = "handed_to_person"
    """A draft in Buffer, or a sent reminder: a person publishes it."""
    PUBLISH_FAILED = "publish_failed"
    """Buffer reports an error, or no longer has the post."""
    CHANGED = "changed"
    """The change is carried out; ``post`` is the post as Buffer has it now."""
    CHANGE_REFUSED = "change_refused"
    """The post is as before; ``message`` gives the reason."""
    RETRACTED = "retracted"
    """The post is not in Buffer, and Galley will not create it."""
    PULLED_BACK = "pulled_back"
    """A pause took it out of Buffer; resume creates it again."""


class Progress(Model):
    """Signal ``progress`` from AccountWorkflow to PostWorkflow."""

    job_id: str
    kind: ProgressKind
    post: BufferPost | None = None
    message: str = ""
    reason: HoldReason | None = Field(default=None, description="Why the job is held.")
    change_id: int | None = Field(default=None, description="The change it answers.")
    revision: int = Field(default=0, description="Of the job; 0: not known.")
    made_at: AwareDatetime | None = Field(default=None, description="Of the post's newest job.")
    digest: str = Field(default="", description="SHA-256 of the content of the job.")
    has_other_words: bool = Field(default=False, description="Buffer has others than those.")


class HandOver(Model):
    """Claim the key in the state bucket, then pass the job to AccountWorkflow.

    The key is the job's id; the claim is the object ``claims/<key>.json``. With
    ``staged`` media these are made public first, and go with the job.
    """

    organization_id: str
    job: PublishJob
    staged: tuple[StagedAsset, ...] = ()
    despite_claim: bool = False
    """A person looked at the channel and approved, although another run claimed the key."""


class HandOverKind(StrEnum):
    """The outcomes of a hand-over."""

    HANDED_OVER = "handed_over"
    ALREADY_ENDED = "already_ended"
    """Another run used this key, and its last receipt says how the post ended."""
    CLAIMED_ELSEWHERE = "claimed_elsewhere"
    """Another run claimed this key, and no receipt says an end: a person must look."""
    NOT_HOSTED = "not_hosted"
    """Nothing was claimed: its media are not public yet, which takes time."""


class Claim(Model):
    """Content of ``claims/<key>.json``: created once, never overwritten."""

    key: str
    owner: str
    digest: str
    claimed_at: AwareDatetime


class Evidence(StrEnum):
    """How Galley knows what a receipt says."""

    REPLY = "reply"
    """Buffer's answer to the call that did it."""
    FOUND = "found"
    """Buffer's list, or a read of the post."""


class ReceiptKind(StrEnum):
    """What Buffer did for a key. Only ``sent`` proves a publication."""

    CREATED = "created"
    CHANGED = "changed"
    SENT = "sent"
    HANDED_TO_PERSON = "handed_to_person"
    """A draft in Buffer, or a reminder: a person publishes it."""
    PULLED_BACK = "pulled_back"
    RETRACTED = "retracted"
    """It is not in Buffer, and Galley will not create it."""
    ERROR = "error"
    """Buffer could not publish it, or lost it."""


IN_BUFFER = frozenset({ReceiptKind.CREATED, ReceiptKind.CHANGED, ReceiptKind.ERROR})
"""Last receipts of a post that Buffer has, and did not publish."""


class Receipt(Model):
    """Content of ``receipts/<key>.<time>.<kind>.json``; receipts of a key are appended."""

    key: str
    owner: str
    kind: ReceiptKind
    post: BufferPost | None = Field(description="``None``: Buffer never had it.")
    evidence: Evidence
    revision: int = Field(default=1, ge=0, description="The approved one; 0: not known.")
    digest: str = Field(default="", description="SHA-256 of new content.")
    provenance: Provenance | None = None
    """The drafter of new content: prompt, model, tokens, cost, pick."""
    awaits_link: bool = Field(default=False, description="A later receipt of SENT has its link.")
    made_at: AwareDatetime | None = Field(default=None, description="Of the post's newest job.")
    recorded_at: AwareDatetime


class HandOverReply(Model):
    """The outcome of the claim, and the media made public for the job."""

    kind: HandOverKind
    receipt: Receipt | None = Field(default=None, description="Another run's last one.")
    claimed_by: str = ""
    media: tuple[PublicAsset, ...] = ()


class Untold(Model):
    """News for a post that has not got it yet."""

    reply_to: str
    progress: Progress


class TellPosts(Model):
    """Send posts their news, then append receipts. The news of one post are in order."""

    news: tuple[Untold, ...] = ()
    receipts: tuple[Receipt, ...] = ()


class PostsTold(Model):
    """All news are sent; ``unwritten`` gives the reason if a receipt was not written."""

    unwritten: str = ""


class PauseScope(Model):
    """The scope of a pause: everything, or the posts that match all named fields."""

    platform: Platform | None = None
    channel_id: str | None = Field(default=None, max_length=100)
    campaign_key: str | None = Field(
        default=None, max_length=100, description="The part of a job id before ':'."
    )

    @property
    def is_everything(self) -> bool:
        """Whether no call may go out, not even a read."""
        return self == PauseScope()

    def covers(self, job_id: str, request: PostRequest) -> bool:
        """Return whether the pause stops a job."""
        key = job_id.partition(":")[0]
        return (
            self.platform in {None, request.platform}
            and self.channel_id in {None, request.channel_id}
            and self.campaign_key in {None, key}
        )


class PauseCause(StrEnum):
    """The reasons for which calls to Buffer are paused."""

    PERSON = "person"
    ACCOUNT_LOST = "account_lost"
    """AccountWorkflow was terminated or lost: a fresh run does not know what was under way."""
    ACCOUNT_RESET = "account_reset"
    """AccountWorkflow was reset: it forgot what it did after that point."""


class Pause(Model):
    """Input of the ``pause`` signal of AccountWorkflow.

    With ``pull_back`` Galley deletes the posts that Buffer holds, and remembers them;
    ``resume`` creates them again, once.
    """

    by: str = Field(min_length=1, max_length=120)
    note: str = Field(default="", max_length=4000)
    scope: PauseScope = PauseScope()
    pull_back: bool = False
    at: AwareDatetime | None = Field(default=None, description="Set when it is heard.")
    cause: PauseCause = Field(
        default=PauseCause.PERSON, description="Another one is Galley's own; `resume` lifts it."
    )


class Resume(Model):
    """Input of the ``resume`` signal: ends the pauses of exactly this scope."""

    by: str = Field(min_length=1, max_length=120)
    scope: PauseScope = PauseScope()
