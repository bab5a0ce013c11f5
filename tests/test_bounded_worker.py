import asyncio
import re
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio import activity
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from emulators.launch import temporal_binary
from tests.bounded_worker import BoundedWorker, StuckWorkerError, all_that_waits

pytestmark = pytest.mark.server

_MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
async def temporal() -> AsyncIterator[Client]:
    async with await WorkflowEnvironment.start_local(  # pyright: ignore[reportUnknownMemberType] - one parameter of the SDK is untyped
        dev_server_existing_path=str(temporal_binary())
    ) as server:
        yield server.client


class _Deaf:
    """An activity that does not hear that it is cancelled, until it is released."""

    def __init__(self) -> None:
        self.started, self.released = asyncio.Event(), asyncio.Event()

    @activity.defn
    async def stay(self) -> None:
        self.started.set()
        while not self.released.is_set():
            try:
                await self.released.wait()
            except asyncio.CancelledError:
                continue


async def test_a_worker_that_does_not_end_fails_and_tells_what_it_waits_for(
    temporal: Client,
) -> None:
    deaf, queue = _Deaf(), uuid.uuid4().hex
    worker = BoundedWorker(temporal, task_queue=queue, activities=[deaf.stay])
    worker.bound = 1

    async def until_it_stays() -> None:
        async with worker:
            await temporal.start_activity(
                "stay", id=queue, task_queue=queue, start_to_close_timeout=_MINUTE
            )
            await deaf.started.wait()

    with pytest.raises(StuckWorkerError, match=f"{queue} has not ended") as stuck:
        await until_it_stays()
    deaf.released.set()
    await worker.shutdown()

    told = str(stuck.value)
    assert re.search(r"temporalio/worker/_worker\.py:\d+ in Worker\._run\n", told)
    assert re.search(r"test_bounded_worker\.py:\d+ in _Deaf\.stay\n", told)
    assert "Current thread 0x" in told


async def test_what_a_task_waits_for_is_told_through_all_its_frames() -> None:
    async def inner() -> None:
        await asyncio.Event().wait()

    async def outer() -> None:
        await inner()

    task = asyncio.create_task(outer(), name="of the test")
    await asyncio.sleep(0)
    told = all_that_waits()
    task.cancel()

    (found,) = (one for one in told.split("\n\n") if "'of the test'" in one)
    assert re.search(r"wait_for=<Future pending.*\n.*outer\n.*inner\n.*wait$", found)


def test_every_worker_of_the_tests_is_bounded() -> None:
    here = Path(__file__)
    starting = {
        file.name
        for file in here.parent.rglob("*.py")
        if re.search(r"(?<!\w)Worker[(]", file.read_text())
    }

    assert starting == set()
