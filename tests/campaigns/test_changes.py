"""Posts that are scheduled are changed, stopped and put back by the commands."""

import asyncio
from typing import Any

import pytest

from galley.models.network import Platform
from galley.models.post import PostState
from tests.end_to_end.campaigns import Campaign, begin, confirm
from tests.end_to_end.stack import Stack

pytestmark = [pytest.mark.server]

X, LINKEDIN, MASTODON = Platform.X, Platform.LINKEDIN, Platform.MASTODON
BLUESKY = Platform.BLUESKY


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


async def in_buffer(stack: Stack, town: str, platform: Platform) -> list[dict[str, Any]]:
    """Return those of them that were not deleted."""
    return [e for e in await ledger(stack, town, platform) if not e["deleted_at"]]


async def scheduled(stack: Stack, town: str, *platforms: Platform) -> Campaign:
    """Return a campaign whose posts Buffer has, due in an hour."""
    campaign = await begin(stack, town, *on(*platforms), "--start-at", "in 1h")
    await campaign.reach(PostState.IN_REVIEW, count=len(platforms))
    await campaign.approve(*platforms)
    await campaign.reach(PostState.SCHEDULED, count=len(platforms))
    return campaign


async def test_scheduled_posts_are_changed_taken_back_and_pulled_back(stack: Stack) -> None:
    town, words = "Saltburn", "Saltburn, in other words."
    campaign = await scheduled(stack, town, X, LINKEDIN, MASTODON, BLUESKY)
    x, linkedin, mastodon = [await name(campaign, p) for p in (X, LINKEDIN, MASTODON)]
    scope = ("--campaign", campaign.key, "--platform", BLUESKY)

    [moved], [proposed], [retracted], paused = await asyncio.gather(
        told(stack, "reschedule", x, "--at", "2031-05-06T07:08+02:00"),
        told(stack, "edit", linkedin, "--text", words),
        told(stack, "retract", mastodon, "--note", "the tide turned"),
        told(stack, "pause", "--pull-back", *scope),
    )
    [stands] = await in_buffer(stack, town, LINKEDIN)
    pulled = await in_buffer(stack, town, BLUESKY)
    [edited], resumed = await asyncio.gather(
        told(stack, "approve", linkedin), told(stack, "resume", *scope)
    )

    assert (moved["is_confirmed"], moved["state"]) == (True, "scheduled")
    [entry] = await in_buffer(stack, town, X)
    assert entry["dueAt"].startswith("2031-05-06T05:08:00")
    assert (proposed["state"], proposed["is_proposal"]) == ("scheduled", True)
    assert stands["text"] != words
    assert (edited["state"], edited["error"]) == ("scheduled", None)
    assert [e["text"] for e in await in_buffer(stack, town, LINKEDIN)] == [words]
    assert (retracted["is_confirmed"], retracted["state"]) == (True, "retracted")
    assert await in_buffer(stack, town, MASTODON) == []
    assert ([p["reach"] for p in paused["posts"]], pulled) == (["pulled_back"], [])
    assert [post["reach"] for post in resumed["posts"]] == ["put_back"]
    assert len(await in_buffer(stack, town, BLUESKY)) == 1
    made = [len(await ledger(stack, town, p)) for p in (X, LINKEDIN, MASTODON, BLUESKY)]
    assert made == [1, 1, 1, 2]


async def test_what_a_pause_stops_and_what_buffer_cannot_publish_is_told_and_goes_on(
    stack: Stack,
) -> None:
    town, why_not = "Whitby", "The page is asleep."
    campaign = await begin(stack, town, *on(X, LINKEDIN))
    await campaign.reach(PostState.IN_REVIEW, count=2)
    x, linkedin = [await name(campaign, platform) for platform in (X, LINKEDIN)]
    await stack.buffer.order("publish_error", LINKEDIN, "publish", message=why_not)
    paused = await told(stack, "pause", "--platform", "x", "--note", "wrong price")
    await campaign.approve(X, LINKEDIN)
    await campaign.reach(PostState.ERROR, platforms=[LINKEDIN])

    listed, [needing], stopped, failed, wrong = await asyncio.gather(
        stack.cli("list"),
        told(stack, "list", "--needs-me", "--campaign", campaign.id),
        told(stack, "why", x),
        told(stack, "why", linkedin),
        stack.cli("resume"),
    )
    kept = await in_buffer(stack, town, X)
    _, [redriven] = await asyncio.gather(
        told(stack, "resume", "--platform", "x"), told(stack, "redrive", campaign.id, "--no-wait")
    )
    await campaign.reach(PostState.PUBLISHED, count=2)

    assert (paused["is_heard"], kept) == (True, [])
    assert "Paused: platform x, by kim" in listed.err
    assert stopped["advice"][0]["command"].endswith("resume --platform x")
    assert (wrong.code, "resume --platform x" in wrong.err) == (2, True)
    assert why_not in needing["alarm"]
    assert failed["advice"][1]["command"].endswith(f"redrive {linkedin}")
    assert any("createPost: created" in one["what"] for one in failed["happenings"])
    assert redriven["is_heard"] is True
    await confirm(campaign, X, LINKEDIN)


async def test_a_wish_with_no_worker_running_is_carried_out_when_one_runs(stack: Stack) -> None:
    town = "Kettleness"
    campaign = await scheduled(stack, town, MASTODON)
    post = await name(campaign, MASTODON)
    stack.kill("worker")

    [asked], why = await asyncio.gather(told(stack, "retract", post), told(stack, "why", post))
    await stack.revive("worker")

    assert (asked["ok"], asked["is_confirmed"], asked["state"]) == (True, False, "")
    assert why["view"] is None
    assert why["advice"][0]["command"] == "galley-worker"
    assert any("createPost: created" in one["what"] for one in why["happenings"])
    await campaign.reach(PostState.RETRACTED)
    assert await in_buffer(stack, town, MASTODON) == []
