"""``write``."""

from pathlib import Path
from typing import Annotated

import typer

from cli.commands.options import Edition, Json, Persona, Source
from cli.errors import usage
from cli.process import run
from galley.models.draft import PieceForm


def write(  # noqa: PLR0913 -- the options of a text
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
    force: Annotated[
        bool, typer.Option("--force", help="Write over a file that is there.")
    ] = False,
    brief: Annotated[str, typer.Option(metavar="TEXT", help="What the text should do.")] = "",
    persona: Persona = None,
    edition: Edition = 1,
    json: Json = False,
) -> None:
    """Write a blog post, newsletter or video script out of a source.

    Nothing is published: it is a Markdown file, which says which source, model and
    prompt it is made from.

    Example: uv run starter.py write https://example.com/article --form blog -o post.md
    """
    from app.brands.personas import find_persona
    from app.campaigns.sources import read_source
    from app.pieces import PieceRequest, write_piece
    from cli.connections import connections
    from cli.render.campaigns import print_piece

    _require_free(output, force=force)
    opened = connections()
    request = PieceRequest(
        source=read_source(source),
        form=_form(form),
        brief=brief,
        persona=find_persona(persona, opened.settings),
        edition=edition,
    )
    written = run(write_piece(opened, request))
    if output is not None:
        output.write_text(written.text, encoding="utf-8")
    print_piece(written, output, json=json)


def _require_free(output: Path | None, *, force: bool) -> None:
    if output is None:
        return
    if output.exists() and not force:
        raise usage(f"{output} is there already: name another file, or add --force.")
    if not output.parent.is_dir():
        raise usage(f"There is no folder {output.parent}: make it first.")


def _form(word: str) -> PieceForm:
    try:
        return PieceForm(word.strip().casefold())
    except ValueError:
        known = ", ".join(PieceForm)
        raise usage(f"--form is one of {known}, not {word!r}.") from None
