"""A timer is kept where it serves, and costs nothing; otherwise another is started."""

from datetime import UTC, datetime, timedelta

import pytest
from temporalio import workflow
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from tests.bounded_worker import BoundedWorker
from workflows.runtime import Alarm

pytestmark = pytest.mark.server

STARTED = EventType.EVENT_TYPE_TIMER_STARTED
CANCELED = EventType.EVENT_TYPE_TIMER_CANCELED
WAITS: dict[str, list[tuple[int, int]]] = {
    "kept": [(60, 0), (60, 0), (60, 0)],
    "sooner": [(60, 0), (30, 0)],
    "later": [(60, 0), (90, 0)],
    "over before": [(60, 0), (90, 40), (120, 50)],
    "not over before": [(60, 0), (90, 70)],
}
"""Minutes of each wait, and by when it is probably over; nought: nobody knows."""


@workflow.defn
class Sleeper:
    """Waits again and again; something comes every time but the last."""

    @workflow.run
    async def run(self, waits: list[tuple[int, int]]) -> bool:
        alarm, now = Alarm(), workflow.now()
        for minutes, over_by in waits:
            at = now + timedelta(minutes=minutes)
            soon = now + timedelta(minutes=over_by) if over_by else None
            assert await alarm.wait(lambda: True, at, "a wait", soon)
            await workflow.sleep(timedelta(milliseconds=1))  # a task of its own
        assert await alarm.wait(lambda: True, None, "nothing")
        soon = now + timedelta(milliseconds=20)
        return await alarm.wait(lambda: False, soon, "the end")


@pytest.mark.parametrize(
    ("name", "timers"),
    [("kept", 1), ("sooner", 2), ("later", 2), ("over before", 1), ("not over before", 2)],
)
async def test_a_timer_is_started_only_where_the_one_that_runs_does_not_serve(
    temporal: Client, name: str, timers: int
) -> None:
    queue = f"alarm-{name}"
    async with BoundedWorker(temporal, task_queue=queue, workflows=[Sleeper]):
        run = await temporal.start_workflow(Sleeper.run, WAITS[name], id=queue, task_queue=queue)
        is_not_time = await run.result()
        history = await run.fetch_history()

    kinds = [event.event_type for event in history.events]
    assert not is_not_time
    others = len(WAITS[name]) + 1
    assert kinds.count(STARTED) == timers + others
    assert kinds.count(CANCELED) == timers


def test_an_alarm_that_is_not_set_serves_only_who_waits_for_ever() -> None:
    alarm = Alarm()

    assert alarm.serves(None)
    assert not alarm.serves(datetime(2026, 12, 1, tzinfo=UTC))
