"""``start --plan`` on the local stack: what is shown is what happens."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import begin, starter
from tests.cli.stacks import comes_up, end, until

pytestmark = [pytest.mark.server, pytest.mark.timeout(240)]

START = (
    *("start", "article.md", "--platform", "x", "--platform", "bluesky"),
    *("--start-at", "2027-03-28 02:30", "--timezone", "Europe/Berlin"),
)


@pytest.fixture(name="folder", scope="module")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("plan").resolve()
    (folder / "article.md").write_text("# Restore drills\n\nTry one restore today.\n")
    process: subprocess.Popen[str] = begin(folder, "up", "--free-ports")
    comes_up(folder, process)
    yield folder
    end(process)


def found(folder: Path, *arguments: str) -> Any:  # noqa: ANN401 -- any JSON
    done = starter(folder, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def times(told: dict[str, Any]) -> list[tuple[str, str, list[str]]]:
    return [
        (post["platform"], post["due_at"], [move["rule"] for move in post["moves"]])
        for post in told["posts"]
    ]


def test_a_plan_starts_nothing_and_is_what_the_campaign_then_does(folder: Path) -> None:
    plan = found(folder, *START, "--every", "1d", "--plan")
    before = found(folder, "list")
    started = found(folder, *START, "--every", "1d")
    same = found(folder, *START, "--every", "1d")

    assert before == []
    assert times(plan) == [
        ("x", "2027-03-28T01:00:00Z", ["clock"]),
        ("bluesky", "2027-03-29T00:30:00Z", []),
    ]
    assert plan["posts"][0]["due_local"] == "2027-03-28T03:00:00+02:00"
    assert plan["campaign_id"] == started["campaign_id"]
    assert times(started) == times(plan)
    assert (started["is_new"], same["is_new"]) == (True, False)


def test_what_another_campaign_planned_keeps_its_gap(folder: Path) -> None:
    other = (*START, "--edition", "2", "--gap", "2h", "--quiet", "4:30-9:00")
    until(lambda: len(found(folder, "list")) == 2)

    plan = found(folder, *other, "--plan")
    told = starter(folder, *other)

    assert times(plan) == [
        ("x", "2027-03-28T07:00:00Z", ["clock", "gap", "quiet"]),
        ("bluesky", "2027-03-28T01:00:00Z", ["clock"]),
    ]
    assert "Timing: x" in told.stderr
    assert "quiet hours 04:30-09:00" in told.stderr


def test_slots_are_those_of_the_channel_in_buffer(folder: Path) -> None:
    start = ("start", "article.md", "--edition", "3", "--slots", "--platform", "x")

    told = starter(folder, *start, "--start-at", "2027-05-03 08:30", "--plan")

    assert told.returncode == 0, told.stderr
    assert "next posting slot of the channel" in told.stdout
    assert "Mon 2027-05-03" in told.stdout
    assert "Nothing was started" in told.stderr


ALONE = "if nothing else uses this key."


def test_a_plan_says_whether_the_quota_takes_its_posts(folder: Path) -> None:
    start = ("start", "article.md", "--edition", "4", "--platform", "x")

    told = starter(folder, *start, "--plan")
    plan = found(folder, *start, "--plan")

    line = f"Buffer's quota takes the post at once, {ALONE}"
    assert line in told.stderr.splitlines()
    assert plan["quota"] == line
    assert plan["notes"] == []
    assert [(run["calls"], run["window"]) for run in plan["forecast"]] == [(1, "")]


def test_campaigns_that_are_started_together_are_forecast_together(folder: Path) -> None:
    (folder / "rows.csv").write_text("prompt\nTell of the sea.\nTell of the hills.\n")

    told = starter(folder, "start", "rows.csv", "--platform", "x")

    assert told.returncode == 0, told.stderr
    assert told.stderr.count(ALONE) == 1
    assert f"Buffer's quota takes all 2 posts at once, {ALONE}" in told.stderr


def test_a_queue_has_no_times_and_the_plan_says_who_decides(folder: Path) -> None:
    start = ("start", "article.md", "--edition", "5", "--platform", "x")

    told = starter(folder, *start, "--mode", "addToQueue", "--plan")

    assert told.returncode == 0, told.stderr
    assert "in Buffer's queue" in told.stdout
    assert "Buffer's queue decides when: the next free slot" in told.stdout
