"""An update is repeated once where Temporal lets it fall at the end of a run."""

from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import (
    Client,
    Interceptor,
    OutboundInterceptor,
    StartWorkflowUpdateInput,
    StartWorkflowUpdateWithStartInput,
    WorkflowUpdateHandle,
)
from temporalio.service import RPCError, RPCStatusCode
from typing_extensions import override

from app.accounts.workflows import read_directory
from app.review.messages import RunEndedError, update_post
from galley.clients.storage import ObjectStore
from galley.models.post import PostState
from galley.models.review import DecisionKind
from galley.publishing.job.state import AccountState
from galley.settings import Settings
from tests.workflows.harness import decision, open_harness
from tests.workflows.post_harness import open_post_harness
from tests.workflows.test_limits import start_account
from tests.workflows.world import channel

pytestmark = pytest.mark.server


class Dropping(Interceptor):
    """Drops the first updates, as the server does when a run ends with another event."""

    def __init__(self, times: int) -> None:
        self.left = times

    @override
    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        return _Dropping(next, self)


class _Dropping(OutboundInterceptor):
    def __init__(self, following: OutboundInterceptor, told: Dropping) -> None:
        super().__init__(following)
        self._told = told

    @override
    async def start_workflow_update(
        self, input: StartWorkflowUpdateInput
    ) -> WorkflowUpdateHandle[Any]:
        self._drop()
        return await super().start_workflow_update(input)

    @override
    async def start_update_with_start_workflow(
        self, input: StartWorkflowUpdateWithStartInput
    ) -> WorkflowUpdateHandle[Any]:
        self._drop()
        return await super().start_update_with_start_workflow(input)

    def _drop(self) -> None:
        if self._told.left:
            self._told.left -= 1
            raise RPCError("workflow is closing", RPCStatusCode.FAILED_PRECONDITION, b"")


def dropping(temporal: Client, times: int) -> Client:
    """Return a client whose first updates fall."""
    told = temporal.config()
    told["interceptors"] = [Dropping(times)]
    return Client(**told)


async def test_an_update_that_is_dropped_is_sent_once_more_and_no_oftener(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        post = await harness.reviewed()
        said = decision(DecisionKind.REJECT)
        within = timedelta(seconds=20)
        for times, is_taken in ((2, False), (1, True)):
            client = dropping(temporal, times)
            if is_taken:
                view = await update_post(client, post.id, "decide", said, within)
                assert view.state is PostState.REJECTED
            else:
                with pytest.raises(RunEndedError):
                    await update_post(client, post.id, "decide", said, within)


async def test_a_question_to_the_account_is_asked_once_more_and_no_oftener(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        await start_account(harness, AccountState())
        asked = Settings(), harness.organization_id

        with pytest.raises(RPCError):
            await read_directory(dropping(temporal, 2), *asked)
        assert (await read_directory(dropping(temporal, 1), *asked)).channels
