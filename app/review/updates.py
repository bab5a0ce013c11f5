"""Ask a post for a decision or a change, and return what it answers."""

import asyncio
from datetime import timedelta
from typing import Literal

from temporalio.client import (
    Client,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from app.errors import AppError, ConflictError, ServiceError
from galley.models import ChangeRequest, Decision, PostView
from workflows.post.workflow import PostWorkflow

ENDED = "There is nothing to decide: this post's run has ended."


class NoWorkerError(ServiceError):
    """No worker answered in time."""


class RunEndedError(ConflictError):
    """The post's run has ended."""


class RefusedError(AppError):
    """The post refused it; the text is its reason."""


async def update_post(
    client: Client,
    workflow_id: str,
    update: Literal["decide", "change"],
    request: Decision | ChangeRequest,
    within: timedelta,
) -> PostView:
    """Send an update to a post, and return its view afterwards.

    Raises:
        NoWorkerError: No worker answered within the time.
        RunEndedError: Its run has ended.
        RefusedError: The post refused it.
    """
    handle = client.get_workflow_handle_for(PostWorkflow.run, workflow_id)
    try:
        # The SDK itself asks again and again while no worker is there.
        async with asyncio.timeout(within.total_seconds()):
            # By name: the SDK's type of an async update hides what it returns.
            return await handle.execute_update(  # pyright: ignore[reportUnknownMemberType] -- a ParamSpec inside
                update, request, result_type=PostView, rpc_timeout=within
            )
    except WorkflowUpdateFailedError as error:
        cause = error.cause
        reason = cause.message if isinstance(cause, ApplicationError) else str(cause)
        raise RefusedError(reason) from error
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
        raise NoWorkerError(
            "No worker answers for this post: start one with `uv run worker.py`."
        ) from error
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise RunEndedError(ENDED) from error
        raise
