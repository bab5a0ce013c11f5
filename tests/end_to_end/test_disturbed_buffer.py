"""Whatever happens to a createPost: one post, or one that visibly waits or failed."""

import asyncio
from collections.abc import Iterable
from typing import Any

import httpx
import pytest

from galley.models.network import Platform
from galley.models.post import PostState, PostView
from tests.end_to_end.campaigns import (
    Campaign,
    begin,
    confirm,
    confirm_once,
    confirm_receipts,
    creates,
)
from tests.end_to_end.stack import Stack
from tests.end_to_end.waiting import until

pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]

Fault = tuple[str, dict[str, Any]]

COMES_OUT: dict[Platform, list[Fault]] = {
    Platform.X: [("lost_reply", {})],
    Platform.FACEBOOK: [("http_502", {})],
    Platform.THREADS: [("hidden_for", {"seconds": 1}), ("lost_reply", {})],
    Platform.BLUESKY: [("truncated", {})],
}
NEEDS_A_PERSON: dict[Platform, list[Fault]] = {
    Platform.MASTODON: [("hidden_for", {"seconds": 600}), ("lost_reply", {})],
    Platform.LINKEDIN: [],  # somebody else posts the same words first
}
ENDS: dict[Platform, list[Fault]] = {
    Platform.GOOGLEBUSINESS: [
        ("typed_error", {"typename": "InvalidInputError", "message": "No such day"})
    ]
}
ATTEMPTS = {
    Platform.X: 1,
    Platform.FACEBOOK: 2,  # after it was proven absent
    Platform.THREADS: 1,
    Platform.BLUESKY: 1,
    Platform.MASTODON: 0,  # as often as the impatient person wants
    Platform.LINKEDIN: 1,
    Platform.GOOGLEBUSINESS: 1,
}
LATER: dict[Platform, list[Fault]] = {
    Platform.X: [("http_500", {"carried_out": True})],
    Platform.THREADS: [("rate_limit", {"window": "15m", "seconds": 1}), ("lost_reply", {})],
    Platform.BLUESKY: [("lost_request", {})],
    Platform.MASTODON: [("unauthorized", {})],
}
"""Of a second campaign: no network of these needs a picture."""
ATTEMPTS_LATER = {
    Platform.X: 1,
    Platform.THREADS: 2,  # after the 429; not after the lost reply
    Platform.BLUESKY: 2,
    Platform.MASTODON: 2,  # after a person said so
}
CREATE = """
mutation Create($input: CreatePostInput!) {
  createPost(input: $input) { ... on PostActionSuccess { post { id } } }
}
"""


async def test_every_disturbance_ends_in_one_post_or_a_visible_halt(stack: Stack) -> None:
    campaign = await begin(stack, "Ravenscar", *on(ATTEMPTS))
    later = await begin(stack, "Whitby", *on(LATER))
    for faults in (COMES_OUT, NEEDS_A_PERSON, ENDS):
        await order(stack, faults)
    await campaign.reach(PostState.IN_REVIEW, count=len(ATTEMPTS))
    twin = await post_by_hand(stack, await campaign.view(Platform.LINKEDIN))
    await campaign.approve(*ATTEMPTS)

    await campaign.reach(PostState.HELD, platforms=NEEDS_A_PERSON)
    await campaign.reach(PostState.IN_REVIEW, platforms=ENDS)
    await campaign.approve(Platform.MASTODON)  # it is in Buffer, and still hidden
    await asyncio.gather(
        give_up(campaign, Platform.LINKEDIN),
        campaign.reach(PostState.PUBLISHED, platforms=COMES_OUT),
    )
    assert await stack.buffer.pending() == []
    await stack.buffer.clear()
    await insist(campaign, Platform.MASTODON)

    refused = await campaign.view(Platform.GOOGLEBUSINESS)
    assert refused.error == "Buffer refused the post: No such day"
    came_out = [*COMES_OUT, Platform.MASTODON]
    ids = await confirm(campaign, *came_out)
    await confirm_receipts(campaign, *came_out)
    assert {**await creates(campaign), Platform.MASTODON: 0} == ATTEMPTS

    ids += await disturb(stack, later)
    await confirm_once(stack, [*ids, twin])


async def disturb(stack: Stack, campaign: Campaign) -> list[str]:
    """Have every post of the second campaign disturbed; return their ids in Buffer."""
    await campaign.reach(PostState.IN_REVIEW, count=len(LATER))
    await order(stack, LATER)
    await campaign.approve(*LATER)
    await campaign.reach(PostState.HELD, platforms=[Platform.MASTODON])
    await insist(campaign, Platform.MASTODON)
    await campaign.reach(PostState.PUBLISHED, count=len(LATER))

    assert await stack.buffer.pending() == []
    assert await creates(campaign) == ATTEMPTS_LATER
    await confirm_receipts(campaign, *LATER)
    return await confirm(campaign, *LATER)


def on(platforms: Iterable[Platform]) -> list[str]:
    return [f"--platform={one}" for one in platforms]


async def order(stack: Stack, faults: dict[Platform, list[Fault]]) -> None:
    for platform, some in faults.items():
        for kind, details in some:
            await stack.buffer.order(kind, platform, **details)


async def post_by_hand(stack: Stack, view: PostView) -> str:
    """Post a draft's words on its channel with another program."""
    assert view.draft is not None
    wanted = {
        "channelId": view.channel_id,
        "schedulingType": "automatic",
        "mode": "shareNow",
        "text": view.draft.text,
    }
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(
            stack.buffer.address,
            json={"query": CREATE, "variables": {"input": wanted}},
            headers={"Authorization": "Bearer another-program"},
        )
    post_id: str = answer.json()["data"]["createPost"]["post"]["id"]
    return post_id


async def insist(campaign: Campaign, platform: Platform) -> None:
    """Approve whenever the post asks again, as an impatient person does."""

    async def is_out() -> bool:
        view = await campaign.view(platform)
        if view.state is PostState.HELD:
            assert view.error
            await campaign.approve(platform)
        return view.state is PostState.PUBLISHED

    await until(is_out)


async def give_up(campaign: Campaign, platform: Platform) -> None:
    view = await campaign.view(platform)
    assert view.error is not None
    assert view.error.startswith("Buffer refuses this as a repeat")
    told = await campaign.stack.cli("reject", view.workflow_id, "--json")
    assert told.code == 0, told.err
    # It may be in Buffer: it is looked for once more before it is given up.
    await campaign.reach(PostState.REJECTED, platforms=[platform])
