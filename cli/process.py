"""Run a command's coroutine, stop it in order on Ctrl-C, and leave the process."""

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from typing import Any, NoReturn, TypeVar

from galley.clients import tracing

T = TypeVar("T")

_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class InterruptedCommand(BaseException):
    """The command was asked to stop, and has cleaned up."""


class Patience:
    """What a person's Ctrl-C means to the running command."""

    def __init__(self) -> None:
        self.is_over = False
        """Whether it was pressed again while the command was cleaning up."""
        self.is_deaf = False
        """Whether it is meant for another program, such as the person's editor."""


PATIENCE = Patience()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` to its end.

    The first signal to stop cancels it, so its ``finally`` blocks run; a further one
    only tells :data:`PATIENCE`: cleaning up is hurried and never cut off.

    Raises:
        InterruptedCommand: A signal ended it.
    """
    PATIENCE.is_over = False
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        task = loop.create_task(work)

        def stop() -> None:
            if PATIENCE.is_deaf:
                return
            if task.cancelling():
                # Cancelled again, it would leave its cleaning up where it stands. Some
                # programs ask twice by themselves: `timeout` a process and its group.
                PATIENCE.is_over = True
            else:
                task.cancel()

        for number in _STOP:
            # nohup has said that the end of the terminal is not ours.
            ignored = signal.getsignal(number) is signal.SIG_IGN
            if not (ignored and number is signal.SIGHUP):
                loop.add_signal_handler(number, stop)
        try:
            return loop.run_until_complete(task)
        except asyncio.CancelledError as error:
            raise InterruptedCommand from error


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
            # The reader of our output has gone: nobody is left to be told.
            code = code or 1
    os._exit(code)
