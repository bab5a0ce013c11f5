"""The connections that a command gives to the application layer."""

from contextlib import AbstractAsyncContextManager

from app.connections import Connections
from cli.runs.temporal import open_client
from cli.terminal.output import say
from cli.terminal.telling import telling
from galley.settings import Settings


class TerminalProgress:
    """Notes go to standard error, and so does what a longer wait is for."""

    def note(self, message: str) -> None:
        """Write a line that is not part of the result."""
        say(message)

    def waiting(self, what: str) -> AbstractAsyncContextManager[None]:
        """Say ``what`` is waited for, unless the body ends within two seconds."""
        return telling(what)


def connections() -> Connections:
    """Return connections by this process's settings; nothing is opened yet.

    Raises:
        ValidationError: A setting is wrong.
    """
    return Connections(Settings(), open_client, TerminalProgress())
