"""Each way a post can be handed to Buffer: drafts, approval, reminders, queues."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.emulators.buffer_world import World, in_seconds, until
from tests.emulators.conftest import Emulate

Json = dict[str, Any]


def act(world: World, post_id: str, action: str, **given: object) -> httpx.Response:
    """Let a person do something with a post in Buffer's app."""
    return world.client.post(f"/_emulator/posts/{post_id}/{action}", json=given)


def notified(world: World, post_id: str) -> Json:
    """The post, once its reminder went out."""
    return until(
        lambda: next(
            (found for found in [world.post(post_id)] if found["notificationStatus"] == "notified"),
            None,
        )
    )


# Drafts


@pytest.mark.parametrize("mode", ["customScheduled", "addToQueue", "shareNext", "shareNow"])
def test_a_draft_keeps_its_mode_and_has_no_time(world: World, mode: str) -> None:
    draft = world.created("twitter", mode=mode, saveToDraft=True)
    assert (draft["status"], draft["dueAt"]) == ("draft", None)
    assert (draft["shareMode"], draft["via"]) == (mode, "buffer")
    world.pass_time(86_400)
    assert world.post(draft["id"])["status"] == "draft"


def test_a_draft_may_lack_the_time_that_its_mode_needs(world: World) -> None:
    draft = world.created("twitter", dueAt=None, saveToDraft=True)
    assert draft["status"] == "draft"


def test_a_draft_may_repeat_what_is_scheduled(world: World) -> None:
    world.created("twitter", text="Twice")
    assert world.created("twitter", text="Twice", saveToDraft=True)["id"]


def test_a_draft_is_held_to_its_network_all_the_same(lasting_world: World) -> None:
    message = lasting_world.refused("twitter", text="a" * 281, saveToDraft=True)
    assert message.endswith("cannot exceed 280 characters.")


def test_a_draft_does_not_count_in_the_plan(emulate: Emulate) -> None:
    world = emulate(plan="free")
    for number in range(10):
        world.created("twitter", text=f"Number {number}")
    draft = world.created("twitter", text="A draft", saveToDraft=True)

    refused = act(world, draft["id"], "schedule", mode="addToQueue")

    assert refused.status_code == 409
    assert "Scheduled posts limit reached" in refused.json()["error"]
    edited = world.edit(draft["id"], mode="addToQueue", saveToDraft=False)
    assert edited["__typename"] == "LimitReachedError"


def test_a_person_schedules_a_draft(world: World) -> None:
    draft = world.created("twitter", mode="addToQueue", saveToDraft=True)
    later = in_seconds(600)
    answer = act(world, draft["id"], "schedule", mode="customScheduled", dueAt=later)
    assert answer.json()["status"] == "scheduled"
    found = world.post(draft["id"])
    assert found["shareMode"] == "customScheduled"
    assert found["dueAt"] is not None


# Approval


def test_an_approved_post_goes_out_when_it_was_asked_for(world: World) -> None:
    world.patch("twitter", needsApproval=True)
    asked = "2031-05-01T09:00:00.000Z"
    post = world.created("twitter", needsApproval=True, dueAt=asked)
    assert (post["status"], post["dueAt"]) == ("needs_approval", None)

    assert act(world, post["id"], "approve").status_code == 200

    found = world.post(post["id"])
    assert (found["status"], found["dueAt"]) == ("scheduled", asked)


def test_an_approval_that_comes_late_sends_at_once(world: World) -> None:
    world.patch("twitter", needsApproval=True)
    post = world.created("twitter", needsApproval=True, dueAt=in_seconds(60))
    world.pass_time(120)
    act(world, post["id"], "approve")
    assert world.ends(post["id"])["status"] == "sent"


def test_an_approved_post_of_the_queue_gets_a_slot(world: World) -> None:
    world.patch("twitter", needsApproval=True)
    post = world.created("twitter", needsApproval=True, mode="addToQueue")
    act(world, post["id"], "approve")
    found = world.post(post["id"])
    assert found["status"] == "scheduled"
    assert found["dueAt"] > datetime.now(UTC).isoformat()


def test_a_rejected_post_is_a_draft_that_can_ask_again(world: World) -> None:
    world.patch("twitter", needsApproval=True)
    post = world.created("twitter", needsApproval=True)
    assert act(world, post["id"], "reject").json()["status"] == "draft"
    assert act(world, post["id"], "approve").status_code == 409

    asked = world.edit(post["id"], approvalChange="request")["post"]
    assert asked["status"] == "needs_approval"
    again = world.edit(post["id"], approvalChange="request")["post"]
    assert again["status"] == "needs_approval"
    reverted = world.edit(post["id"], approvalChange="revert")["post"]
    assert reverted["status"] == "draft"


def test_a_new_time_is_no_way_around_the_approval(world: World) -> None:
    world.patch("twitter", needsApproval=True)
    post = world.created("twitter", needsApproval=True)
    later = "2031-05-01T09:00:00.000Z"
    for more in ({}, {"approvalChange": "request"}, {"saveToDraft": False}):
        edited = world.edit(post["id"], mode="customScheduled", dueAt=later, **more)
        assert edited["post"]["status"] == "needs_approval"
        assert edited["post"]["dueAt"] is None
    act(world, post["id"], "approve")
    found = world.post(post["id"])
    assert (found["status"], found["dueAt"]) == ("scheduled", later)

    other = world.created("twitter", text="Other", needsApproval=True)
    draft = world.edit(other["id"], saveToDraft=True)["post"]
    assert draft["status"] == "draft"


def test_only_a_channel_with_that_policy_takes_a_request(world: World) -> None:
    draft = world.created("twitter", saveToDraft=True)
    refused = world.edit(draft["id"], approvalChange="request")
    assert refused["message"] == "This channel does not require approval"
    scheduled = world.created("threads")
    refused = world.edit(scheduled["id"], approvalChange="request")
    assert refused["message"] == "Only drafts can ask for approval"


# Reminders


@pytest.mark.parametrize("mode", ["customScheduled", "shareNow"])
def test_a_reminder_is_sent_and_a_person_publishes(world: World, mode: str) -> None:
    post = world.created("twitter", schedulingType="notification", mode=mode)
    world.pass_time(3700)
    found = notified(world, post["id"])
    assert (found["status"], found["sentAt"]) == ("scheduled", None)
    assert found["schedulingType"] == "notification"

    assert act(world, post["id"], "publish").status_code == 200

    found = world.post(post["id"])
    assert (found["status"], found["notificationStatus"]) == ("sent", "markedAsPublished")
    assert found["externalLink"] is None


def test_a_reminder_cannot_be_followed_before_it_came(world: World) -> None:
    post = world.created("twitter", schedulingType="notification")
    assert act(world, post["id"], "publish").status_code == 409


def test_a_channel_of_reminders_alone_publishes_nothing_by_itself(world: World, photo: str) -> None:
    world.patch("instagram", metadata={"defaultToReminders": True})
    post = world.created(
        "instagram",
        mode="shareNow",
        assets=[{"image": {"url": photo}}],
        metadata={"instagram": {"type": "post", "shouldShareToFeed": True}},
    )
    assert post["status"] == "scheduled"
    assert notified(world, post["id"])["status"] == "scheduled"


def test_a_reminder_that_is_rescheduled_comes_again(world: World) -> None:
    post = world.created("twitter", schedulingType="notification")
    world.pass_time(3700)
    notified(world, post["id"])
    later = in_seconds(3 * 3600)
    edited = world.edit(post["id"], mode="customScheduled", dueAt=later)["post"]
    assert edited["notificationStatus"] is None


def test_a_reminder_can_become_automatic(world: World) -> None:
    post = world.created("twitter", schedulingType="notification")
    world.edit(post["id"], schedulingType="automatic")
    world.pass_time(3700)
    assert world.ends(post["id"])["status"] == "sent"


# Queues


def test_the_queue_follows_the_schedule_in_the_zone_of_the_channel(world: World) -> None:
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    world.patch(
        "twitter",
        timezone="Asia/Kolkata",
        postingSchedule=[
            {"day": day, "times": ["18:15", "07:30"], "paused": day == "wed"} for day in days
        ],
    )
    posts = [
        world.created("twitter", text=f"Post {number}", mode="addToQueue") for number in range(16)
    ]
    offset = timedelta(hours=5, minutes=30)
    local = [datetime.fromisoformat(one["dueAt"]) + offset for one in posts]
    assert local == sorted(local)
    assert {f"{one:%H:%M}" for one in local} == {"07:30", "18:15"}
    assert {f"{one:%a}" for one in local} == {"Mon", "Tue", "Thu", "Fri", "Sat", "Sun"}


def test_a_slot_that_became_free_is_the_next(world: World) -> None:
    first, second = (world.created("twitter", text=text, mode="addToQueue") for text in "ab")
    world.edit(first["id"], saveToDraft=True)
    third = world.created("twitter", text="c", mode="addToQueue")
    assert third["dueAt"] == first["dueAt"] < second["dueAt"]


def test_a_chosen_time_takes_the_slot_it_falls_on(world: World) -> None:
    slot = world.created("twitter", text="a", mode="addToQueue")["dueAt"]
    other = world.created("threads", text="a", dueAt=slot)
    queued = world.created("threads", text="b", mode="addToQueue")
    assert other["dueAt"] == slot < queued["dueAt"]


def test_a_time_given_with_another_mode_is_ignored(world: World) -> None:
    far = "2039-01-01T00:00:00.000Z"
    post = world.created("twitter", mode="addToQueue", dueAt=far)
    assert post["dueAt"] < far
    assert not post["isCustomScheduled"]


def test_a_paused_queue_takes_posts_and_resumes(world: World) -> None:
    world.patch("twitter", isQueuePaused=True)
    queued = world.created("twitter", text="Queued", mode="addToQueue")
    now = world.created("twitter", text="Now", mode="shareNow")
    assert world.ends(now["id"])["status"] == "sent"
    world.pass_time(4 * 86_400)
    fence = world.created("threads", mode="shareNow")
    world.ends(fence["id"])
    assert world.post(queued["id"])["status"] == "scheduled"
    world.patch("twitter", isQueuePaused=False)
    assert world.ends(queued["id"])["status"] == "sent"


def test_the_plan_limits_the_threads_of_a_channel(emulate: Emulate) -> None:
    world = emulate(plan="free")
    first, second = (
        world.create(
            "twitter",
            text=f"Text {number}",
            metadata={"twitter": {"thread": [{"text": f"Text {number}"}]}},
        )
        for number in range(2)
    )
    assert first["__typename"] == "PostActionSuccess"
    assert second == {
        "__typename": "LimitReachedError",
        "message": "Limit reached: Scheduled threads limit reached."
        " You have 1 scheduled threads out of 1 allowed",
    }


@pytest.mark.parametrize("action", ["approve", "schedule", "publish", "reject"])
def test_a_person_cannot_act_on_what_is_not_there(lasting_world: World, action: str) -> None:
    assert act(lasting_world, "f" * 24, action).status_code == 409


def test_what_a_person_cannot_mean_is_refused(world: World) -> None:
    draft = world.created("twitter", saveToDraft=True, mode="addToQueue")["id"]
    assert act(world, draft, "frame").status_code == 400
    assert act(world, draft, "schedule", dueAt="soon").status_code == 400
    assert act(world, draft, "schedule", mode="magic").status_code == 409
    assert act(world, draft, "schedule", mode="customScheduled").status_code == 409
    path = f"/_emulator/posts/{draft}/schedule"
    assert world.client.post(path, content="{}").status_code == 400
