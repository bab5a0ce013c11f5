"""``doctor --live`` against the emulator: drafts alone, and none of them left."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from emulators.buffer.core import Options
from galley.clients.buffer.client import BufferClient
from galley.clients.buffer.trial.account import TrialAccount
from galley.models.channel import Channel, Delivery
from galley.models.network import Platform
from tests.cli.running import forked, starter
from tests.cli.terminal import Terminal
from tests.emulators.buffer_world import World, until

pytestmark = pytest.mark.server

KEY = "bufferkey-0123456789abcdef"


@pytest.fixture
def world() -> Iterator[World]:
    world = World(Options(plan="team"), KEY)
    yield world
    world.close()


def env(world: World) -> dict[str, Any]:
    return {"BUFFER_API_KEY": KEY, "BUFFER_API_URL": world.url}


def doctor(folder: Path, world: World, *more: str) -> CompletedProcess[str]:
    return starter(folder, "doctor", "--live", *more, **env(world))


def verdicts(done: CompletedProcess[str]) -> dict[str, str]:
    found: list[dict[str, str]] = json.loads(done.stdout)
    return {one["assumption"]: one["verdict"] for one in found}


def left(world: World) -> list[dict[str, Any]]:
    return [post for post in world.ledger() if post["deleted_at"] is None]


@pytest.mark.parametrize("service", ["mastodon", "instagram"])
def test_the_emulator_does_all_that_is_assumed_of_buffer(
    world: World, tmp_path: Path, service: str
) -> None:
    channel = world.channels[service]

    done = doctor(tmp_path, world, "--yes", "--json", "--channel", channel["id"])

    assert done.returncode == 0, done.stderr
    found = verdicts(done)
    assert "different" not in found.values()
    assert found["A repeat on one channel is refused"] == "not checked"
    assert list(found.values()).count("confirmed") >= 9
    assert {post["channelId"] for post in world.ledger()} <= {channel["id"]}
    assert {(post["status"], post["mode"]) for post in world.ledger()} <= {("draft", "addToQueue")}
    assert left(world) == []


def test_each_assumption_is_one_line(world: World, tmp_path: Path) -> None:
    done = doctor(tmp_path, world, "--yes", "--channel", "LinkedIn")

    first, *lines = done.stdout.splitlines()
    assert first.split() == ["Assumed", "of", "Buffer", "Verdict", "Seen"]
    assert all("  confirmed  " in one or "  not checked  " in one for one in lines)


def test_what_differs_is_told_and_fails(world: World, tmp_path: Path) -> None:
    grown = {"extend": "extend enum PostStatus { sketch }", "answers": {"Post.status": "sketch"}}
    world.client.post("/_emulator/schema", json=grown).raise_for_status()

    done = doctor(tmp_path, world, "--yes", "--json", "--channel", "linkedin")

    assert done.returncode == 1
    assert "does 2 of these things differently" in done.stderr
    assert [one for one, verdict in verdicts(done).items() if verdict == "different"] == [
        "A draft needs neither a time nor room in the plan, and keeps its text",
        "An edit without a mode changes the content and no schedule",
    ]


@pytest.mark.parametrize("more", [(), ("--channel", "Nobody's page"), ("--channel", "galley-demo")])
def test_nothing_is_written_where_no_channel_is_named(
    world: World, tmp_path: Path, more: tuple[str, ...]
) -> None:
    done = doctor(tmp_path, world, "--yes", *more)

    assert done.returncode == 2
    assert "by its ID: galley-demo" in done.stderr
    assert world.channels["linkedin"]["id"] in done.stderr
    assert world.ledger() == []


def test_nothing_is_written_without_a_yes(world: World, tmp_path: Path) -> None:
    done = doctor(tmp_path, world, "--channel", world.channels["linkedin"]["id"])

    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert world.ledger() == []


@pytest.mark.parametrize(("typed", "code"), [("", 1), ("y", 0)])
def test_a_person_at_a_terminal_is_asked_before_the_first_draft(
    world: World, tmp_path: Path, typed: str, code: int
) -> None:
    arguments = ("doctor", "--live", "--channel", "linkedin")
    terminal = Terminal(tmp_path, *arguments, **env(world))

    terminal.sees("Nothing is published. [y/N]")
    before = world.ledger()
    terminal.types(typed)

    assert terminal.ends() == code
    assert before == []
    assert bool(world.ledger()) == (typed == "y")
    assert left(world) == []


def test_the_options_of_a_trial_need_the_trial(tmp_path: Path) -> None:
    assert starter(tmp_path, "doctor", "--yes").returncode == 2


def test_a_disconnected_channel_gets_no_drafts(world: World, tmp_path: Path) -> None:
    world.patch("linkedin", isDisconnected=True)

    done = doctor(tmp_path, world, "--yes", "--channel", world.channels["linkedin"]["id"])

    assert done.returncode == 3
    assert "reconnect" in done.stderr
    assert world.ledger() == []


def test_a_draft_whose_answer_was_lost_is_found_and_deleted(world: World, tmp_path: Path) -> None:
    # Three that are refused come before the first draft.
    world.order("createPost", "slow", seconds=0, times=3)
    world.order("createPost", "lost_reply")
    channel = world.channels["googlebusiness"]["id"]

    done = doctor(tmp_path, world, "--yes", "--json", "--channel", channel)

    assert done.returncode == 3
    assert len(world.ledger()) == 1
    assert left(world) == []


def test_an_interrupted_trial_leaves_no_draft(world: World, tmp_path: Path) -> None:
    world.order("editPost", "slow", seconds=30)
    channel = world.channels["linkedin"]["id"]
    arguments = ("doctor", "--live", "--yes", "--channel", channel)
    running = forked(tmp_path, *arguments, **env(world))
    until(lambda: left(world))
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=60)

    assert running.returncode == 130, told
    assert left(world) == []


def test_a_draft_that_stays_is_named(world: World, tmp_path: Path) -> None:
    busy = {"typename": "VoidMutationError", "message": "Busy", "times": 20}
    world.order("deletePost", "typed_error", **busy)

    done = doctor(tmp_path, world, "--yes", "--channel", world.channels["bluesky"]["id"])

    assert done.returncode == 1
    assert left(world)
    assert all(post["id"] in done.stderr for post in left(world))
    assert "by hand" in done.stderr


async def test_a_trial_can_make_nothing_but_drafts(world: World) -> None:
    client = BufferClient(world.url, KEY, timeout=10, user_agent="galley/test")
    channel = Channel(id=world.channels["linkedin"]["id"], name="", platform=Platform.LINKEDIN)
    trial = TrialAccount(client, world.organization, channel)
    request = trial.request().model_copy(update={"delivery": Delivery()})

    with pytest.raises(ValueError, match="drafts alone"):
        await trial.create(request)
    await trial.create_oddly(saveToDraft=False, mode="shareNow")

    assert [post["status"] for post in world.ledger()] == ["draft"]
    assert await trial.clean() == ()
    assert left(world) == []
    await client.aclose()
