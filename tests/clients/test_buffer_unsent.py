"""The media that Buffer is still to fetch, from the real wire of the emulator."""

import pytest
from pytest_httpserver import HTTPServer

from galley.clients.buffer.client import BufferClient
from galley.clients.buffer.errors import UnknownOutcomeError
from galley.clients.buffer.unsent import unsent_posts
from galley.models import Platform
from tests.clients.buffer_answers import KEY, LIMITS, ORGANIZATION
from tests.clients.contract_posts import Gallery, request_of
from tests.emulators.buffer_world import World

pytestmark = pytest.mark.usefixtures("key")


async def test_every_post_that_was_not_sent_tells_the_addresses_of_its_media(
    world: World, buffer: BufferClient, httpserver: HTTPServer
) -> None:
    organization = (await buffer.organizations()).value[0].id
    before = {post.id for post in await unsent_posts(buffer, organization)}
    gallery = Gallery(httpserver)
    shapes = ["images"] + ["text"] * 51  # More than one page.
    asked = [request_of(world, gallery, Platform.MASTODON, shape) for shape in shapes]
    ids = [(await buffer.create_post(one)).value.id for one in asked]

    found = {post.id: post for post in await unsent_posts(buffer, organization)}

    assert found.keys() - before == set(ids)
    assert found[ids[0]].addresses == tuple(asset.url for asset in asked[0].assets)
    assert found[ids[1]].addresses == ()


async def test_a_list_that_cannot_be_read_is_an_error_and_no_empty_list(
    httpserver: HTTPServer,
) -> None:
    refused = {"errors": [{"message": "No."}], "data": None}
    httpserver.expect_request("/").respond_with_json(refused, 200, LIMITS)
    url = httpserver.url_for("/")
    client = BufferClient(url, KEY, timeout=20, user_agent="galley/test")

    try:
        with pytest.raises(UnknownOutcomeError):
            await unsent_posts(client, ORGANIZATION)
    finally:
        await client.aclose()
