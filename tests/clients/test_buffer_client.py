"""What the client sends, and what it makes of Buffer's answers."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, time
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from galley.clients.buffer.client import BufferClient, Organization, resolve_organization
from galley.clients.buffer.errors import (
    NotFoundError,
    NotSentError,
    OrganizationError,
    RefusedError,
)
from galley.clients.buffer.queries import PostsQuery
from galley.models.channel import Board, PostingDay
from galley.models.network import Platform
from tests.clients.buffer_answers import (
    CHANNEL,
    DUE,
    KEY,
    LIMITS,
    ORGANIZATION,
    a_request,
    an_image,
    channel_json,
    channels_json,
    created_json,
    fault_json,
    organizations_json,
    page_json,
    post_json,
)


@pytest.fixture
async def client(httpserver: HTTPServer) -> AsyncGenerator[BufferClient]:
    client = BufferClient(httpserver.url_for("/"), KEY, timeout=10, user_agent="galley/test")
    yield client
    await client.aclose()


def answer(server: HTTPServer, body: dict[str, Any]) -> None:
    server.expect_request("/", method="POST").respond_with_json(body, headers=LIMITS)


def variables(server: HTTPServer) -> dict[str, Any]:
    """Return the variables of the one request that was made."""
    ((request, _),) = server.log
    return request.get_json()["variables"]


async def test_a_request_carries_the_key_and_says_who_asks(
    httpserver: HTTPServer, client: BufferClient
) -> None:
    answer(httpserver, organizations_json("one"))

    await client.organizations()

    ((request, _),) = httpserver.log
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert request.headers["User-Agent"] == "galley/test"
    assert request.headers["Content-Type"] == "application/json"


async def test_an_answer_tells_the_rate_windows(
    httpserver: HTTPServer, client: BufferClient
) -> None:
    answer(httpserver, organizations_json("one"))

    windows = (await client.organizations()).windows

    assert [window.seconds for window in windows] == [900, 86_400, 2_592_000]


async def test_a_created_post_comes_back_in_our_words(
    httpserver: HTTPServer, client: BufferClient
) -> None:
    answer(httpserver, created_json())

    post = (await client.create_post(a_request())).value

    assert post.channel_id == CHANNEL
    assert post.status == "scheduled"
    assert post.due_at == DUE
    assert post.created_at == datetime(2026, 11, 30, 8, 0, 0, 123_000, tzinfo=UTC)
    assert variables(httpserver)["input"] == {
        "channelId": CHANNEL,
        "text": "Read this: https://example.com/a-long-article",
        "assets": [],
        "mode": "customScheduled",
        "dueAt": "2099-12-01T09:30:00.000Z",
        "schedulingType": "automatic",
    }


async def test_a_text_with_half_a_character_is_refused_before_it_is_sent(
    httpserver: HTTPServer, client: BufferClient
) -> None:
    request = a_request().model_copy(update={"text": "half \ud83d of an emoji"})

    with pytest.raises(RefusedError, match="U\\+D83D"):
        await client.create_post(request)

    assert httpserver.log == []


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({"status": "levitating"}, "status", "levitating"),
        ({"dueAt": "tomorrow"}, "due_at", None),
        ({"dueAt": "2099-12-01T10:30:00+01:00"}, "due_at", DUE),
        ({"dueAt": "2099-12-01T09:30:00"}, "due_at", DUE),
        ({"dueAt": "0001-01-01T00:00:00+14:00"}, "due_at", None),
        ({"error": {"message": "No\nway", "supportUrl": None}}, "error", "No way"),
        (
            {"error": {"message": "No.", "supportUrl": "https://buffer.com/help"}},
            "error",
            "No. See https://buffer.com/help",
        ),
        ({"error": {"message": "No.", "supportUrl": "javascript:alert(1)"}}, "error", "No."),
        ({"externalLink": "javascript:alert(1)"}, "external_link", None),
        ({"externalLink": "https://x.com/1"}, "external_link", "https://x.com/1"),
        ({"aNewField": 1}, "error", None),
    ],
)
async def test_odd_values_of_a_post_are_tolerated(
    httpserver: HTTPServer,
    client: BufferClient,
    changes: dict[str, Any],
    field: str,
    expected: object,
) -> None:
    answer(httpserver, {"data": {"post": post_json(**changes)}})

    post = (await client.post("64c000000000000000000001")).value

    assert getattr(post, field) == expected


async def test_a_missing_post_is_not_found(httpserver: HTTPServer, client: BufferClient) -> None:
    answer(httpserver, fault_json("Post not found", "NOT_FOUND"))

    with pytest.raises(NotFoundError):
        await client.post("64c000000000000000000009")


async def test_posts_created_since_come_newest_first(
    httpserver: HTTPServer, client: BufferClient
) -> None:
    answer(httpserver, page_json(post_json(), cursor="next"))
    query = PostsQuery(ORGANIZATION, channel_ids=(CHANNEL,), created_since=DUE)

    page = (await client.posts(query, first=20, after="cursor")).value

    assert [post.id for post in page.posts] == ["64c000000000000000000001"]
    assert page.next_page == "next"
    assert variables(httpserver) == {
        "input": {
            "organizationId": ORGANIZATION,
            "filter": {"channelIds": [CHANNEL], "createdAt": {"start": "2099-12-01T09:30:00.000Z"}},
            "sort": [{"field": "createdAt", "direction": "desc"}],
        },
        "first": 20,
        "after": "cursor",
    }


async def test_posts_due_since_come_in_order_of_their_time(
    httpserver: HTTPServer, client: BufferClient
) -> None:
    answer(httpserver, page_json())

    page = (await client.posts(PostsQuery(ORGANIZATION, due_since=DUE))).value

    assert (page.posts, page.next_page) == ((), None)
    assert variables(httpserver)["input"]["filter"] == {
        "dueAt": {"start": "2099-12-01T09:30:00.000Z"}
    }
    assert variables(httpserver)["input"]["sort"] == [{"field": "dueAt", "direction": "asc"}]


async def test_a_page_without_edges_is_empty(httpserver: HTTPServer, client: BufferClient) -> None:
    page = page_json()
    page["data"]["posts"]["edges"] = None
    answer(httpserver, page)

    assert (await client.posts(PostsQuery(ORGANIZATION))).value.posts == ()


SERVICES = {
    "twitter": Platform.X,
    "googlebusiness": Platform.GOOGLEBUSINESS,
    "instagram": Platform.INSTAGRAM,
    "facebook": Platform.FACEBOOK,
    "linkedin": Platform.LINKEDIN,
    "threads": Platform.THREADS,
    "bluesky": Platform.BLUESKY,
    "mastodon": Platform.MASTODON,
    "tiktok": Platform.TIKTOK,
    "youtube": Platform.YOUTUBE,
    "pinterest": Platform.PINTEREST,
}


async def test_every_network_is_known_by_buffers_name(
    httpserver: HTTPServer, client: BufferClient
) -> None:
    answer(httpserver, channels_json(*(channel_json(service=s) for s in SERVICES)))

    directory = (await client.channels(ORGANIZATION)).value

    assert [channel.platform for channel in directory.channels] == [*SERVICES.values()]
    assert directory.organization_name == "Galley Press"
    assert directory.unsupported == ()


@pytest.mark.parametrize("service", ["substack", "startPage", "whatsapp", "x", "a new one"])
async def test_a_network_we_do_not_write_for_is_named_apart(
    httpserver: HTTPServer, client: BufferClient, service: str
) -> None:
    answer(httpserver, channels_json(channel_json(), channel_json(service=service, name="me")))

    directory = (await client.channels(ORGANIZATION)).value

    assert len(directory.channels) == 1
    assert directory.unsupported == (f"{service}: me",)


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({"isDisconnected": True}, "is_disconnected", True),
        ({"isLocked": True}, "is_locked", True),
        ({"isQueuePaused": True}, "is_queue_paused", True),
        ({"linkShortening": {"isEnabled": True}}, "shortens_links", True),
        ({"timezone": "Asia/Tokyo"}, "timezone", "Asia/Tokyo"),
        (
            {
                "postingSchedule": [
                    {"day": "tue", "paused": False, "times": ["17:30", "09:00"]},
                    {"day": "mon", "paused": False, "times": ["25:00", "noon"]},
                    {"day": "wed", "paused": True, "times": ["09:00"]},
                    {"day": "a new one", "paused": False, "times": ["09:00"]},
                ]
            },
            "posting_schedule",
            (PostingDay(weekday=1, times=(time(9), time(17, 30))),),
        ),
        (
            {
                "service": "instagram",
                "metadata": {"__typename": "InstagramMetadata", "defaultToReminders": True},
            },
            "reminders_only",
            True,
        ),
        (
            {
                "service": "mastodon",
                "metadata": {"__typename": "MastodonMetadata", "maxCharacters": 5000},
            },
            "max_characters",
            5000,
        ),
        (
            {
                "service": "pinterest",
                "metadata": {
                    "__typename": "PinterestMetadata",
                    "boards": [{"serviceId": "b1", "name": "Ideas"}],
                },
            },
            "boards",
            (Board(service_id="b1", name="Ideas"),),
        ),
        (
            {"metadata": {"__typename": "SomethingNewMetadata", "defaultToReminders": 1}},
            "reminders_only",
            False,
        ),
        (
            {"service": "linkedin", "metadata": {"__typename": "LinkedInMetadata"}},
            "reminders_only",
            False,
        ),
    ],
)
async def test_what_buffer_says_of_a_channel_is_kept(
    httpserver: HTTPServer,
    client: BufferClient,
    changes: dict[str, Any],
    field: str,
    expected: object,
) -> None:
    answer(httpserver, channels_json(channel_json(**changes)))

    (channel,) = (await client.channels(ORGANIZATION)).value.channels

    assert getattr(channel, field) == expected


async def test_the_only_organization_needs_no_name(
    httpserver: HTTPServer, client: BufferClient
) -> None:
    answer(httpserver, organizations_json("one"))

    assert await resolve_organization(client, None) == Organization("id-one", "one")


async def test_a_named_organization_is_found_among_several(
    httpserver: HTTPServer, client: BufferClient
) -> None:
    answer(httpserver, organizations_json("one", "two"))

    found = await resolve_organization(client, "id-two")

    assert found == Organization("id-two", "two")


@pytest.mark.parametrize(
    ("reached", "wanted", "message"),
    [
        ((), None, "reaches no organization"),
        (
            ("one", "two"),
            None,
            r"reaches several: .*ORGANIZATION .* one \(id-one\), two \(id-two\)",
        ),
        (("one",), "id-two", r"does not reach organization id-two: .*one \(id-one\)"),
    ],
)
async def test_an_unclear_organization_lists_the_choices(
    httpserver: HTTPServer,
    client: BufferClient,
    reached: tuple[str, ...],
    wanted: str | None,
    message: str,
) -> None:
    answer(httpserver, organizations_json(*reached))

    with pytest.raises(OrganizationError, match=message):
        await resolve_organization(client, wanted)


@pytest.mark.parametrize("key", ["", "with space", "line\nbreak", "schlüssel"])
def test_a_key_that_cannot_be_one_is_refused_without_quoting_it(key: str) -> None:
    with pytest.raises(ValueError, match="paste it again") as caught:
        BufferClient("http://127.0.0.1:1", key, timeout=1, user_agent="galley/test")

    assert not key or key not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["", "api.buffer.com", "ftp://api.buffer.com", "http://api.buffer.com"]
)
def test_an_address_that_would_show_the_key_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="BUFFER_API_URL"):
        BufferClient(url, KEY, timeout=1, user_agent="galley/test")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:4443/galley-media/card.jpg",
        "https://192.168.1.5/card.jpg",
        "https://[oops/card.jpg",
        "http://media.example.com/card.jpg",
    ],
)
async def test_a_live_buffer_is_never_sent_media_it_cannot_fetch(url: str) -> None:
    client = BufferClient("https://api.buffer.invalid", KEY, timeout=1, user_agent="galley/test")

    with pytest.raises(RefusedError, match="GALLEY_PUBLIC_BASE_URL"):
        await client.create_post(a_request(assets=(an_image(url=url),)))

    await client.aclose()


async def test_a_local_buffer_takes_local_media(
    httpserver: HTTPServer, client: BufferClient
) -> None:
    answer(httpserver, created_json())
    image = an_image(url="http://127.0.0.1:4443/galley-media/card.jpg")

    assert (await client.create_post(a_request(assets=(image,)))).value.id


async def test_a_closed_client_sends_nothing(httpserver: HTTPServer) -> None:
    client = BufferClient(httpserver.url_for("/"), KEY, timeout=1, user_agent="galley/test")
    await client.aclose()

    with pytest.raises(NotSentError):
        await client.organizations()
