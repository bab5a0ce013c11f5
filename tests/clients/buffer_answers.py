"""Answers as Buffer writes them, and the requests they answer."""

import itertools
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from graphql import GraphQLSchema, build_schema

import galley.clients.buffer as client_room
from activities.media.hosting import PublicHosting
from activities.publishing.fence import AttemptFence
from activities.publishing.requests import BufferPublishing
from galley.clients.buffer.client import BufferClient
from galley.models.media import MediaKind, PublicAsset
from galley.models.network import Platform
from galley.models.publishing import CreatePost, PostRequest
from tests.memory_store import MemoryStore

ROOM = Path(client_room.__file__).parent
KEY = "bufferkey-0123456789abcdef"
DUE = datetime(2099, 12, 1, 9, 30, tzinfo=UTC)
CHANNEL = "64b000000000000000000001"
ORGANIZATION = "64a000000000000000000001"

LIMITS = {
    "RateLimit": (
        '"100-in-15min";r=98;t=897, "250-in-1day";r=200;t=80000, "3000-in-30days";r=2900;t=2000000'
    ),
    "RateLimit-Policy": (
        '"100-in-15min";q=100;w=900;pk=:YWJj:, "250-in-1day";q=250;w=86400;pk=:YWJj:, '
        '"3000-in-30days";q=3000;w=2592000;pk=:YWJj:'
    ),
}


@cache
def schema() -> GraphQLSchema:
    """Return Buffer's schema as the client knows it."""
    return build_schema((ROOM / "schema.graphql").read_text())


def a_request(**changes: object) -> PostRequest:
    """Return a plain post on X."""
    fields: dict[str, object] = {
        "channel_id": CHANNEL,
        "platform": Platform.X,
        "text": "Read this: https://example.com/a-long-article",
        "due_at": DUE,
    }
    return PostRequest.model_validate({**fields, **changes})


def publishing_of(client: BufferClient, hosting: PublicHosting | None = None) -> BufferPublishing:
    """Return the activities that call Buffer, before which nothing was attempted."""
    return BufferPublishing(client, AttemptFence(MemoryStore()), hosting)


_JOBS = itertools.count(1)


def an_attempt(request: PostRequest | None = None) -> CreatePost:
    """Return the first attempt of a new job at creating this post, or a plain one."""
    return CreatePost(job_id=f"job-{next(_JOBS)}", attempt=1, request=request or a_request())


def an_image(**changes: object) -> PublicAsset:
    fields: dict[str, object] = {
        "kind": MediaKind.IMAGE,
        "mime": "image/jpeg",
        "sha256": "0" * 64,
        "size": 100_000,
        "alt_text": "A card that says hello",
        "url": "https://media.example.com/card.jpg",
    }
    return PublicAsset.model_validate({**fields, **changes})


def a_video(**changes: object) -> PublicAsset:
    return an_image(
        **{
            "kind": MediaKind.VIDEO,
            "mime": "video/mp4",
            "url": "https://media.example.com/short.mp4",
            **changes,
        }
    )


def post_json(**changes: object) -> dict[str, Any]:
    """Return a post as Buffer answers it."""
    return {
        "id": "64c000000000000000000001",
        "channelId": CHANNEL,
        "status": "scheduled",
        "text": "Read this: https://example.com/a-long-article",
        "dueAt": "2099-12-01T09:30:00.000Z",
        "createdAt": "2026-11-30T08:00:00.123Z",
        "sentAt": None,
        "externalLink": None,
        "error": None,
        **changes,
    }


def created_json(**changes: object) -> dict[str, Any]:
    post = post_json(**changes)
    return {"data": {"createPost": {"__typename": "PostActionSuccess", "post": post}}}


def refused_json(kind: str, message: str) -> dict[str, Any]:
    return {"data": {"createPost": {"__typename": kind, "message": message}}}


def fault_json(message: str, code: str | None = None, **more: object) -> dict[str, Any]:
    error: dict[str, Any] = {"message": message}
    if code:
        error["extensions"] = {"code": code, **more}
    return {"data": None, "errors": [error]}


def page_json(*posts: dict[str, Any], cursor: str | None = None) -> dict[str, Any]:
    return {
        "data": {
            "posts": {
                "edges": [{"node": post} for post in posts],
                "pageInfo": {"hasNextPage": cursor is not None, "endCursor": cursor},
            }
        }
    }


def channel_json(**changes: object) -> dict[str, Any]:
    return {
        "id": CHANNEL,
        "name": "galley",
        "service": "twitter",
        "timezone": "Europe/Berlin",
        "isDisconnected": False,
        "isLocked": False,
        "isQueuePaused": False,
        "postingSchedule": [],
        "linkShortening": {"isEnabled": False},
        "metadata": None,
        **changes,
    }


def channels_json(*channels: dict[str, Any]) -> dict[str, Any]:
    return {
        "data": {
            "account": {"organizations": [{"id": ORGANIZATION, "name": "Galley Press"}]},
            "channels": list(channels),
        }
    }


def organizations_json(*names: str) -> dict[str, Any]:
    found = [{"id": f"id-{name}", "name": name} for name in names]
    return {"data": {"account": {"organizations": found}}}
