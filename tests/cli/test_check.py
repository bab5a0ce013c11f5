"""`starter.py check`, from its arguments to its exit code."""

import json
from pathlib import Path
from typing import Any, cast

import pytest
import typer
from typer.testing import CliRunner

from cli.commands.check import check
from galley.models.network import Platform


@pytest.fixture(name="app", scope="module")
def _app() -> typer.Typer:
    app = typer.Typer()
    app.command()(check)
    return app


def _run(
    app: typer.Typer, *arguments: str, stdin: str | bytes = ""
) -> tuple[int, list[dict[str, Any]]]:
    result = CliRunner().invoke(app, arguments, input=stdin)
    lines = cast("list[dict[str, Any]]", list(map(json.loads, result.stdout.splitlines())))
    return result.exit_code, lines


@pytest.mark.parametrize("platform", list(Platform))
def test_each_network_answers_in_json(app: typer.Typer, platform: Platform) -> None:
    code, answers = _run(app, "--platform", platform, "--text", "Hello", "--json")

    assert code == 0
    assert set(answers[0]) == {*("platform", "length", "limit", "counted_as", "ok", "problems")}
    assert answers[0]["length"] == 5


def test_a_text_that_does_not_fit_fails(app: typer.Typer) -> None:
    code, answers = _run(app, "--platform", "X", "--text", "a" * 281, "--json")

    assert code == 1
    assert answers[0]["ok"] is False
    assert answers[0]["problems"][0]["rule"] == "text_length"


def test_without_json_it_answers_in_words(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["--platform", "x", "--text", "a" * 281])

    assert result.exit_code == 1
    assert "x: does not fit, 281 of 280." in result.stdout
    assert "shorten it by 1." in result.stdout


def test_a_file_is_read_without_its_last_line_break(app: typer.Typer, tmp_path: Path) -> None:
    file = tmp_path / "post.txt"
    file.write_bytes("\ufeffz\u00fcgig\r\n".encode())

    _, answers = _run(app, "--platform", "x", "--file", str(file), "--json")

    assert answers[0]["length"] == 5


def test_a_text_can_come_from_standard_input(app: typer.Typer) -> None:
    _, answers = _run(app, "--platform", "bluesky", "--file", "-", "--json", stdin="two\nlines\n")

    assert answers[0]["length"] == 9


def test_a_channels_own_limit_can_be_given(app: typer.Typer) -> None:
    text = ("--platform", "mastodon", "--text", "a" * 600, "--json")

    assert _run(app, *text)[0] == 1
    assert _run(app, *text, "--limit", "1000")[0] == 0


def test_each_line_gets_an_answer_and_a_bad_one_does_not_stop_it(app: typer.Typer) -> None:
    stdin = b"\n".join(
        [
            b'{"platform": "x", "text": "one", "id": 7}',
            b"{",
            b'{"platform": "myspace", "text": "two"}',
            b'{"text": "three"}',
            b'["x", "four"]',
            b'{"platform": "x", "text": 5}',
            b'{"platform": "x", "text": "\xff"}',
            b"",
            b'{"platform": "bluesky", "text": "six"}',
        ]
    )

    code, answers = _run(app, "--json", stdin=stdin)

    assert code == 1
    assert [answer.get("length") for answer in answers] == [3, *[None] * 6, 3]
    errors = [answer["error"] for answer in answers if "error" in answer]
    assert errors[1].startswith("Line 3: no such platform: choose one of instagram,")
    assert errors[2].startswith('Line 4: "platform" is missing')
    assert errors[3].startswith("Line 5: not an object")
    assert errors[4].startswith('Line 6: "text" is of the wrong kind')
    assert errors[5].startswith("Line 7: not JSON in UTF-8")


def test_lines_that_all_fit_succeed(app: typer.Typer) -> None:
    line = '{"platform": "x", "text": "one"}\n'

    assert _run(app, stdin=line * 3)[0] == 0


def test_a_line_may_carry_a_channels_own_limit(app: typer.Typer) -> None:
    line = json.dumps({"platform": "x", "text": "a" * 300, "limit": 25000})

    code, answers = _run(app, stdin=line)

    assert (code, answers[0]["limit"]) == (0, 25000)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--text", "a"),
        ("--platform", "x"),
        ("--platform", "x", "--text", "a", "--file", "-"),
        ("--platform", "myspace", "--text", "a"),
        ("--platform", "x", "--file", "no-such-file.txt"),
        ("--platform", "x", "--text", "a", "--limit", "0"),
    ],
)
def test_wrong_usage_is_told_apart_from_a_text_that_does_not_fit(
    app: typer.Typer, arguments: tuple[str, ...]
) -> None:
    assert _run(app, *arguments)[0] == 2


def test_a_binary_file_is_wrong_usage(app: typer.Typer, tmp_path: Path) -> None:
    file = tmp_path / "picture.png"
    file.write_bytes(b"\x89PNG\xff")

    assert _run(app, "--platform", "x", "--file", str(file))[0] == 2


# Threads


def test_a_long_text_can_be_shown_as_a_thread(app: typer.Typer) -> None:
    text = "A sentence about boats. " * 30

    code, answers = _run(app, *("--platform", "x", "--text", text, "--numbered", "--json"))

    posts = answers[0]["posts"]
    assert (code, answers[0]["problems"]) == (0, [])
    assert [post[-4:] for post in posts] == [f" {n}/3" for n in (1, 2, 3)]
    assert answers[0]["lengths"] == [len(post) for post in posts]


def test_a_thread_is_held_to_a_channels_own_limit(app: typer.Typer) -> None:
    text = "A sentence about boats. " * 30
    told = ("--platform", "x", "--text", text, "--split", "--limit", "1000")

    _, answers = _run(app, *told, "--json")

    assert len(answers[0]["posts"]) == 1


def test_a_thread_that_is_too_long_fails_and_says_by_how_much(app: typer.Typer) -> None:
    text = "A sentence about boats. " * 400

    result = CliRunner().invoke(app, ["--platform", "x", "--text", text, "--split"])

    assert result.exit_code == 1
    assert "x: does not fit, 37 posts." in result.stdout
    assert "remove 12, or about " in result.stdout


def test_a_network_without_threads_says_which_have_them(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["--platform", "tiktok", "--text", "a", "--split"])

    assert str(result.exception) == ("TikTok has no threads; x, threads, bluesky, mastodon have.")
