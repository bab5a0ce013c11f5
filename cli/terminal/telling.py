"""Tell a person who waits longer than two seconds what is waited for."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from cli.terminal.output import say
from galley.redaction import harmless

_SOON = 2.0
_AGAIN = 10.0


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

    with Console(stderr=True).status(Text(harmless(f"{what} …"))):
        await asyncio.Event().wait()


async def _repeat(what: str) -> None:
    await asyncio.sleep(_SOON)
    waited = _SOON
    say(f"… {what}")
    while True:
        await asyncio.sleep(_AGAIN)
        waited += _AGAIN
        say(f"… {what}, for {waited:.0f} s now")
