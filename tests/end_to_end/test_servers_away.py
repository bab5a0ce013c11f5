"""Servers that die or refuse while posts are on their way; and what they get to see."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import pytest

from galley.models.network import Platform
from galley.models.post import PostState
from tests.end_to_end.campaigns import begin, confirm
from tests.end_to_end.histories import all_histories
from tests.end_to_end.pending import attempts, running
from tests.end_to_end.stack import Stack
from tests.end_to_end.waiting import until

pytestmark = [pytest.mark.server]

WRONG_KEY = "bad-marker-7d10c2aa51"
X, INSTAGRAM, BLUESKY = Platform.X, Platform.INSTAGRAM, Platform.BLUESKY


@pytest.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    stack = Stack(tmp_path_factory.mktemp("stack"))
    stack.database = stack.folder / "temporal.db"
    try:
        await stack.start()
        yield stack
    finally:
        stack.close()


def on(*platforms: Platform) -> list[str]:
    return [f"--platform={platform}" for platform in platforms]


async def test_temporal_killed_in_the_middle_of_a_create_goes_on_from_its_file(
    stack: Stack,
) -> None:
    campaign = await begin(stack, "Goathland", *on(X, BLUESKY))
    await campaign.reach(PostState.IN_REVIEW, count=2)
    await stack.buffer.order("slow", X, seconds=2)
    await campaign.approve(X)

    async def is_creating() -> bool:
        return await running(stack, "create_post") == 1

    async def is_created() -> bool:
        return bool(await stack.buffer.ledger())

    await until(is_creating)
    stack.kill("temporal")
    await until(is_created)
    await stack.revive("temporal")

    await campaign.approve(BLUESKY)
    await campaign.reach(PostState.PUBLISHED, count=2)
    await confirm(campaign, X, BLUESKY)


async def test_a_store_that_is_away_at_approval_only_delays_the_post(stack: Stack) -> None:
    campaign = await begin(stack, "Staithes", *on(X, INSTAGRAM))
    await campaign.reach(PostState.IN_REVIEW, count=2)
    stack.kill("gcs")
    await campaign.approve(X, INSTAGRAM)

    async def is_tried_again() -> bool:
        return await attempts(stack, "rehost_assets") > 1 and await attempts(stack, "hand_over") > 1

    await until(is_tried_again)
    await stack.revive("gcs")

    await campaign.reach(PostState.PUBLISHED, count=2)
    await confirm(campaign, X, INSTAGRAM)


async def test_a_wrong_anthropic_key_is_told_on_its_posts_and_touches_no_other(
    stack: Stack,
) -> None:
    other = await begin(stack, "Saltburn", *on(X))
    await other.reach(PostState.IN_REVIEW)
    before = await other.view(X)
    async with wrong_key(stack):
        campaign = await begin(stack, "Kettleness", *on(X, BLUESKY))
        await campaign.reach(PostState.IN_REVIEW, count=2)
        refused = await stack.cli("approve", campaign.id)

        for platform in (X, BLUESKY):
            problems = (await campaign.view(platform)).problems
            assert [one.message for one in problems] == [
                "Anthropic refused the key: set ANTHROPIC_API_KEY to a valid one."
            ]
        assert refused.code == 1
        assert refused.out.count("regenerate it, or reject it.") == 2
        assert await other.view(X) == before
    await confirm_untold(stack, WRONG_KEY)

    words = ("--angle", "the second boat", "--note", "now with the key")
    told = await stack.cli("regenerate", campaign.id, *words)
    assert told.code == 0, told.err
    await campaign.reach(PostState.IN_REVIEW, count=2)
    for platform in (X, BLUESKY):
        view = await campaign.view(platform)
        assert view.draft is not None
        assert view.problems == ()
        note = view.decisions[-1].note
        assert note == "Tell it from this angle: the second boat.\nnow with the key"
    assert await other.view(X) == before


@asynccontextmanager
async def wrong_key(stack: Stack) -> AsyncGenerator[None]:
    """Run a worker whose Anthropic key is refused."""
    await stack.restart_worker(ANTHROPIC_API_KEY=WRONG_KEY)
    try:
        yield
    finally:
        await stack.restart_worker()


async def confirm_untold(stack: Stack, secret: str) -> None:
    """Hold that neither a history, nor Temporal's file, nor a log has a secret."""
    histories = "\n".join([one.text async for one in all_histories(stack.client)])

    assert secret not in histories
    assert secret.encode() not in database(stack) + stack.logs()


def database(stack: Stack) -> bytes:
    files = [*stack.folder.glob("temporal.db*")]
    assert files
    return b"".join(file.read_bytes() for file in files)
