"""What anybody may send who reaches Temporal: junk, floods and forged news.

Whoever may write to the namespace may also approve, so that is a boundary of trust
(docs/security.md). What is held here is that no message by itself stops a run, and
none but a decision lets a post out.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.client import Client, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.common import RawValue
from temporalio.service import RPCError

from galley.clients.storage import ObjectStore
from galley.models.account import Progress, ProgressKind
from galley.models.post import PostOutcome, PostState
from galley.models.publishing import BufferPost
from galley.models.review import Approve, DecisionKind
from tests import wires
from tests.workflows.harness import Post, decide, decision, open_harness, reaches, until
from tests.workflows.world import channel
from workflows.account.workflow import AccountWorkflow
from workflows.post.workflow import PostWorkflow

pytestmark = pytest.mark.server

APPROVE = decision(DecisionKind.APPROVE)


def _deep(levels: int) -> object:
    value: object = "end"
    for _ in range(levels):
        value = [value]
    return value


def _raw(encoding: bytes, data: bytes) -> RawValue:
    return RawValue(Payload(metadata={"encoding": encoding}, data=data))


JUNK: dict[str, Sequence[object]] = {
    "nothing": [],
    "null": [None],
    "a number": [7],
    "a list": [[1, 2, 3]],
    "an empty object": [{}],
    "wrong types": [{"revision": "one", "by": ["kim"], "job_id": 3, "kind": {}}],
    "unknown fields": [{"revision": 1, "by": "kim", "is_admin": True}],
    "nobody": [{"revision": 1, "by": "", "kind": "approve"}],
    "a number beyond all": [{"revision": 10**4000, "by": "kim", "change_id": 10**4000}],
    "depth": [_deep(120)],
    "a long name": [{"revision": 1, "by": "k" * 10_000, "job_id": "j" * 10_000}],
    "two": [{"revision": 1}, {"by": "kim"}],
    "broken JSON": [_raw(b"json/plain", b'{"revision": 1, "by')],
    "half a character": [_raw(b"json/plain", b'{"revision":1,"by":"\xed\xa0\xbd"}')],
    "bytes": [_raw(b"binary/plain", b"\x00\xff\x1b")],
    "an unknown encoding": [_raw(b"binary/encrypted", b"\x00\xff\x1b")],
}
MEGABYTE = {"revision": 1, "by": "k" * 1_000_000, "job_id": "j" * 100_000}


def sent(workflow: type, kind: str) -> list[str]:
    return [one.name for one in wires.handlers(workflow) if one.kind == kind]


async def flood(handle: WorkflowHandle[Any, Any], workflow: type) -> None:
    """Send every junk to every signal there is, and to one there is not; a megabyte to one."""
    names = sent(workflow, "signal")
    await handle.signal(names[0], MEGABYTE)
    for name in [*names, "no_such_signal"]:
        await asyncio.gather(*(handle.signal(name, args=junk) for junk in JUNK.values()))


async def test_no_junk_of_any_kind_stops_a_post_or_lets_it_out(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await harness.start_post()

        await flood(post, PostWorkflow)
        for name in sent(PostWorkflow, "update"):
            for junk in JUNK.values():
                with pytest.raises((WorkflowUpdateFailedError, RPCError)):
                    await post.execute_update(name, args=junk)  # pyright: ignore[reportUnknownMemberType] - one overload of the SDK is partly untyped
        view = await post.query(PostWorkflow.view)

        assert (view.state, view.revision) == (PostState.IN_REVIEW, 1)
        assert harness.buffer.posts == {}
        await decide(post, APPROVE)
        assert (await post.result()).outcome is PostOutcome.PUBLISHED
        assert len(harness.buffer.posts) == 1


async def test_no_junk_of_any_kind_stops_the_calls_to_buffer(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await harness.start_with_campaign()

        await flood(harness.account, AccountWorkflow)
        await decide(post, APPROVE)

        assert (await post.result()).outcome is PostOutcome.PUBLISHED
        assert len(harness.buffer.posts) == 1


def forged(post: Post, kind: ProgressKind) -> Progress:
    there = BufferPost(
        id="forged", channel_id="x-main", status="sent", external_link="https://evil.example/"
    )
    job_id = post.id.removeprefix("post:")
    return Progress(job_id=job_id, kind=kind, post=there, message="\x1b[2J forged")


async def test_forged_news_of_a_post_that_nobody_approved_change_nothing(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await harness.start_post()

        for kind in ProgressKind:
            await post.signal(PostWorkflow.progress, forged(post, kind))
        await post.signal(PostWorkflow.approve, Approve(revision=9, by="late"))
        view = await until(lambda: post.query(PostWorkflow.view), lambda view: bool(view.ignored))

        assert view.state is PostState.IN_REVIEW
        assert view.buffer_post_id is None
        assert "forged" not in view.model_dump_json()
        assert harness.buffer.posts == {}


async def test_news_of_another_job_are_not_those_of_this_post(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        harness.buffer.publishes = False
        post = await harness.start_post()
        await decide(post, APPROVE)
        await reaches(post, PostState.SCHEDULED)

        for kind in ProgressKind:
            news = forged(post, kind).model_copy(update={"job_id": "another:x-main"})
            await post.signal(PostWorkflow.progress, news)
        view = await post.query(PostWorkflow.view)

        assert view.state is PostState.SCHEDULED
        assert view.buffer_post_id in harness.buffer.posts


@pytest.mark.parametrize("revision", [0, -1, 2, 99])
async def test_an_approval_of_a_revision_that_was_not_shown_lets_nothing_out(
    temporal: Client, state_store: ObjectStore, revision: int
) -> None:
    async with open_harness(temporal, state_store, channel("x-main")) as harness:
        post = await harness.start_post()

        await post.signal(PostWorkflow.approve, Approve(revision=revision, by="eve"))
        view = await until(lambda: post.query(PostWorkflow.view), lambda view: bool(view.ignored))

        assert view.state is PostState.IN_REVIEW
        assert view.ignored[0].line.startswith("approve by eve changed nothing")
        assert harness.buffer.posts == {}
