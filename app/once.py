"""Start what a source has once: a campaign, a longer text, the clips of a recording."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

from pydantic import BaseModel
from temporalio.client import Client, WorkflowFailureError
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError

from app.errors import AppError
from app.posts.views import first_input
from workflows import ids

_Input = TypeVar("_Input", bound=BaseModel)
_Result = TypeVar("_Result")


async def start_once(  # noqa: PLR0913 -- what a workflow is started with
    client: Client,
    run: Callable[[Any, _Input], Awaitable[Any]],
    start: _Input,
    workflow_id: str,
    *,
    summary: str,
    digest: str = "",
) -> bool:
    """Start a workflow whose ID is made of its source; no if it was started before.

    One that failed is started again.

    Args:
        client: Where it runs.
        run: Its ``run`` method.
        start: Its input.
        workflow_id: One of ``ids``.
        summary: What the Temporal UI calls it; cut to the 200 characters it takes.
        digest: Of the input, for :func:`differing`; missing: it is not compared.
    """
    try:
        await client.start_workflow(
            run,
            start,
            id=workflow_id,
            task_queue=ids.TASK_QUEUE,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            memo={"digest": digest} if digest else None,
            static_summary=summary[:200],
        )
    except WorkflowAlreadyStartedError:
        return False
    return True


async def differing(
    client: Client,
    workflow_id: str,
    start: _Input,
    digest: str,
    options: Callable[[_Input, _Input], Iterable[str]],
) -> tuple[str, ...]:
    """Return the options in which an input differs from that of the earlier start.

    Args:
        client: Where it runs.
        workflow_id: What was started before.
        start: The input it was not started with now.
        digest: Of that input.
        options: Names the options in which the earlier input and the later differ.
    """
    handle = client.get_workflow_handle(workflow_id)
    if await (await handle.describe()).memo_value("digest", "") == digest:
        return ()
    first = await first_input(client, workflow_id, type(start))
    return ("its settings",) if first is None else tuple(options(first, start))


async def ended(result: Awaitable[_Result]) -> _Result:
    """Return the result of a workflow.

    Raises:
        AppError: It failed; the message is that of the step that failed.
    """
    try:
        return await result
    except WorkflowFailureError as error:
        cause = error.cause
        while cause.__cause__ is not None and not isinstance(cause, ApplicationError):
            cause = cause.__cause__
        why = getattr(cause, "message", "") or str(cause)
        raise AppError(why) from None
