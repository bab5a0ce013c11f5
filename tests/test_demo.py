"""The whole way, as a user goes it: one source to confirmed posts on eleven networks.

Real servers and processes throughout; only Buffer and Anthropic are the emulators.
"""

import hashlib
import json
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import httpx
import pytest

from galley.models.network import Platform
from galley.networks.checks import check_text
from tests.cli.running import begin, starter
from tests.cli.stacks import alive, comes_up, end, ledger, record, until
from tests.cli.terminal import Shell
from tests.security.conftest import CANARIES
from tests.security.processes import EnvironmentWatch

pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]

ARTICLE = str(Path(__file__).parent.parent / "examples" / "article.md")
NEEDS_MEDIA = {"instagram", "tiktok", "youtube", "pinterest"}
DRILL = """---
title: One restore a month
link: https://example.com/articles/one-restore
tags: [backup]
---

A backup that nobody has restored is a promise that nobody has checked.

The first drill takes a whole afternoon, and most of it goes into finding passwords.

Write the way down while you walk it, on one page that lies beside the backup itself.

The second drill takes an hour, because the page already knows where everything is.

After six months a restore is a routine, and the page is shorter than it was.

Teams that practise do not get better at copying data but at knowing what they own.
"""


@pytest.fixture(name="folder", scope="module")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo").resolve()
    (folder / "drill.md").write_text(DRILL)
    return folder


@pytest.fixture(name="launcher", scope="module")
def _launcher(folder: Path) -> Iterator[subprocess.Popen[str]]:
    process = begin(folder, "up", "--free-ports", **CANARIES, GALLEY_FILM_WIDTH="540")
    yield process
    if process.poll() is None:
        end(process)


@pytest.fixture(name="stack", scope="module")
def _stack(folder: Path, launcher: subprocess.Popen[str]) -> Iterator[EnvironmentWatch]:
    watch = EnvironmentWatch(launcher.pid, b"canary-")
    watch.start()
    comes_up(folder, launcher)
    yield watch
    watch.end()


@pytest.fixture(name="result", scope="module")
def _result(folder: Path, stack: EnvironmentWatch) -> dict[str, Any]:
    found = demo(folder, ARTICLE)
    # Looking costs more than all that follows.
    stack.end()
    return found


def demo(folder: Path, source: str) -> dict[str, Any]:
    done = starter(folder, "demo", source, "--approve", "all", "--json", timeout=120, **CANARIES)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_eleven_of_eleven_posts_are_confirmed_and_in_buffer_once(
    folder: Path, result: dict[str, Any]
) -> None:
    posts = result["posts"]

    assert {post["platform"] for post in posts} == set(Platform)
    assert {post["state"] for post in posts} == {"published"}
    assert {post["error"] for post in posts} == {None}
    assert ledger(folder) == sorted(
        (post["buffer_post_id"], post["channel_id"], "sent") for post in posts
    )


def test_no_program_that_ran_had_a_key_but_the_launcher_and_the_worker(
    folder: Path, stack: EnvironmentWatch, result: dict[str, Any]
) -> None:
    """While posts were drafted, cards and films made, and everything published."""
    ran = " ".join(stack.seen)

    assert result["posts"]
    assert len(stack.seen) >= 8
    assert "ffmpeg" in ran
    assert {command.rpartition(" -m ")[2] for command in stack.holders} == {"worker"} | {
        "starter up --free-ports"
    }
    left = [one for one in (folder / ".galley").rglob("*") if one.is_file()]
    assert [one.name for one in left if b"canary-" in one.read_bytes()] == []


def test_every_text_fits_its_network(result: dict[str, Any]) -> None:
    for post in result["posts"]:
        report = check_text(Platform(post["platform"]), post["text"])
        assert post["text"]
        assert report.ok, report


def test_every_network_that_needs_media_has_it_reachable_and_unchanged(
    result: dict[str, Any],
) -> None:
    with_media = {post["platform"]: post["media"] for post in result["posts"]}

    assert {name for name, media in with_media.items() if media} >= NEEDS_MEDIA
    for asset in (asset for media in with_media.values() for asset in media):
        answer = httpx.get(asset["url"], trust_env=False)
        assert answer.headers["content-type"] == asset["mime"]
        assert hashlib.sha256(answer.content).hexdigest() == asset["sha256"]


def test_a_second_run_shows_the_first_campaign_and_posts_nothing(
    folder: Path, result: dict[str, Any]
) -> None:
    before = ledger(folder)

    again = demo(folder, ARTICLE)

    assert again == result
    assert ledger(folder) == before


@pytest.mark.usefixtures("stack")
def test_a_worker_killed_at_every_stage_loses_and_doubles_nothing(folder: Path) -> None:
    before = Counter(channel for _, channel, _ in ledger(folder))
    # The first demo has made cards and films; tests/end_to_end kill a worker inside of each step.
    few = [word for one in ("x", "linkedin", "bluesky") for word in ("--platform", one)]

    drill = ("demo", "drill.md", "--approve", "all", "--json", *few)
    with begin(folder, *drill) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        killed = kill_at_each_stage(folder, process.stderr)
        result = json.loads(process.stdout.read())

    assert process.returncode == 0
    assert len(set(killed)) == 3
    assert {post["state"] for post in result["posts"]} == {"published"}
    after = Counter(channel for _, channel, _ in ledger(folder))
    assert set((after - before).values()) == {1}
    assert len(after - before) == 3


@pytest.mark.usefixtures("stack")
def test_a_stopped_stack_leaves_nothing_but_its_data(
    folder: Path, launcher: subprocess.Popen[str]
) -> None:
    ports = record(folder)["ports"]

    launcher.send_signal(signal.SIGTERM)
    # Asked twice, as `timeout` does, it must not leave what it has not ended yet.
    end(launcher)

    assert launcher.returncode == 0
    assert alive(folder) == []
    assert record(folder)["ports"] == ports
    assert not (folder / ".galley" / "local.env").exists()


def kill_at_each_stage(folder: Path, told: IO[str]) -> list[int]:
    """Kill the worker when a post reaches each stage; return the numbers."""
    # What lasts shorter than the demo waits between two looks is not told.
    left = [{"in_review"}, {"publishing", "scheduled"}, {"scheduled", "published"}]
    killed = list[int]()
    for line in told:
        if left and left[0] & set(line.split()):
            left.pop(0)
            until(lambda: worker(folder) not in killed)
            killed.append(worker(folder))
            os.kill(killed[-1], signal.SIGKILL)
    return killed


def worker(folder: Path) -> int:
    return int(record(folder)["parts"]["worker"]["pid"])


def in_review(folder: Path) -> int:
    """Count them: the demo asks for what is there, and x comes back when edited."""
    told = starter(folder, "list", "--state", "in_review", "--json")
    return len(json.loads(told.stdout)) if told.returncode == 0 else 0


def fail_to_publish(folder: Path, service: str) -> None:
    """Let Buffer's next publish on this service end in an error."""
    url = f"http://127.0.0.1:{record(folder)['ports']['buffer']}/_emulator"
    with httpx.Client(trust_env=False) as client:
        channels = client.get(f"{url}/channels").raise_for_status().json()
        order = {
            "kind": "publish_error",
            "operation": "publish",
            "channelId": next(c["id"] for c in channels if c["service"] == service),
            "message": "The network is asleep.",
        }
        client.post(f"{url}/faults", json=order).raise_for_status()


def test_a_person_decides_stops_in_the_middle_and_goes_on(tmp_path: Path) -> None:
    folder = tmp_path.resolve()
    (folder / "drill.md").write_text(DRILL)
    command = ("demo", "drill.md", "--free-ports", "--platform", "x")
    more = ("--platform", "bluesky")

    first = Shell(folder, *command, *more)
    first.sees("[a]pprove")
    first.presses_ctrl_c()
    code = first.ends()

    assert code == 130
    assert "galley demo drill.md" in first.seen
    assert alive(folder) == []

    second = Shell(folder, *command, *more, EDITOR="sed -i s/promise/hope/")
    second.sees("x: [a]pprove")
    until(lambda: in_review(folder) == 2, first=0.5)
    fail_to_publish(folder, "twitter")
    second.types("e")
    for question, answer in (
        ("bluesky: [a]pprove", "r"),
        ("Why?", "not this one"),
        ("x: [a]pprove", "a"),
        ("x: [p]ublish it after all", "p"),
    ):
        second.sees(question)
        second.types(answer)
    second.sees("Calendar of the posts: http:")
    second.sees("Enter ends the demo")
    in_buffer = ledger(folder)
    second.types("")

    assert second.ends() == 0
    assert "revision 2" in second.seen
    assert "is a hope that nobody has checked" in second.seen
    assert "The network is asleep." in second.seen
    assert [status for _, _, status in in_buffer] == ["sent"]
    assert alive(folder) == []
