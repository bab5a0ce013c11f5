"""The local stack with its real servers, in processes of their own."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cli.local.record import StackRecord, review_address
from galley.clients.team_file import make_key
from tests.cli.running import begin, starter
from tests.cli.stacks import alive, begins, comes_up, end, processes, record, until
from tests.cli.terminal import Terminal
from tests.ports import free_port

pytestmark = [pytest.mark.server, pytest.mark.timeout(240)]

_MAKER, _PLACE = 0x010F, 0x8825
"""Tags of EXIF: the camera's maker, and the part with the place."""
RESTORE = """title: Restore drills
prompts:
  - A backup that was never restored is a hope. Invite readers to try one restore.
"""


@pytest.fixture(name="folder", scope="module")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stack").resolve()
    (folder / "prompts.yaml").write_text(RESTORE)
    return folder


@pytest.fixture(name="stack", scope="module")
def _stack(folder: Path) -> Iterator[subprocess.Popen[str]]:
    process = begin(folder, "up", "--free-ports")
    comes_up(folder, process)
    yield process
    if process.poll() is None:
        end(process)


def found(folder: Path, *arguments: str) -> Any:  # noqa: ANN401 -- any JSON
    done = starter(folder, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def states(folder: Path, key: str) -> list[str]:
    """Return the states of a campaign's posts, sorted."""
    return sorted(one["state"] for one in found(folder, "show", key)["posts"])


@pytest.mark.usefixtures("stack")
def test_a_second_up_says_where_the_first_one_runs(folder: Path) -> None:
    pages = record(folder)["ports"]["web"]

    done = starter(folder, "up", "--web-port", str(pages + 1))

    assert done.returncode == 0
    assert "already runs" in done.stderr
    assert f"http://127.0.0.1:{pages}:" in done.stderr
    assert f"127.0.0.1:{record(folder)['ports']['temporal_ui']}" in done.stderr


@pytest.mark.usefixtures("stack")
def test_the_pages_say_where_they_are_served_if_another_port_is_asked_for(folder: Path) -> None:
    own = record(folder)["ports"]["web"]

    other, same = (starter(folder, "web", "--port", str(port)) for port in (own + 1, own))

    assert f"127.0.0.1:{own}/" in other.stdout
    assert f"galley up --web-port {own + 1}" in other.stderr
    assert f"127.0.0.1:{own}/" in same.stdout
    assert same.stderr == ""


@pytest.mark.usefixtures("stack")
def test_a_team_is_served_beside_a_stack_that_serves_one_person(folder: Path) -> None:
    key = make_key(folder / "team-keys" / "Kim.pem")
    (folder / "team.yaml").write_text(f"people: [{{name: Kim, roles: [approver], key: {key}}}]")
    port, address = free_port(), "https://review.example.com"
    process = begin(
        folder,
        *("web", "--port", str(port)),
        GALLEY_WEB_ADDRESS=address,
        GALLEY_WEB_OIDC_ISSUER="https://accounts.example.com",
        GALLEY_WEB_OIDC_CLIENT_ID="galley",
        GALLEY_TEAM=str(folder / "team.yaml"),
        GALLEY_WEB_KEYS=str(folder / "team-keys"),
    )
    assert process.stdout is not None
    told = process.stdout.readline()
    process.terminate()
    process.communicate(timeout=60)

    assert told == f"Review: {address}, which your proxy passes on to 127.0.0.1:{port}\n"


def test_a_stack_that_serves_a_team_leads_to_the_address_of_the_team(tmp_path: Path) -> None:
    alone = StackRecord(ports={"web": 9703})
    of_team = StackRecord(ports={"web": 9703}, web_address="https://review.example.com")

    assert "/sign-in?token=" in (review_address(alone, tmp_path) or "")
    assert review_address(of_team, tmp_path) == "https://review.example.com"


@pytest.mark.usefixtures("stack")
def test_the_doctor_finds_nothing_wrong_with_a_fresh_stack(folder: Path) -> None:
    findings = found(folder, "doctor")

    assert {f["part"]: f["health"] for f in findings} == dict.fromkeys(
        [
            *("temporal", "search attributes"),
            *("worker", "worker media", "worker speech", "worker generation"),
            *("worker publishing", "worker notifications", "buffer", "anthropic", "transcription"),
            *("generated media", "state bucket", "media bucket", "media address"),
            *("cards", "films", "sandbox", "team"),
            "notifications",
        ],
        "ok",
    )


@pytest.mark.usefixtures("stack")
def test_the_channels_are_one_for_each_network(folder: Path) -> None:
    (organization,) = found(folder, "channels")["organizations"]
    channels = organization["channels"]

    assert organization["is_used"]
    assert len({channel["platform"] for channel in channels}) == 11


@pytest.mark.usefixtures("stack")
def test_a_post_goes_from_start_to_a_decision_and_is_started_once(folder: Path) -> None:
    start = ("start", "prompts.yaml", "--platform", "x", "--platform", "bluesky")

    first = found(folder, *start)
    second = found(folder, *start)
    until(lambda: len(found(folder, "list", "--state", "in_review")) == 2, first=0.5)
    fewer = found(folder, "start", "prompts.yaml", "--platform", "x")
    other = starter(folder, *start, "--form", "question")
    key = first["campaign_id"].removeprefix("campaign:")[:6]
    edited = found(folder, "edit", f"{key}/x", "--text", "Restore one thing.")
    stale = starter(folder, "approve", f"{key}/x", "--revision", "1")
    rejected = found(folder, "reject", f"{key}/x", "--note", "not now")
    late = starter(folder, "approve", f"{key}/x")

    assert (first["is_new"], second["is_new"]) == (True, False)
    assert second["campaign_id"] == fewer["campaign_id"] == first["campaign_id"]
    assert not fewer["is_new"]
    assert other.returncode == 2
    assert "--form" in other.stderr
    assert "--edition 2" in other.stderr
    assert (edited[0]["revision"], edited[0]["state"]) == (2, "in_review")
    assert stale.returncode == 1
    assert "revision 2 is in review" in stale.stdout
    assert rejected[0]["state"] == "rejected"
    assert late.returncode == 1
    assert found(folder, "show", f"{key}/x")["decisions"][-1]["by"] == "kim"


@pytest.mark.usefixtures("stack")
def test_a_person_reviews_what_waits_one_after_the_other(folder: Path) -> None:
    (folder / "more.yaml").write_text(RESTORE.replace("one restore", "two restores"))
    started = found(folder, "start", "more.yaml", "--platform", "x", "--platform", "mastodon")
    key = started["campaign_id"].removeprefix("campaign:")
    until(lambda: states(folder, key) == ["in_review"] * 2, first=0.5)

    terminal = Terminal(folder, "review", key)
    terminal.sees("revision 1")
    terminal.sees("[a]pprove")
    terminal.types("n")
    terminal.sees("What should be better?")
    terminal.types("shorter")
    terminal.sees("a new draft is written for")
    terminal.sees("[a]pprove")
    terminal.types("s")
    terminal.sees("revision 2")
    terminal.sees("[a]pprove")
    terminal.types("?")
    terminal.sees("q  stop here")
    terminal.sees("[q]uit")
    terminal.types("r")
    terminal.sees("Why?")
    terminal.types("")
    terminal.sees("Not rejected.")
    terminal.sees("[a]pprove")
    terminal.types("r")
    terminal.sees("Why?")
    terminal.process.send_signal(signal.SIGINT)
    terminal.sees("Not rejected.")
    terminal.sees("[a]pprove")
    terminal.types("r")
    terminal.sees("Why?")
    terminal.types("not now")
    terminal.sees("rejected by")

    terminal.sees("2 decisions made; 1 post still waits for you.")
    assert terminal.ends() == 0
    assert states(folder, key) == ["in_review", "rejected"]

    later = Terminal(folder, "review", key)
    later.sees("[q]uit")
    later.types("q")
    later.sees("0 decisions made; 1 post still waits for you.")
    assert later.ends() == 0

    broken_off = Terminal(folder, "review", key)
    broken_off.sees("[q]uit")
    broken_off.presses_ctrl_c()
    broken_off.sees("0 decisions made; 1 post still waits for you.")
    assert broken_off.ends() == 130


@pytest.mark.usefixtures("stack")
def test_a_network_is_added_to_a_campaign_that_was_started(folder: Path) -> None:
    (folder / "grows.yaml").write_text(RESTORE.replace("one restore", "three restores"))
    start = ("start", "grows.yaml", "--platform")
    first = found(folder, *start, "x")
    until(lambda: len(found(folder, "show", first["campaign_id"])["posts"]) == 1, first=0.5)

    def added() -> bool:
        # Until the first run has ended, its posts are still being planned.
        told = starter(folder, *start, "threads", "--json")
        return told.returncode == 0 and json.loads(told.stdout)["is_new"]

    until(added, first=0.5)
    until(lambda: len(found(folder, "show", first["campaign_id"])["posts"]) == 2, first=0.5)
    again = found(folder, *start, "x", "--platform", "threads")

    posts = found(folder, "show", first["campaign_id"])["posts"]
    assert {one["platform"] for one in posts} == {"x", "threads"}
    assert not again["is_new"]


@pytest.mark.usefixtures("stack")
def test_a_picture_of_ones_own_goes_out_fitted_and_without_its_place(folder: Path) -> None:
    exif = Image.Exif()
    exif[_MAKER] = "A camera"
    exif.get_ifd(_PLACE)[1] = "N"
    Image.new("RGB", (2400, 1000), "teal").save(folder / "shore.jpg", exif=exif)
    (folder / "bad.jpg").write_text("no picture")
    start = ("start", "shore.yaml", "--platform", "instagram", "--platform", "x")
    (folder / "shore.yaml").write_text(RESTORE.replace("one restore", "a restore by the sea"))

    bad = starter(folder, *start, "--attach", "bad.jpg")
    begun = found(folder, *start, "--attach", "shore.jpg", "--alt", "The shore at noon")
    key = begun["campaign_id"]
    until(lambda: states(folder, key) == ["in_review"] * 2, first=0.5)
    saved = starter(folder, "show", key, "--save", "seen")

    assert bad.returncode == 2
    assert "bad.jpg cannot be attached" in bad.stderr
    assert saved.stdout.count("alt text: The shore at noon") == 2
    shapes: dict[str, float] = {}
    for path in (folder / "seen").iterdir():
        with Image.open(path) as picture:
            assert dict(picture.getexif()) == {}
            shapes[path.name.partition("-")[0]] = picture.width / picture.height
    assert shapes["x"] == 2.4
    assert shapes["instagram"] < 1.92


@pytest.mark.usefixtures("stack")
def test_a_worker_that_cannot_start_ends_the_stack_with_its_last_line(
    folder: Path, tmp_path: Path
) -> None:
    ports = record(folder)["ports"]
    done = starter(
        tmp_path,
        *("up", "--free-ports"),
        # What another stack serves is not started again.
        TEMPORAL_ADDRESS=f"127.0.0.1:{ports['temporal']}",
        STORAGE_EMULATOR_HOST=f"http://127.0.0.1:{ports['gcs']}",
        ANTHROPIC_API_KEY="local",
        REPLICATE_API_TOKEN="local",
        BUFFER_API_KEY="not a key",
        BUFFER_API_URL="http://127.0.0.1:1",
    )

    assert done.returncode == 1
    assert "read .galley/logs/worker.log. Its last line: " in done.stderr
    assert alive(tmp_path) == []


def test_a_killed_worker_is_started_again(folder: Path, stack: subprocess.Popen[str]) -> None:
    killed = record(folder)["parts"]["worker"]["pid"]

    os.kill(killed, signal.SIGKILL)

    until(lambda: record(folder)["parts"]["worker"]["pid"] != killed)
    assert stack.poll() is None


def test_a_launcher_that_was_killed_leaves_no_orphans_and_waiting_posts_wait(
    folder: Path, stack: subprocess.Popen[str]
) -> None:
    ports = record(folder)["ports"]
    before = found(folder, "list", "--state", "in_review")
    stack.kill()
    stack.communicate()
    orphans = processes(folder)
    assert orphans

    again = begin(folder, "up")
    until(lambda: record(folder).get("pid") == again.pid and record(folder)["ready"])
    assert orphans.keys().isdisjoint(processes(folder))
    assert record(folder)["ports"] == ports
    waiting = found(folder, "list", "--state", "in_review")
    assert waiting == before
    assert waiting

    # A part that dies ends the stack.
    os.kill(record(folder)["parts"]["gcs"]["pid"], signal.SIGKILL)
    _, said = again.communicate(timeout=60)
    assert again.returncode == 1
    assert "The gcs stopped by signal 9: read .galley/logs/gcs.log." in said
    assert alive(folder) == []


def test_the_pages_are_served_at_the_port_that_was_named_or_not_at_all(tmp_path: Path) -> None:
    port = free_port()
    process = begin(tmp_path, "up", "--free-ports", "--web-port", str(port))
    begins(tmp_path, process)
    end(process)
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen(1)
        taken = str(busy.getsockname()[1])
        busy_port = starter(tmp_path, "up", "--free-ports", "--web-port", taken)
    own = str(record(tmp_path)["ports"]["anthropic"])
    own_port = starter(tmp_path, "up", "--web-port", own)

    assert record(tmp_path)["ports"]["web"] == port
    for refused, named in ((busy_port, taken), (own_port, own)):
        assert refused.returncode == 1
        assert named in refused.stderr
        assert "--web-port" in refused.stderr


def test_ctrl_c_while_starting_leaves_nothing_behind(tmp_path: Path) -> None:
    process = begin(tmp_path, "up", "--free-ports")
    begins(tmp_path, process)

    end(process)

    assert process.returncode == 0
    assert alive(tmp_path) == []


def test_a_live_buffer_that_is_looked_into_too_soon_is_refused_before_anything_starts(
    tmp_path: Path,
) -> None:
    done = starter(
        tmp_path,
        *("up", "--free-ports"),
        BUFFER_API_KEY="k",
        BUFFER_API_URL="https://buffer.example.com",
        GALLEY_RECONCILE_PAUSES="[1]",
    )

    assert done.returncode == 1
    assert done.stderr.startswith("GALLEY_RECONCILE_PAUSES calls a post absent")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / ".galley" / "temporal.db").exists()
