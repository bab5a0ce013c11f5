"""Channels, the accounts connected in Buffer, and the delivery of a post to them.

The Buffer client reads channels; planning, checks and publishing take them.
"""

from datetime import time
from enum import StrEnum
from typing import Self

from pydantic import AwareDatetime, Field, model_validator

from galley.models.base import Model
from galley.models.network import Platform


class ShareMode(StrEnum):
    """Buffer's share modes: https://developers.buffer.com/guides/posts-and-scheduling.md."""

    CUSTOM_SCHEDULED = "customScheduled"
    """At the due time."""
    ADD_TO_QUEUE = "addToQueue"
    """The next free slot of the channel's posting schedule."""
    SHARE_NEXT = "shareNext"
    """The front of the queue."""
    SHARE_NOW = "shareNow"
    """At once."""


class SchedulingType(StrEnum):
    """The publisher of a post: Buffer, or a person whom Buffer reminds."""

    AUTOMATIC = "automatic"
    NOTIFICATION = "notification"


class QueuePosition(StrEnum):
    """The ends of a queue, for ``movePostInQueue``."""

    TOP = "top"
    BOTTOM = "bottom"


class Delivery(Model):
    """The mode in which Buffer gets each post of a campaign.

    The default, an exact due time, is the best evidence for finding a post after a lost
    reply.
    """

    mode: ShareMode = ShareMode.CUSTOM_SCHEDULED
    scheduling_type: SchedulingType = SchedulingType.AUTOMATIC
    save_to_draft: bool = False
    """Buffer keeps it as a draft; a person schedules it there."""
    needs_approval: bool = False
    """A person approves it in Buffer, where the channel's policy wants that."""

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if self.save_to_draft and self.needs_approval:
            raise ValueError("a post is a draft or waits for approval, not both")
        return self

    def with_mode(self, mode: ShareMode) -> Self:
        """Return the delivery with another share mode."""
        return self.model_copy(update={"mode": mode})

    @property
    def has_due_time(self) -> bool:
        """Whether Buffer gets a due time; otherwise its queue, or a person, decides."""
        return self.mode is ShareMode.CUSTOM_SCHEDULED and not self.save_to_draft


class Board(Model):
    """A Pinterest board; ``service_id`` is what a pin must name."""

    service_id: str
    name: str


class PostingDay(Model):
    """The slots of one weekday in Buffer's posting schedule of a channel."""

    weekday: int = Field(ge=0, le=6, description="0 is Monday.")
    times: tuple[time, ...] = Field(description="Wall clock in the channel's zone.")


class Channel(Model):
    """One connected account on a network. ``id`` is Buffer's channel id."""

    id: str
    name: str
    platform: Platform
    timezone: str = "UTC"
    is_disconnected: bool = False
    is_locked: bool = False
    is_queue_paused: bool = False
    reminders_only: bool = False
    shortens_links: bool = False
    max_characters: int | None = None
    boards: tuple[Board, ...] = ()
    posting_schedule: tuple[PostingDay, ...] = ()
    """Days with slots; a day that is paused in Buffer is left out."""

    def unusable_because(self, delivery: Delivery) -> str | None:
        """Return why no post can be delivered so, with the next step, or ``None``."""
        if self.is_disconnected:
            return "is disconnected: reconnect it in Buffer, under Channels"
        if self.is_locked:
            return "is locked by the Buffer plan: unlock it in Buffer, under Channels"
        if self.is_queue_paused and not delivery.save_to_draft:
            return "has a paused queue, where posts wait: resume it in Buffer"
        queued = {ShareMode.ADD_TO_QUEUE, ShareMode.SHARE_NEXT}
        # Without slots Buffer takes such a post all the same, and never sends it.
        is_queued = delivery.mode in queued and not delivery.save_to_draft
        if is_queued and not self.posting_schedule:
            return (
                "has no posting schedule in Buffer, so its queue has no slot: set one "
                "there, or give a due time"
            )
        is_automatic = delivery.scheduling_type is SchedulingType.AUTOMATIC
        if self.reminders_only and is_automatic and not delivery.save_to_draft:
            return (
                "can only send reminders to a phone, never publish by itself: "
                "connect a professional account in Buffer, or ask for reminders"
            )
        return None


class ChannelDirectory(Model):
    """The channels of one Buffer organization at one moment."""

    organization_id: str
    organization_name: str
    channels: tuple[Channel, ...]
    unsupported: tuple[str, ...] = ()
    """Channels on networks Galley does not write for, as ``service: name``."""
    fetched_at: AwareDatetime
    media_hindrance: str = ""
    """Why Buffer can fetch no media of this set-up, in a sentence."""

    def without_media(self, why: str) -> Self:
        """Return it for a set-up in which Buffer can fetch no media."""
        return self.model_copy(update={"media_hindrance": why})
