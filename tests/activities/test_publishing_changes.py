"""Changes to one post in Buffer, and what Buffer still takes, as activities."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from temporalio.testing import ActivityEnvironment

from activities.publishing.requests import BufferPublishing
from galley.models.account import DailyLimit, PlanLimits, ReadLimits
from galley.models.channel import QueuePosition
from galley.models.publishing import (
    ChangeReply,
    DeletePost,
    EditPost,
    MovePost,
    ReadPost,
    ReplyKind,
)
from tests.activities.test_publishing import HeldAnswer, a_client, answer
from tests.attempts import attempt
from tests.clients.buffer_answers import (
    CHANNEL,
    DUE,
    ORGANIZATION,
    a_request,
    fault_json,
    post_json,
    publishing_of,
)
from tests.ports import free_port

POST_ID = "64c000000000000000000001"
LIMITS = ReadLimits(organization_id=ORGANIZATION, channel_ids=(CHANNEL, "other"), day=DUE)
Change = Callable[[BufferPublishing], Awaitable[ChangeReply]]


@pytest.fixture
async def publishing(httpserver: HTTPServer) -> AsyncGenerator[BufferPublishing]:
    client = a_client(httpserver.url_for("/"))
    yield publishing_of(client)
    await client.aclose()


async def edit(publishing: BufferPublishing) -> ChangeReply:
    task = EditPost(post_id=POST_ID, request=a_request(), sets_schedule=True)
    return await attempt().run(publishing.edit_post, task)


async def delete(publishing: BufferPublishing) -> ChangeReply:
    task = DeletePost(post_id=POST_ID)
    return await ActivityEnvironment().run(publishing.delete_post, task)


async def move(publishing: BufferPublishing) -> ChangeReply:
    task = MovePost(post_id=POST_ID, position=QueuePosition.TOP)
    return await ActivityEnvironment().run(publishing.move_post, task)


async def read(publishing: BufferPublishing) -> ChangeReply:
    return await ActivityEnvironment().run(publishing.read_post, ReadPost(post_id=POST_ID))


CALLS = {"editPost": edit, "deletePost": delete, "movePostInQueue": move, "post": read}
WRITES = {name: call for name, call in CALLS.items() if name != "post"}
DONE: dict[str, dict[str, Any]] = {
    "editPost": {"__typename": "PostActionSuccess", "post": post_json()},
    "deletePost": {"__typename": "DeletePostSuccess", "id": POST_ID},
    "movePostInQueue": {"__typename": "PostActionSuccess", "post": post_json()},
    "post": post_json(),
}


@pytest.mark.parametrize("name", CALLS)
async def test_a_change_that_buffer_made_is_done(
    httpserver: HTTPServer, publishing: BufferPublishing, name: str
) -> None:
    answer(httpserver, {"data": {name: DONE[name]}})

    reply = await CALLS[name](publishing)

    assert reply.kind is ReplyKind.OK
    assert len(reply.windows) == 3
    assert (reply.post is None) == (name == "deletePost")
    assert len(httpserver.log) == 1


FAULTS: list[tuple[tuple[int, dict[str, Any]], str]] = [
    ((200, fault_json("No such post", "NOT_FOUND")), "gone"),
    ((200, fault_json("Not allowed", "FORBIDDEN")), "refused"),
    ((400, fault_json("Unknown type", "GRAPHQL_VALIDATION_FAILED")), "refused"),
    ((200, fault_json("Oops", "UNEXPECTED")), "failed"),
    ((200, {"data": {}}), "failed"),
    ((503, {}), "unreachable"),
    ((401, {}), "unauthorized"),
    ((403, {}), "unauthorized"),
    ((429, fault_json("Too many", "RATE_LIMIT_EXCEEDED")), "rate_limited"),
]


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(("answered", "kind"), FAULTS)
async def test_every_failed_change_is_a_reply(
    httpserver: HTTPServer,
    publishing: BufferPublishing,
    name: str,
    answered: tuple[int, dict[str, Any]],
    kind: str,
) -> None:
    status, body = answered
    answer(httpserver, body, status)

    reply = await CALLS[name](publishing)

    assert (reply.kind, reply.post) == (kind, None)
    assert reply.message
    assert len(reply.windows) == 3
    assert len(httpserver.log) == 1


@pytest.mark.parametrize(
    ("name", "said", "kind"),
    [
        ("deletePost", ("VoidMutationError", "Document not found"), "gone"),
        ("movePostInQueue", ("VoidMutationError", "Document not found"), "gone"),
        ("editPost", ("NotFoundError", "Post not found"), "gone"),
        ("deletePost", ("VoidMutationError", "A post that is sent cannot be deleted"), "refused"),
        ("movePostInQueue", ("VoidMutationError", "Not in the queue"), "refused"),
        ("editPost", ("InvalidInputError", "Invalid post: no"), "refused"),
        ("editPost", ("LimitReachedError", "Limit reached"), "refused"),
        ("editPost", ("InvalidInputError", "posted that one recently"), "refused"),
        ("editPost", ("UnexpectedError", "Oops"), "failed"),
        ("deletePost", ("PostNotDeletableError", "It is sent"), "refused"),
        ("deletePost", ("SomethingNew", ""), "failed"),
        ("editPost", ("PostEditedSuccess", ""), "failed"),
    ],
)
async def test_a_typed_refusal_is_told_in_buffers_words(
    httpserver: HTTPServer,
    publishing: BufferPublishing,
    name: str,
    said: tuple[str, str],
    kind: str,
) -> None:
    member, message = said
    answer(httpserver, {"data": {name: {"__typename": member, "message": message}}})

    reply = await WRITES[name](publishing)

    assert reply.kind == kind
    assert message in reply.message


async def test_an_edit_that_breaks_a_rule_is_refused_unsent(
    httpserver: HTTPServer, publishing: BufferPublishing
) -> None:
    task = EditPost(post_id=POST_ID, request=a_request(text="a" * 300))

    reply = await ActivityEnvironment().run(publishing.edit_post, task)

    assert reply.kind is ReplyKind.REFUSED
    assert "shorten it by 20" in reply.message
    assert httpserver.log == []


@pytest.mark.parametrize("name", CALLS)
async def test_a_change_a_dead_buffer_never_got_has_failed(name: str) -> None:
    client = a_client(f"http://127.0.0.1:{free_port()}")

    reply = await CALLS[name](publishing_of(client))

    assert reply.kind is ReplyKind.UNREACHABLE
    await client.aclose()


@pytest.mark.parametrize("name", WRITES)
async def test_a_cancelled_change_still_tells_what_happened(
    httpserver: HTTPServer, publishing: BufferPublishing, name: str
) -> None:
    held = HeldAnswer(httpserver, {"data": {name: DONE[name]}})
    running = asyncio.create_task(as_coroutine(WRITES[name], publishing))
    await held.until_arrived()

    running.cancel()
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.sleep(0)
    assert not running.done()
    held.released.set()

    assert (await running).kind is ReplyKind.OK


async def as_coroutine(call: Change, publishing: BufferPublishing) -> ChangeReply:
    return await call(publishing)


def limits_json(**changes: object) -> dict[str, Any]:
    plan = {"scheduledPosts": 10, "scheduledThreadsPerChannel": 1}
    return {
        "data": {
            "account": {
                "organizations": [
                    {"id": "another", "limits": {**plan, "scheduledPosts": 99}},
                    {"id": ORGANIZATION, "limits": plan},
                ]
            },
            "dailyPostingLimits": [
                {"channelId": CHANNEL, "sent": 3, "scheduled": 2, "limit": 25},
                {"channelId": "other", "sent": 0, "scheduled": 0, "limit": None},
            ],
            "posts": {
                "edges": [{"node": {"channelId": CHANNEL, "dueAt": "2099-12-01T09:30:00.000Z"}}] * 7
            },
            **changes,
        }
    }


async def test_the_limits_of_day_and_plan_come_in_one_request(
    httpserver: HTTPServer, publishing: BufferPublishing
) -> None:
    answer(httpserver, limits_json())

    reply = await ActivityEnvironment().run(publishing.read_limits, LIMITS)

    assert reply.kind is ReplyKind.OK
    assert reply.daily == (
        DailyLimit(channel_id=CHANNEL, sent=3, scheduled=2, limit=25),
        DailyLimit(channel_id="other", sent=0, scheduled=0, limit=None),
    )
    assert reply.plan == PlanLimits(scheduled_posts=10, scheduled_threads=1)
    assert reply.scheduled == {CHANNEL: 7, "other": 0}
    ((request, _),) = httpserver.log
    assert request.get_json()["variables"] == {
        "organization": {"organizationId": ORGANIZATION},
        "daily": {"channelIds": [CHANNEL, "other"], "date": "2099-12-01T09:30:00.000Z"},
        "scheduled": {
            "organizationId": ORGANIZATION,
            "filter": {"channelIds": [CHANNEL, "other"], "status": ["scheduled"]},
            "sort": [{"field": "dueAt", "direction": "asc"}],
        },
        "first": 50,
    }


async def test_an_organization_that_tells_no_limits_has_none_known(
    httpserver: HTTPServer, publishing: BufferPublishing
) -> None:
    answer(httpserver, limits_json(account={"organizations": []}, posts={"edges": None}))

    reply = await ActivityEnvironment().run(publishing.read_limits, LIMITS)

    assert reply.plan == PlanLimits()
    assert reply.scheduled == {CHANNEL: 0, "other": 0}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, {}, "unauthorized"),
        (429, {}, "rate_limited"),
        (200, fault_json("Channel not found", "NOT_FOUND"), "failed"),
    ],
)
async def test_limits_that_cannot_be_read_are_a_reply(
    httpserver: HTTPServer,
    publishing: BufferPublishing,
    status: int,
    body: dict[str, Any],
    kind: str,
) -> None:
    answer(httpserver, body, status)

    reply = await ActivityEnvironment().run(publishing.read_limits, LIMITS)

    assert (reply.kind, reply.daily) == (kind, ())
    assert reply.message
