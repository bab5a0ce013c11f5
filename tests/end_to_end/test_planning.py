"""``start --plan``: what is shown is what happens."""

from typing import Any

import pytest

from tests.end_to_end.stack import Stack
from tests.end_to_end.waiting import until

pytestmark = [pytest.mark.server, pytest.mark.timeout(240)]

START = (
    *("start", "article.md", "--platform", "x", "--platform", "bluesky"),
    *("--start-at", "2027-03-28 02:30", "--timezone", "Europe/Berlin"),
)


@pytest.fixture(autouse=True)
def _article(stack: Stack) -> None:
    (stack.folder / "article.md").write_text("# Restore drills\n\nTry one restore today.\n")


async def found(stack: Stack, *arguments: str) -> Any:  # noqa: ANN401 -- any JSON
    told = await stack.cli(*arguments, "--json")
    assert told.code == 0, told.err
    return told.json


def times(told: dict[str, Any]) -> list[tuple[str, str, list[str]]]:
    return [
        (post["platform"], post["due_at"], [move["rule"] for move in post["moves"]])
        for post in told["posts"]
    ]


async def test_a_plan_starts_nothing_and_is_what_the_campaign_then_does(stack: Stack) -> None:
    plan = await found(stack, *START, "--every", "1d", "--plan")
    before = await found(stack, "list")
    started = await found(stack, *START, "--every", "1d")
    same = await found(stack, *START, "--every", "1d")

    assert before == []
    assert times(plan) == [
        ("x", "2027-03-28T01:00:00Z", ["clock"]),
        ("bluesky", "2027-03-29T00:30:00Z", []),
    ]
    assert plan["posts"][0]["due_local"] == "2027-03-28T03:00:00+02:00"
    assert plan["campaign_id"] == started["campaign_id"]
    assert times(started) == times(plan)
    assert (started["is_new"], same["is_new"]) == (True, False)


async def test_what_another_campaign_planned_keeps_its_gap(stack: Stack) -> None:
    other = (*START, "--edition", "2", "--gap", "2h", "--quiet", "4:30-9:00")

    async def is_planned() -> bool:
        return len(await found(stack, "list")) == 2

    await until(is_planned, first=0.5)

    plan = await found(stack, *other, "--plan")
    told = await stack.cli(*other)

    assert times(plan) == [
        ("x", "2027-03-28T07:00:00Z", ["clock", "gap", "quiet"]),
        ("bluesky", "2027-03-28T01:00:00Z", ["clock"]),
    ]
    assert "Timing: x" in told.err
    assert "quiet hours 04:30-09:00" in told.err


async def test_slots_are_those_of_the_channel_in_buffer(stack: Stack) -> None:
    start = ("start", "article.md", "--edition", "3", "--slots", "--platform", "x")

    told = await stack.cli(*start, "--start-at", "2027-05-03 08:30", "--plan")

    assert told.code == 0, told.err
    assert "next posting slot of the channel" in told.out
    assert "Mon 2027-05-03" in told.out
    assert "Nothing was started" in told.err


ALONE = "if nothing else uses this key."


async def test_a_plan_says_whether_the_quota_takes_its_posts(stack: Stack) -> None:
    start = ("start", "article.md", "--edition", "4", "--platform", "x")

    told = await stack.cli(*start, "--plan")
    plan = await found(stack, *start, "--plan")

    line = f"Buffer's quota of calls does not delay the post, {ALONE}"
    assert line in told.err.splitlines()
    assert plan["quota"] == line
    assert plan["notes"] == []
    assert [(run["calls"], run["window"]) for run in plan["forecast"]] == [(1, "")]


async def test_campaigns_that_are_started_together_are_forecast_together(stack: Stack) -> None:
    (stack.folder / "rows.csv").write_text("prompt\nTell of the sea.\nTell of the hills.\n")

    told = await stack.cli("start", "rows.csv", "--platform", "x")

    assert told.code == 0, told.err
    assert told.err.count(ALONE) == 1
    assert f"Buffer's quota of calls does not delay these 2 posts, {ALONE}" in told.err


async def test_a_queue_has_no_times_and_the_plan_says_who_decides(stack: Stack) -> None:
    start = ("start", "article.md", "--edition", "5", "--platform", "x")

    told = await stack.cli(*start, "--mode", "addToQueue", "--plan")

    assert told.code == 0, told.err
    assert "in Buffer's queue" in told.out
    assert "Buffer's queue decides when: the next free slot" in told.out
