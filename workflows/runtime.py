"""What workflows share at run time: errors, metrics, steps that may end early, a timer."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from temporalio import workflow
from temporalio.exceptions import ActivityError
from temporalio.worker import (
    HandleSignalInput,
    HandleUpdateInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)

from galley.metrics import CONFIRM, DUPLICATES_PREVENTED, POST_STATES
from galley.models.base import Model
from galley.models.network import Platform
from galley.models.post import PostState

_T = TypeVar("_T")


def cause(error: ActivityError) -> str:
    """Return the sentence of the failure that an activity ended with."""
    return getattr(error.cause, "message", "") or str(error.cause or error)


def is_long(events: int) -> bool:
    """Return whether this run has as many events, or as many as Temporal advises."""
    info = workflow.info()
    return info.is_continue_as_new_suggested() or info.get_current_history_length() >= events


def entered(platform: Platform, state: PostState) -> None:
    """Count a post that enters a state."""
    counter = workflow.metric_meter().create_counter(POST_STATES.name, POST_STATES.about)
    counter.add(1, {"platform": platform.value, "state": state.value})


def adopted() -> None:
    """Count a post that was found in Buffer: a duplicate was prevented."""
    counter = workflow.metric_meter().create_counter(
        DUPLICATES_PREVENTED.name, DUPLICATES_PREVENTED.about
    )
    counter.add(1, {"how": "adopted"})


def confirmed(platform: Platform, due_at: datetime, now: datetime) -> None:
    """Record the time from the due time to the confirmation; an early post counts as 0."""
    histogram = workflow.metric_meter().create_histogram_timedelta(CONFIRM.name, CONFIRM.about)
    histogram.record(max(timedelta(0), now - due_at), {"platform": platform.value})


async def unless(
    is_over: Callable[[], bool],
    work: Coroutine[Any, Any, _T],
    meanwhile: Callable[[Callable[[], bool]], Awaitable[None]] | None = None,
) -> _T | None:
    """Return the result of ``work``; ``None`` if ``is_over`` comes first, which cancels it.

    Its activities are waited for: one cancels its order at the provider.

    Args:
        is_over: Whether the work is wanted no more.
        work: The step.
        meanwhile: Waits too, until the condition that it is given holds.
    """
    task = asyncio.create_task(work)

    def has_ended() -> bool:
        return task.done() or is_over()

    async def stop() -> None:
        if not task.done():
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    try:
        if meanwhile is not None:
            await meanwhile(has_ended)
        await workflow.wait_condition(has_ended)
    except asyncio.CancelledError:
        # Of the run itself. No `finally`: a run that leaves a worker's cache must await nothing.
        await stop()
        raise
    await stop()
    return None if task.cancelled() else task.result()


async def after_signals() -> None:
    """Let every signal of this workflow task be heard before the update that awaits this.

    Where an operator reset a run, the server repeats an update before the signals that came later,
    and a replay of that run hears them before it. Its outcome must not depend on that.
    """
    # Conditions are looked at when all handlers have begun.
    await workflow.wait_condition(lambda: True)


_TICK = timedelta(milliseconds=1)


class Alarm:
    """A timer for a time that may change while the run waits for it.

    Each timer is two events, so a running one serves a later time too, where it can.
    """

    def __init__(self) -> None:
        self._at: datetime | None = None
        self._timer: asyncio.Task[None] | None = None

    def serves(self, at: datetime | None, over_by: datetime | None = None) -> bool:
        """Return whether the running timer serves a wait until ``at``.

        An earlier timer does, if the wait will probably be over before it rings.
        """
        if self._at is None or at is None or self._at == at:
            return self._at == at
        return over_by is not None and over_by < self._at < at

    async def wait(
        self,
        is_over: Callable[[], bool],
        at: datetime | None,
        why: str,
        over_by: datetime | None = None,
    ) -> bool:
        """Wait until ``is_over`` or ``at``; return whether it is not time yet.

        Args:
            is_over: Whether what the run waits for has come.
            at: When it is time; ``None``: never.
            why: Names the timer in the Temporal UI.
            over_by: When the wait will probably be over.
        """
        if not self.serves(at, over_by):
            self._stop()
            if at is not None:
                self._at = at
                # A sleep of 0 starts no timer.
                span = max(at - workflow.now(), _TICK)
                self._timer = asyncio.create_task(workflow.sleep(span, summary=why))
        await workflow.wait_condition(lambda: is_over() or self._has_rung)
        if is_over() or not self._has_rung:
            return True
        self._stop()
        return at is None or workflow.now() < at

    @property
    def _has_rung(self) -> bool:
        return self._timer is not None and self._timer.done()

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._at = self._timer = None


Handler = Callable[..., object]
Finder = Callable[[str], Handler | None]


class MalformedSignals(Interceptor):
    """Drops signals and refuses updates whose input is not of the handler's type.

    Anybody may signal a run by hand; a handler that fails would block the workflow's task.
    """

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002 - the SDK's name
    ) -> type[WorkflowInboundInterceptor]:
        """Return the interceptor of one run."""
        del input
        return _BeforeHandlers


class _BeforeHandlers(WorkflowInboundInterceptor):
    async def handle_signal(self, input: HandleSignalInput) -> None:  # noqa: A002
        find = cast("Finder", workflow.get_signal_handler)
        handler = find(input.signal)
        # Without a handler the SDK buffers the signal, as always.
        if handler is None or _takes(handler, input.args):
            await super().handle_signal(input)
            return
        workflow.logger.warning("A signal %s was dropped: its input does not fit.", input.signal)

    def handle_update_validator(self, input: HandleUpdateInput) -> None:  # noqa: A002
        find = cast("Finder", workflow.get_update_handler)
        handler = find(input.update)
        if handler is not None and not _takes(handler, input.args):
            raise ValueError(f"The input of {input.update} does not fit.")
        super().handle_update_validator(input)


def _takes(handler: Handler, args: Sequence[object]) -> bool:
    signature = inspect.signature(handler)
    try:
        given = signature.bind(*args).arguments
    except TypeError:
        return False
    kinds = {name: one.annotation for name, one in signature.parameters.items()}
    return all(
        isinstance(value, kinds[name])
        for name, value in given.items()
        # Only models are checked: the converter made anything else of plain JSON.
        if isinstance(kinds[name], type) and issubclass(kinds[name], Model)
    )


def is_reset_to_its_start() -> bool:
    """Whether an operator reset this run to its first task, where no seed changes later.

    ``patched`` is no gate here: it notes in the history that the task ran in the new run, and
    answers the same in each replay, and not at all where a later task is the first that is new.
    """
    info = workflow.info()
    return info.run_id != info.original_execution_run_id and workflow.patched("reset-to-start")
