"""The command ``write``: a longer text from a source, into a Markdown file."""

from pathlib import Path
from typing import Annotated

import typer

from app.brands.personas import find_persona
from app.campaigns.sources import read_source
from app.pieces import PieceRequest, write_piece
from cli.commands.options import Edition, Json, Persona, Source
from cli.errors import usage
from cli.input.words import choice
from cli.process import connections, run
from cli.terminal import say, show, show_json
from galley.models.draft import PieceForm


def write(
    source: Source,
    *,
    form: Annotated[
        str, typer.Option(metavar="FORM", help="blog, newsletter, or script (of a short video).")
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
    force: Annotated[bool, typer.Option("--force", help="Write over an existing file.")] = False,
    brief: Annotated[str, typer.Option(metavar="TEXT", help="What the text should do.")] = "",
    persona: Persona = None,
    edition: Edition = 1,
    json: Json = False,
) -> None:
    """Write a blog post, newsletter or video script from a source.

    Nothing is published: the text is a Markdown file, which names its source, model and
    prompt.

    Example: galley write https://example.com/article --form blog -o post.md
    """
    if output is not None and output.exists() and not force:
        raise usage(f"{output} is there already: name another file, or add --force.")
    if output is not None and not output.parent.is_dir():
        raise usage(f"There is no folder {output.parent}: make it first.")
    opened = connections()
    request = PieceRequest(
        source=read_source(source),
        form=choice(PieceForm, form, "--form"),
        brief=brief,
        persona=find_persona(persona, opened.settings),
        edition=edition,
    )
    written = run(write_piece(opened, request))
    if output is not None:
        output.write_text(written.text, encoding="utf-8")
    if json:
        show_json({**written.view.model_dump(mode="json"), "text": written.text})
        return
    if output is None:
        show(written.text.rstrip())
    if piece := written.view.piece:
        for problem in piece.problems:
            say(f"Check before use: {problem.message}")
        where = f" in {output}" if output else ""
        say(f"{piece.title}: {piece.words} words{where}.")
