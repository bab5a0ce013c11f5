"""The page at ``/`` shows hostile drafts as text, and media only through itself."""

import re
from typing import cast

import httpx
import pytest
from lxml import etree
from pytest_httpserver import HTTPServer

from emulators.buffer.card import parts_of
from tests.emulators.buffer_media import picture, video
from tests.emulators.buffer_world import World, in_seconds, until
from tests.emulators.conftest import serve
from tests.loopback import NO_AUTHORITIES


def page(world: World, path: str = "/") -> httpx.Response:
    """What a browser gets; it brings no token."""
    answer = httpx.get(
        world.url + path, headers={"Accept": "text/html"}, timeout=20, verify=NO_AUTHORITIES
    )
    assert answer.status_code == 200, answer.text
    return answer


def found(answer: httpx.Response, path: str) -> list[str]:
    """The attributes, or the texts of the elements, that an XPath finds on a page."""
    tree = etree.fromstring(answer.text, etree.HTMLParser())
    count = int(cast("float", tree.xpath(f"count({path})")))
    places = range(1, count + 1)
    return [str(tree.xpath(f"string(({path})[{place}])")) for place in places]


@pytest.mark.parametrize(
    "headers", [{}, {"Accept": "application/json"}, {"Accept": "text/html", "Authorization": "x"}]
)
def test_an_api_client_gets_no_page(world: World, headers: dict[str, str]) -> None:
    answer = httpx.get(world.url + "/", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_a_client_that_takes_any_answer_is_no_browser(world: World) -> None:
    assert world.client.get("/").status_code == 400


HOSTILE = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)> ' onmouseover='alert(1)",
    "{{ 7 * 7 }} {% raw %} ${7*7}",
    'javascript:alert(1) https://example.com/"onclick=alert(1)',
    "\u202egnp.exe \U0001f600",
    "</p></article></main><style>*{display:none}</style>",
]


def test_half_a_character_breaks_neither_answer_nor_page(world: World) -> None:
    post = world.created("linkedin", text="to be changed")
    body = (
        '{"query": "mutation($t: String) { editPost(input: {id: \\"ID\\", text: $t})'
        ' { ... on PostActionSuccess { post { text } } } }",'
        ' "variables": {"t": "half \\ud83d"}}'
    ).replace("ID", post["id"])
    headers = {"Content-Type": "application/json"}

    answer = world.client.post("/", content=body, headers=headers)

    assert answer.json()["data"]["editPost"]["post"]["text"] == "half \ud83d"
    assert "half ?" in page(world).text


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_draft_is_only_text(world: World, text: str) -> None:
    world.created("linkedin", text=text)
    answer = page(world)

    assert not found(answer, "//script | //style | //iframe | //object")
    assert not found(answer, "//@*[starts-with(name(), 'on')] | //@style")
    links = found(answer, "//@href | //@src")
    assert all(re.match(r"(/|#|https?://)", link) for link in links), links
    assert found(answer, "//article//p[@class='text']") == [text]


def test_the_page_forbids_the_browser_all_that_it_does_not_need(world: World) -> None:
    headers = page(world).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


def test_what_a_client_chooses_in_the_address_is_not_repeated(world: World) -> None:
    answer = page(world, '/?network="><b>x&month="><b>y')
    assert "<b>x" not in answer.text
    assert "<b>y" not in answer.text


@pytest.mark.parametrize("month", ["0000-01", "9999-12", "2026-13", "x", "2026-11-01"])
def test_a_month_that_is_none_gives_another_one(world: World, month: str) -> None:
    assert "2026" in page(world, f"/?month={month}").text


def test_every_network_is_shown_as_its_readers_see_it(world: World, httpserver: HTTPServer) -> None:
    card = {"url": serve(httpserver, "/a.jpg", picture(), "image/jpeg")}
    film = {"url": serve(httpserver, "/a.mp4", video(), "video/mp4")}
    world.created("twitter", text="One", metadata=_thread("One", "Two"))
    world.created(
        "instagram",
        assets=[{"image": {**card, "metadata": {"altText": "A card"}}}],
        metadata={
            "instagram": {"type": "post", "shouldShareToFeed": True, "firstComment": "And #more"}
        },
    )
    world.created(
        "youtube",
        assets=[{"video": film}],
        metadata={"youtube": {"title": "A short", "categoryId": "27"}},
    )
    world.created(
        "linkedin",
        metadata={
            "linkedin": {"linkAttachment": {"url": "https://example.com/a", "title": "Read"}}
        },
    )
    answer = page(world)

    def inside(service: str, path: str) -> list[str]:
        return found(answer, f"//article[contains(@class, 'net-{service}')]{path}")

    assert inside("twitter", "//p[@class='text']") == ["One", "Two"]
    assert inside("instagram", "//img/@alt") == ["A card"]
    assert "And #more" in inside("instagram", "//p[@class='comment']")[0]
    assert inside("youtube", "//h3") == ["A short"]
    assert len(inside("youtube", "//video/@src")) == 1
    assert inside("linkedin", "//a[@class='linkcard']/@href") == ["https://example.com/a"]


def _thread(*texts: str) -> dict[str, object]:
    return {"twitter": {"thread": [{"text": text} for text in texts]}}


def test_the_page_of_one_network_shows_no_other(world: World) -> None:
    world.created("twitter", text="On X")
    world.created("bluesky", text="On Bluesky")
    world.created("twitter", text="No date yet", saveToDraft=True)

    shown = page(world, "/?network=twitter").text

    assert "On X" in shown
    assert "No date yet" in shown
    assert "On Bluesky" not in shown


def test_a_post_stands_on_its_day_in_the_accounts_zone(world: World) -> None:
    world.created("twitter", text="Late in June", dueAt="2030-06-30T23:30:00Z")
    assert "Late in June" in page(world, "/?month=2030-07").text
    assert "Late in June" not in page(world, "/?month=2030-06").text


def test_the_page_opens_on_the_month_of_the_next_post(world: World) -> None:
    world.created("twitter", dueAt=in_seconds(400 * 86_400))
    assert "Text for twitter" in page(world).text


def test_media_are_passed_on_from_the_server_that_has_them(
    world: World, httpserver: HTTPServer
) -> None:
    data = picture()
    url = serve(httpserver, "/photo.jpg", data, "text/html")
    world.created("facebook", **_facebook(url))
    (source,) = found(page(world), "//img/@src")

    answer = httpx.get(world.url + source)

    assert answer.content == data
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("data", [b"<script>alert(1)</script>", picture(kind="BMP"), b""])
def test_media_that_turned_into_something_else_are_not_passed_on(
    world: World, httpserver: HTTPServer, data: bytes
) -> None:
    url = serve(httpserver, "/photo.jpg", picture(), "image/jpeg")
    world.created("facebook", **_facebook(url))
    (source,) = found(page(world), "//img/@src")
    httpserver.clear()
    serve(httpserver, "/photo.jpg", data, "image/jpeg")

    answer = httpx.get(world.url + source)

    assert answer.status_code == 404
    assert "script" not in answer.text


def test_only_media_of_posts_are_passed_on(world: World) -> None:
    path = f"/_emulator/media/{'f' * 24}/{'f' * 24}"
    assert httpx.get(world.url + path).status_code == 404


def _facebook(url: str) -> dict[str, object]:
    return {"assets": [{"image": {"url": url}}], "metadata": {"facebook": {"type": "post"}}}


def test_a_failed_post_says_why(world: World) -> None:
    world.order("publish", "publish_error", message="The network was <out>.")
    post = world.created("bluesky", mode="shareNow")
    until(lambda: world.post(post["id"])["status"] == "error")
    assert found(page(world), "//p[@class='error']") == ["The network was <out>."]


@pytest.mark.parametrize(
    ("service", "text", "expected"),
    [
        ("linkedin", "a https://e.com/x).", ["words a ", "link https://e.com/x", "words )."]),
        ("twitter", "https://www.e.com/" + "x" * 40, ["link e.com/" + "x" * 23 + "\u2026"]),
        ("instagram", "https://e.com #a", ["words https://e.com", "words  ", "tag #a"]),
        ("mastodon", "@a@b.org, c@d.e", ["mention @a@b.org", "words , c@d.e"]),
    ],
)
def test_text_is_split_as_its_network_marks_it(
    service: str, text: str, expected: list[str]
) -> None:
    assert [f"{part.kind} {part.text}" for part in parts_of(text, service)] == expected


def card(world: World, post_id: str, path: str) -> list[str]:
    """What an XPath finds in the card of one post."""
    return found(page(world), f"//article[@id='post-{post_id}']{path}")


def test_a_reminder_a_paused_post_and_one_to_approve_say_so(world: World) -> None:
    world.patch("threads", isQueuePaused=True)
    world.patch("bluesky", needsApproval=True)
    by_hand = world.created("twitter", schedulingType="notification")["id"]
    waiting = world.created("threads")["id"]
    asked = world.created("bluesky", needsApproval=True)["id"]
    plain = world.created("mastodon")["id"]

    assert card(world, by_hand, "//*[contains(@class, 'status')]") == ["reminder"]
    assert "from a reminder" in card(world, by_hand, "//p[@class='note']")[0]
    assert "queue of this channel is paused" in card(world, waiting, "//p")[0]
    assert "approves it in Buffer" in card(world, asked, "//p[@class='note']")[0]
    assert card(world, plain, "//p[@class='note']") == []

    world.pass_time(3700)
    until(lambda: card(world, by_hand, "//*[contains(., 'reminder sent')]"))
    path = f"/_emulator/posts/{by_hand}/publish"
    assert world.client.post(path, json={}).status_code == 200
    assert "A person published" in card(world, by_hand, "//p[@class='note']")[0]


def test_what_a_post_has_beside_its_text_is_told_as_text(world: World, photo: str) -> None:
    evil = '<b>&"'
    offer = {
        "title": f"Half off {evil}",
        "startDate": "2030-06-30T23:30:00Z",
        "endDate": "2030-07-02T00:00:00Z",
        "code": evil,
        "terms": evil,
    }
    google = world.created(
        "googlebusiness", metadata={"google": {"type": "offer", "detailsOffer": offer}}
    )["id"]
    tagged = {"altText": evil, "userTags": [{"handle": evil, "x": 0, "y": 1}]}
    instagram = world.created(
        "instagram",
        assets=[{"image": {"url": photo, "metadata": tagged}}],
        metadata={
            "instagram": {
                "type": "post",
                "shouldShareToFeed": True,
                "isAiGenerated": True,
                "link": evil,
            }
        },
    )["id"]

    assert card(world, google, "//footer/span") == [
        "From 1 July 2030, 00:30 to 2 July 2030, 01:00",
        f"Code: {evil}",
        f"Terms: {evil}",
    ]
    assert card(world, google, "//h3") == [f"Half off {evil}"]
    assert card(world, instagram, "//footer/span") == [
        f"Shop link: {evil}",
        "Marked as made with AI",
        f"Tagged: @{evil}",
    ]
    assert card(world, instagram, "//img/@alt") == [evil]


def test_each_item_of_a_thread_has_its_own_card_and_pictures(world: World, photo: str) -> None:
    link = {"url": "https://example.com/card", "title": "<i>A card</i>"}
    thread = [
        {"text": "One"},
        {"text": "Two", "metadata": {"threads": {"linkAttachment": link}}},
        {"text": "Three", "assets": [{"image": {"url": photo}}]},
    ]
    post = world.created("threads", text="One", metadata={"threads": {"thread": thread}})
    items = "//div[contains(@class, 'threaded')]"
    assert card(world, post["id"], f"{items}//p") == ["One", "Two", "Three"]
    assert card(world, post["id"], f"{items}[2]//strong") == ["<i>A card</i>"]
    assert len(card(world, post["id"], f"{items}[3]//img")) == 1


def test_two_channels_of_a_network_are_one_choice(world: World) -> None:
    second = {"service": "linkedin", "name": "<b>Second</b>"}
    made = world.client.post("/_emulator/channels", json=second).json()
    path = f"/_emulator/channels/{made['id']}"
    again = world.client.post("/_emulator/channels", json=second)
    assert again.status_code == 409
    nowhere = {"service": "gopher", "name": "x"}
    assert world.client.post("/_emulator/channels", json=nowhere).status_code == 409

    unlocked = {"isLocked": False, "isQueuePaused": True}
    assert world.client.patch(path, json=unlocked).is_success
    world.created("linkedin", text="On the second", channelId=made["id"])
    answer = page(world)
    choices = found(answer, "//nav/a[contains(@class, 'net-linkedin')]")
    assert choices == ["LinkedIn 1 paused"]
    assert "<b>Second</b>" in found(answer, "//article//b")
