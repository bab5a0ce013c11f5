"""What needs a person is told once, and no post waits for it."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from urllib.parse import quote

import pytest
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowFailureError
from temporalio.common import WorkflowIDConflictPolicy

from activities.notifications.messages import UNREADABLE_MENTIONS, mention_name
from activities.notifications.needs import view_of
from app.connections import Connections
from app.health.notifications import undelivered
from app.review.comments import UntoldError, comment
from cli.phrases import undelivered_words
from galley.clients.storage import ObjectStore, StoreUnavailableError
from galley.models.account import Pause
from galley.models.draft import DraftEdit
from galley.models.notification import Notification
from galley.models.post import PostState
from galley.models.publishing import ReplyKind
from galley.models.review import DecisionKind
from galley.publishing.job.state import AccountInput
from galley.settings import Settings
from tests.memory_store import MemoryStore
from tests.receivers import Receiver
from tests.workflows.attention_harness import watching
from tests.workflows.harness import (
    Harness,
    decide,
    decision,
    open_harness,
    reaches,
    record,
    told,
    until,
)
from tests.workflows.world import channel
from workflows.account.workflow import AccountWorkflow
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
async def harness(
    request: pytest.FixtureRequest, temporal: Client, state_store: ObjectStore
) -> AsyncGenerator[Harness]:
    """Give one whose campaigns have a post, or as many as a test asks for."""
    count: int = getattr(request, "param", 1)
    channels = [channel(f"x-{n}") for n in range(count)]
    async with open_harness(temporal, state_store, *channels) as opened:
        yield opened


async def _waiting(harness: Harness) -> list[str]:
    """Begin the posts of a campaign and wait until all are in review."""
    posts = [await harness.begin_post(one) for one in harness.buffer.channels]
    for post in posts:
        await reaches(post, PostState.IN_REVIEW)
    return [post.id for post in posts]


async def test_an_account_that_paused_itself_is_told_once_with_the_way_on(harness: Harness) -> None:
    async with watching(harness, Receiver()) as attention_harness:
        await harness.start_with_campaign()
        await harness.account.signal("pause", Pause(by="kim"))
        await until(lambda: harness.account.query(AccountWorkflow.view), lambda v: bool(v.pauses))
        await attention_harness.start()
        await attention_harness.looks(2)
        await harness.client.start_workflow(
            AccountWorkflow.run,
            AccountInput(organization_id=harness.organization_id, policy=harness.policy),
            id=harness.account.id,
            task_queue=harness.queue,
            id_conflict_policy=WorkflowIDConflictPolicy.TERMINATE_EXISTING,
        )

        said = {one["type"]: one for one in await attention_harness.told(2)}
        told = said["galley.account_paused"]

        assert "galley resume" in told["data"]["commands"]
        assert len(attention_harness.receiver.taken) == 2


async def test_an_account_that_was_ended_is_told(harness: Harness) -> None:
    async with watching(harness, Receiver()) as attention_harness:
        await harness.start_with_campaign()
        await harness.account.terminate()
        await attention_harness.start()

        told = {one["type"]: one["data"]["items"] for one in await attention_harness.told(2)}

        (ended,) = told["galley.run_ended"]
        assert ended["workflow_id"] == harness.account.id
        assert "starts it again, paused" in ended["why"]


async def test_all_drafts_of_a_campaign_are_one_signed_message_told_once(
    temporal: Client, state_store: ObjectStore
) -> None:
    channels = [channel(f"x-{n}") for n in range(3)]
    async with (
        open_harness(temporal, state_store, *channels) as harness,
        watching(harness, Receiver(), web_address="https://review.example") as attention_harness,
    ):
        attention = await attention_harness.start()
        posts = await _waiting(harness)
        (said,) = await attention_harness.told()
        await attention_harness.looks()

        assert len(attention_harness.receiver.taken) == 1
        assert said["type"] == "galley.review_waiting"
        assert said["data"]["title"].startswith("3 posts waiting for review: ")
        assert {one["workflow_id"] for one in said["data"]["items"]} == set(posts)
        assert {one["revision"] for one in said["data"]["items"]} == {1}
        for one in said["data"]["items"]:
            # The address of the page alone, which lets nobody in, and what is asked about.
            assert (
                one["page"] == f"https://review.example/posts/{quote(one['workflow_id'], safe='')}"
            )
            view = await harness.post(one["workflow_id"]).query(PostWorkflow.view)
            assert one["digest"] == view.digest
        assert await attention_harness.ended() is WorkflowExecutionStatus.COMPLETED
        await record("delivered", attention_harness.message())
        await record("looked", attention)


@pytest.mark.parametrize("may_tell", [False, True])
async def test_no_words_of_a_draft_are_told_unless_the_setting_says_so(
    harness: Harness, *, may_tell: bool
) -> None:
    async with watching(harness, Receiver(), notify_texts=may_tell) as attention_harness:
        await attention_harness.start()
        first, *_ = await _waiting(harness)
        await attention_harness.told()

        view = await harness.post(first).query(PostWorkflow.view)
        assert view.draft is not None
        assert (view.draft.text in attention_harness.receiver.taken[0].body) is may_tell


async def test_whom_a_comment_mentions_is_told_once_and_without_its_words(harness: Harness) -> None:
    async def connect() -> Client:
        return harness.client

    name = (await _waiting(harness))[0]
    connections = Connections(Settings.model_construct(), connect)
    connections.state = harness.store
    words = "Is <b>9 years</b> right, @lee? Ask @kim."
    view = await comment(connections, name, words, by="kim", settings=connections.settings)
    (waiting,) = await harness.store.names("notifications/mentions/")
    old = Notification.model_validate_json(await harness.store.get(waiting) or b"")
    old = old.model_copy(update={"id": "msg_old", "at": old.at - timedelta(days=2)})
    await harness.store.put_if_absent(
        mention_name("msg_old"), old.model_dump_json().encode(), "application/json"
    )
    await harness.store.put_if_absent(mention_name("msg_0"), b"{", "application/json")
    away = Connections(Settings.model_construct(), connect)
    store = away.state = MemoryStore()
    store.is_away = True
    with pytest.raises(UntoldError, match="is kept"):
        await comment(away, name, "And @lee?", by="kim", settings=away.settings)
    async with watching(harness, Receiver()) as attention_harness:
        await attention_harness.start()
        heard = await attention_harness.told(2)
        await attention_harness.looks()
        mention = next(one["data"] for one in heard if one["type"] == "galley.mentioned")

        assert [(one.by, one.note, one.mentions) for one in view.comments] == [
            ("kim", words, ("lee",))
        ]
        assert (mention["to"], mention["items"][0]["workflow_id"]) == (["lee"], name)
        assert "9 years" not in str(heard)
        assert len(attention_harness.receiver.taken) == 2
        assert await harness.store.names("notifications/mentions/") == ()
        assert await harness.store.get(f"{UNREADABLE_MENTIONS}msg_0.json") == b"{"


async def test_a_view_that_cannot_be_read_is_as_none(harness: Harness) -> None:
    await harness.start_with_campaign()
    await until(lambda: harness.account.query(AccountWorkflow.view), bool)

    # It has a view of another shape, as a post of another build may have.
    assert await view_of(harness.client, harness.account.id) is None


@pytest.mark.parametrize("harness", [2], indirect=True)
async def test_a_new_revision_is_told_as_a_new_review(harness: Harness) -> None:
    async with watching(harness, Receiver()) as attention_harness:
        await attention_harness.start()
        first, _ = await _waiting(harness)
        await attention_harness.told()
        edit = decision(DecisionKind.EDIT, edit=DraftEdit(text="Other words."))
        await decide(harness.post(first), edit)

        _, again = await attention_harness.told(2)

        assert [one["workflow_id"] for one in again["data"]["items"]] == [first]
        assert again["data"]["items"][0]["revision"] == 2


@pytest.mark.parametrize("harness", [2], indirect=True)
async def test_what_went_wrong_with_a_post_is_told_with_its_reason(harness: Harness) -> None:
    harness.buffer.faults = [ReplyKind.UNAUTHORIZED, ReplyKind.REFUSED]
    async with watching(harness, Receiver()) as attention_harness:
        held, refused = await _waiting(harness)
        for name in (held, refused):
            await decide(harness.post(name), decision(DecisionKind.APPROVE))
            view = await reaches(harness.post(name), PostState.HELD, PostState.IN_REVIEW)
        assert view.revision == 2
        await attention_harness.start()

        told = {one["type"]: one["data"] for one in await attention_harness.told(2)}

        (one,) = told["galley.post_held"]["items"]
        assert (one["workflow_id"], one["why"]) == (held, "Buffer said unauthorized.")
        reviews = {one["workflow_id"]: one for one in told["galley.review_waiting"]["items"]}
        assert "Buffer said refused." in reviews[refused]["why"]
        assert told["galley.post_held"]["commands"] == [f"galley why {held}"]


async def test_a_campaign_over_its_ceiling_and_a_run_that_was_ended_are_told(
    harness: Harness,
) -> None:
    async with watching(harness, Receiver()) as attention_harness:
        first, *_ = await _waiting(harness)
        await harness.post(first).terminate()
        harness.studio.over_budget = True
        for key, channels in (("aaaa", ()), ("bbbb", ("nowhere",))):
            with pytest.raises(WorkflowFailureError):
                await harness.start(key=f"{harness.queue}-{key}", channels=channels)
        await attention_harness.start()

        told = {one["type"]: one["data"]["items"] for one in await attention_harness.told(3)}

        assert told["galley.run_ended"][0]["workflow_id"] == first
        assert "ceiling is reached" in told["galley.budget_reached"][0]["why"]
        assert "nowhere" in told["galley.campaign_failed"][0]["why"]


async def test_a_worker_that_dies_between_sending_and_remembering_sends_the_same_again(
    harness: Harness,
) -> None:
    store = Forgetful(harness.store)
    async with watching(harness, Receiver(), store) as attention_harness:  # pyright: ignore[reportArgumentType] - it passes the rest on
        await attention_harness.start()
        await _waiting(harness)
        await attention_harness.told(2)
        await attention_harness.looks()

        first, second = attention_harness.receiver.taken
        assert store.forgot == 1
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        assert first.body == second.body
        assert await attention_harness.ended() is WorkflowExecutionStatus.COMPLETED


async def test_a_receiver_that_is_down_gets_it_when_it_is_back(harness: Harness) -> None:
    down = Receiver(["503 Down", "502 Bad Gateway"])
    async with watching(harness, down) as attention_harness:
        await attention_harness.start()
        await _waiting(harness)
        await attention_harness.told(3)

        ids_ = {one.headers["webhook-id"] for one in down.taken}
        assert len(ids_) == 1
        assert await attention_harness.ended() is WorkflowExecutionStatus.COMPLETED


async def test_a_receiver_that_never_answers_keeps_no_post_waiting(harness: Harness) -> None:
    async with watching(harness, Receiver(is_mute=True)) as attention_harness:
        await attention_harness.start()
        first, *_ = await _waiting(harness)
        await attention_harness.told()
        await decide(harness.post(first), decision(DecisionKind.APPROVE))

        await reaches(harness.post(first), PostState.PUBLISHED)

        assert (await attention_harness.message().describe()).status is (
            WorkflowExecutionStatus.RUNNING
        )


async def test_a_receiver_that_wants_no_more_gets_no_more_and_the_run_fails(
    harness: Harness,
) -> None:
    async with watching(harness, Receiver(["410 Gone"])) as attention_harness:
        await attention_harness.start()
        first, *_ = await _waiting(harness)
        await attention_harness.told()

        with pytest.raises(WorkflowFailureError) as failed:
            await attention_harness.message().result()
        assert "answered 410" in str(failed.value.cause)
        await record("undelivered", attention_harness.message())
        (message,) = await until(lambda: undelivered(harness.client, harness.queue), bool)
        assert "did not arrive: notification:msg_" in undelivered_words(message)
        edit = decision(DecisionKind.EDIT, edit=DraftEdit(text="Other words."))
        await decide(harness.post(first), edit)
        await until(lambda: _messages(harness), lambda found: len(found) == 2)
        await attention_harness.looks()
        assert len(attention_harness.receiver.taken) == 1


async def test_nobody_looks_where_nobody_is_to_be_told(harness: Harness) -> None:
    async with watching(harness, Receiver(), notify_webhook_url=None) as attention_harness:
        attention = await attention_harness.start()

        await attention.result()

        await record("unwanted", attention)


async def test_it_goes_on_as_a_new_run_and_tells_nothing_again(harness: Harness) -> None:
    async with watching(harness, Receiver()) as attention_harness:
        attention = await attention_harness.start(events_per_run=15)
        await _waiting(harness)
        await attention_harness.told()
        await attention_harness.looks(5)

        first = harness.client.get_workflow_handle(
            attention.id, run_id=attention.first_execution_run_id
        )
        status = (await first.describe()).status
        assert status is WorkflowExecutionStatus.CONTINUED_AS_NEW
        assert len(attention_harness.receiver.taken) == 1
        await record("continued", first)


async def test_no_address_and_no_secret_stands_in_a_history(harness: Harness) -> None:
    async with watching(harness, Receiver()) as attention_harness:
        attention = await attention_harness.start()
        await _waiting(harness)
        await attention_harness.told()
        await attention_harness.ended()

        kept = await told(attention) + await told(attention_harness.message())
        assert attention_harness.receiver.url.encode() not in kept
        assert b"whsec_" not in kept


async def _messages(harness: Harness) -> tuple[str, ...]:
    return await harness.store.names("notifications/messages/")
