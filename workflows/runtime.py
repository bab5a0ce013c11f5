"""What workflows share at run time: error text, metrics, a movable timer, an interceptor."""

import asyncio
import inspect
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import cast

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
from galley.models.network import Platform
from galley.models.post import PostState


def cause(error: ActivityError) -> str:
    """Return the sentence the failed activity gave."""
    return getattr(error.cause, "message", "") or str(error.cause or error)


def is_long(events: int) -> bool:
    """Tell whether this run has so many events, or as many as Temporal advises."""
    info = workflow.info()
    return info.is_continue_as_new_suggested() or info.get_current_history_length() >= events


_AT_ONCE = timedelta(0)


def entered(platform: Platform, state: PostState) -> None:
    """Count a post that came into a state."""
    counter = workflow.metric_meter().create_counter(POST_STATES.name, POST_STATES.about)
    counter.add(1, {"platform": platform.value, "state": state.value})


def adopted() -> None:
    """Count a post that was found in Buffer, and not made a second time."""
    counter = workflow.metric_meter().create_counter(
        DUPLICATES_PREVENTED.name, DUPLICATES_PREVENTED.about
    )
    counter.add(1, {"how": "adopted"})


def confirmed(platform: Platform, due_at: datetime, now: datetime) -> None:
    """Record for how long a post was waited for; one that was early counts as none."""
    histogram = workflow.metric_meter().create_histogram_timedelta(CONFIRM.name, CONFIRM.about)
    histogram.record(max(_AT_ONCE, now - due_at), {"platform": platform.value})


_TICK = timedelta(milliseconds=1)


class Alarm:
    """Wakes a run at a time that may change while it waits.

    What still runs when the run ends is left to Temporal, which ends it, too.
    """

    def __init__(self) -> None:
        self._at: datetime | None = None
        self._timer: asyncio.Task[None] | None = None

    def serves(self, at: datetime | None, over_by: datetime | None = None) -> bool:
        """Return whether what runs will do for a wait until ``at``.

        An earlier timer does where the wait is over before that, as far as one knows.
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
        """Wait until something comes, or until ``at``; return whether it is not time.

        Args:
            is_over: Whether something came.
            at: When it is time; ``None``: never.
            why: Names the timer in the Temporal UI.
            over_by: When something will probably have come.
        """
        if not self.serves(at, over_by):
            self._start(at, why)
        await workflow.wait_condition(lambda: is_over() or self._has_rung)
        if is_over() or not self._has_rung:
            return True
        self._stop()
        return at is None or workflow.now() < at

    @property
    def _has_rung(self) -> bool:
        return self._timer is not None and self._timer.done()

    def _start(self, at: datetime | None, why: str) -> None:
        self._stop()
        if at is not None:
            self._at = at
            span = max(at - workflow.now(), _TICK)
            self._timer = asyncio.create_task(workflow.sleep(span, summary=why))

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._at = self._timer = None


with workflow.unsafe.imports_passed_through():
    from galley.models.base import Model

Handler = Callable[..., object]
Finder = Callable[[str], Handler | None]


class MalformedSignals(Interceptor):
    """Keeps them from every workflow of a worker; such updates are refused."""

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002 - the SDK's name
    ) -> type[WorkflowInboundInterceptor]:
        """Return what stands before the handlers of one run."""
        del input
        return _BeforeHandlers


class _BeforeHandlers(WorkflowInboundInterceptor):
    async def handle_signal(self, input: HandleSignalInput) -> None:  # noqa: A002
        find = cast("Finder", workflow.get_signal_handler)
        handler = find(input.signal)
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
    wanted = signature.parameters
    return all(_is_a(value, wanted[name].annotation) for name, value in given.items())


def _is_a(value: object, wanted: object) -> bool:
    if isinstance(wanted, type) and issubclass(wanted, Model):
        return isinstance(value, wanted)
    return True
