"""A longer text, as ``write`` prints it."""

from pathlib import Path

from app.pieces import WrittenPiece
from cli.render.proofs import clean
from cli.terminal import say, show, show_json


def print_piece(written: WrittenPiece, output: Path | None, *, json: bool) -> None:
    """Print the text unless it is in a file, and what to check before it is used."""
    view, text = written.view, written.text
    if json:
        show_json({**view.model_dump(mode="json"), "text": text})
    elif output is None:
        show(clean(text).rstrip())
    piece = view.piece
    if piece is None or json:
        return
    for problem in piece.problems:
        say(clean(f"Check before use: {problem.message}"))
    where = f" in {output}" if output else ""
    say(clean(f"{piece.title}: {piece.words} words{where}."))
