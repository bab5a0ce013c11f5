"""What a post answers to an update, or why it does not."""

import asyncio
from collections.abc import Awaitable

from temporalio.client import (
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from cli.terminal.failures import CommandError
from galley.models import PostView

ENDED = "There is nothing to decide: this post's run has ended."


class NoWorkerError(CommandError):
    """Nobody was there to answer in time."""


class EndedError(CommandError):
    """The post's run has ended."""


async def answered(update: Awaitable[PostView], within: float) -> PostView:
    """Return what the post answered.

    Args:
        update: The update, on its way.
        within: Seconds; the SDK itself asks again and again while no worker is there.

    Raises:
        NoWorkerError: No worker answered.
        EndedError: Its run has ended.
        CommandError: The post refused, and says why.
    """
    try:
        async with asyncio.timeout(within):
            return await update
    except WorkflowUpdateFailedError as error:
        cause = error.cause
        reason = cause.message if isinstance(cause, ApplicationError) else str(cause)
        raise CommandError(reason) from error
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
        raise NoWorkerError(
            "No worker answers for this post: start one with `uv run worker.py`."
        ) from error
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise EndedError(ENDED) from error
        raise
