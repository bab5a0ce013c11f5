"""Stop what a post does not need any more, where it runs."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from temporalio import workflow

_T = TypeVar("_T")


async def unless(
    is_over: Callable[[], bool], work: Coroutine[Any, Any, _T]
) -> _T | None:
    """Return what ``work`` gives; ``None`` if the post is over before that.

    Its activities are cancelled then, and waited for: what they ordered elsewhere is
    cancelled there. The same happens when the run itself is cancelled.
    """
    task = asyncio.create_task(work)
    try:
        await workflow.wait_condition(lambda: task.done() or is_over())
    finally:
        if not task.done():
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
    return None if task.cancelled() else task.result()
