"""A client's link reaches so far and no further, and no browser can keep the server from others."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request
from starlette.types import Message, Scope

import web
from app.connections import Connections, open_client
from app.posts.media import MediaFile
from app.review.decisions import DecisionResult
from galley.models.media import MediaKind
from galley.models.post import PostState
from galley.models.review import DecisionKind
from galley.settings import Settings
from tests.memory_store import MemoryStore
from tests.review.test_signatures import VIEW
from tests.web.samples import film
from web.access import COOKIE, Link, Sessions
from web.app import create_app
from web.clients import is_open
from web.forms import own_address
from web.media import medium_answer, medium_of
from web.security import KNOCKS, READS, host_of, rate_of
from web.sending import Sending
from web.site import Site
from web.text import difference

LINK = Link(
    campaign="campaign:a", client="Acme", by="kim", until=datetime.now(UTC) + timedelta(days=1)
)


async def test_a_client_takes_back_what_came_by_their_link_alone() -> None:
    sending = Sending(60)

    async def send() -> DecisionResult:
        raise AssertionError

    for link in (None, LINK.model_copy(update={"client": "Other"})):
        pending = sending.hold("post:a", DecisionKind.REJECT, "kim", send, print, link)
        assert not pending.is_of("kim", LINK)
        assert not sending.take_back("post:a", "kim", LINK)
    sending.hold("post:a", DecisionKind.REJECT, "kim", send, print, LINK)
    assert sending.take_back("post:a", "kim", LINK)


async def test_a_server_that_ends_does_not_wait_for_what_was_taken_back() -> None:
    sending = Sending(60)

    async def send() -> DecisionResult:
        raise AssertionError

    sending.hold("post:a", DecisionKind.REJECT, "kim", send, print)
    assert sending.take_back("post:a", "kim")

    async with asyncio.timeout(8):  # it waits up to ten seconds for what is on its way
        await sending.close()


@pytest.mark.parametrize("state", [*PostState])
def test_a_client_decides_on_nothing_but_a_draft_in_review(state: PostState) -> None:
    view = VIEW.model_copy(update={"state": state})

    assert is_open(view, None) is (state is PostState.IN_REVIEW)


@pytest.mark.parametrize(
    ("before", "after"),
    [("a " * 5000, "a " * 4999), ("a b " * 100, "b a " * 99), ("." * 190, "." * 189 + ",")],
    ids=["long", "the same words", "the same marks"],
)
def test_texts_made_to_be_slow_to_compare_are_shown_one_after_the_other(
    before: str, after: str
) -> None:
    assert str(difference(before, after)) == f"<del>{before}</del> <ins>{after}</ins>"


def test_a_difference_keeps_all_of_both_texts() -> None:
    shown = str(difference("One  two,\nthree ", "One two,\nfour\n"))

    assert "One" in shown
    assert "<del>" in shown
    kept = shown.replace("<ins>", "").replace("</ins>", "")
    assert "four\n" in kept


def test_sessions_of_links_end_each_other_and_never_those_of_people() -> None:
    sessions = Sessions()
    person = sessions.begin("kim")
    for number in range(1100):
        sessions.begin("x (client)", LINK.model_copy(update={"client": str(number)}))

    assert sessions.find(person)

    again = Sessions()
    same = [again.begin("Acme (client)", LINK) for _ in range(21)]
    assert [again.find(one) is not None for one in same] == [False] + [True] * 20


def test_one_network_of_ipv6_is_one_client() -> None:
    assert host_of("2001:db8:1:2:3::4") == host_of("2001:db8:1:2:ffff::1")
    assert host_of("2001:db8:1:3::4") != host_of("2001:db8:1:2::4")
    assert host_of("::ffff:192.0.2.1") == host_of("192.0.2.1") == "192.0.2.1"


def test_only_attempts_to_get_in_are_counted_as_such() -> None:
    assert rate_of("GET", "/client/some.word") is KNOCKS
    assert rate_of("GET", "/sign-in/return") is KNOCKS
    assert rate_of("GET", "/client") is READS


@pytest.mark.parametrize(
    "given",
    ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", "a", ""],
)
def test_a_form_leads_to_no_other_server(given: str) -> None:
    assert own_address(given, "/usual") == "/usual"
    assert own_address("/campaigns/a%3Ab?x=1#y", "/usual") == "/campaigns/a%3Ab?x=1#y"


@pytest.mark.parametrize("name", ["campaign.html", "client.html", "together.html"])
def test_who_approves_sees_each_link_in_full(name: str) -> None:
    template = (Path(web.__file__).parent / "templates" / name).read_text()

    assert template.count("{{ preview(") == template.count("{{ links(") == 1


async def test_a_film_is_read_once_for_all_the_parts_that_a_player_asks_for() -> None:
    site, data = _site(), b"a film"
    sha256 = hashlib.sha256(data).hexdigest()
    asset = film().model_copy(update={"sha256": sha256, "staged_as": f"staging/{sha256}.mp4"})
    view = VIEW.model_copy(update={"staged": (asset,), "media": ()})
    store = site.connections.state
    await store.put_if_absent(asset.staged_as, data, asset.mime)
    first = await medium_of(site, view, sha256)
    await store.delete(asset.staged_as)

    assert first
    assert await medium_of(site, view, sha256) is first
    assert await medium_of(site, view, "0" * 64) is None


@pytest.mark.parametrize("asked", ["bytes=0-", "bytes=-9000000", "bytes=10-", "bytes=5-9", ""])
async def test_a_film_is_sent_in_pieces_however_much_is_asked_for(asked: str) -> None:
    data, sha256, site = bytes(9_000_000), "0" * 64, _site()
    file = MediaFile("film.mp4", MediaKind.VIDEO, data, "")
    site.medium = (VIEW.workflow_id, sha256, file)
    app = create_app(site, ("localhost",))
    largest = total = 0

    async def take(message: Message) -> None:
        nonlocal largest, total
        largest = max(largest, len(message.get("body", b"")))
        total += len(message.get("body", b""))

    async def wait() -> Message:
        return await asyncio.get_running_loop().create_future()

    headers = [(b"range", asked.encode())] if asked else []
    scope: Scope = {"type": "http", "method": "GET", "headers": headers, "app": app}
    answer = await medium_answer(Request(scope), VIEW, sha256)
    await answer(scope, wait, take)

    assert largest <= 4_000_000
    assert int(answer.headers["content-length"]) == total
    if asked:
        first, last = (
            answer.headers["content-range"].removeprefix("bytes ").split("/")[0].split("-")
        )
        assert int(last) - int(first) + 1 == total > 0
    else:
        assert total == len(data)


async def test_the_secret_address_of_the_feed_is_that_of_the_site() -> None:
    site = _site()
    site.address = "https://review.example.com"
    transport = httpx.ASGITransport(create_app(site, ("review.example.com",)))
    async with httpx.AsyncClient(
        transport=transport,
        base_url="http://review.example.com",
        cookies={COOKIE: site.sessions.begin("kim")},
    ) as pages:
        shown = await pages.get("/calendar/subscribe")

    assert "https://review.example.com/calendar.ics?key=" in shown.text
    assert "http://review" not in shown.text


def _site() -> Site:
    connections = Connections(Settings.model_construct(), open_client)
    connections.__dict__["state"] = MemoryStore()
    return Site(connections)
