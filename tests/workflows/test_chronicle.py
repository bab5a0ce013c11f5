"""What happened to a post is told of all its runs."""

from functools import partial

import pytest
from temporalio import workflow
from temporalio.client import Client, WorkflowExecutionDescription

with workflow.unsafe.imports_passed_through():  # The sandbox loads this module anew.
    from app.records.history import post_happenings
    from tests.bounded_worker import BoundedWorker
    from tests.workflows.harness import until

pytestmark = pytest.mark.server

LAST = 3


@workflow.defn
class GoesOn:
    """Takes one decision a run, and ends after its last run."""

    def __init__(self) -> None:
        self._is_decided = False

    @workflow.run
    async def run(self, more: int) -> None:
        await workflow.wait_condition(lambda: self._is_decided)
        if more:
            workflow.continue_as_new(more - 1)

    @workflow.signal
    def edit(self, said: dict[str, object]) -> None:
        assert said["by"] == "kim"
        self._is_decided = True


def _is_another(before: str | None, now: WorkflowExecutionDescription) -> bool:
    return now.run_id != before


async def test_a_post_that_went_on_as_new_is_told_from_its_beginning(temporal: Client) -> None:
    queue = "chronicle"
    async with BoundedWorker(temporal, task_queue=queue, workflows=[GoesOn]):
        post = await temporal.start_workflow(GoesOn.run, 2, id=queue, task_queue=queue)
        for revision in (1, 2, 3):
            said = {"kind": "edit", "revision": revision, "by": "kim"}
            before = (await post.describe()).run_id
            await post.signal("edit", said)
            if revision < LAST:
                await until(post.describe, partial(_is_another, before))
        await temporal.get_workflow_handle(queue).result()

        told = [one.what for one in await post_happenings(temporal, queue)]

    went_on = "went on as a new run"
    edits = [f"edit of revision {n} by kim" for n in (1, 2, 3)]
    assert told == ["started", edits[0], went_on, edits[1], went_on, edits[2], "ended"]
