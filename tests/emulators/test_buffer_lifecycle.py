"""The clock moves posts from scheduled to sending to sent or error."""

from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from tests.emulators.buffer_media import picture, video
from tests.emulators.buffer_world import World, in_seconds, until
from tests.emulators.conftest import Emulate, serve

Json = dict[str, Any]


def test_a_due_post_is_sent_with_its_address(world: World) -> None:
    post = world.created("twitter", dueAt=in_seconds(60))
    assert (post["status"], post["isCustomScheduled"]) == ("scheduled", True)
    world.pass_time(61)
    world.ends(post["id"])
    sent = world.post(post["id"])
    assert sent["status"] == "sent"
    assert sent["externalLink"].startswith("https://x.example/galley-demo/status/")
    assert sent["sentAt"] >= sent["dueAt"]
    assert sent["error"] is None


def test_dates_are_utc_with_milliseconds(world: World) -> None:
    post = world.created("twitter", dueAt="2030-06-01T12:00:00+02:00")
    assert post["dueAt"] == "2030-06-01T10:00:00.000Z"


def test_share_now_answers_before_publishing_ends(emulate: Emulate) -> None:
    world = emulate(publish_after=0.5)
    post = world.created("twitter", mode="shareNow")
    assert (post["status"], post["sentAt"]) == ("sending", None)
    assert world.ends(post["id"])["status"] == "sent"


def test_a_paused_queue_holds_its_posts(world: World) -> None:
    world.patch("twitter", isQueuePaused=True)
    post = world.created("twitter")
    world.pass_time(7200)
    other = world.created("threads", mode="shareNow")
    world.ends(other["id"])
    assert world.post(post["id"])["status"] == "scheduled"
    world.patch("twitter", isQueuePaused=False)
    assert world.ends(post["id"])["status"] == "sent"


def test_a_reminder_is_never_published_by_itself(world: World) -> None:
    post = world.created("twitter", schedulingType="notification")
    world.pass_time(3700)
    found = until(lambda: _notified(world, post["id"]))
    assert found["status"] == "scheduled"


def _notified(world: World, post_id: str) -> Json | None:
    found = world.post(post_id)
    return found if found["notificationStatus"] == "notified" else None


def test_media_that_died_before_publishing_is_an_error(
    world: World, httpserver: HTTPServer
) -> None:
    url = serve(httpserver, "/short-lived.jpg", picture(), "image/jpeg")
    post = world.created("twitter", assets=[{"image": {"url": url}}])
    httpserver.clear()
    httpserver.expect_request("/short-lived.jpg").respond_with_data("", status=404)
    world.pass_time(3700)
    assert world.ends(post["id"])["status"] == "error"
    failed = world.post(post["id"])
    assert "could not fetch the media" in failed["error"]["message"]
    assert "Not Found" in failed["error"]["message"]
    assert failed["sentAt"] is None


def test_a_channel_that_was_disconnected_meanwhile_is_an_error(world: World) -> None:
    post = world.created("twitter")
    world.patch("twitter", isDisconnected=True)
    world.pass_time(3700)
    assert "disconnected" in world.ends(post["id"])["error"]


@pytest.mark.parametrize(
    ("service", "text", "reason"),
    [
        ("twitter", "Buy $ABC and $DEF", "cashtag"),
        ("googlebusiness", "Call us: +1 202 555 0143", "phone number"),
        ("threads", " ".join(f"https://a.example/{n}" for n in range(6)), "5 links"),
    ],
)
def test_a_network_can_still_refuse_when_publishing(
    world: World, service: str, text: str, reason: str
) -> None:
    google = {"type": "whats_new", "detailsWhatsNew": {"button": "none"}}
    metadata = {"google": google} if service == "googlebusiness" else None
    post = world.created(service, text=text, metadata=metadata, mode="shareNow")
    assert reason in world.ends(post["id"])["error"]


def test_a_wide_video_is_no_youtube_short(world: World, httpserver: HTTPServer) -> None:
    film = serve(httpserver, "/wide.mp4", video(160, 90), "video/mp4")
    post = world.created(
        "youtube",
        mode="shareNow",
        assets=[{"video": {"url": film}}],
        metadata={"youtube": {"title": "Wide", "categoryId": "22"}},
    )
    assert "square or vertical" in world.ends(post["id"])["error"]


def test_the_queue_gives_each_post_a_slot_of_its_own(world: World) -> None:
    first = world.created("twitter", text="First", mode="addToQueue")
    second = world.created("twitter", text="Second", mode="addToQueue")
    assert first["dueAt"] < second["dueAt"]
    front = world.created("twitter", text="Front", mode="shareNext")
    assert front["dueAt"] == first["dueAt"]
    assert world.post(first["id"])["dueAt"] == second["dueAt"]
    assert world.post(second["id"])["dueAt"] > second["dueAt"]


def test_a_channel_without_slots_queues_all_the_same(world: World) -> None:
    world.patch("twitter", postingSchedule=[])
    assert world.created("twitter", mode="addToQueue")["dueAt"]


def test_daily_limits_count_what_is_sent_and_scheduled(world: World) -> None:
    sent = world.created("twitter", text="Now", mode="shareNow")
    world.ends(sent["id"])
    channel = world.channels["twitter"]["id"]
    (status,) = world.ask(
        "query($ids: [ChannelId!]!) { dailyPostingLimits(input: {channelIds: $ids})"
        " { channelId sent scheduled limit isAtLimit } }",
        ids=[channel],
    )["dailyPostingLimits"]
    assert status == {
        "channelId": channel,
        "sent": 1,
        "scheduled": 0,
        "limit": 100,
        "isAtLimit": False,
    }


DAILY = """query($ids: [ChannelId!]!, $date: DateTime) {
  dailyPostingLimits(input: {channelIds: $ids, date: $date}) {
    channelId sent scheduled limit isAtLimit } }"""


def test_a_day_is_that_of_the_channels_own_zone(world: World) -> None:
    world.patch("twitter", timezone="Pacific/Kiritimati")
    for number, hour in enumerate(("09:59", "10:00", "23:00")):
        due = f"2031-05-01T{hour}:00Z"
        for service in ("twitter", "mastodon"):
            world.created(service, text=f"Post {number}", dueAt=due)
    ids = [world.channels[service]["id"] for service in ("twitter", "mastodon")]

    def scheduled(date: str) -> list[int]:
        found = world.ask(DAILY, ids=ids, date=date)["dailyPostingLimits"]
        return [one["scheduled"] for one in found]

    # 10:00 in UTC is midnight there; London, in summer, is an hour ahead.
    assert scheduled("2031-05-01") == [1, 2]
    assert scheduled("2031-05-02T05:00:00Z") == [2, 1]
    assert scheduled("2031-05-03") == [0, 0]


def test_a_channel_is_at_its_limit_with_what_is_still_to_come(
    world: World, httpserver: HTTPServer
) -> None:
    film = serve(httpserver, "/film.mp4", video(), "video/mp4")
    youtube = world.channels["youtube"]["id"]
    for number in range(10):
        world.created(
            "youtube",
            text=f"Film {number}",
            dueAt=f"2031-05-01T1{number}:00:00Z",
            assets=[{"video": {"url": film}}],
            metadata={"youtube": {"title": "A short", "categoryId": "27"}},
        )
        (day,) = world.ask(DAILY, ids=[youtube], date="2031-05-01")["dailyPostingLimits"]
        assert (day["scheduled"], day["limit"]) == (number + 1, 10)
        assert day["isAtLimit"] is (number == 9)
