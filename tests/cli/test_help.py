"""What ``--help`` says: of each command an example, and nothing cut off."""

import shlex
from typing import Any

import pytest
from typer.testing import CliRunner

from starter import Commands, app
from tests import pages

CHAPTERS = Commands.chapters
ALL = {name: command for name, command in pages.spread(pages.sub_commands()) if not command.hidden}
WITHOUT_JSON = {"feeds check", "feeds remove", "keys serve", "persona init"}
"""They print a sentence, or serve, or ask."""


@pytest.fixture(name="overview", scope="module")
def _overview() -> str:
    # As wide as it is on a terminal of 80 columns, or in a pipe.
    return CliRunner().invoke(app, ["--help"], terminal_width=78).stdout


@pytest.mark.parametrize("name", ALL)
def test_every_command_explains_itself_with_an_example_that_it_takes(name: str) -> None:
    done = CliRunner().invoke(app, [*name.split(), "--help"])
    example = str(ALL[name].help).partition("Example: ")[2].strip()
    words = shlex.split(example)

    assert done.exit_code == 0
    assert f"  Example: {example}\n" in done.stdout, "cut in two"
    assert words[:3] == ["uv", "run", "starter.py"]
    assert " ".join(words[3:]).startswith(name)
    assert ALL[name].make_context(name, words[3 + len(name.split()) :])


@pytest.mark.parametrize("name", ALL)
def test_every_command_that_prints_data_prints_it_as_json_too(name: str) -> None:
    options = pages.options_of(ALL[name])

    assert ("--json" in options) is (name not in WITHOUT_JSON)


def test_an_option_says_in_a_word_what_it_takes() -> None:
    def is_named(parameter: Any) -> bool:  # noqa: ANN401 - typer's own, untyped
        return parameter.metavar or getattr(parameter, "is_flag", False)

    unnamed = [
        f"{name} {parameter.name}"
        for name, command in ALL.items()
        for parameter in command.params
        if not is_named(parameter)
    ]

    assert unnamed == []


def test_the_overview_cuts_no_sentence_and_leaves_no_command_out(overview: str) -> None:
    lines = [line for line in overview.splitlines() if line.startswith("  ")]

    assert [line for line in lines if line.endswith("...")] == []
    assert {name.split()[0] for name in ALL} <= {line.split()[0] for line in lines}
    assert "Commands:" not in overview, "a command stands in no chapter"


def test_the_overview_says_of_each_command_the_first_sentence_of_its_help() -> None:
    """The overview imports no command, so it has a copy."""
    told = {entry.name: entry.about for chapter in CHAPTERS.values() for entry in chapter}
    own = {
        name: f"{command.get_short_help_str(1000).rstrip('.')}."
        for name, command in pages.sub_commands().items()
        if not command.hidden
    }

    assert {name: about for name, about in told.items() if about} == own


def test_who_types_no_command_is_told_where_to_begin() -> None:
    told = CliRunner().invoke(app, [])

    assert "uv run starter.py demo" in told.output
    assert "docs/tutorial.md" in told.output
