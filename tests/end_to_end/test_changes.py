"""Posts that are scheduled are changed, stopped and put back by the commands."""

from typing import Any

import pytest

from galley.models import Platform, PostState
from tests.end_to_end.campaigns import Campaign, begin, confirm
from tests.end_to_end.stack import Stack
from tests.end_to_end.waiting import until

pytestmark = [pytest.mark.server]

X, LINKEDIN, MASTODON = Platform.X, Platform.LINKEDIN, Platform.MASTODON
BLUESKY, THREADS = Platform.BLUESKY, Platform.THREADS


def on(*platforms: Platform) -> list[str]:
    return [f"--platform={platform}" for platform in platforms]


async def told(stack: Stack, *arguments: str) -> Any:  # noqa: ANN401 - any JSON value
    """Run a command that must succeed; return the JSON it prints."""
    done = await stack.cli(*arguments, "--json")
    assert done.code == 0, done.err
    return done.json


async def name(campaign: Campaign, platform: Platform) -> str:
    return (await campaign.view(platform)).workflow_id


async def ledger(stack: Stack, town: str, platform: Platform) -> list[dict[str, Any]]:
    """Return every post about a town that was ever made on a network."""
    channel_id = (await stack.buffer.channel(platform))["id"]
    return [
        entry
        for entry in await stack.buffer.ledger()
        if entry["channelId"] == channel_id and town in entry["text"]
    ]


async def in_buffer(
    stack: Stack, town: str, platform: Platform
) -> list[dict[str, Any]]:
    """Return those of them that were not deleted."""
    return [e for e in await ledger(stack, town, platform) if not e["deleted_at"]]


async def scheduled(stack: Stack, town: str, *platforms: Platform) -> Campaign:
    """Return a campaign whose posts Buffer has, due in an hour."""
    campaign = await begin(stack, town, *on(*platforms), "--start-at", "in 1h")
    await campaign.reach(PostState.IN_REVIEW, count=len(platforms))
    await told(stack, "approve", campaign.id)
    await campaign.reach(PostState.SCHEDULED, count=len(platforms))
    return campaign


async def test_a_scheduled_post_gets_another_time_other_words_or_is_taken_back(
    stack: Stack,
) -> None:
    campaign = await scheduled(stack, "Saltburn", X, LINKEDIN, MASTODON)

    [moved] = await told(
        stack,
        *("reschedule", await name(campaign, X), "--at", "2031-05-06 07:08"),
        *("--timezone", "Europe/Berlin"),
    )
    words = "Saltburn, in other words."
    linkedin = await name(campaign, LINKEDIN)
    [proposed] = await told(stack, "edit", linkedin, "--text", words)
    [before] = await in_buffer(stack, "Saltburn", LINKEDIN)
    [edited] = await told(stack, "approve", linkedin)
    [retracted] = await told(
        stack, "retract", await name(campaign, MASTODON), "--note", "the tide turned"
    )

    assert (moved["is_confirmed"], moved["state"]) == (True, "scheduled")
    [entry] = await in_buffer(stack, "Saltburn", X)
    assert entry["dueAt"].startswith("2031-05-06T05:08:00")
    assert (proposed["state"], proposed["is_proposal"]) == ("scheduled", True)
    assert before["text"] != words
    assert (edited["state"], edited["error"]) == ("scheduled", None)
    assert [e["text"] for e in await in_buffer(stack, "Saltburn", LINKEDIN)] == [words]
    assert (retracted["is_confirmed"], retracted["state"]) == (True, "retracted")
    assert await in_buffer(stack, "Saltburn", MASTODON) == []
    assert [
        len(await ledger(stack, "Saltburn", p)) for p in (X, LINKEDIN, MASTODON)
    ] == [1] * 3


async def test_a_pause_keeps_posts_back_and_is_told(stack: Stack) -> None:
    campaign = await begin(stack, "Whitby", *on(X, BLUESKY))
    await campaign.reach(PostState.IN_REVIEW, count=2)
    paused = await told(stack, "pause", "--platform", "x", "--note", "wrong price")
    await told(stack, "approve", campaign.id)
    await campaign.reach(PostState.PUBLISHED, platforms=[BLUESKY])

    listed = await stack.cli("list")
    why = await told(stack, "why", await name(campaign, X))
    wrong = await stack.cli("resume")
    kept = await in_buffer(stack, "Whitby", X)
    await told(stack, "resume", "--platform", "x")
    again = await told(stack, "resume", "--platform", "x")
    await campaign.reach(PostState.PUBLISHED, count=2)

    assert paused["is_heard"] is True
    assert "Paused: platform x, by kim" in listed.err
    assert "resume --platform x" in why["advice"][0]["command"]
    assert (wrong.code, kept) == (2, [])
    assert "resume --platform x" in wrong.err
    assert again["is_new"] is False
    await confirm(campaign, X, BLUESKY)


async def test_what_is_pulled_back_is_put_back_once(stack: Stack) -> None:
    campaign = await scheduled(stack, "Sandsend", THREADS, BLUESKY)
    scope = ("--campaign", campaign.key)

    paused = await told(stack, "pause", "--pull-back", *scope)
    gone = [await in_buffer(stack, "Sandsend", p) for p in (THREADS, BLUESKY)]
    resumed = await told(stack, "resume", *scope)

    assert [post["reach"] for post in paused["posts"]] == ["pulled_back"] * 2
    assert gone == [[], []]
    assert [post["reach"] for post in resumed["posts"]] == ["put_back"] * 2
    for platform in (THREADS, BLUESKY):
        assert len(await in_buffer(stack, "Sandsend", platform)) == 1


async def test_a_post_that_buffer_could_not_publish_is_redriven_by_a_person(
    stack: Stack,
) -> None:
    campaign = await begin(stack, "Runswick", *on(LINKEDIN))
    await campaign.reach(PostState.IN_REVIEW)
    await stack.buffer.order(
        "publish_error", LINKEDIN, "publish", message="The page is asleep."
    )
    await told(stack, "approve", campaign.id)
    await campaign.reach(PostState.ERROR)

    [needing] = await told(stack, "list", "--needs-me", "--campaign", campaign.id)
    why = await told(stack, "why", needing["workflow_id"])
    [redriven] = await told(stack, "redrive", campaign.id, "--no-wait")

    assert "The page is asleep." in needing["alarm"]
    assert f"redrive {needing['workflow_id']}" in why["advice"][1]["command"]
    assert any("createPost: created" in one["what"] for one in why["happenings"])
    assert why["receipt"]["post"]["id"] == why["view"]["buffer_post_id"]
    assert redriven["ok"] is True
    await campaign.reach(PostState.PUBLISHED)
    sent = [
        e for e in await ledger(stack, "Runswick", LINKEDIN) if e["status"] == "sent"
    ]
    assert len(sent) == 1


async def test_a_wish_with_no_worker_running_is_carried_out_when_one_runs(
    stack: Stack,
) -> None:
    campaign = await scheduled(stack, "Kettleness", MASTODON)
    post = await name(campaign, MASTODON)
    stack.kill("worker")

    [asked] = await told(stack, "retract", post)
    why = await told(stack, "why", post)
    await stack.revive("worker")

    assert (asked["ok"], asked["is_confirmed"], asked["state"]) == (True, False, "")
    assert why["view"] is None
    assert why["advice"][0]["command"] == "uv run worker.py"
    assert any("createPost: created" in one["what"] for one in why["happenings"])

    async def is_taken_back() -> bool:
        return (await campaign.view(MASTODON)).state is PostState.RETRACTED

    await until(is_taken_back)
    assert await in_buffer(stack, "Kettleness", MASTODON) == []
