"""``write``."""

from pathlib import Path
from typing import Annotated

import typer

from cli.commands.options import Edition, Json, Persona, Source


def write(  # noqa: PLR0913 -- the options of a text
    source: Source,
    *,
    form: Annotated[
        str,
        typer.Option(
            metavar="FORM", help="blog, newsletter, or script (of a short video)."
        ),
    ] = "blog",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            dir_okay=False,
            help="The file to write. Missing: it is printed.",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write over a file that is there.")
    ] = False,
    brief: Annotated[
        str, typer.Option(metavar="TEXT", help="What the text should do.")
    ] = "",
    persona: Persona = None,
    edition: Edition = 1,
    json: Json = False,
) -> None:
    """Write a blog post, newsletter or video script out of a source.

    Nothing is published: it is a Markdown file, which says which source, model and
    prompt it is made from.

    Example: uv run starter.py write https://example.com/article --form blog -o post.md
    """
    from cli.starting.writing import PieceWishes, write_and_print

    wishes = PieceWishes(
        source=source,
        form=form,
        output=output,
        force=force,
        brief=brief,
        persona=persona,
        edition=edition,
    )
    write_and_print(wishes, json=json)
