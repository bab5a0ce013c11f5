"""Nothing that others wrote is obeyed or hidden by the reviewer's terminal."""

import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cli.local.board import Board
from cli.proofs import proof
from cli.terminal import say, show, show_json, table
from galley.models.draft import Draft, Problem
from galley.models.network import Platform
from galley.models.post import PostState, PostView
from galley.redaction import terminal_safe, terminal_safe_json
from tests.cli.running import starter
from tests.cli.terminal import Terminal
from tests.unseen import ATTACKS, OBEYED

CLI = Path(__file__).parents[2] / "cli"
WRITERS: dict[str, Callable[[str], None]] = {
    "say": say,
    "show": show,
    "json": lambda text: show_json({text: [text]}),
    "table": lambda text: table(("Name", "Text"), [(text, text)]),
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
@pytest.mark.parametrize("writer", WRITERS)
def test_no_way_to_write_passes_on_what_a_terminal_obeys_or_hides(
    writer: str, attack: str, capsys: pytest.CaptureFixture[str]
) -> None:
    WRITERS[writer](f"before {attack} after")

    out, err = capsys.readouterr()
    assert "before" in out + err
    assert OBEYED.search(out + err) is None
    assert "\U000e0062" not in out + err


@given(st.text())
@example("".join(ATTACKS.values()))
def test_any_text_comes_out_in_characters_that_are_seen(text: str) -> None:
    assert OBEYED.search(terminal_safe(text)) is None
    assert terminal_safe(terminal_safe(text)) == terminal_safe(text)


@given(st.recursive(st.text() | st.none(), st.lists))
def test_json_means_what_it_meant(value: object) -> None:
    written = terminal_safe_json(json.dumps(value, ensure_ascii=False))

    assert OBEYED.search(written) is None
    assert json.loads(written) == value


@pytest.mark.parametrize(
    "text",
    ["👩‍👩‍👧 ❤️ 1\ufe0f\u20e3", "می‌خواهم", "שלום!", "क्‍ष", "tab\tand\nline", "Größe … “so”"],
    ids=["emoji", "Persian", "Hebrew", "Hindi", "white space", "signs"],
)
def test_what_scripts_need_stays(text: str) -> None:
    assert terminal_safe(text) == text


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_a_reviewer_sees_that_there_is_something_in_a_draft(attack: str) -> None:
    view = PostView.model_construct(
        workflow_id="post:k:c",
        campaign_id="campaign:k",
        platform=Platform.X,
        channel_id="c",
        channel_name=attack,
        state=PostState.IN_REVIEW,
        revision=1,
        draft=Draft.model_construct(text=f"The tide {attack} comes in."),
        problems=(Problem.model_construct(rule="claim", message=attack),),
    )
    board_stream = io.StringIO()
    with Board(board_stream) as board:
        board.draft(view)

    assert OBEYED.search(proof(view)) is None
    assert OBEYED.search(board_stream.getvalue()) is None
    assert terminal_safe(attack) in board_stream.getvalue()
    assert terminal_safe(attack) != attack


def test_no_command_writes_around_the_ways_that_are_held() -> None:
    around = re.compile(r"std(?:out|err)\.write\(|(?<![\w.])print\(|typer\.echo\(")
    found = {file.name for file in sorted(CLI.rglob("*.py")) if around.search(file.read_text())}

    assert found == {"terminal.py"}


def test_on_a_terminal_an_answer_to_a_hostile_text_is_plain(tmp_path: Path) -> None:
    text = f"{ATTACKS['title']}{'a' * 300}"
    terminal = Terminal(tmp_path, "check", "--platform=x", f"--text={text}", "--split")

    terminal.ends()

    assert "\\x1b]0;owned\\x07" in terminal.seen
    assert "\x1b]0;" not in terminal.seen


def test_json_of_a_command_says_the_same_in_plain_characters(tmp_path: Path) -> None:
    text = "The tide \x9b2J comes \u202e in."
    done = starter(tmp_path, "check", "--platform=x", f"--text={text}", "--split", "--json")

    assert OBEYED.search(done.stdout.replace("\n", "")) is None
    assert json.loads(done.stdout)["posts"] == [text]
