"""The posts Buffer did not send are read by the account: inside the quota, in turn."""

from datetime import UTC, datetime

import pytest
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from app.accounts.directory import unsent_of
from galley.clients.storage import ObjectStore
from galley.models import BufferPost, ListUnsent, Pause, UnsentPage
from galley.publishing.job.state import AccountState
from galley.publishing.quota import QuotaState, Window
from galley.settings import Settings
from tests.workflows.desk import Desk, open_desk
from tests.workflows.test_limits import start_account
from tests.workflows.world import channel
from workflows.account.workflow import AccountWorkflow

pytestmark = pytest.mark.server

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


async def account_of(desk: Desk, limit: int) -> None:
    """Run the account with room for so many calls, and three posts in Buffer."""
    for name in ("b1", "b2", "b3"):
        desk.buffer.posts[name] = BufferPost(
            id=name, channel_id="a", status="scheduled", text="", due_at=NOON
        )
    day = Window(seconds=86_400, limit=limit)
    known = AccountState(quota=QuotaState(windows=(day,)), is_seeded=True)
    await start_account(desk, known)


async def ask(desk: Desk, after: str | None = None) -> UnsentPage:
    task = ListUnsent(organization_id=desk.organization_id, after=after)
    page: UnsentPage = await desk.account.execute_update(  # pyright: ignore[reportUnknownMemberType] - one overload of the SDK is partly untyped
        "unsent", task, result_type=UnsentPage
    )
    return page


async def why_not(desk: Desk, after: str | None = None) -> str | None:
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await ask(desk, after)
    assert isinstance(refused.value.cause, ApplicationError)
    return refused.value.cause.type


async def test_all_pages_are_read_by_the_account_alone(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_desk(temporal, state_store, channel("a")) as desk:
        await account_of(desk, limit=10)

        found = await unsent_of(desk.client, Settings(), desk.organization_id)

        assert [post.id for post in found] == ["b1", "b2", "b3"]
        assert desk.buffer.calls == ["unsent"] * 3
        (window,) = (await desk.account.query(AccountWorkflow.health)).windows
        assert window.remaining == 7


async def test_no_page_is_read_that_the_quota_has_no_room_for(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_desk(temporal, state_store, channel("a")) as desk:
        await account_of(desk, limit=2)
        first = await ask(desk)
        await ask(desk, first.next_page)

        assert await why_not(desk, "2") == "Buffer:busy"
        assert desk.buffer.calls == ["unsent"] * 2


async def test_nothing_is_read_while_calls_are_paused(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_desk(temporal, state_store, channel("a")) as desk:
        await account_of(desk, limit=10)
        await desk.account.signal(AccountWorkflow.pause, Pause(by="kim"))

        assert await why_not(desk) == "Buffer:paused"
        assert desk.buffer.calls == []
