"""The worker of the tests: it ends within a limit, or says what it waits for.

Every worker that runs in a test's own process is one. Runs of the tests have hung in
the SDK's ``finalize_shutdown`` until the time of a test was over, and nothing told why.
"""

import asyncio
import faulthandler
import functools
import tempfile
from collections.abc import Callable
from typing import ClassVar, ParamSpec, Self, cast

from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import (
    PollerBehaviorSimpleMaximum,
    UnsandboxedWorkflowRunner,
    Worker,
    WorkflowRunner,
)

with workflow.unsafe.imports_passed_through():  # Modules of tests define workflows, too.
    from activities.interfaces import (
        AccountActivities,
        BufferActivities,
        MemoryActivities,
        TellingActivities,
    )
    from workers.liveness import frames_of
    from workflows.ids import Queue

_PUBLISHING = frozenset[str]().union(
    *(
        kind.__abstractmethods__
        for kind in (AccountActivities, BufferActivities, MemoryActivities, TellingActivities)
    )
)

BUILD = "tests"
"""The build of every worker and replayer that none other is given."""

_P = ParamSpec("_P")


class StuckWorkerError(AssertionError):
    """A worker has not ended within its limit."""


def _in_one_thread(make: Callable[_P, None]) -> Callable[_P, None]:
    """Have workflows carried out in the thread of the event loop, without a watch or sandbox.

    Otherwise the SDK interrupts a workflow task that takes two seconds, which happens
    on a busy machine, by an exception that it raises in the thread of that task. Where
    this lands in a callback of Hypothesis for the garbage collector it is swallowed,
    and a lock or a future that the thread held can be lost.
    """

    @functools.wraps(make)
    def made(*args: _P.args, **options: _P.kwargs) -> None:
        options.setdefault("debug_mode", True)
        options.setdefault("workflow_runner", BoundedWorker.runner)
        options.setdefault("workflow_task_poller_behavior", PollerBehaviorSimpleMaximum(2))
        options.setdefault("activity_task_poller_behavior", PollerBehaviorSimpleMaximum(2))
        if options.get("deployment_config") is None:
            # Without a name the SDK reads the code of all modules, for seconds, to hash it.
            options.setdefault("build_id", BUILD)
        make(*args, **options)
        worker, client = cast("BoundedWorker", args[0]), cast("Client", args[1])
        given = cast("list[Callable[..., object]]", options.get("activities", ()))
        lane = [one for one in given if one.__name__ in _PUBLISHING]
        if lane and not worker.task_queue.endswith(Queue.PUBLISHING):
            queue = Queue.PUBLISHING.beside(worker.task_queue)
            worker.lane = BoundedWorker(client, task_queue=queue, activities=lane)

    return made


class BoundedWorker(Worker):
    """A worker that fails the test, with all that is waited for, if it does not end."""

    __init__ = _in_one_thread(Worker.__init__)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType, reportUnknownArgumentType] - one parameter of the SDK is untyped

    bound = 60.0
    """Seconds. Grace periods in the tests are five at most; a machine may be busy."""

    runner: ClassVar[WorkflowRunner] = UnsandboxedWorkflowRunner()

    lane: Worker | None = None
    """Polls the task queue of publishing beside, with the activities of that."""

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        if self.lane is not None:
            await self.lane.__aenter__()
        return self

    async def __aexit__(self, exc_type: type[BaseException] | None, *args: object) -> None:
        ending = asyncio.ensure_future(self._end(exc_type, *args))
        try:
            await asyncio.wait({ending}, timeout=self.bound)
            if not ending.done():
                raise StuckWorkerError(
                    f"The worker of {self.task_queue} has not ended within "
                    f"{self.bound:g} s.\n\n{all_that_waits()}"
                )
            await ending
        finally:
            ending.cancel()

    async def _end(self, exc_type: type[BaseException] | None, *args: object) -> None:
        if self.lane is not None:
            await self.lane.__aexit__(exc_type, *args)
        await super().__aexit__(exc_type, *args)


def all_that_waits() -> str:
    """Return each task of this event loop with what it waits for, and each thread.

    The future at the end of what a task awaits is in the task's ``wait_for``.
    """
    tasks = "\n\n".join(
        "\n".join([repr(task), *frames_of(task)])
        for task in sorted(asyncio.all_tasks(), key=lambda task: task.get_name())
    )
    with tempfile.TemporaryFile("w+") as file:
        faulthandler.dump_traceback(file, all_threads=True)
        file.seek(0)
        return f"{tasks}\n\n{file.read()}"
