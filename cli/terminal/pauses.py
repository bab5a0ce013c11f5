"""A pause as a command shows it, and the options that name what it covers."""

from app.accounts.workflows import scope_words
from cli.terminal.proofs import clean, local
from galley.models import Pause, PauseScope


def pause_line(pause: Pause) -> str:
    """Return who paused what, and the command that ends it."""
    when = f" since {local(pause.at)}" if pause.at else ""
    note = f": {pause.note}" if pause.note else ""
    return clean(
        f"Paused: {scope_words(pause.scope)}, by {pause.by}{when}{note}. "
        f"To go on: uv run starter.py resume{scope_options(pause.scope)}"
    )


def scope_options(scope: PauseScope) -> str:
    """Return the options by which a command names this scope, each after a space."""
    options = (
        f" --platform {scope.platform}" if scope.platform else "",
        f" --channel {scope.channel_id}" if scope.channel_id else "",
        f" --campaign {scope.campaign_key}" if scope.campaign_key else "",
    )
    return "".join(options)
