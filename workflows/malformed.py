"""Signals that no handler can take are dropped, as the SDK drops those of wrong types.

The SDK hands over too few or too many arguments, and nothing where a model is meant.
Then the handler raises, which fails the workflow task, which is tried for ever: one
signal sent from the Temporal UI with an empty input would stop a post for good.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import cast

from temporalio import workflow
from temporalio.worker import (
    HandleSignalInput,
    HandleUpdateInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)

with workflow.unsafe.imports_passed_through():
    from galley.models import Model

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
        workflow.logger.warning(
            "A signal %s was dropped: its input does not fit.", input.signal
        )

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
