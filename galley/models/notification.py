"""Notifications: what needs a person, the messages about it, and what was sent by them.

AttentionWorkflow looks for needs, and NotificationWorkflow sends one message to each
channel.
"""

from datetime import timedelta
from enum import StrEnum

from pydantic import AwareDatetime, Field

from galley.models.base import Model

MOST_ITEMS = 20
"""Of one message; how many more there are stands beside them."""


class NotificationKind(StrEnum):
    """The kinds of news that need a person, the most urgent first."""

    ACCESS_LOST = "buffer_access_lost"
    POST_HELD = "post_held"
    POST_FAILED = "post_failed"
    """Buffer or the network did not take it, or a step failed for good."""
    MEDIA_LOST = "media_lost"
    POST_LATE = "post_late"
    RUN_ENDED = "run_ended"
    """In Temporal, from outside: nothing follows the post any more."""
    BUDGET_REACHED = "budget_reached"
    CAMPAIGN_FAILED = "campaign_failed"
    FEED_FAILED = "feed_failed"
    REVIEW_EXPIRED = "review_expired"
    REVIEW_EXPIRING = "review_expiring"
    REVIEW_WAITING = "review_waiting"
    EDIT_PROPOSED = "edit_proposed"
    TEST = "test"


class NotifyChannel(StrEnum):
    """The ways to reach a person."""

    WEBHOOK = "webhook"
    MAIL = "mail"
    SLACK = "slack"


class NotifiedItem(Model):
    """One post, campaign or feed that a message is about."""

    workflow_id: str
    platform: str = ""
    channel: str = Field(default="", description="The account's name.")
    title: str = ""
    state: str = ""
    revision: int = Field(default=0, description="Of the draft; 0: it has none.")
    due_at: AwareDatetime | None = None
    expires_at: AwareDatetime | None = None
    why: str = Field(default="", description="What went wrong, in a sentence.")
    text: str = Field(default="", description="Of the draft, if it may be told.")
    link: str = Field(default="", description="Its page in the Temporal UI.")


class Notification(Model):
    """One message, as it is kept in the state bucket and sent to every channel."""

    id: str = Field(description="The same for the same news: receivers know it by it.")
    kind: NotificationKind
    title: str
    at: AwareDatetime
    count: int = Field(description="How many it is about; ``items`` may be fewer.")
    campaigns: tuple[str, ...] = ()
    items: tuple[NotifiedItem, ...] = Field(default=(), max_length=MOST_ITEMS)
    commands: tuple[str, ...] = Field(default=(), description="What to run next.")


class Need(Model):
    """One thing that needs a person, as a look found it."""

    key: str = Field(description="Told once: workflow, revision and kind.")
    kind: NotificationKind
    group: str = Field(default="", description="Told together: a campaign's ID.")
    item: NotifiedItem
    is_settling: bool = Field(
        default=False, description="More of its group is being drafted just now."
    )


class Told(Model):
    """One need that was put into a message."""

    at: AwareDatetime
    gone_at: AwareDatetime | None = Field(
        default=None, description="When it was first not seen any more."
    )


class Watched(Model):
    """The view of a post when it was last read."""

    state: str = Field(description="As it was listed then.")
    revision: int
    expires_at: AwareDatetime | None = None
    channel: str = ""
    why: str = ""
    text: str = ""


class NotifyBook(Model):
    """The news told, and the news waiting; one object in the state bucket."""

    told: dict[str, Told] = Field(default={}, description="By what a need is known by.")
    waiting: dict[str, AwareDatetime] = Field(
        default={}, description="Seen first at that time, and not told yet."
    )
    watched: dict[str, Watched] = Field(
        default={}, description="Posts that need a person, by workflow ID."
    )
    pending: dict[str, str] = Field(
        default={}, description="Titles of messages whose run is not known to be started, by ID."
    )
    looked_at: AwareDatetime | None = None


class LookAround(Model):
    """Find what needs a person and was not told yet."""

    task_queue: str = Field(description="That of the workflows that are looked at.")
    started: tuple[str, ...] = Field(
        default=(), description="Messages that are on their way since the last look."
    )


class Outgoing(Model):
    """A message that is to be sent; its words are in the state bucket."""

    id: str
    title: str
    channels: tuple[NotifyChannel, ...]


class LookReply(Model):
    """The messages that a look found to send."""

    outgoing: tuple[Outgoing, ...] = ()
    is_wanted: bool = Field(default=True, description="Whether any channel is configured.")
    every: timedelta = Field(
        default=timedelta(minutes=1), description="How long to wait for the next."
    )


class AttentionInput(Model):
    """Input of AttentionWorkflow, ID ``attention:<task queue>``."""

    started: tuple[str, ...] = ()
    events_per_run: int = 800


class DeliverNotification(Model):
    """Send one message by one channel."""

    id: str
    channel: NotifyChannel


class Delivered(Model):
    """The message was taken."""

    channel: NotifyChannel
    at: AwareDatetime
    said: str = Field(default="", description="What the receiver answered, in words.")


class NotificationResult(Model):
    """Every channel took it."""

    delivered: tuple[Delivered, ...]
