"""The client and its activities against the emulator, in a process of its own."""

import asyncio
import io
import itertools
import subprocess
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from pytest_httpserver import HTTPServer
from temporalio.testing import ActivityEnvironment

from activities.publishing.requests import BufferPublishing
from emulators.launch import launch_module
from galley.clients.buffer.client import BufferClient, resolve_organization
from galley.clients.buffer.errors import UnauthorizedError
from galley.models.channel import Channel
from galley.models.network import Platform
from galley.models.publishing import (
    BufferPost,
    CreateReply,
    FindPost,
    FindReply,
    HoldReason,
    ListChannels,
    PostRequest,
    ReadOutcomes,
    ReplyKind,
)
from tests.attempts import attempt
from tests.clients.buffer_answers import (
    KEY,
    a_request,
    a_video,
    an_attempt,
    an_image,
    publishing_of,
)
from tests.ports import free_port

pytestmark = pytest.mark.server

THREADED = (Platform.X, Platform.THREADS, Platform.BLUESKY, Platform.MASTODON)
_NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the emulator and give its address."""
    folder: Path = tmp_path_factory.mktemp("buffer")
    port = free_port()
    arguments = ["--port", str(port), "--state", str(folder / "state.db")]
    arguments += ["--publish-after", "0.05", "--plan", "team"]
    process = launch_module("emulators.buffer", arguments, folder / "log")
    try:
        _wait_until_up(port, process, folder / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_up(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            health = httpx.get(f"http://127.0.0.1:{port}/_emulator/health", timeout=5)
        except httpx.HTTPError:
            time.sleep(0.05)
        else:
            assert health.is_success
            return
    pytest.fail(f"the emulator does not answer: {log.read_text()}")


@dataclass
class Wire:
    """Our activities, the emulator's control API, and the account behind both."""

    publishing: BufferPublishing
    control: httpx.AsyncClient
    organization_id: str
    channels: dict[Platform, Channel]
    environment: ActivityEnvironment = field(default_factory=attempt)

    async def now(self) -> datetime:
        health = await self.control.get("health")
        return datetime.fromisoformat(health.json()["now"])

    async def request(self, platform: Platform = Platform.X, **changes: object) -> PostRequest:
        """Return a post no test made before, due in an hour."""
        number = next(_NUMBERS)
        fields: dict[str, object] = {
            "channel_id": self.channels[platform].id,
            "platform": platform,
            "text": f"Post number {number} of these tests",
            "due_at": await self.now() + timedelta(hours=1),
        }
        return a_request(**{**fields, **changes})

    async def fault(self, kind: str, **details: object) -> None:
        order = {"operation": "createPost", "kind": kind, **details}
        (await self.control.post("faults", json=order)).raise_for_status()

    async def create(self, request: PostRequest) -> CreateReply:
        return await self.environment.run(self.publishing.create_post, an_attempt(request))

    async def find(self, request: PostRequest) -> FindReply:
        task = FindPost(
            organization_id=self.organization_id, request=request, created_since=await self.now()
        )
        return await self.environment.run(self.publishing.find_post, task)

    async def copies(self, request: PostRequest) -> int:
        ledger = (await self.control.get("posts")).json()
        return sum(post["text"] == request.text for post in ledger)


@pytest.fixture(scope="module")
async def wire(emulator: str) -> AsyncGenerator[Wire]:
    client = BufferClient(emulator, KEY, timeout=10, user_agent="galley/test")
    organization = await resolve_organization(client, None)
    directory = (await client.channels(organization.id)).value
    async with httpx.AsyncClient(base_url=f"{emulator}/_emulator/") as control:
        yield Wire(
            publishing=publishing_of(client),
            control=control,
            organization_id=organization.id,
            channels={channel.platform: channel for channel in directory.channels},
        )
    await client.aclose()


@pytest.fixture
def picture(httpserver: HTTPServer) -> str:
    """Serve a portrait no test used before, and give its address."""
    number = next(_NUMBERS)
    drawn = io.BytesIO()
    Image.new("RGB", (1080, 1350), (number % 256, 90, 160)).save(drawn, "JPEG")
    path = f"/card-{number}.jpg"
    httpserver.expect_request(path).respond_with_data(drawn.getvalue(), content_type="image/jpeg")
    return httpserver.url_for(path).replace("localhost", "127.0.0.1")


async def until(look: Callable[[], Awaitable[BufferPost | None]]) -> BufferPost:
    """Look again until there is something to see."""
    async with asyncio.timeout(20):
        while True:
            seen = await look()
            if seen is not None:
                return seen
            await asyncio.sleep(0.05)


async def test_the_account_has_a_channel_on_every_network(wire: Wire) -> None:
    task = ListChannels(organization_id=wire.organization_id)

    reply = await wire.environment.run(wire.publishing.list_channels, task)

    assert reply.directory is not None
    assert {channel.platform for channel in reply.directory.channels} == {*Platform}
    assert [window.seconds for window in reply.windows] == [900, 86_400, 2_592_000]
    assert wire.channels[Platform.PINTEREST].boards
    assert wire.channels[Platform.MASTODON].max_characters


@pytest.mark.parametrize("platform", Platform)
async def test_every_network_takes_what_we_send(
    wire: Wire, picture: str, platform: Platform
) -> None:
    video = a_video(url=picture.replace(".jpg", ".mp4"))
    asset = video if platform is Platform.YOUTUBE else an_image(url=picture)
    boards = wire.channels[Platform.PINTEREST].boards
    request = await wire.request(
        platform,
        title="A title",
        link="https://example.com/article",
        board_service_id=boards[0].service_id,
        assets=(asset,),
    )

    created = await wire.create(request)
    found = await wire.find(request)

    assert created.kind is ReplyKind.OK, created.message
    assert created.post is not None
    assert created.post.status == "scheduled"
    assert found.post == created.post


@pytest.mark.parametrize("platform", THREADED)
async def test_a_thread_is_taken_and_found(wire: Wire, picture: str, platform: Platform) -> None:
    request = await wire.request(platform, assets=(an_image(url=picture),))
    thread = (request.text, "And more", "And the end")
    request = request.model_copy(update={"thread": thread})

    created = await wire.create(request)
    found = await wire.find(request)

    assert created.kind is ReplyKind.OK, created.message
    assert found.post == created.post


async def test_an_unfit_post_is_refused_in_buffers_words(wire: Wire) -> None:
    request = await wire.request(
        Platform.PINTEREST, board_service_id="elsewhere", assets=(an_image(),)
    )

    reply = await wire.create(request)

    assert reply.kind is ReplyKind.REFUSED
    assert "a board of the channel" in reply.message


async def test_a_post_that_breaks_a_rule_never_reaches_buffer(wire: Wire) -> None:
    before = len((await wire.control.get("posts")).json())

    reply = await wire.create(await wire.request(Platform.INSTAGRAM))

    assert reply.kind is ReplyKind.REFUSED
    assert reply.message == ("Instagram takes no post without a picture or a video: add one.")
    assert reply.windows == ()
    assert len((await wire.control.get("posts")).json()) == before


async def test_a_picture_that_cannot_be_fetched_now_is_tried_again(wire: Wire) -> None:
    image = an_image(url=f"http://127.0.0.1:{free_port()}/gone.jpg")

    reply = await wire.create(await wire.request(assets=(image,)))

    assert reply.kind is ReplyKind.NOT_NOW


async def test_a_channel_that_is_not_there_may_come_back(wire: Wire) -> None:
    reply = await wire.create(await wire.request(channel_id="0" * 24))

    assert (reply.kind, reply.reason) == (ReplyKind.NOT_NOW, HoldReason.CHANNEL_LOST)
    assert "Channel not found" in reply.message


async def test_a_repeat_is_a_duplicate_and_the_first_is_found(wire: Wire) -> None:
    request = await wire.request()
    first = await wire.create(request)

    again = await wire.create(request)

    assert again.kind is ReplyKind.DUPLICATE
    assert (await wire.find(request)).post == first.post
    assert await wire.copies(request) == 1


@pytest.mark.parametrize(
    ("kind", "details", "copies"),
    [
        ("lost_request", {}, 0),
        ("lost_reply", {}, 1),
        ("truncated", {}, 1),
        ("http_502", {}, 0),
        ("http_502", {"carried_out": True}, 1),
        ("unexpected", {}, 0),
    ],
)
async def test_after_a_lost_answer_the_post_is_found_only_if_it_is_there(
    wire: Wire, kind: str, details: dict[str, Any], copies: int
) -> None:
    request = await wire.request()
    await wire.fault(kind, **details)

    reply = await wire.create(request)
    found = await wire.find(request)

    assert reply.kind is ReplyKind.UNKNOWN
    assert found.kind is ReplyKind.OK
    assert (found.post is not None) == (copies == 1)
    assert await wire.copies(request) == copies


async def test_a_rate_limit_creates_nothing_and_says_how_long(wire: Wire) -> None:
    request = await wire.request()
    await wire.fault("rate_limit", window="24h", seconds=17)

    reply = await wire.create(request)

    assert (reply.kind, reply.retry_after) == (ReplyKind.RATE_LIMITED, 17)
    assert await wire.copies(request) == 0


async def test_a_revoked_key_is_told_from_a_refusal(wire: Wire) -> None:
    request = await wire.request()
    await wire.fault("unauthorized")

    assert (await wire.create(request)).kind is ReplyKind.UNAUTHORIZED
    assert await wire.copies(request) == 0


async def test_a_bad_key_is_unauthorized(emulator: str) -> None:
    client = BufferClient(emulator, "bad-key", timeout=10, user_agent="galley/test")

    with pytest.raises(UnauthorizedError, match="BUFFER_API_KEY"):
        await client.organizations()

    await client.aclose()


async def test_a_post_that_shows_late_is_found_later(wire: Wire) -> None:
    request = await wire.request()
    await wire.fault("hidden_for", seconds=60)
    created = await wire.create(request)

    early = await wire.find(request)
    await wire.control.post("clock", json={"seconds": 61})
    late = await wire.find(request)

    assert (early.post, late.post) == (None, created.post)


async def test_a_post_with_shortened_links_is_found(wire: Wire) -> None:
    channel = wire.channels[Platform.LINKEDIN]
    switched_on = {"linkShortening": {"isEnabled": True, "config": None}}
    answer = await wire.control.patch(f"channels/{channel.id}", json=switched_on)
    answer.raise_for_status()
    request = await wire.request(
        Platform.LINKEDIN, text="See (https://example.com/a/long/article?id=7)."
    )

    created = await wire.create(request)

    assert created.kind is ReplyKind.OK, created.message
    assert (await wire.find(request)).post == created.post


async def test_the_outcome_of_a_post_is_read_once_it_was_sent(wire: Wire) -> None:
    request = await wire.request()
    created = (await wire.create(request)).post
    assert created is not None
    await wire.control.post("clock", json={"seconds": 3700})
    task = ReadOutcomes(
        organization_id=wire.organization_id, post_ids=(created.id,), due_since=request.due_at
    )

    async def sent() -> BufferPost | None:
        reply = await wire.environment.run(wire.publishing.read_outcomes, task)
        return next((post for post in reply.posts if post.status == "sent"), None)

    outcome = await until(sent)

    assert outcome.id == created.id
    assert outcome.sent_at is not None
    assert outcome.external_link is not None
