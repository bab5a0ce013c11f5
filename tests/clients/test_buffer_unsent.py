"""The media that Buffer is still to fetch, from the real wire of the emulator."""

import pytest
from pytest_httpserver import HTTPServer

from galley.clients.buffer.client import BufferClient
from galley.clients.buffer.errors import UnknownOutcomeError
from galley.models.channel import Delivery
from galley.models.network import Platform
from galley.models.publishing import UnsentPost
from tests.clients.buffer_answers import KEY, LIMITS, ORGANIZATION
from tests.clients.contract_posts import Gallery, request_of
from tests.emulators.buffer_world import World

pytestmark = pytest.mark.usefixtures("key")


async def all_unsent(client: BufferClient, organization: str) -> dict[str, UnsentPost]:
    found: list[UnsentPost] = []
    after = None
    while True:
        page = (await client.unsent(organization, after=after)).value
        found += page.posts
        after = page.next_page
        if after is None:
            return {post.id: post for post in found}


async def test_every_post_that_was_not_sent_tells_the_addresses_of_its_media(
    world: World, buffer: BufferClient, httpserver: HTTPServer
) -> None:
    organization = (await buffer.organizations()).value[0].id
    before = await all_unsent(buffer, organization)
    gallery = Gallery(httpserver)
    shapes = ["images"] + ["text"] * 51  # More than one page.
    asked = [request_of(world, gallery, Platform.MASTODON, shape) for shape in shapes]
    ids = [(await buffer.create_post(one)).value.id for one in asked]

    found = await all_unsent(buffer, organization)

    assert found.keys() - before.keys() == set(ids)
    assert found[ids[0]].addresses == tuple(asset.url for asset in asked[0].assets)
    assert found[ids[1]].addresses == ()


@pytest.mark.parametrize(
    "delivery",
    [Delivery(needs_approval=True), Delivery(save_to_draft=True), Delivery()],
    ids=["waiting", "draft", "scheduled"],
)
async def test_a_post_in_any_state_before_it_is_sent_is_found(
    world: World, buffer: BufferClient, httpserver: HTTPServer, delivery: Delivery
) -> None:
    """What is not listed loses its media (``media gc``)."""
    organization = (await buffer.organizations()).value[0].id
    world.patch("mastodon", needsApproval=True)
    wanted = request_of(world, Gallery(httpserver), Platform.MASTODON, "text")
    created = await buffer.create_post(wanted.model_copy(update={"delivery": delivery}))

    assert created.value.id in await all_unsent(buffer, organization)


async def test_a_post_that_begins_to_wait_between_two_pages_is_found(
    world: World, buffer: BufferClient
) -> None:
    organization = (await buffer.organizations()).value[0].id
    world.patch("mastodon", needsApproval=True)
    post = world.created("mastodon", needsApproval=True)["id"]
    world.edit(post, approvalChange="revert")
    page = (await buffer.unsent(organization)).value
    found = {one.id for one in page.posts}

    world.edit(post, approvalChange="request")

    while page.next_page:
        page = (await buffer.unsent(organization, after=page.next_page)).value
        found |= {one.id for one in page.posts}
    assert post in found


@pytest.mark.parametrize(
    "answer",
    [
        {"errors": [{"message": "No."}], "data": None},
        {"data": {"posts": {"edges": [{"node": {"id": "b1"}}]}}},
    ],
    ids=["refused", "in part"],
)
async def test_a_list_that_cannot_be_read_is_an_error_and_no_empty_list(
    answer: dict[str, object], httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/").respond_with_json(answer, 200, LIMITS)
    url = httpserver.url_for("/")
    client = BufferClient(url, KEY, timeout=20, user_agent="galley/test")

    try:
        with pytest.raises(UnknownOutcomeError):
            await client.unsent(ORGANIZATION)
    finally:
        await client.aclose()
