"""The networks Galley writes for."""

from datetime import time
from enum import StrEnum

from pydantic import AwareDatetime, Field

from galley.models.base import Model
from galley.models.schedule import Delivery, SchedulingType, ShareMode


class Platform(StrEnum):
    """A network with its own rules. Buffer calls this a *service*.

    Values are Buffer's service names, but for ``x``, which Buffer still calls
    ``twitter``.
    """

    INSTAGRAM = "instagram"
    FACEBOOK = "facebook"
    TIKTOK = "tiktok"
    LINKEDIN = "linkedin"
    X = "x"
    YOUTUBE = "youtube"
    THREADS = "threads"
    PINTEREST = "pinterest"
    GOOGLEBUSINESS = "googlebusiness"
    BLUESKY = "bluesky"
    MASTODON = "mastodon"


_QUEUED = {ShareMode.ADD_TO_QUEUE, ShareMode.SHARE_NEXT}
"""Without slots Buffer takes such a post all the same, and never sends it."""


class Board(Model):
    """A Pinterest board; ``service_id`` is what a pin must name."""

    service_id: str
    name: str


class PostingDay(Model):
    """The slots of one weekday in Buffer's posting schedule of a channel."""

    weekday: int = Field(ge=0, le=6, description="0 is Monday.")
    times: tuple[time, ...] = Field(description="Wall clock in the channel's zone.")


class Channel(Model):
    """One connected account on a platform. ``id`` is Buffer's channel id."""

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
        """Why no post can be delivered here so, with the next step, or ``None``."""
        if self.is_disconnected:
            return "is disconnected: reconnect it in Buffer, under Channels"
        if self.is_locked:
            return "is locked by the Buffer plan: unlock it in Buffer, under Channels"
        if self.is_queue_paused and not delivery.save_to_draft:
            return "has a paused queue, where posts wait: resume it in Buffer"
        is_queued = delivery.mode in _QUEUED and not delivery.save_to_draft
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
