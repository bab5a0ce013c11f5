"""What ``--help`` says: of each command an example, and nothing cut off."""

import gc
import shlex
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

import pytest
import typer
from typer.testing import CliRunner

from cli.help import Entry, Overview
from starter import Commands, __version__, app
from tests import pages

CHAPTERS = Commands.chapters
ALL = {name: command for name, command in pages.spread(pages.sub_commands()) if not command.hidden}
WITHOUT_JSON = {
    *("web", "feeds check", "feeds remove", "keys serve", "persona init", "review", "mcp", "api"),
    *("agents revoke", "agents stop", "agents resume"),
}
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
    assert words[0] == "galley"
    assert " ".join(words[1:]).startswith(name)
    assert ALL[name].make_context(name, words[1 + len(name.split()) :])


@pytest.mark.parametrize("name", ALL)
def test_every_command_that_prints_data_prints_it_as_json_too(name: str) -> None:
    options = pages.options_of(ALL[name])

    assert ("--json" in options) is (name not in WITHOUT_JSON)


@pytest.mark.parametrize("name", ALL)
def test_no_range_is_a_formula(name: str) -> None:
    assert "x<=" not in (told := CliRunner().invoke(app, [*name.split(), "--help"]).stdout)
    assert "x>=" not in told


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


def test_the_list_of_all_commands_cuts_no_sentence_and_leaves_none_out() -> None:
    told = CliRunner().invoke(app, ["help"], terminal_width=78).stdout
    lines = [line for line in told.splitlines() if line.startswith("  ")]

    assert [line for line in lines if line.endswith("...")] == []
    assert {name.split()[0] for name in ALL} <= {line.split()[0] for line in lines}


def test_the_first_page_fits_a_screen_and_names_every_command(overview: str) -> None:
    named = {word.strip(",") for line in overview.splitlines() for word in line.split()}

    assert len(overview.rstrip().splitlines()) <= 30
    assert overview.count("\n  help ") == len(CHAPTERS)
    assert {name.split()[0] for name in ALL} <= named
    assert len(Commands.everyday) == 8


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["help", "change"], "Move a scheduled post"),
        (["help", "move"], "Example: galley move"),
        (["admin"], "Manage the keys"),
        (["admin", "keys", "new", "-h"], "--spare"),
        (["-h"], "Every day:"),
        (["list", "-h"], "--needs-me"),
        (["--version"], f"galley {__version__}"),
    ],
)
def test_help_is_found_where_people_look_for_it(arguments: list[str], says: str) -> None:
    assert says in CliRunner().invoke(app, arguments).output


def test_a_shell_completes_commands_without_importing_them() -> None:
    program = typer.main.get_command(app)
    context = program.make_context("galley", ["list"])

    found = [one.value for one in program.shell_complete(context, "re")]

    assert set(found) == {name for name in ALL if name.startswith("re") and " " not in name}


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

    assert "galley demo" in told.output
    assert "docs/tutorial.md" in told.output


class One(Overview):
    """A program of one command."""

    chapters: ClassVar = {"All": (Entry("made", "made_here.commands", "Be made."),)}
    everyday: ClassVar = ()
    topics: ClassVar = {"all": "All"}


def test_while_a_command_is_imported_no_garbage_is_collected_and_after_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "made_here"
    package.mkdir()
    (package / "commands.py").write_text(
        "import gc\ncollected = gc.isenabled()\ndef made(): print('made')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)  # pyright: ignore[reportUnknownMemberType] -- partly untyped

    done = CliRunner().invoke(typer.Typer(cls=One, callback=lambda: None), ["made"])

    assert done.stdout == "made\n"
    assert not import_module("made_here.commands").collected
    assert gc.isenabled()
