"""The posts Buffer did not send are read by the account: inside the quota, in turn."""

from datetime import UTC, datetime

import pytest
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from app.accounts.workflows import unsent_of
from galley.clients.storage import ObjectStore
from galley.models.account import Pause
from galley.models.publishing import BufferPost, ListUnsent, UnsentPage
from galley.publishing.job.state import AccountState
from galley.publishing.quota import QuotaState, Window
from galley.settings import Settings
from tests.workflows.harness import Harness, open_harness
from tests.workflows.test_limits import start_account
from tests.workflows.world import channel
from workflows.account.workflow import AccountWorkflow

pytestmark = pytest.mark.server

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


async def account_of(harness: Harness, limit: int) -> None:
    """Run the account with room for so many calls, and three posts in Buffer."""
    for name in ("b1", "b2", "b3"):
        harness.buffer.posts[name] = BufferPost(
            id=name, channel_id="a", status="scheduled", text="", due_at=NOON
        )
    day = Window(seconds=86_400, limit=limit)
    known = AccountState(quota=QuotaState(windows=(day,)), is_seeded=True)
    await start_account(harness, known)


async def ask(harness: Harness, after: str | None = None) -> UnsentPage:
    task = ListUnsent(organization_id=harness.organization_id, after=after)
    page: UnsentPage = await harness.account.execute_update(  # pyright: ignore[reportUnknownMemberType] - one overload of the SDK is partly untyped
        "unsent", task, result_type=UnsentPage
    )
    return page


async def why_not(harness: Harness, after: str | None = None) -> str | None:
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await ask(harness, after)
    assert isinstance(refused.value.cause, ApplicationError)
    return refused.value.cause.type


async def test_all_pages_are_read_by_the_account_alone(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("a")) as harness:
        await account_of(harness, limit=10)

        found = await unsent_of(harness.client, Settings(), harness.organization_id)

        assert [post.id for post in found] == ["b1", "b2", "b3"]
        assert harness.buffer.calls == ["unsent"] * 3
        (window,) = (await harness.account.query(AccountWorkflow.health)).windows
        assert window.remaining == 7


async def test_no_page_is_read_that_the_quota_has_no_room_for(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("a")) as harness:
        await account_of(harness, limit=2)
        first = await ask(harness)
        await ask(harness, first.next_page)

        assert await why_not(harness, "2") == "Buffer:busy"
        assert harness.buffer.calls == ["unsent"] * 2


async def test_nothing_is_read_while_calls_are_paused(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("a")) as harness:
        await account_of(harness, limit=10)
        await harness.account.signal(AccountWorkflow.pause, Pause(by="kim"))

        assert await why_not(harness) == "Buffer:paused"
        assert harness.buffer.calls == []
