"""A pause as a command shows it."""

from app.accounts.workflows import scope_options, scope_words
from cli.terminal.proofs import clean, local
from galley.models import Pause


def pause_line(pause: Pause) -> str:
    """Return who paused what, and the command that ends it."""
    when = f" since {local(pause.at)}" if pause.at else ""
    note = f": {pause.note}" if pause.note else ""
    return clean(
        f"Paused: {scope_words(pause.scope)}, by {pause.by}{when}{note}. "
        f"To go on: uv run starter.py resume{scope_options(pause.scope)}"
    )
