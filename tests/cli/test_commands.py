"""Exit codes and sentences, with no stack running."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.errors import CommandError, explain
from galley.settings import LOCAL_TEMPORAL
from starter import app
from tests.cli.running import starter
from tests.ports import free_port

_KEPT = ("PATH", "LANG", "TMPDIR")


@dataclass(frozen=True)
class Told:
    """How a command ended, and what it wrote but for how long it waits."""

    code: int
    out: str
    err: str


@pytest.fixture(name="alone")
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, with no one's settings and no Temporal."""
    for name in set(os.environ) - {*_KEPT}:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TEMPORAL_ADDRESS", _nowhere())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Told:
    """Run a command in this process: what it ends with, as starter.py tells it."""
    done = CliRunner().invoke(app, arguments)
    error = done.exception
    if error is None or isinstance(error, SystemExit):
        return Told(done.exit_code, done.stdout, done.stderr)
    assert isinstance(error, Exception)
    told = error if isinstance(error, CommandError) else explain(error)
    assert told is not None, repr(error)
    lines = done.stderr.splitlines(keepends=True)
    said = "".join(line for line in lines if not line.startswith("… "))
    return Told(told.code, done.stdout, said + str(told))


def test_help_loads_no_client_library_and_up_none_of_what_it_starts() -> None:
    heavy = "{'temporalio', 'anthropic', 'google.cloud.storage', 'trafilatura'}"
    told = f"print({heavy} & set(sys.modules), {{'httpx'}} & set(sys.modules))"
    done = subprocess.run(  # noqa: S603 -- this very Python
        [sys.executable, "-c", f"import sys, starter; {told}; import cli.commands.local; {told}"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines() == ["set() set()", "set() {'httpx'}"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense"], "nonsense"),
        (["list", "--state", "lost"], "is not a state"),
        (["demo", "--approve", "some"], "--approve is ask or all"),
        (["demo"], "add --approve all"),
        (["demo", "nofile", "--approve", "all"], "There is no file nofile"),
        (["start", "nofile"], "There is no file nofile"),
        (["start", "https://example.com", "--platform", "myspace"], "choose one of"),
        (["start", "https://example.com", "--start-at", "soon"], "is not a time"),
        (["start", "https://example.com", "--every", "often"], "is not a duration"),
        (["start", "https://example.com", "--quiet", "9:00"], "are no quiet hours"),
        (["start", "https://example.com", "--gap", "long"], "is not a duration"),
        (["start", "https://example.com", "--approve", "all"], "ask, auto"),
        (["show", "a b"], "is not the name of a post"),
        (["edit", "aa11", "--text", "a", "--file", __file__], "not both"),
        (["reschedule", "aa11"], "Say when"),
        (["reschedule", "aa11", "--at", "soon"], "is not a time"),
        (["reschedule", "aa11", "--mode", "later"], "--mode is one of addToQueue"),
        (["move", "aa11"], "--top or --bottom"),
        (["write", "https://example.com", "--form", "ode"], "--form is one of"),
        (["why", "a b"], "is not the name of a post"),
        (["pause", "--platform", "myspace"], "choose one of"),
        (["resume", "--platform", "myspace"], "choose one of"),
    ],
)
def test_wrong_usage_is_exit_code_2_and_one_sentence(
    arguments: list[str], said: str, alone: Path
) -> None:
    told = run(*arguments)

    assert (told.code, told.out, list(alone.iterdir())) == (2, "", [])
    assert said in told.err


@pytest.mark.parametrize("arguments", [["nonsense"], ["start", "nofile"], ["move", "a"]])
def test_a_process_of_its_own_says_the_same_without_a_traceback(
    arguments: list[str], tmp_path: Path
) -> None:
    done = starter(tmp_path, *arguments, TEMPORAL_ADDRESS=_nowhere())

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["list"],
        ["show", "aa11"],
        ["approve", "aa11"],
        ["start", "https://example.com"],
        ["start", "https://example.com", "--plan"],
        ["write", "https://example.com"],
        ["channels"],
        ["why", "aa11"],
        ["retract", "aa11"],
        ["pause"],
        ["resume"],
    ],
    ids=" ".join,
)
@pytest.mark.usefixtures("alone")
def test_without_temporal_every_command_says_how_to_get_it(arguments: list[str]) -> None:
    told = run(*arguments)

    assert (told.code, told.out) == (3, "")
    assert told.err == (
        f"No Temporal server answers at {os.environ['TEMPORAL_ADDRESS']}: run "
        "`galley up` in another terminal, or set TEMPORAL_ADDRESS."
    )


@pytest.mark.parametrize(
    "arguments",
    [
        *(["list"], ["status"], ["costs"], ["channels"], ["show", "aa11"], ["setup"]),
        *(["start", "https://example.com"], ["feeds", "list"], ["voice", "show"], ["web"]),
    ],
    ids=" ".join,
)
def test_after_the_local_stack_has_stopped_no_other_temporal_is_asked(
    arguments: list[str], tmp_path: Path
) -> None:
    (tmp_path / LOCAL_TEMPORAL).parent.mkdir()
    (tmp_path / LOCAL_TEMPORAL).touch()

    done = starter(tmp_path, *arguments)

    assert done.returncode == 3
    assert "galley up" in done.stdout + done.stderr
    assert "7233" not in done.stdout + done.stderr


def test_doctor_reports_every_part_even_when_all_are_off(tmp_path: Path) -> None:
    done = starter(
        tmp_path,
        "doctor",
        TEMPORAL_ADDRESS=_nowhere(),
        STORAGE_EMULATOR_HOST=_nowhere(),
        ANTHROPIC_BASE_URL=f"http://{_nowhere()}",
    )

    assert done.returncode == 4
    for said in ("galley up", "BUFFER_API_KEY", "ANTHROPIC_API_KEY", "galley-state"):
        assert said in done.stdout
    assert "Traceback" not in done.stderr


def test_a_setting_of_the_wrong_kind_is_named(tmp_path: Path) -> None:
    done = starter(tmp_path, "doctor", GALLEY_POLL_SECONDS="often")

    assert done.returncode == 2
    assert "GALLEY_POLL_SECONDS" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_setting_that_is_no_json_is_named_and_not_quoted(tmp_path: Path) -> None:
    done = starter(tmp_path, "doctor", GALLEY_FETCH_PRIVATE_HOSTS="10.0.0.1:80")

    assert done.returncode == 2
    assert "GALLEY_FETCH_PRIVATE_HOSTS is not JSON" in done.stderr
    assert "10.0.0.1" not in done.stderr
    assert "Traceback" not in done.stderr


def test_the_settings_file_of_the_folder_is_read(tmp_path: Path) -> None:
    address = _nowhere()
    (tmp_path / ".env").write_text(f"TEMPORAL_ADDRESS={address}\n")

    done = starter(tmp_path, "list")

    assert address in done.stderr


def _nowhere() -> str:
    return f"127.0.0.1:{free_port()}"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["list", "--state", "lost"], 2, "is not a state"),
        (["list", "--no-such-option"], 2, "No such option"),
        (["show"], 2, "Missing argument"),
        (["list"], 3, "No Temporal server"),
    ],
)
def test_an_error_of_a_command_that_prints_json_is_json_too(
    arguments: list[str], code: int, says: str, tmp_path: Path
) -> None:
    done = starter(tmp_path, *arguments, "--json", TEMPORAL_ADDRESS=_nowhere())
    last = json.loads(done.stderr.splitlines()[-1])

    assert (done.returncode, last["code"], done.stdout) == (code, code, "")
    assert says in last["error"]
