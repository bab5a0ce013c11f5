"""A rolling deploy whose newer build writes values that the older one cannot read."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import PayloadCodec

from galley.clients.storage import ObjectStore
from galley.models.account import HandOverKind
from galley.models.post import PostOutcome
from galley.models.publishing import ReplyKind
from galley.models.review import DecisionKind
from tests.bounded_worker import BoundedWorker
from tests.workflows.harness import Harness, decide, decision, until
from tests.workflows.world import Buffer, channel
from workers.queues import WORKFLOWS
from workflows.runtime import MalformedSignals

pytestmark = pytest.mark.server


class _NewMember(PayloadCodec):
    """Writes one member of an enumeration under a name that older builds do not know."""

    def __init__(self, member: str) -> None:
        self._old, self._new = f'"kind":"{member}"'.encode(), b'"kind":"from_next_year"'

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._renamed(one, self._old, self._new) for one in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._renamed(one, self._new, self._old) for one in payloads]

    def _renamed(self, payload: Payload, old: bytes, new: bytes) -> Payload:
        return Payload(metadata=payload.metadata, data=payload.data.replace(old, new))


@asynccontextmanager
async def _two_builds(newer: Harness, older: Client) -> AsyncGenerator[None]:
    """Run workflows by the older build and activities by the newer one."""
    async with (
        newer.worker(workflows=()),
        BoundedWorker(
            older,
            task_queue=newer.queue,
            workflows=list(WORKFLOWS),
            interceptors=[MalformedSignals()],
        ),
    ):
        yield


@pytest.mark.parametrize(
    ("member", "reader"), [(ReplyKind.NOT_SENT, "account"), (HandOverKind.HANDED_OVER, "post")]
)
async def test_a_value_that_a_build_cannot_read_waits_for_one_that_can(
    temporal: Client, state_store: ObjectStore, member: str, reader: str
) -> None:
    converter = replace(pydantic_data_converter, payload_codec=_NewMember(member))
    told = temporal.config()
    told["data_converter"] = converter
    newer = Harness(Client(**told), state_store, Buffer((channel("x-main"),)))
    async with newer.worker():
        post = await newer.start_with_campaign()
    newer.buffer.faults = [ReplyKind.NOT_SENT]
    stuck = newer.account if reader == "account" else post

    async def is_stuck() -> bool:
        history = await stuck.fetch_history()
        return any(
            event.event_type is EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
            for event in history.events
        )

    async with _two_builds(newer, temporal):
        await decide(post, decision(DecisionKind.APPROVE))
        await until(is_stuck, bool)
        assert (await stuck.describe()).status is WorkflowExecutionStatus.RUNNING

    async with newer.worker():
        assert (await post.result()).outcome is PostOutcome.PUBLISHED
        assert len(newer.buffer.posts) == 1
        await newer.stop_account()
