"""An update of a post is repeated once where Temporal lets it fall at the end of a run."""

from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import (
    Client,
    Interceptor,
    OutboundInterceptor,
    StartWorkflowUpdateInput,
    WorkflowUpdateHandle,
)
from temporalio.service import RPCError, RPCStatusCode
from typing_extensions import override

from app.review.changes import update_post
from galley.clients.storage import ObjectStore
from galley.models.post import PostState
from galley.models.review import DecisionKind
from tests.workflows.harness import decision
from tests.workflows.post_harness import open_post_harness

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
        if self._told.left:
            self._told.left -= 1
            raise RPCError("workflow is closing", RPCStatusCode.FAILED_PRECONDITION, b"")
        return await super().start_workflow_update(input)


async def test_an_update_that_is_dropped_is_sent_once_more_and_no_oftener(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_post_harness(temporal, state_store) as harness:
        post = await harness.reviewed()
        said = decision(DecisionKind.REJECT)
        within = timedelta(seconds=20)
        for times, is_taken in ((2, False), (1, True)):
            told = temporal.config()
            told["interceptors"] = [Dropping(times)]
            client = Client(**told)
            if is_taken:
                view = await update_post(client, post.id, "decide", said, within)
                assert view.state is PostState.REJECTED
            else:
                with pytest.raises(RPCError):
                    await update_post(client, post.id, "decide", said, within)
