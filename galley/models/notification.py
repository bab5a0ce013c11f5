"""Notifications: needs of a person, the messages about them, and their delivery.

AttentionWorkflow finds needs, and NotificationWorkflow sends one message to each
channel.
"""

from datetime import timedelta
from enum import StrEnum

from pydantic import AwareDatetime, Field

from galley.models.base import Model
from galley.models.publishing import HoldReason

MOST_ITEMS = 20
"""Items of one message, which also gives the number of further ones."""


class NotificationKind(StrEnum):
    """The kinds of news that need a person, the most urgent first."""

    ACCESS_LOST = "buffer_access_lost"
    ACCOUNT_PAUSED = "account_paused"
    """Galley paused its calls to Buffer: the account was lost or reset."""
    POST_HELD = "post_held"
    POST_FAILED = "post_failed"
    """Buffer or the network refused it, or a step failed for good."""
    MEDIA_LOST = "media_lost"
    POST_LATE = "post_late"
    RUN_ENDED = "run_ended"
    """A person ended the run in Temporal: nothing follows the post any more."""
    BUDGET_REACHED = "budget_reached"
    CAMPAIGN_FAILED = "campaign_failed"
    CAMPAIGN_WAITING = "campaign_waiting"
    """It has waited a quarter of an hour for Buffer or its account, or an hour for the bucket."""
    FEED_FAILED = "feed_failed"
    REVIEW_EXPIRED = "review_expired"
    REVIEW_EXPIRING = "review_expiring"
    REVIEW_WAITING = "review_waiting"
    EDIT_PROPOSED = "edit_proposed"
    MENTIONED = "mentioned"
    """A person names another in a comment on a post."""
    TEST = "test"


class NotifyChannel(StrEnum):
    """The ways to reach a person."""

    WEBHOOK = "webhook"
    MAIL = "mail"
    SLACK = "slack"
    EVENTS = "events"
    """A program that follows the events of posts; it is told of no needs."""
    PUSH = "push"
    """The browsers of people who asked for it on the review pages."""


class NotifiedItem(Model):
    """One post, campaign or feed that a message is about."""

    workflow_id: str
    platform: str = ""
    channel: str = Field(default="", description="The account's name.")
    title: str = ""
    state: str = ""
    revision: int = Field(default=0, description="Revision of the draft; 0: no draft.")
    due_at: AwareDatetime | None = None
    expires_at: AwareDatetime | None = None
    why: str = Field(default="", description="The trouble, in a sentence.")
    text: str = Field(default="", description="Text of the draft, if settings allow it.")
    link: str = Field(default="", description="Its page in the Temporal UI.")
    page: str = Field(default="", description="Its review page; who decides there signs in first.")
    digest: str = Field(default="", description="Of the proof that a person is asked about.")


class Notification(Model):
    """One message, as stored in the state bucket and sent to every channel."""

    id: str = Field(description="The same for the same news: receivers drop repetitions.")
    kind: NotificationKind
    title: str
    at: AwareDatetime
    count: int = Field(description="Number of needs; ``items`` may be fewer.")
    campaigns: tuple[str, ...] = ()
    to: tuple[str, ...] = Field(
        default=(), description="People it is for; empty: all who are told."
    )
    items: tuple[NotifiedItem, ...] = Field(default=(), max_length=MOST_ITEMS)
    commands: tuple[str, ...] = Field(default=(), description="Commands to run next.")


class Need(Model):
    """One thing that needs a person, as a look found it."""

    key: str = Field(description="Workflow, revision and kind: each key is told once.")
    kind: NotificationKind
    group: str = Field(default="", description="A campaign ID: its needs share a message.")
    item: NotifiedItem
    is_settling: bool = False
    """More of its group is being drafted."""


class Told(Model):
    """A need that was put into a message."""

    at: AwareDatetime
    gone_at: AwareDatetime | None = None
    """The first look that no longer saw it."""


class Watched(Model):
    """The view of a post when it was last read."""

    state: str = Field(description="Its listed state then.")
    revision: int
    expires_at: AwareDatetime | None = None
    channel: str = ""
    why: str = ""
    held_for: HoldReason | None = None
    text: str = ""
    digest: str = ""


class NotifyBook(Model):
    """Needs told and needs waiting; one object in the state bucket."""

    told: dict[str, Told] = Field(default={}, description="By key of the need.")
    waiting: dict[str, AwareDatetime] = Field(default={})
    """First seen at that time, and not told yet."""
    watched: dict[str, Watched] = Field(default={})
    """Posts that need a person, by workflow ID."""
    pending: dict[str, str] = Field(default={})
    """Titles, by ID, of messages whose run may not have started."""
    looked_at: AwareDatetime | None = None


class LookAround(Model):
    """Find needs of a person that were not told yet."""

    task_queue: str = Field(description="Task queue of the workflows to look at.")
    started: tuple[str, ...] = ()
    """Messages started since the last look."""


class Outgoing(Model):
    """A message to be sent; its text is in the state bucket."""

    id: str
    title: str
    channels: tuple[NotifyChannel, ...]


class LookReply(Model):
    """The messages to send after a look."""

    outgoing: tuple[Outgoing, ...] = ()
    is_wanted: bool = Field(default=True, description="Whether any channel is configured.")
    every: timedelta = timedelta(minutes=1)
    """Time until the next look."""


class AttentionInput(Model):
    """Input of AttentionWorkflow, ID ``attention:<task queue>``."""

    started: tuple[str, ...] = ()
    events_per_run: int = 800


class DeliverNotification(Model):
    """Send one message by one channel."""

    id: str
    channel: NotifyChannel


class Delivered(Model):
    """A channel took the message."""

    channel: NotifyChannel
    at: AwareDatetime
    said: str = Field(default="", description="The receiver's answer, in words.")


class NotificationResult(Model):
    """The deliveries of a message, one a channel."""

    delivered: tuple[Delivered, ...]
