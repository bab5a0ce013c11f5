"""The four requests to Buffer, as AccountWorkflow sees them."""

import asyncio
import json
from collections.abc import AsyncGenerator
from datetime import timedelta
from functools import partial
from threading import Event
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from temporalio.testing import ActivityEnvironment
from werkzeug import Request, Response

from activities.publishing.fence import AttemptFence
from activities.publishing.requests import BufferPublishing
from galley.clients.approved_words import keep_words
from galley.clients.buffer.client import BufferClient
from galley.models.channel import Delivery, ShareMode
from galley.models.publishing import (
    BufferPost,
    FindPost,
    HoldReason,
    ListChannels,
    ReadOutcomes,
    ReplyKind,
)
from galley.review.repeats import ChannelWords
from tests.attempts import attempt
from tests.clients.buffer_answers import (
    CHANNEL,
    DUE,
    KEY,
    LIMITS,
    ORGANIZATION,
    a_request,
    an_attempt,
    channel_json,
    channels_json,
    created_json,
    fault_json,
    page_json,
    post_json,
    publishing_of,
    refused_json,
)
from tests.memory_store import MemoryStore
from tests.ports import free_port

FIND = FindPost(organization_id=ORGANIZATION, request=a_request(), created_since=DUE)
OUTCOMES = ReadOutcomes(organization_id=ORGANIZATION, post_ids=("p1", "p2"), due_since=DUE)

UNMEASURED = "Failed to create post: Failed to fetch image dimensions: Not Found"


def a_client(url: str, seconds: float = 10) -> BufferClient:
    return BufferClient(url, KEY, timeout=seconds, user_agent="galley/test")


@pytest.fixture
async def publishing(httpserver: HTTPServer) -> AsyncGenerator[BufferPublishing]:
    client = a_client(httpserver.url_for("/"))
    yield publishing_of(client)
    await client.aclose()


@pytest.fixture
def environment() -> ActivityEnvironment:
    return attempt()


def answer(server: HTTPServer, body: dict[str, Any], status: int = 200) -> None:
    server.expect_request("/").respond_with_json(body, status, LIMITS)


class HeldAnswer:
    """An answer of the server that waits until the test lets it go."""

    def __init__(self, server: HTTPServer, body: dict[str, Any]) -> None:
        self.arrived = Event()
        self.released = Event()
        self._body = body
        server.expect_request("/").respond_with_handler(self._handle)

    def _handle(self, _: Request) -> Response:
        self.arrived.set()
        assert self.released.wait(20)
        return Response(json.dumps(self._body), content_type="application/json")

    async def until_arrived(self) -> None:
        assert await asyncio.to_thread(self.arrived.wait, 20)


async def test_a_post_is_created(
    httpserver: HTTPServer, publishing: BufferPublishing, environment: ActivityEnvironment
) -> None:
    answer(httpserver, created_json())

    reply = await environment.run(publishing.create_post, an_attempt())

    assert reply.kind is ReplyKind.OK
    assert reply.post is not None
    assert reply.post.id == "64c000000000000000000001"
    assert len(reply.windows) == 3


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, refused_json("InvalidInputError", "Invalid post: no"), "refused"),
        (200, refused_json("LimitReachedError", "Limit reached"), "not_now"),
        (200, refused_json("NotFoundError", "Channel not found"), "not_now"),
        (200, refused_json("InvalidInputError", UNMEASURED), "not_now"),
        (200, refused_json("UnauthorizedError", "Not yours"), "unauthorized"),
        (200, fault_json("Not allowed", "FORBIDDEN"), "unauthorized"),
        (400, fault_json("Unknown type", "GRAPHQL_VALIDATION_FAILED"), "unauthorized"),
        (200, refused_json("InvalidInputError", "posted that one recently"), "duplicate"),
        (200, refused_json("UnexpectedError", "Oops"), "unknown"),
        (200, fault_json("Oops", "UNEXPECTED"), "unknown"),
        (200, {"data": {"createPost": {"odd": True}}}, "unknown"),
        (503, {}, "unknown"),
        (401, {}, "unauthorized"),
        (403, {}, "unauthorized"),
        (404, {}, "unauthorized"),
        (200, fault_json("Not authorized", "UNAUTHORIZED"), "unauthorized"),
        (429, fault_json("Too many", "RATE_LIMIT_EXCEEDED"), "rate_limited"),
    ],
)
async def test_every_answer_to_a_new_post_is_a_reply(
    httpserver: HTTPServer,
    publishing: BufferPublishing,
    status: int,
    body: dict[str, Any],
    kind: str,
) -> None:
    answer(httpserver, body, status)

    reply = await attempt().run(publishing.create_post, an_attempt())

    assert reply.kind == kind
    assert reply.post is None
    assert reply.message
    assert len(reply.windows) == 3
    assert len(httpserver.log) == 1


@pytest.mark.parametrize(
    ("kind", "message", "reason"),
    [
        ("LimitReachedError", "You have 10 posts out of 10 allowed", HoldReason.PLAN_FULL),
        ("NotFoundError", "Channel not found", HoldReason.CHANNEL_LOST),
        (
            "InvalidInputError",
            "Invalid post: Channel is disconnected, please reconnect it.",
            HoldReason.CHANNEL_LOST,
        ),
        ("InvalidInputError", UNMEASURED, HoldReason.MEDIA),
        ("InvalidInputError", "dueAt must be in the future", HoldReason.TIME_PASSED),
        ("InvalidInputError", "Invalid post: Text is required", None),
        ("InvalidInputError", "Video aspect ratio is too narrow for Facebook Reels.", None),
    ],
)
async def test_only_the_content_can_be_refused(
    httpserver: HTTPServer,
    publishing: BufferPublishing,
    kind: str,
    message: str,
    reason: HoldReason | None,
) -> None:
    answer(httpserver, refused_json(kind, message))

    reply = await attempt().run(publishing.create_post, an_attempt())

    wanted = ReplyKind.NOT_NOW if reason else ReplyKind.REFUSED
    assert (reply.kind, reply.reason) == (wanted, reason)


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (401, {}, HoldReason.ACCESS_LOST),
        (200, fault_json("Not authorized", "UNAUTHORIZED"), HoldReason.ACCESS_LOST),
        (200, fault_json("Not allowed", "FORBIDDEN"), None),
        (503, {}, None),
    ],
)
async def test_only_a_refused_key_is_a_lost_access(
    httpserver: HTTPServer,
    publishing: BufferPublishing,
    status: int,
    body: dict[str, Any],
    reason: HoldReason | None,
) -> None:
    answer(httpserver, body, status)

    reply = await attempt().run(publishing.create_post, an_attempt())

    assert reply.reason is reason


async def test_a_post_that_breaks_our_own_rule_is_refused_unsent(
    httpserver: HTTPServer, publishing: BufferPublishing, environment: ActivityEnvironment
) -> None:
    request = a_request(text="zero", thread=("one", "two"))

    reply = await environment.run(publishing.create_post, an_attempt(request))

    assert reply.kind is ReplyKind.REFUSED
    assert httpserver.log == []


async def test_a_worker_that_was_frozen_for_too_long_sends_nothing(
    httpserver: HTTPServer, publishing: BufferPublishing
) -> None:
    late = attempt(timedelta(minutes=2))

    reply = await late.run(publishing.create_post, an_attempt())

    assert reply.kind is ReplyKind.NOT_SENT
    assert httpserver.log == []


async def test_a_dead_buffer_was_sent_nothing(environment: ActivityEnvironment) -> None:
    client = a_client(f"http://127.0.0.1:{free_port()}")

    reply = await environment.run(publishing_of(client).create_post, an_attempt())

    assert reply.kind is ReplyKind.UNREACHABLE
    await client.aclose()


async def test_an_answer_that_does_not_come_in_time_leaves_it_unknown(
    httpserver: HTTPServer, environment: ActivityEnvironment
) -> None:
    held = HeldAnswer(httpserver, created_json())
    client = a_client(httpserver.url_for("/"), seconds=0.3)

    reply = await environment.run(publishing_of(client).create_post, an_attempt())

    held.released.set()
    assert reply.kind is ReplyKind.UNKNOWN
    await client.aclose()


async def test_a_cancelled_creation_still_tells_what_happened(
    httpserver: HTTPServer, publishing: BufferPublishing, environment: ActivityEnvironment
) -> None:
    held = HeldAnswer(httpserver, created_json())
    running = asyncio.create_task(environment.run(publishing.create_post, an_attempt()))
    await held.until_arrived()

    environment.cancel()
    running.cancel()
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.sleep(0)
    assert not running.done()
    held.released.set()

    assert (await running).kind is ReplyKind.OK


async def test_a_waiting_creation_heartbeats(
    httpserver: HTTPServer, publishing: BufferPublishing, environment: ActivityEnvironment
) -> None:
    held = HeldAnswer(httpserver, created_json())
    twice = asyncio.Event()
    beats: list[tuple[Any, ...]] = []

    def beat(*details: Any) -> None:  # noqa: ANN401 - Temporal's own signature
        beats.append(details)
        if len(beats) == 2:
            twice.set()

    environment.on_heartbeat = beat
    running = asyncio.create_task(environment.run(publishing.create_post, an_attempt()))

    await asyncio.wait_for(twice.wait(), 20)
    held.released.set()

    assert (await running).kind is ReplyKind.OK


async def test_the_channel_map_is_read(
    httpserver: HTTPServer, publishing: BufferPublishing, environment: ActivityEnvironment
) -> None:
    answer(httpserver, channels_json(channel_json(), channel_json(service="substack")))
    task = ListChannels(organization_id=ORGANIZATION)

    reply = await environment.run(publishing.list_channels, task)

    assert reply.kind is ReplyKind.OK
    assert reply.directory is not None
    assert [channel.id for channel in reply.directory.channels] == [CHANNEL]
    assert reply.directory.unsupported == ("substack: galley",)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, {}, "unauthorized"),
        (403, {}, "unauthorized"),
        (200, fault_json("Not authorized", "UNAUTHORIZED"), "unauthorized"),
        (429, {}, "rate_limited"),
        (503, {}, "unreachable"),
        (400, fault_json("Unknown field", "GRAPHQL_VALIDATION_FAILED"), "failed"),
        (200, fault_json("No", "NOT_FOUND"), "failed"),
        (200, {"data": {}}, "failed"),
        (200, {"data": {"posts": {}, "channels": [], "account": {}}}, "failed"),
    ],
)
async def test_every_failed_read_is_a_reply(
    httpserver: HTTPServer,
    publishing: BufferPublishing,
    status: int,
    body: dict[str, Any],
    kind: str,
) -> None:
    answer(httpserver, body, status)
    task = ListChannels(organization_id=ORGANIZATION)

    replies = [
        await ActivityEnvironment().run(publishing.list_channels, task),
        await ActivityEnvironment().run(publishing.find_post, FIND),
        await ActivityEnvironment().run(publishing.read_outcomes, OUTCOMES),
    ]

    assert [reply.kind for reply in replies] == [kind] * 3
    assert all(reply.message for reply in replies)
    assert all(len(reply.windows) == 3 for reply in replies)


async def test_a_rate_limit_says_when_to_come_back(
    httpserver: HTTPServer, publishing: BufferPublishing, environment: ActivityEnvironment
) -> None:
    httpserver.expect_request("/").respond_with_json({}, 429, {"Retry-After": "61"})

    created = await environment.run(publishing.create_post, an_attempt())
    found = await environment.run(publishing.find_post, FIND)

    assert (created.retry_after, found.retry_after) == (61, 61)


async def test_a_read_of_a_dead_buffer_fails(environment: ActivityEnvironment) -> None:
    client = a_client(f"http://127.0.0.1:{free_port()}")

    reply = await environment.run(publishing_of(client).find_post, FIND)

    assert reply.kind is ReplyKind.UNREACHABLE
    assert "cannot be reached" in reply.message
    await client.aclose()


async def test_our_post_is_found_among_others(
    httpserver: HTTPServer, publishing: BufferPublishing, environment: ActivityEnvironment
) -> None:
    page = page_json(
        post_json(id="other-time", dueAt="2099-12-01T09:31:00.000Z"),
        post_json(id="other-text", text="Something else"),
        post_json(id="other-channel", channelId="elsewhere"),
        post_json(id="ours", text="Read this: https://buff.ly/1aB", status="sent"),
        cursor="next",
    )
    answer(httpserver, page)

    reply = await environment.run(publishing.find_post, FIND)

    assert reply.post is not None
    assert (reply.post.id, reply.post.status) == ("ours", "sent")
    assert reply.next_page is None


async def test_a_post_that_a_person_may_have_changed_is_told_apart_from_none(
    httpserver: HTTPServer, publishing: BufferPublishing, environment: ActivityEnvironment
) -> None:
    since = FIND.created_since
    old = f"{since - timedelta(hours=1):%Y-%m-%dT%H:%M:%S.000Z}"
    new = f"{since + timedelta(minutes=1):%Y-%m-%dT%H:%M:%S.000Z}"
    page = page_json(
        post_json(id="before", text="Something else", createdAt=old),
        post_json(id="another's", text="Something else", createdAt=new),
        post_json(id="edited", text="Something else", createdAt=new),
    )
    answer(httpserver, page)

    task = FIND.model_copy(update={"taken": ("another's",)})
    reply = await environment.run(publishing.find_post, task)

    assert reply.post is None
    assert reply.near is not None
    assert reply.near.id == "edited"


async def test_the_post_of_another_campaign_is_none_that_a_person_made_of_ours(
    httpserver: HTTPServer, environment: ActivityEnvironment
) -> None:
    client, store = a_client(httpserver.url_for("/")), MemoryStore()
    since = f"{FIND.created_since + timedelta(minutes=1):%Y-%m-%dT%H:%M:%S.000Z}"
    answer(httpserver, page_json(post_json(id="theirs", text="Something else", createdAt=since)))
    search = BufferPublishing(client, AttemptFence(store)).find_post
    their = FIND.request.replace(text="Something else")

    async def near_after(key: str) -> BufferPost | None:
        approved = partial(ChannelWords.approved, key=key, request=their)
        await keep_words(store, FIND.request.channel_id, approved)
        return (await environment.run(search, FIND.model_copy(update={"job_id": "ours"}))).near

    assert await near_after("ours") is not None
    assert await near_after("theirs") is None
    # A repeat that was approved: a person may have moved ours.
    moved = f"{DUE - timedelta(hours=1):%Y-%m-%dT%H:%M:%S.000Z}"
    own = post_json(id="moved", text=FIND.request.text, createdAt=since, dueAt=moved)
    httpserver.clear()
    answer(httpserver, page_json(own))
    their = FIND.request
    assert await near_after("theirs") is not None
    store.is_away = True
    assert (await environment.run(search, FIND)).near is not None
    await client.aclose()


async def test_the_post_of_another_edition_is_not_taken_for_ours(
    httpserver: HTTPServer, publishing: BufferPublishing, environment: ActivityEnvironment
) -> None:
    answer(httpserver, page_json(post_json(id="theirs"), post_json(id="ours")))

    task = FIND.model_copy(update={"taken": ("theirs",)})
    reply = await environment.run(publishing.find_post, task)

    assert reply.post is not None
    assert reply.post.id == "ours"


async def test_an_attempt_with_an_earlier_due_time_is_found(
    httpserver: HTTPServer, publishing: BufferPublishing, environment: ActivityEnvironment
) -> None:
    answer(httpserver, page_json(post_json(id="ours")))
    moved = a_request(due_at=DUE + timedelta(hours=3))
    task = FIND.model_copy(update={"request": moved})

    without = await environment.run(publishing.find_post, task)
    task = task.model_copy(update={"earlier_due": (DUE,)})
    reply = await environment.run(publishing.find_post, task)

    assert without.post is None
    assert reply.post is not None


async def test_a_search_looks_back_past_a_clock_that_differs(
    httpserver: HTTPServer, publishing: BufferPublishing, environment: ActivityEnvironment
) -> None:
    answer(httpserver, page_json(post_json(text="Another"), cursor="next"))
    task = FIND.model_copy(update={"after": "here"})

    reply = await environment.run(publishing.find_post, task)

    ((request, _),) = httpserver.log
    variables = request.get_json()["variables"]
    assert variables["input"]["filter"] == {
        "channelIds": [CHANNEL],
        "createdAt": {"start": "2099-11-30T09:30:00.000Z"},
    }
    assert variables["after"] == "here"
    assert (reply.kind, reply.post, reply.next_page) == (ReplyKind.OK, None, "next")


async def test_a_search_without_a_due_time_looks_back_a_few_minutes_only(
    httpserver: HTTPServer, publishing: BufferPublishing, environment: ActivityEnvironment
) -> None:
    answer(httpserver, page_json())
    queued = a_request(delivery=Delivery(mode=ShareMode.ADD_TO_QUEUE))

    task = FIND.model_copy(update={"request": queued})
    await environment.run(publishing.find_post, task)

    ((request, _),) = httpserver.log
    since = request.get_json()["variables"]["input"]["filter"]["createdAt"]
    assert since == {"start": "2099-12-01T09:25:00.000Z"}


async def test_outcomes_are_those_of_the_posts_asked_for(
    httpserver: HTTPServer, publishing: BufferPublishing, environment: ActivityEnvironment
) -> None:
    page = page_json(
        post_json(id="p1", status="sent", externalLink="https://x.com/1"),
        post_json(id="stranger", status="sent"),
        cursor="next",
    )
    answer(httpserver, page)

    reply = await environment.run(publishing.read_outcomes, OUTCOMES)

    ((outcome,), cursor) = (reply.posts, reply.next_page)
    assert (outcome.id, outcome.status) == ("p1", "sent")
    assert outcome.external_link == "https://x.com/1"
    assert cursor == "next"


async def test_outcomes_carry_no_text_into_the_history(
    httpserver: HTTPServer, publishing: BufferPublishing, environment: ActivityEnvironment
) -> None:
    answer(httpserver, page_json(post_json(id="p1")))

    reply = await environment.run(publishing.read_outcomes, OUTCOMES)

    assert [post.text for post in reply.posts] == [""]


async def test_no_further_page_is_named_once_every_outcome_is_known(
    httpserver: HTTPServer, publishing: BufferPublishing, environment: ActivityEnvironment
) -> None:
    failed = post_json(
        id="p2", status="error", error={"message": "Media is gone", "supportUrl": None}
    )
    answer(httpserver, page_json(post_json(id="p1"), failed, cursor="next"))

    reply = await environment.run(publishing.read_outcomes, OUTCOMES)

    assert [post.error for post in reply.posts] == [None, "Media is gone"]
    assert reply.next_page is None


async def test_no_further_page_is_named_once_the_posts_are_not_due_yet(
    httpserver: HTTPServer, publishing: BufferPublishing, environment: ActivityEnvironment
) -> None:
    later = post_json(id="stranger", dueAt="2099-12-01T10:30:01.000Z")
    answer(httpserver, page_json(post_json(id="p1"), later, cursor="next"))

    reply = await environment.run(publishing.read_outcomes, OUTCOMES)

    assert [post.id for post in reply.posts] == ["p1"]
    assert reply.next_page is None


async def test_outcomes_are_asked_for_by_due_time(
    httpserver: HTTPServer, publishing: BufferPublishing, environment: ActivityEnvironment
) -> None:
    answer(httpserver, page_json())
    due_since = DUE - timedelta(days=1)
    task = OUTCOMES.model_copy(update={"due_since": due_since})

    await environment.run(publishing.read_outcomes, task)

    ((request, _),) = httpserver.log
    variables = request.get_json()["variables"]
    assert variables["input"]["filter"] == {"dueAt": {"start": "2099-11-30T09:30:00.000Z"}}
    assert variables["first"] == 50
