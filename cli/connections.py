"""The command line's connections, and how it tells of what is waited for."""

import asyncio
import getpass
import sys
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from app.connections import Connections, open_client
from cli.terminal import say
from galley.redaction import terminal_safe
from galley.settings import Settings

_SOON = 2.0
_AGAIN = 10.0


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


@asynccontextmanager
async def telling(what: str) -> AsyncGenerator[None]:
    """Say ``what`` is waited for, unless the body ends within two seconds.

    On a terminal it turns; elsewhere it is a line now and then.
    """
    task = asyncio.create_task(_turn(what) if sys.stderr.isatty() else _repeat(what))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _turn(what: str) -> None:
    await asyncio.sleep(_SOON)
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True).status(Text(terminal_safe(f"{what} …"))):
        await asyncio.Event().wait()


async def _repeat(what: str) -> None:
    await asyncio.sleep(_SOON)
    waited = _SOON
    say(f"… {what}")
    while True:
        await asyncio.sleep(_AGAIN)
        waited += _AGAIN
        say(f"… {what}, for {waited:.0f} s now")
