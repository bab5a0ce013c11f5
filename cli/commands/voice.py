"""``voice``: what reviews taught a brand."""

from pathlib import Path
from typing import Annotated

import typer

from cli.commands.options import Json
from galley.models import Platform

voice = typer.Typer(name="voice", no_args_is_help=True)

Brand = Annotated[
    str,
    typer.Argument(
        metavar="BRAND",
        help="The persona's brand, or @ and a Buffer organization's ID. Missing: the "
        "persona's of this folder, or the only voice there is.",
    ),
]


@voice.callback()
def learning() -> None:
    """Show and forget what your reviews taught about a brand."""


@voice.command()
def show(
    brand: Brand = "",
    *,
    used: Annotated[
        str,
        typer.Option(
            metavar="DIGEST", help="What a draft was given, as `show` names it."
        ),
    ] = "",
    platform: Annotated[
        Platform | None,
        typer.Option(
            metavar="NETWORK", help="Only what a draft for this network would be given."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Show the lessons of a brand, the newest first.

    Example: uv run starter.py voice show "The Proof Room" --platform x
    """
    from cli.brands.voices import show_and_print

    show_and_print(brand, used, platform, json=json)


@voice.command()
def forget(
    brand: Brand = "",
    *,
    post: Annotated[
        str,
        typer.Option(
            metavar="ID",
            help="What this post taught: its ID, the start of it, or "
            "<campaign>/<platform>.",
        ),
    ] = "",
    everything: Annotated[
        bool, typer.Option("--all", help="All that this brand was taught.")
    ] = False,
    json: Json = False,
) -> None:
    """Forget lessons. They are not learned again from the same posts.

    Example: uv run starter.py voice forget --post 3f2a/x
    """
    from cli.brands.voices import forget_and_print

    forget_and_print(brand, post, everything=everything, json=json)


@voice.command()
def export(
    brand: Brand = "",
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            dir_okay=False,
            help="A new file; .json or .yaml.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Write the lessons of a brand out, as YAML unless JSON is asked for.

    Example: uv run starter.py voice export -o lessons.yaml
    """
    from cli.brands.voices import export_and_print

    export_and_print(brand, output, json=json)
