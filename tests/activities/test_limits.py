"""What Buffer still takes, read in one request."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from temporalio.testing import ActivityEnvironment

from activities.publishing.requests import BufferPublishing
from galley.clients.buffer.client import BufferClient
from galley.models.account import DailyLimit, LimitsReply, PlanLimits, ReadLimits
from galley.models.publishing import ReplyKind
from galley.models.schedule import BusyTime
from tests.clients.buffer_answers import KEY, LIMITS, ORGANIZATION, fault_json, publishing_of

ASKED = ReadLimits(
    organization_id=ORGANIZATION,
    channel_ids=("a", "b"),
    day=datetime(2026, 11, 26, 10, 30, tzinfo=UTC),
)
ANSWERED: dict[str, Any] = {
    "data": {
        "account": {
            "organizations": [
                {
                    "id": ORGANIZATION,
                    "limits": {"scheduledPosts": 10, "scheduledThreadsPerChannel": 1},
                }
            ]
        },
        "dailyPostingLimits": [
            {"channelId": "a", "sent": 1, "scheduled": 2, "limit": 25},
            {"channelId": "b", "sent": 0, "scheduled": 0, "limit": None},
        ],
        "posts": {
            "edges": [
                {"node": {"channelId": "a", "dueAt": "2026-11-26T09:00:00.000Z"}},
                {"node": {"channelId": "a", "dueAt": "nonsense"}},
                {"node": {"channelId": "a", "dueAt": None}},
            ]
        },
    }
}


@pytest.fixture(name="buffer")
async def _buffer(httpserver: HTTPServer) -> AsyncGenerator[BufferPublishing]:
    url = httpserver.url_for("/")
    client = BufferClient(url, KEY, timeout=10, user_agent="galley/test")
    yield publishing_of(client)
    await client.aclose()


async def ask(server: HTTPServer, buffer: BufferPublishing, body: Any) -> LimitsReply:  # noqa: ANN401 -- any JSON
    server.expect_request("/").respond_with_json(body, headers=LIMITS)
    return await ActivityEnvironment().run(buffer.read_limits, ASKED)


async def test_limits_counts_and_due_times_come_in_one_request(
    httpserver: HTTPServer, buffer: BufferPublishing
) -> None:
    reply = await ask(httpserver, buffer, ANSWERED)

    nine = datetime(2026, 11, 26, 9, tzinfo=UTC)
    assert len(httpserver.log) == 1
    assert reply.kind is ReplyKind.OK
    assert reply.daily == (
        DailyLimit(channel_id="a", sent=1, scheduled=2, limit=25),
        DailyLimit(channel_id="b", sent=0, scheduled=0),
    )
    assert reply.plan == PlanLimits(scheduled_posts=10, scheduled_threads=1)
    assert reply.scheduled == {"a": 3, "b": 0}
    assert reply.held == (BusyTime(channel_id="a", at=nine),)
    assert [window.seconds for window in reply.windows] == [900, 86_400, 2_592_000]


async def test_limits_that_cannot_be_read_say_why(
    httpserver: HTTPServer, buffer: BufferPublishing
) -> None:
    reply = await ask(httpserver, buffer, fault_json("INTERNAL_SERVER_ERROR"))

    assert reply.kind is ReplyKind.FAILED
    assert reply.message
    assert reply.daily == ()
