"""The process of a command: its connections, its event loop, Ctrl-C, and its end."""

import asyncio
import getpass
import os
import signal
import sys
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from cli.terminal import TerminalProgress
from galley.clients import tracing
from galley.settings import Settings

if TYPE_CHECKING:
    from app.connections import Connections

T = TypeVar("T")

_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def connections() -> "Connections":
    """Return what a command gives to the application layer; nothing is opened yet."""
    # starter.py imports this module for its own end, and --help needs no Temporal client.
    from app.connections import Connections, open_client

    return Connections(Settings(), open_client, TerminalProgress())


def reviewer(settings: Settings) -> str:
    """Return the name that is recorded with what a person decides or changes."""
    return (settings.reviewer or getpass.getuser())[:120]


class InterruptedCommand(BaseException):
    """A signal stopped the command, which has cleaned up."""


class Patience:
    """The meaning of Ctrl-C for the running command."""

    def __init__(self) -> None:
        self.is_over = False
        """Whether it was pressed again while the command was cleaning up: hurry."""
        self.is_deaf = False
        """Whether it is meant for another program, such as the person's editor."""
        self.question: asyncio.Future[str | None] | None = None
        """A question that it ends alone: the command goes on without an answer."""


PATIENCE = Patience()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` to its end.

    The first signal to stop cancels it, so its ``finally`` blocks run; another one only ends
    :data:`PATIENCE`: cleaning up is hurried and never cut off.

    Raises:
        InterruptedCommand: A signal ended it.
    """
    PATIENCE.is_over = False
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        task = loop.create_task(work)

        def stop(number: int) -> None:
            if PATIENCE.is_deaf:
                return
            if number == signal.SIGINT and PATIENCE.question is not None:
                PATIENCE.question.cancel()
                return
            if task.cancelling():
                # A second cancellation would break off the cleaning up. Some programs
                # signal twice by themselves: `timeout` a process and then its group.
                PATIENCE.is_over = True
            else:
                task.cancel()

        for number in _STOP:
            # Under nohup, the end of the terminal does not end the command.
            ignored = signal.getsignal(number) is signal.SIG_IGN
            if not (ignored and number is signal.SIGHUP):
                loop.add_signal_handler(number, stop, number)
        try:
            return loop.run_until_complete(task)
        except asyncio.CancelledError as error:
            raise InterruptedCommand from error


async def to_its_end(cleaning: Coroutine[Any, Any, None]) -> None:
    """Await what cleans up; a signal meanwhile hurries it, and cancels only what comes after.

    A terminal that is closed breaks the command by its output first, and signals then.
    """
    task = asyncio.ensure_future(cleaning)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        PATIENCE.is_over = True
        await task
        raise


def leave(code: int) -> NoReturn:
    """Flush what was written and end at once.

    An ordinary exit can abort inside the Temporal SDK after all work is done
    (https://github.com/temporalio/sdk-python/issues/300).
    """
    tracing.flush()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            # The reader of our output, such as `head`, has gone.
            code = code or 1
    os._exit(code)
