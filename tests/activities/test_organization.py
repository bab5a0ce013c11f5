"""Which organization the key acts for: one request, whoever asks."""

import asyncio
from datetime import timedelta

import pytest
from pytest_httpserver import HTTPServer
from temporalio.exceptions import ApplicationError

from activities.publishing.organization import OrganizationLookup
from galley.clients.buffer.client import BufferClient
from tests.clients.buffer_answers import KEY, ORGANIZATION

ANSWER = {"data": {"account": {"organizations": [{"id": ORGANIZATION, "name": "Galley"}]}}}


async def test_many_campaigns_at_once_ask_once(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/").respond_with_json(ANSWER)
    client = BufferClient(httpserver.url_for("/"), KEY, timeout=10, user_agent="galley/test")
    lookup = OrganizationLookup(client, None)

    found = await asyncio.gather(*(lookup() for _ in range(10)))
    await client.aclose()

    assert set(found) == {ORGANIZATION}
    assert len(httpserver.log) == 1


async def test_a_used_up_quota_says_when_to_ask_again(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/").respond_with_json({}, 429, {"Retry-After": "61"})
    client = BufferClient(httpserver.url_for("/"), KEY, timeout=10, user_agent="galley/test")

    with pytest.raises(ApplicationError) as later:
        await OrganizationLookup(client, None)()
    await client.aclose()

    assert not later.value.non_retryable
    assert later.value.next_retry_delay == timedelta(seconds=61)
