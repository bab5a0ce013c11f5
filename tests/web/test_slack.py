"""A button in Slack decides once, for whoever pressed it, on what the message showed."""

import json
from datetime import UTC, datetime

import pytest

from galley.models.notification import NotifyChannel
from galley.models.post import PostState
from tests.review.test_signatures import VIEW
from tests.slack_emulator import Slack, SlackRequest, actions, texts
from tests.web.desk import PICTURE, Desk
from tests.workflows.harness import until
from web.slack import over
from workflows.post.workflow import PostWorkflow

pytestmark = [pytest.mark.server]


async def test_two_people_approve_by_the_same_button_and_the_message_says_so(desk: Desk) -> None:
    await desk.send(NotifyChannel.SLACK)
    (told,) = desk.slack.messages
    view = await desk.post.query(PostWorkflow.view)
    assert view.draft
    assert view.draft.text in texts(told)
    assert view.digest in texts(told)
    assert actions(told) == ["galley_approve", "galley_reject", "galley_open"]

    stranger = await desk.press(told, "galley_approve", "mallory")
    early = await desk.press(told, "galley_approve", "lee")
    assert (stranger["response_type"], early["response_type"]) == ("ephemeral", "ephemeral")
    assert "member ID U-mallory" in stranger["text"]
    assert "waits for stage editor" in early["text"]
    assert await desk.decisions() == []

    await until(desk.listed, lambda one: desk.post.id in one)
    once = await desk.press(told, "galley_approve", "kim")
    twice = await desk.press(told, "galley_approve", "kim")
    assert once["replace_original"]
    assert desk.post.id in await desk.listed(), "lee finds it in the inbox too"
    assert "galley_approve" in actions(once), "the second person presses it"
    assert "Approved by kim." in texts(once)
    assert twice["text"] == "Nothing was decided: kim has approved it already."
    done = await desk.press(once, "galley_approve", "lee")
    late = await desk.press(told, "galley_reject", "ann", "No.")
    assert actions(done) == actions(late) == []
    assert "lee decided: X · x-main is approved. It goes out" in texts(done)
    assert "lee approved it" in texts(late)
    assert await desk.decisions() == [("kim", "approve"), ("lee", "approve")]


async def test_a_message_whose_picture_slack_cannot_fetch_arrives_without_it_and_approves_nothing(
    desk: Desk,
) -> None:
    await desk.send(NotifyChannel.SLACK)
    await desk.store.delete(PICTURE.staged_as)
    desk.site.medium = None
    (told,) = desk.slack.messages
    assert "image" in {one["type"] for one in told["blocks"]}

    once = await desk.press(told, "galley_approve", "kim")
    assert "kim approved it." in texts(once)
    assert "Slack could not show the pictures" in texts(once)
    assert actions(once) == ["galley_reject", "galley_open"]
    await desk.edit()
    await desk.send(NotifyChannel.SLACK)
    bare = desk.slack.messages[-1]
    assert "image" not in {one["type"] for one in bare["blocks"]}
    assert actions(bare) == ["galley_reject", "galley_open"]


async def test_a_button_below_words_that_changed_decides_nothing_and_shows_the_new_ones(
    desk: Desk,
) -> None:
    await desk.send(NotifyChannel.SLACK)
    (told,) = desk.slack.messages
    await desk.edit()
    changed = await desk.press(told, "galley_approve", "kim")
    assert "the text changed from" in texts(changed)
    assert "Other words, by lee." in texts(changed)
    assert await desk.decisions() == [("lee", "edit")]

    silent = await desk.press(changed, "galley_reject", "kim")
    assert "write why" in silent["text"]
    over = await desk.press(changed, "galley_reject", "kim", "A claim is wrong.")
    assert "galley_reject" not in actions(over)
    assert (await desk.post.query(PostWorkflow.view)).decisions[-1].note == "A claim is wrong."


def test_a_button_below_a_post_that_ended_says_how_in_a_sentence() -> None:
    ended = VIEW.model_copy(update={"state": PostState.EXPIRED})

    assert "The review ended without a decision." in texts(over(ended))


async def test_a_click_counts_only_as_slack_signed_it(desk: Desk) -> None:
    await desk.send(NotifyChannel.SLACK)
    (told,) = desk.slack.messages
    now = datetime.now(UTC).timestamp()
    honest = desk.slack.click(told, "galley_approve", "U-kim")
    forged = [
        SlackRequest(honest.body, {}),
        SlackRequest(honest.body.replace("U-kim", "U-ann"), honest.headers),
        SlackRequest(honest.body, honest.headers | {"X-Slack-Signature": "v0="}),
        SlackRequest(honest.body, honest.headers | {"X-Slack-Request-Timestamp": "now"}),
        desk.slack.click(told, "galley_approve", "U-kim", at=now - 301),
        desk.slack.click(told, "galley_approve", "U-kim", at=now + 301),
        Slack(desk.slack.receiver, "another secret").click(told, "galley_approve", "U-kim"),
    ]
    async with desk.browser() as anybody:
        for one in forged:
            assert (await one.post(anybody)).status_code == 401
        assert (await desk.slack.request("x" * 600_000).post(anybody)).status_code == 413
        for body in ("payload=%7B", "payload={}", "payload=[]", "x=1", "%ff"):
            none = await desk.slack.request(body).post(anybody)
            assert none.status_code == 400
        # A link of mail is the value of no button, and a copy of a click decides no second time.
        value = json.loads(json.dumps(told))
        value["blocks"][-1]["elements"][0]["value"] = (await desk.link()).rpartition("/")[2]
        await desk.slack.click(value, "galley_approve", "U-kim").post(anybody)
        assert "This button has expired" in desk.slack.responses[-1]["text"]
        assert await desk.decisions() == []
        for _ in range(2):
            await honest.post(anybody)
    assert await desk.decisions() == [("kim", "approve")]
