"""What the emulator keeps: posts, channels, faults and the log of requests."""

import secrets
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
"""A JSON object, or GraphQL input that has been coerced to one."""


@dataclass(slots=True)
class Post:
    """One post on one channel, with its media as they were measured."""

    id: str
    organization_id: str
    channel_id: str
    service: str
    status: str
    text: str
    mode: str
    scheduling_type: str
    created_at: int
    updated_at: int
    due_at: int | None = None
    sent_at: int | None = None
    asked_at: int | None = None
    """The time it was wanted for, while it waits for approval."""
    finish_at: int | None = None
    """When ``sending`` ends."""
    visible_at: int = 0
    """Before this instant ``posts`` does not list it."""
    deleted_at: int | None = None
    assets: list[Json] = field(default_factory=list[Json])
    metadata: Json = field(default_factory=dict[str, Any])
    """The input under the channel's own metadata key."""
    thread: list[Json] = field(default_factory=list[Json])
    link: Json | None = None
    idea_id: str | None = None
    external_link: str | None = None
    link_at: int = 0
    """Before this instant the link is not told."""
    error: Json | None = None
    notified: bool = False
    """Whether the reminder to publish it went out."""
    published_by_hand: bool = False

    def all_assets(self) -> list[Json]:
        """Assets of the post and of the items of its thread."""
        return self.assets + [one for item in self.thread for one in item["assets"]]

    def has_unread_video(self) -> bool:
        """Whether a video still waits to be ingested."""
        return any(
            asset["kind"] == "video" and asset["video"]["isVideoProcessing"]
            for asset in self.all_assets()
        )


@dataclass(frozen=True, slots=True)
class Fault:
    """One disturbance ordered through the control API."""

    id: int
    operation: str
    kind: str
    times: int
    details: Json


def object_id(now: int) -> str:
    """A fresh 24-hex id in the manner of a Mongo ObjectId: seconds, then chance."""
    return f"{now // 1000:08x}"[-8:] + secrets.token_hex(8)
