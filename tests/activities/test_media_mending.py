"""Media that vanish after they were made public: put back, or said to be gone."""

import hashlib
from collections.abc import AsyncGenerator

import pytest
from pytest_httpserver import HTTPServer

from activities.media.hosting import PublicHosting
from galley.clients.buffer.client import BufferClient
from galley.clients.public_fetch import PublicFetch
from galley.clients.storage import ObjectStore
from galley.models.media import MediaKind, PublicAsset
from galley.models.publishing import ReplyKind
from tests.attempts import attempt
from tests.clients.buffer_answers import (
    KEY,
    LIMITS,
    a_request,
    an_attempt,
    created_json,
    publishing_of,
)
from tests.ports import free_port
from tests.serving import answering, serving
from tests.stores import NewStore

pytestmark = pytest.mark.server

PICTURE = b"\xff\xd8\xff" + bytes(range(256)) * 40
SHA256 = hashlib.sha256(PICTURE).hexdigest()
STAGED, PUBLIC = f"staging/{SHA256}.jpg", f"media/{SHA256[:2]}/{SHA256}.jpg"


@pytest.fixture
async def state(any_store: NewStore) -> ObjectStore:
    store = await any_store("state")
    await store.put_if_absent(STAGED, PICTURE, "image/jpeg")
    return store


@pytest.fixture
async def media(any_store: NewStore) -> ObjectStore:
    return await any_store("media")


@pytest.fixture
def hosting(state: ObjectStore, media: ObjectStore) -> PublicHosting:
    return PublicHosting(state, media, PublicFetch(may_be_private=True))


@pytest.fixture
async def buffer(httpserver: HTTPServer) -> AsyncGenerator[BufferClient]:
    httpserver.expect_request("/").respond_with_json(created_json(), 200, LIMITS)
    url = httpserver.url_for("/")
    client = BufferClient(url, KEY, timeout=10, user_agent="galley/test")
    yield client
    await client.aclose()


def public(url: str) -> PublicAsset:
    return PublicAsset(
        kind=MediaKind.IMAGE, mime="image/jpeg", sha256=SHA256, size=len(PICTURE), url=url
    )


async def test_media_that_vanished_are_put_back_right_before_a_post_is_created(
    hosting: PublicHosting, media: ObjectStore, buffer: BufferClient, httpserver: HTTPServer
) -> None:
    request = a_request(assets=(public(media.public_url(PUBLIC)),))

    reply = await attempt().run(publishing_of(buffer, hosting).create_post, an_attempt(request))

    assert reply.kind is ReplyKind.OK
    assert await media.get(PUBLIC) == PICTURE
    assert len(httpserver.log) == 1


async def test_no_post_is_created_whose_media_are_gone_for_good(
    hosting: PublicHosting,
    state: ObjectStore,
    media: ObjectStore,
    buffer: BufferClient,
    httpserver: HTTPServer,
) -> None:
    await state.delete(STAGED)
    request = a_request(assets=(public(media.public_url(PUBLIC)),))

    reply = await attempt().run(publishing_of(buffer, hosting).create_post, an_attempt(request))

    assert reply.kind is ReplyKind.NOT_SENT
    assert "gone, and so is its staged copy. Reject it" in reply.message
    assert httpserver.log == []


async def test_media_that_are_there_are_only_looked_at(
    hosting: PublicHosting, state: ObjectStore, media: ObjectStore
) -> None:
    await media.put_if_absent(PUBLIC, PICTURE, "image/jpeg")
    await state.delete(STAGED)

    assert not await hosting.mend((public(media.public_url(PUBLIC)),))


async def test_what_cannot_be_reached_from_here_is_left_to_buffer(hosting: PublicHosting) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}/{PUBLIC}"

    assert not await hosting.mend((public(nowhere),))


@pytest.mark.parametrize("status", ["302 Found", "200 OK"])
async def test_a_login_page_is_not_taken_for_the_media(hosting: PublicHosting, status: str) -> None:
    async with serving(answering(b"Log in", status=status)) as host:
        said = await hosting.mend((public(f"http://{host}/{PUBLIC}"),))

    assert "login" in said


async def test_an_address_that_only_we_can_reach_is_none_for_a_live_buffer(
    state: ObjectStore, media: ObjectStore
) -> None:
    await media.put_if_absent(PUBLIC, PICTURE, "image/jpeg")

    said = await PublicHosting(state, media, PublicFetch()).mend(
        (public(media.public_url(PUBLIC)),)
    )

    assert "private address" in said
