"""``persona``: the voice of a brand."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from cli.commands.options import Json
from cli.errors import usage
from cli.terminal import say, show, show_json

persona = typer.Typer(name="persona", no_args_is_help=True)

File = Annotated[Path, typer.Argument(metavar="FILE", help="The persona's file.", dir_okay=False)]
_DEFAULT_FILE = Path("persona.yaml")
_LINES = (
    ("voice", "How do you sound? (such as: plain, dry, curious)"),
    ("audience", "Who reads you, and what do they want to know?"),
    ("language", "Language of all posts, such as en or de (empty: the source's)"),
    ("call_to_action", "What shall readers do in the end? (may be empty)"),
)
_LISTS = (
    ("do", "What do good posts of yours do?"),
    ("dont", "What do they never do?"),
    ("avoid", "Words that stand in no post"),
    ("hashtags", "Hashtags that are yours"),
    ("examples", "A post of yours that sounds right"),
)
_LOOK = (
    ("background", "Background of your pictures, such as #0b1f3a (may be empty)"),
    ("ink", "Colour of the words on it (empty: what can be read)"),
    ("accent", "Colour of bars and marks (may be empty)"),
    ("logo", "Your logo, a PNG file beside this one (may be empty)"),
)


@persona.callback()
def voice() -> None:
    """Give all drafts of a brand one voice. One file is one brand."""


@persona.command()
def init(file: File = _DEFAULT_FILE) -> None:
    """Ask for what makes the voice, and write it into a file to work on.

    Example: uv run starter.py persona init
    """
    from app.brands.personas import write_persona

    if file.exists():
        raise usage(f"{file} exists: name another file, or edit it by hand.")
    if not sys.stdin.isatty():
        raise usage(
            "persona init asks questions: run it in a terminal, or copy examples/persona.yaml."
        )
    write_persona(file, _answers())
    show(f"Written: {file}. Drafts have this voice from now on in this folder.")
    say(f"Read it back: uv run starter.py persona check {file}")


@persona.command()
def check(file: File = _DEFAULT_FILE, *, json: Json = False) -> None:
    """Read a persona back as the model is told it.

    Example: uv run starter.py persona check persona.yaml
    """
    from app.brands.personas import check_persona
    from cli.render.brands import print_persona

    report = check_persona(file)
    if json:
        show_json(report.persona.model_dump(mode="json"))
    else:
        print_persona(report)


def _answers() -> dict[str, object]:
    """Ask for every field of a persona."""
    fields: dict[str, object] = {"brand": typer.prompt("Name of the brand")}
    for field, question in _LINES:
        fields[field] = _line(question)
    for field, question in _LISTS:
        fields[field] = list(_several(question))
    fields["look"] = {field: answer for field, question in _LOOK if (answer := _line(question))}
    return fields


def _line(question: str) -> str:
    return typer.prompt(question, default="", show_default=False).strip()


def _several(question: str) -> Iterator[str]:
    say(f"{question} (one a line; an empty line ends)")
    while answer := typer.prompt("", default="", show_default=False, prompt_suffix="> "):
        yield answer.strip()
