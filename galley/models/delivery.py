"""How Buffer is asked to take a post: when it goes out, and who publishes it."""

from enum import StrEnum
from typing import Self

from pydantic import model_validator

from galley.models.base import Model


class ShareMode(StrEnum):
    """Buffer's own words for where a post goes in time.

    https://developers.buffer.com/guides/posts-and-scheduling.md
    """

    CUSTOM_SCHEDULED = "customScheduled"
    """At the due time."""
    ADD_TO_QUEUE = "addToQueue"
    """The next free slot of the channel's posting schedule."""
    SHARE_NEXT = "shareNext"
    """The front of the queue."""
    SHARE_NOW = "shareNow"
    """At once."""


class SchedulingType(StrEnum):
    """Who publishes: Buffer, or a person whom Buffer reminds."""

    AUTOMATIC = "automatic"
    NOTIFICATION = "notification"


class QueuePosition(StrEnum):
    """Where ``movePostInQueue`` puts a post."""

    TOP = "top"
    BOTTOM = "bottom"


class Delivery(Model):
    """What a campaign asks of Buffer for each of its posts.

    The default, an exact due time, is the best evidence by which a post is found again
    after a lost reply.
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

    @property
    def has_due_time(self) -> bool:
        """Whether Buffer is told when; otherwise its queue, or a person, decides."""
        return self.mode is ShareMode.CUSTOM_SCHEDULED and not self.save_to_draft
