"""``persona init`` at a terminal: each answer is checked when it is given, and none is lost."""

from pathlib import Path

import pytest
import yaml

from app.brands.personas import check_answer
from app.errors import InvalidRequestError
from tests.cli.terminal import Terminal

HERE = Path()


def answer(terminal: Terminal, *given: tuple[str, str]) -> None:
    for question, words in given:
        terminal.sees(question)
        terminal.types(words)


def test_an_answer_that_cannot_be_used_is_asked_for_again(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, "persona", "init")
    answer(
        terminal,
        ("Name of the brand", ""),
        ("write something", "Acme"),
        ("How do you sound?", "dry"),
        ("Who reads you", ""),
        ("Language of all posts", "Klingonish"),
        ("is no language tag", "German"),
        ("readers do", ""),
        *((">", "") for _ in range(5)),
        ("Background", "dark blueish"),
        ("is no colour", "navy"),
        ("words on it", "#fff"),
        ("bars and marks", ""),
        ("Your logo", "none.png"),
        ("cannot be read", ""),
    )

    assert terminal.ends() == 0
    assert yaml.safe_load((tmp_path / "persona.yaml").read_text()) == {
        "brand": "Acme",
        "voice": "dry",
        "language": "de",
        "look": {"background": "#000080", "ink": "#ffffff"},
    }


def test_what_was_answered_before_ctrl_c_is_kept(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, "persona", "init")
    answer(terminal, ("Name of the brand", "Acme"), ("How do you sound?", "dry"))
    terminal.sees("Who reads you")
    terminal.presses_ctrl_c()

    assert terminal.ends() == 130
    assert yaml.safe_load((tmp_path / "persona.yaml").read_text()) == {
        "brand": "Acme",
        "voice": "dry",
    }
    assert "kept in persona.yaml" in terminal.seen


@pytest.mark.parametrize(
    ("typed", "tag"),
    [("German", "de"), ("deutsch", "de"), ("english", "en"), ("pt-BR", "pt-BR"), ("", "")],
)
def test_a_language_may_be_named(typed: str, tag: str) -> None:
    assert check_answer("language", typed, HERE) == tag


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("look.accent", "blueish", "is no colour"),
        ("language", "Klingonish", "is no language tag"),
        ("voice", "x" * 4_001, "at most 4,000 characters"),
        ("hashtags", ["#a"] * 51, "at most 50"),
    ],
)
def test_an_answer_is_refused_with_what_would_be_right(
    field: str, typed: object, says: str
) -> None:
    with pytest.raises(InvalidRequestError, match=says):
        check_answer(field, typed, HERE)
