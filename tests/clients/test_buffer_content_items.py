"""Two ways to create a post, in the same trouble: what docs/decisions/0012 rests on.

Galley publishes with ``createPost`` alone. The other way is content items, which Buffer
calls experimental.
"""

import uuid
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from activities.publishing.requests import BufferPublishing
from galley.clients.buffer.client import BufferClient
from galley.models import (
    CreateKind,
    CreateReply,
    FindPost,
    FindReply,
    Platform,
    PostRequest,
    ReadKind,
)
from tests.attempts import attempt
from tests.clients.buffer_answers import KEY, a_request
from tests.emulators.buffer_world import World
from tests.emulators.test_buffer_items import DRAFT, ITEM, PROMOTE, variant

HIDDEN = 600
"""Seconds a new post is missing from ``posts``: longer than Galley looks for it."""


@pytest.fixture
async def publishing(world: World) -> AsyncGenerator[BufferPublishing]:
    client = BufferClient(world.url, KEY, timeout=10, user_agent="galley/test")
    yield BufferPublishing(client)
    await client.aclose()


def copies(world: World, text: str) -> int:
    return sum(post["text"] == text for post in world.ledger())


def trouble(world: World, operation: str) -> None:
    world.order("createPost", "hidden_for", seconds=HIDDEN)
    world.order(operation, "lost_reply")


async def create(publishing: BufferPublishing, request: PostRequest) -> CreateReply:
    return await attempt().run(publishing.create_post, request)


async def look(
    publishing: BufferPublishing, world: World, request: PostRequest
) -> FindReply:
    task = FindPost(
        organization_id=world.organization,
        request=request,
        created_since=datetime.now(UTC),
    )
    return await attempt().run(publishing.find_post, task)


async def test_only_buffers_guard_stops_a_second_post_while_the_first_one_hides(
    world: World, publishing: BufferPublishing
) -> None:
    post = a_request(
        platform=Platform.LINKEDIN, channel_id=world.channels["linkedin"]["id"]
    )
    trouble(world, "createPost")

    first = await create(publishing, post)
    seen = await look(publishing, world, post)
    again = await create(publishing, post)

    assert (first.kind, seen.kind, seen.post) == (
        CreateKind.UNKNOWN,
        ReadKind.OK,
        None,
    )
    assert again.kind is CreateKind.DUPLICATE
    assert copies(world, post.text) == 1


def item_of(world: World, correlation_id: str, text: str) -> dict[str, Any]:
    """Ask for the item; asked again, the first one comes back, as it has become."""
    given = {
        "organizationId": world.organization,
        "correlationId": correlation_id,
        "draft": {"text": text},
    }
    made: dict[str, Any] = world.ask(DRAFT + ITEM, input=given)
    item: dict[str, Any] = made["createContentItemDraft"]["contentItem"]
    return item


def promote(world: World, item_id: str, *posts: dict[str, Any]) -> dict[str, Any]:
    query, given = PROMOTE + ITEM, {"id": item_id, "posts": posts}
    answer: dict[str, Any] = world.ask(query, input=given)
    return dict(answer["promoteContentItemDraftToPosts"])


def test_an_item_is_promoted_once_however_its_replies_get_lost(
    world: World,
) -> None:
    text, key = "An item", str(uuid.uuid4())
    trouble(world, "promoteContentItemDraftToPosts")
    world.order("createContentItemDraft", "lost_reply")

    with pytest.raises(httpx.HTTPError):
        item_of(world, key, text)
    item = item_of(world, key, text)
    with pytest.raises(httpx.HTTPError):
        promote(world, item["id"], variant(world, "linkedin", text))
    became = item_of(world, key, text)
    again = promote(world, item["id"], variant(world, "linkedin", text))

    assert became["id"] == item["id"]
    assert [post["text"] for post in became["body"]["posts"]] == [text]
    assert [one["__typename"] for one in again["errors"]] == ["ContentItemStateError"]
    assert copies(world, text) == 1


def test_an_item_costs_a_second_request_for_each_post_and_may_be_left_over(
    world: World,
) -> None:
    key = str(uuid.uuid4())
    before = left(world)

    item = item_of(world, key, "Refused")
    refused = promote(world, item["id"], variant(world, "linkedin", "a" * 4000))

    assert refused["__typename"] == "PromoteContentItemDraftToPostsFailure"
    assert item_of(world, key, "Refused")["body"]["__typename"] == "DraftContent"
    # Item, promotion, the look after it, and the two reads of what is left.
    assert before - left(world) == 4


def left(world: World) -> int:
    header = world.send("{ account { id } }").headers["RateLimit"]
    return int(header.split("r=")[1].split(";")[0])
