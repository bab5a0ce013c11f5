"""The command line's connections, and how it tells of what is waited for."""

import getpass
from contextlib import AbstractAsyncContextManager

from app.connections import Connections, open_client
from cli.terminal.output import say
from cli.terminal.telling import telling
from galley.settings import Settings


class TerminalProgress:
    """Tells the person at the terminal, on stderr."""

    def note(self, message: str) -> None:
        """Write the line."""
        say(message)

    def waiting(self, what: str) -> AbstractAsyncContextManager[None]:
        """Say what is waited for, if it takes longer than two seconds."""
        return telling(what)


def connections(settings: Settings | None = None) -> Connections:
    """Return what a command gives to the application layer."""
    return Connections(settings or Settings(), open_client, TerminalProgress())


def reviewer(settings: Settings) -> str:
    """Return the name that is recorded with what a person decides or changes."""
    return (settings.reviewer or getpass.getuser())[:120]
