"""A longer text is read, paid for and written, and there is one of it."""

import pytest
from temporalio.client import Client, WorkflowFailureError
from temporalio.common import WorkflowIDReusePolicy

from galley.clients.storage import ObjectStore
from galley.models.draft import PieceForm, PieceInput, PieceView
from tests.workflows.harness import Harness, open_harness, record
from tests.workflows.world import channel, spec
from workflows import ids
from workflows.piece import PieceWorkflow

pytestmark = pytest.mark.server


async def written(harness: Harness, form: PieceForm) -> PieceView:
    key = ids.piece_key(ids.campaign_key(harness.queue, 1), form)
    handle = await harness.client.start_workflow(
        PieceWorkflow.run,
        PieceInput(key=key, source=spec(), form=form),
        id=ids.piece_id(key),
        task_queue=harness.queue,
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
    )
    view = await handle.result()
    await record("written", handle)
    return view


async def test_a_text_is_written_for_money_that_was_set_aside_before(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        harness.studio.allowance = 90_000

        view = await written(harness, PieceForm.BLOG)

        assert view.piece is not None
        assert view.piece.title == "A blog on A title"
        assert view.stage == "it is written"
        assert harness.studio.allowances == [90_000]
        (reserved,) = harness.studio.reserved
        assert reserved.campaign_id == view.piece_id == f"piece:{reserved.key}"
        assert harness.buffer.calls == []


async def test_a_text_over_the_ceiling_is_not_written(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        harness.studio.over_budget = True

        with pytest.raises(WorkflowFailureError):
            await written(harness, PieceForm.SCRIPT)

        assert harness.studio.allowances == []
