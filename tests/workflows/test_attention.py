"""What needs a person is told once, and no post waits for it."""

from collections.abc import AsyncGenerator

import pytest
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowFailureError

from app.health.notifications import undelivered
from cli.render.status import undelivered_words
from galley.clients.storage import ObjectStore, StoreUnavailableError
from galley.models import DecisionKind, DraftEdit, PostState, ReplyKind
from tests.receivers import Receiver
from tests.workflows.desk import Desk, decide, decision, open_desk, reaches, record, told, until
from tests.workflows.watchman import watching
from tests.workflows.world import channel
from workflows.post.workflow import PostWorkflow

pytestmark = pytest.mark.server


class Forgetful:
    """A store that is away when it is to remember that something was delivered."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self.forgot = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    async def put_if_absent(self, name: str, data: bytes, mime: str, **more: object) -> bool:
        if name.startswith("notifications/delivered/") and not self.forgot:
            self.forgot += 1
            raise StoreUnavailableError("The store went away.")
        return await self._store.put_if_absent(name, data, mime, **more)  # pyright: ignore[reportArgumentType] - passed on


@pytest.fixture
async def desk(temporal: Client, state_store: ObjectStore) -> AsyncGenerator[Desk]:
    channels = [channel(f"x-{n}") for n in range(11)]
    async with open_desk(temporal, state_store, *channels) as opened:
        yield opened


async def _waiting(desk: Desk) -> list[str]:
    """Start a campaign and wait until all its posts are in review."""
    view = await desk.start()
    for post in view.posts:
        await reaches(desk.post(post.workflow_id), PostState.IN_REVIEW)
    return [post.workflow_id for post in view.posts]


async def test_eleven_drafts_of_a_campaign_are_one_signed_message_told_once(desk: Desk) -> None:
    async with watching(desk, Receiver()) as watchman:
        attention = await watchman.start()
        posts = await _waiting(desk)
        (said,) = await watchman.told()
        await watchman.looks()

        assert len(watchman.receiver.taken) == 1
        assert said["type"] == "galley.review_waiting"
        assert said["data"]["title"].startswith("11 reviews wait: ")
        assert {one["workflow_id"] for one in said["data"]["items"]} == set(posts)
        assert {one["revision"] for one in said["data"]["items"]} == {1}
        assert await watchman.ended() is WorkflowExecutionStatus.COMPLETED
        await record("delivered", watchman.message())
        await record("looked", attention)


@pytest.mark.parametrize("may_tell", [False, True])
async def test_no_words_of_a_draft_are_told_unless_the_setting_says_so(
    desk: Desk, *, may_tell: bool
) -> None:
    async with watching(desk, Receiver(), notify_texts=may_tell) as watchman:
        await watchman.start()
        first, *_ = await _waiting(desk)
        await watchman.told()

        view = await desk.post(first).query(PostWorkflow.view)
        assert view.draft is not None
        assert (view.draft.text in watchman.receiver.taken[0].body) is may_tell


async def test_a_new_revision_is_told_as_a_new_review(desk: Desk) -> None:
    async with watching(desk, Receiver()) as watchman:
        await watchman.start()
        (first, *_) = await _waiting(desk)
        await watchman.told()
        edit = decision(DecisionKind.EDIT, edit=DraftEdit(text="Other words."))
        await decide(desk.post(first), edit)

        _, again = await watchman.told(2)

        assert [one["workflow_id"] for one in again["data"]["items"]] == [first]
        assert again["data"]["items"][0]["revision"] == 2


async def test_what_went_wrong_with_a_post_is_told_with_its_reason(desk: Desk) -> None:
    desk.buffer.faults = [ReplyKind.UNAUTHORIZED, ReplyKind.REFUSED]
    async with watching(desk, Receiver()) as watchman:
        held, refused, *_ = await _waiting(desk)
        for name, state in ((held, PostState.HELD), (refused, PostState.REFUSED)):
            await decide(desk.post(name), decision(DecisionKind.APPROVE))
            if state is PostState.HELD:
                await reaches(desk.post(name), state)
            else:
                await desk.post(name).result()
        await watchman.start()

        told = {one["type"]: one["data"] for one in await watchman.told(3)}

        (one,) = told["galley.post_held"]["items"]
        assert (one["workflow_id"], one["why"]) == (held, "Buffer said unauthorized.")
        (one,) = told["galley.post_failed"]["items"]
        assert one["workflow_id"] == refused
        assert "Buffer said refused." in one["why"]
        assert told["galley.post_held"]["commands"] == [f"uv run starter.py why {held}"]


async def test_a_campaign_over_its_ceiling_and_a_run_that_was_ended_are_told(desk: Desk) -> None:
    async with watching(desk, Receiver()) as watchman:
        first, *_ = await _waiting(desk)
        await desk.post(first).terminate()
        desk.studio.over_budget = True
        for key, channels in (("aaaa", ()), ("bbbb", ("nowhere",))):
            with pytest.raises(WorkflowFailureError):
                await desk.start(key=f"{desk.queue}-{key}", channels=channels)
        await watchman.start()

        told = {one["type"]: one["data"]["items"] for one in await watchman.told(3)}

        assert told["galley.run_ended"][0]["workflow_id"] == first
        assert "ceiling is reached" in told["galley.budget_reached"][0]["why"]
        assert "nowhere" in told["galley.campaign_failed"][0]["why"]


async def test_a_worker_that_dies_between_sending_and_remembering_sends_the_same_again(
    desk: Desk,
) -> None:
    store = Forgetful(desk.store)
    async with watching(desk, Receiver(), store) as watchman:  # pyright: ignore[reportArgumentType] - it passes the rest on
        await watchman.start()
        await _waiting(desk)
        await watchman.told(2)
        await watchman.looks()

        first, second = watchman.receiver.taken
        assert store.forgot == 1
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        assert first.body == second.body
        assert await watchman.ended() is WorkflowExecutionStatus.COMPLETED


async def test_a_receiver_that_is_down_gets_it_when_it_is_back(desk: Desk) -> None:
    down = Receiver(["503 Down", "502 Bad Gateway"])
    async with watching(desk, down) as watchman:
        await watchman.start()
        await _waiting(desk)
        await watchman.told(3)

        ids_ = {one.headers["webhook-id"] for one in down.taken}
        assert len(ids_) == 1
        assert await watchman.ended() is WorkflowExecutionStatus.COMPLETED


async def test_a_receiver_that_never_answers_keeps_no_post_waiting(desk: Desk) -> None:
    async with watching(desk, Receiver(is_mute=True)) as watchman:
        await watchman.start()
        first, *_ = await _waiting(desk)
        await watchman.told()
        await decide(desk.post(first), decision(DecisionKind.APPROVE))

        await reaches(desk.post(first), PostState.PUBLISHED)

        assert (await watchman.message().describe()).status is (WorkflowExecutionStatus.RUNNING)


async def test_a_receiver_that_wants_no_more_gets_no_more_and_the_run_fails(desk: Desk) -> None:
    async with watching(desk, Receiver(["410 Gone"])) as watchman:
        await watchman.start()
        first, *_ = await _waiting(desk)
        await watchman.told()

        with pytest.raises(WorkflowFailureError) as failed:
            await watchman.message().result()
        assert "answered 410" in str(failed.value.cause)
        await record("undelivered", watchman.message())
        (message,) = await until(lambda: undelivered(desk.client, desk.queue), bool)
        assert "did not arrive: notification:msg_" in undelivered_words(message)
        edit = decision(DecisionKind.EDIT, edit=DraftEdit(text="Other words."))
        await decide(desk.post(first), edit)
        await until(lambda: _messages(desk), lambda found: len(found) == 2)
        await watchman.looks()
        assert len(watchman.receiver.taken) == 1


async def test_nobody_looks_where_nobody_is_to_be_told(desk: Desk) -> None:
    async with watching(desk, Receiver(), notify_webhook_url=None) as watchman:
        attention = await watchman.start()

        await attention.result()

        await record("unwanted", attention)


async def test_it_goes_on_as_a_new_run_and_tells_nothing_again(desk: Desk) -> None:
    async with watching(desk, Receiver()) as watchman:
        attention = await watchman.start(events_per_run=30)
        await _waiting(desk)
        await watchman.told()
        await watchman.looks(10)

        first = desk.client.get_workflow_handle(
            attention.id, run_id=attention.first_execution_run_id
        )
        status = (await first.describe()).status
        assert status is WorkflowExecutionStatus.CONTINUED_AS_NEW
        assert len(watchman.receiver.taken) == 1
        await record("continued", first)


async def test_no_address_and_no_secret_stands_in_a_history(desk: Desk) -> None:
    async with watching(desk, Receiver()) as watchman:
        attention = await watchman.start()
        await _waiting(desk)
        await watchman.told()
        await watchman.ended()

        kept = await told(attention) + await told(watchman.message())
        assert watchman.receiver.url.encode() not in kept
        assert b"whsec_" not in kept


async def _messages(desk: Desk) -> tuple[str, ...]:
    return await desk.store.names("notifications/messages/")
