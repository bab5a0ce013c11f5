"""What Buffer still takes is asked for before a campaign is planned."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ApplicationError

from galley.clients.storage import ObjectStore
from galley.models.account import AskLimits, OpenedAccount, Outlook, Pause, PlanLimits
from galley.models.channel import ChannelDirectory, Delivery, ShareMode
from galley.models.network import Platform
from galley.models.schedule import TimingRule
from galley.publishing.job.state import AccountInput, AccountState, AccountView
from galley.publishing.quota import QuotaState, Window
from tests.publishing.making import job
from tests.workflows.harness import Harness, open_harness, until
from tests.workflows.world import channel
from workflows.account.workflow import AccountWorkflow

pytestmark = pytest.mark.server

DAY = timedelta(days=1)
NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
FIRST = NOON.date()


async def start_account(harness: Harness, known: AccountState) -> None:
    """Run the account with what it is to know."""
    handle: WorkflowHandle[AccountWorkflow, None] = await harness.client.start_workflow(
        AccountWorkflow.run,
        AccountInput(organization_id=harness.organization_id, policy=harness.policy, state=known),
        id=harness.account.id,
        task_queue=harness.queue,
    )
    assert handle.id == harness.account.id


async def asked_by(harness: Harness, campaign_id: str) -> set[str]:
    """Return by which activities a campaign asked about Buffer."""
    history = await harness.client.get_workflow_handle(campaign_id).fetch_history()
    called = {
        event.activity_task_scheduled_event_attributes.activity_type.name
        for event in history.events
    }
    return called & {"open_account", "ask_limits"}


async def ask(harness: Harness, update: str) -> ChannelDirectory:
    return await harness.account.execute_update(  # pyright: ignore[reportUnknownMemberType] - one overload of the SDK is partly untyped
        update, result_type=ChannelDirectory
    )


async def test_a_plan_costs_one_read_a_day_and_the_next_campaign_none(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("a"), channel("b")) as harness:
        await harness.start(start_at=NOON, every=DAY)
        read = list(harness.buffer.days_read)
        await harness.start(
            key=f"{harness.queue}-another", start_at=NOON, every=DAY, channels=("b", "a")
        )

        assert read == [FIRST, FIRST + DAY]
        assert harness.buffer.calls.count("limits") == 2
        assert harness.buffer.calls.count("channels") == 1


async def test_a_campaign_without_a_time_reads_the_limits_of_today(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("a")) as harness:
        harness.buffer.per_day = 0
        before = datetime.now(UTC).date()

        view = await harness.start()

        assert await asked_by(harness, view.campaign_id) == {"open_account"}
        assert len(harness.buffer.days_read) == 1
        assert before <= harness.buffer.days_read[0] <= datetime.now(UTC).date()
        (move,) = view.posts[0].moves
        assert "Buffer takes at most 0 posts a day on x" in move.why


async def test_a_full_day_moves_the_post_to_a_day_that_is_asked_about_too(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("a")) as harness:
        harness.buffer.per_day = 3
        harness.buffer.used_on = {FIRST: 3, FIRST + DAY: 4, FIRST + 2 * DAY: 2}

        view = await harness.start(start_at=NOON)

        (post,) = view.posts
        assert await asked_by(harness, view.campaign_id) == {"open_account", "ask_limits"}
        assert post.due_at == NOON + 2 * DAY
        assert [move.rule for move in post.moves] == [TimingRule.LIMIT]
        assert harness.buffer.days_read == [FIRST + n * DAY for n in range(3)]


async def test_at_most_seven_days_are_asked_about(
    temporal: Client, state_store: ObjectStore
) -> None:
    channels = [channel(f"c{n}") for n in range(9)]
    async with open_harness(temporal, state_store, *channels) as harness:
        view = await harness.start(start_at=NOON, every=DAY)

        assert harness.buffer.days_read == [FIRST + n * DAY for n in range(7)]
        assert "Buffer was asked about 7 of the 9 days of this plan." in view.notes


async def test_a_channel_that_is_full_by_the_plan_is_left_out_with_the_reason(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("a")) as harness:
        harness.buffer.plan, harness.buffer.scheduled = PlanLimits(scheduled_posts=10), 10

        with pytest.raises(WorkflowFailureError) as failed:
            await harness.start(start_at=NOON)

        assert isinstance(failed.value.cause, ApplicationError)
        assert "a is full: Buffer's plan takes 10" in failed.value.cause.message
        assert harness.studio.drafted == []


async def test_threads_that_the_plan_may_refuse_are_told_of(
    temporal: Client, state_store: ObjectStore
) -> None:
    channels = (channel("a"), channel("l", Platform.LINKEDIN))
    async with open_harness(temporal, state_store, *channels) as harness:
        harness.buffer.plan, harness.buffer.scheduled = PlanLimits(scheduled_threads=1), 1

        view = await harness.start(threads=True)

        (note,) = [note for note in view.notes if "threads" in note]
        assert note.endswith("may be refused where others wait: a (x).")


async def test_limits_that_cannot_be_read_are_a_note_and_hold_nothing_up(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("a")) as harness:
        harness.buffer.limits_trouble = "Buffer has an unexpected error on its side."

        view = await harness.start(start_at=NOON)

        assert view.posts[0].due_at == NOON
        assert view.notes[-1] == (
            "Planned without Buffer's own limits: Buffer has an unexpected error on its side."
        )


async def test_while_calls_are_paused_a_campaign_is_planned_all_the_same(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("a")) as harness:
        await harness.start(key=f"{harness.queue}-first")
        await harness.account.signal(AccountWorkflow.pause, Pause(by="kim"))

        view = await harness.start(start_at=NOON)

        assert view.notes == (
            "Planned without Buffer's own limits: calls to Buffer are paused by kim.",
        )
        assert harness.buffer.calls.count("limits") == 1


async def test_a_used_up_quota_is_told_with_the_day_and_the_window(
    temporal: Client, state_store: ObjectStore
) -> None:
    channels = (channel("a"), channel("b"))
    async with open_harness(temporal, state_store, *channels) as harness:
        now = int(datetime.now(UTC).timestamp() * 1000)
        day = Window(seconds=86_400, limit=2)
        known = ChannelDirectory(
            organization_id=harness.organization_id,
            organization_name="Tests",
            channels=channels,
            fetched_at=datetime.now(UTC),
        )
        await start_account(
            harness,
            AccountState(
                quota=QuotaState(windows=(day,), ends=(now - 1000, now)),
                is_seeded=True,
                directory=known,
            ),
        )

        view = await harness.start()

        (missing,) = view.notes
        assert view.quota.startswith("2 posts: 2 on ")
        assert view.quota.endswith(" (2 in 24 hours), if nothing else uses this key.")
        assert "used up until" in missing
        assert harness.buffer.calls == []
        first = view.forecast[0]
        assert first.window == "2 in 24 hours"
        assert first.at >= datetime.fromtimestamp(now / 1000, tz=UTC) + DAY


async def test_an_account_says_of_a_wait_that_the_quota_holds_it_up(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("a")) as harness:
        now = int(datetime.now(UTC).timestamp() * 1000)
        day = Window(seconds=86_400, limit=2)
        used = QuotaState(windows=(day,), ends=(now - 1000, now))
        await start_account(harness, AccountState(quota=used, is_seeded=True))
        before = await harness.account.query(AccountWorkflow.view)

        await harness.account.signal(AccountWorkflow.publish, job())
        view = await until(
            lambda: harness.account.query(AccountWorkflow.view), lambda view: bool(view.quota_wait)
        )

        assert before.quota_wait == ""
        assert view.quota_wait.startswith("Buffer's quota: 2 in 24 hours, until ")
        assert harness.buffer.calls == []


async def test_a_quota_that_ends_among_the_days_leaves_the_others_out(
    temporal: Client, state_store: ObjectStore
) -> None:
    channels = [channel(name) for name in "abc"]
    async with open_harness(temporal, state_store, *channels) as harness:
        three = QuotaState(windows=(Window(seconds=86_400, limit=3),))
        await start_account(harness, AccountState(quota=three))

        view = await harness.start(start_at=NOON, every=DAY)

        assert harness.buffer.calls == ["channels", "limits", "limits"]
        assert "used up until" in view.notes[-1]
        assert len(view.posts) == 3


async def test_a_pause_sends_those_away_who_ask_for_limits(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("a")) as harness:
        harness.buffer.limits_wait = True
        started = asyncio.create_task(harness.start(start_at=NOON))
        await until(is_asked(harness), bool)

        await harness.account.signal(AccountWorkflow.pause, Pause(by="kim"))
        view = await started
        harness.buffer.limits_wait = False
        known = await ask(harness, "channels")
        # The read that nobody waits for any more ends before its worker does.
        await until(lambda: harness.account.query(AccountWorkflow.view), is_at_rest)

        assert "calls to it are paused" in view.notes[-1]
        assert [c.name for c in known.channels] == ["a"]


def is_at_rest(view: AccountView) -> bool:
    return view.waiting_for == "the next post or change"


def is_asked(harness: Harness) -> Callable[[], Awaitable[bool]]:
    async def found() -> bool:
        return "limits" in harness.buffer.calls

    return found


async def test_everything_that_fits_is_one_line(temporal: Client, state_store: ObjectStore) -> None:
    async with open_harness(temporal, state_store, channel("a"), channel("b")) as harness:
        view = await harness.start(start_at=NOON)

        assert view.notes == ()
        assert view.quota == (
            "Buffer's quota of calls does not delay these 2 posts, if nothing else uses this key."
        )


async def test_the_limits_of_another_channel_are_not_told(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("a"), channel("b")) as harness:
        await harness.start(key=f"{harness.queue}-first", start_at=NOON)
        task = AskLimits(organization_id=harness.organization_id, channel_ids=("b",), days=(FIRST,))

        outlook: Outlook = await harness.account.execute_update(  # pyright: ignore[reportUnknownMemberType] - one overload of the SDK is partly untyped
            "limits", task, result_type=Outlook
        )

        assert [d.channel_id for d in outlook.days[0].daily] == ["b"]
        assert outlook.scheduled == {"b": 0}
        assert (outlook.openings, outlook.missing) == ((), "")


# The channel map


async def test_a_fresh_channel_map_is_not_read_again_unless_asked_for(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_harness(temporal, state_store, channel("a")) as harness:
        await harness.start(key=f"{harness.queue}-first")
        await harness.start(key=f"{harness.queue}-second")
        once = harness.buffer.calls.count("channels")
        harness.buffer.channels = (channel("a"), channel("b"))

        known = await ask(harness, "channels")
        fresh = await ask(harness, "refresh_channels")

        assert once == 1
        assert [c.name for c in known.channels] == ["a"]
        assert [c.name for c in fresh.channels] == ["a", "b"]
        assert harness.buffer.calls.count("channels") == 2


@pytest.mark.parametrize("trouble", ["quota", "buffer"])
async def test_a_channel_map_that_cannot_be_read_now_is_handed_out_old_with_its_age(
    temporal: Client, state_store: ObjectStore, trouble: str
) -> None:
    async with open_harness(temporal, state_store, channel("a")) as harness:
        now = datetime.now(UTC)
        known = ChannelDirectory(
            organization_id=harness.organization_id,
            organization_name="Tests",
            channels=(channel("a"),),
            fetched_at=now - timedelta(hours=2),
        )
        day = Window(seconds=86_400, limit=2)
        is_used_up = trouble == "quota"
        used = (int(now.timestamp() * 1000),) * (2 if is_used_up else 0)
        quota = QuotaState(windows=(day,), ends=used)
        harness.buffer.channels_trouble = "" if is_used_up else "Buffer is away."
        await start_account(harness, AccountState(quota=quota, is_seeded=True, directory=known))

        await until(
            lambda: harness.account.query(AccountWorkflow.view), lambda view: not view.pauses
        )

        view = await harness.start()

        (note,) = [note for note in view.notes if "120 minutes ago" in note]
        assert f"{known.fetched_at:%Y-%m-%d %H:%M} UTC" in note
        # A read that cannot begin at once, for another call goes first, is not waited for.
        assert harness.buffer.calls.count("channels") <= (0 if is_used_up else 1)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"is_disconnected": True}, "reconnect it in Buffer"),
        ({"is_locked": True}, "locked by the Buffer plan"),
        ({"is_queue_paused": True}, "a paused queue"),
        ({"reminders_only": True}, "can only send reminders"),
    ],
)
async def test_a_channel_that_cannot_publish_is_found_before_anything_is_drafted(
    temporal: Client, state_store: ObjectStore, state: dict[str, bool], said: str
) -> None:
    odd = channel("odd").model_copy(update=state)
    async with open_harness(temporal, state_store, odd) as harness:
        with pytest.raises(WorkflowFailureError) as failed:
            await harness.start()

        assert isinstance(failed.value.cause, ApplicationError)
        assert said in failed.value.cause.message
        assert harness.studio.drafted == []


async def test_a_queue_without_slots_is_refused_before_anything_is_drafted(
    temporal: Client, state_store: ObjectStore
) -> None:
    queue = Delivery(mode=ShareMode.ADD_TO_QUEUE)
    async with open_harness(temporal, state_store, channel("a")) as harness:
        with pytest.raises(WorkflowFailureError) as failed:
            await harness.start(delivery=queue)

        assert "no posting schedule in Buffer" in str(failed.value.cause)
        assert harness.studio.drafted == []


async def test_an_account_may_be_opened_by_hand(temporal: Client, state_store: ObjectStore) -> None:
    async with open_harness(temporal, state_store, channel("a")) as harness:
        await start_account(harness, AccountState())

        opened: OpenedAccount = await harness.account.execute_update(  # pyright: ignore[reportUnknownMemberType] - one overload of the SDK is partly untyped
            "open", {"asks_today": True}, result_type=OpenedAccount
        )

        assert [c.name for c in opened.directory.channels] == ["a"]
        assert len(opened.outlook.days) == 1
