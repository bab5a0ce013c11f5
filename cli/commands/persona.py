"""``persona``: the voice of a brand."""

from pathlib import Path
from typing import Annotated

import typer

from cli.commands.options import Json

persona = typer.Typer(name="persona", no_args_is_help=True)

File = Annotated[
    Path, typer.Argument(metavar="FILE", help="The persona's file.", dir_okay=False)
]
_USUAL = Path("persona.yaml")


@persona.callback()
def voice() -> None:
    """Give all drafts of a brand one voice. One file is one brand."""


@persona.command()
def init(file: File = _USUAL) -> None:
    """Ask for what makes the voice, and write it into a file to work on.

    Example: uv run starter.py persona init
    """
    from cli.brands.personas import interview

    interview(file)


@persona.command()
def check(file: File = _USUAL, *, json: Json = False) -> None:
    """Read a persona back as the model is told it.

    Example: uv run starter.py persona check persona.yaml
    """
    from cli.brands.personas import check_and_print

    check_and_print(file, json=json)
