"""``setup live``: each key is checked when it is typed, and what works is kept from others."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from dotenv import dotenv_values

from cli.commands.going_live import write_setting
from emulators.buffer.core import Options
from tests.cli.running import starter
from tests.cli.terminal import Terminal
from tests.emulators.buffer_world import World

pytestmark = pytest.mark.server

KEY = "bufferkey-0123456789abcdef"


@pytest.fixture
def world() -> Iterator[World]:
    world = World(Options(plan="team"), KEY)
    yield world
    world.close()


def answer(terminal: Terminal, *given: tuple[str, str]) -> None:
    for question, words in given:
        # The space after a question about a secret comes once nothing is echoed any more.
        terminal.sees(question)
        terminal.types(words)


def test_a_wrong_key_is_asked_for_again_and_the_right_one_is_written(
    world: World, tmp_path: Path
) -> None:
    terminal = Terminal(tmp_path, "setup", "live", BUFFER_API_URL=world.url)
    answer(
        terminal,
        ("BUFFER_API_KEY: ", "bad-key-0123456789abcdef"),
        ("BUFFER_API_KEY: ", KEY),
        ("ANTHROPIC_API_KEY: ", ""),
        ("GALLEY_STATE_BUCKET: ", ""),
        ("REPLICATE_API_TOKEN: ", ""),
    )

    assert terminal.ends() == 0
    written = tmp_path / ".env"
    assert dotenv_values(written) == {"BUFFER_API_KEY": KEY}
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert KEY not in terminal.seen
    assert "key" in terminal.seen.partition("1 of 4")[2]


def test_settings_that_were_there_stay_and_nobody_else_reads_them(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# mine\nTEMPORAL_ADDRESS=host:7233\nBUFFER_API_KEY=old\n")
    file.chmod(0o644)

    write_setting("BUFFER_API_KEY", "a'b\\c $HOME", file)

    assert dotenv_values(file) == {
        "TEMPORAL_ADDRESS": "host:7233",
        "BUFFER_API_KEY": "a'b\\c $HOME",
    }
    assert file.read_text().startswith("# mine\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_without_a_terminal_nothing_is_asked(tmp_path: Path) -> None:
    told = starter(tmp_path, "setup", "live")

    assert told.returncode == 2
    assert "run it in a terminal" in told.stderr
