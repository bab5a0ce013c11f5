"""Webhooks end waits: real ones, signed by the emulator, over a real socket."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from activities.generation.generating import GeneratingMedia
from activities.generation.waking import Wakes
from emulators.replicate.webhooks import signed
from galley.clients.storage import ObjectStore
from galley.clients.webhooks import TOLERANCE
from galley.models import GenerationOutcome, MediaOrdered, MediaOutcome
from galley.settings import Settings
from tests import replicate_emulator as there
from tests.generation import Studio, generator
from tests.ports import free_port
from workers.webhooks import receiving

pytestmark = pytest.mark.server

HOUR = 3600.0
BODY = json.dumps({"id": "p1", "status": "succeeded"}).encode()


@dataclass
class Waiting:
    """A worker's part: what orders and waits, and where webhooks reach it."""

    activities: GeneratingMedia
    wakes: Wakes
    address: str

    async def order(self) -> MediaOrdered:
        return await Studio(self.activities).order()

    async def wait(self, ordered: MediaOrdered) -> MediaOutcome:
        async with asyncio.timeout(60):
            return await Studio(self.activities).wait(ordered)


@asynccontextmanager
async def waiting(
    store: ObjectStore,
    replicate: str,
    pause: float = HOUR,
    **told: Any,  # noqa: ANN401 -- settings by name
) -> AsyncGenerator[Waiting]:
    """Receive webhooks, and look at a prediction only every ``pause`` seconds."""
    port = free_port()
    told |= {"webhook_url": f"http://127.0.0.1:{port}/hooks", "webhook_port": port}
    wakes = Wakes(pause, pause)
    activities = generator(store, replicate, wakes=wakes, **told)
    settings = Settings.model_construct(replicate_base_url=replicate, **told)
    try:
        async with receiving(settings, wakes):
            yield Waiting(activities, wakes, told["webhook_url"])
    finally:
        await activities.aclose()


async def test_a_webhook_ends_a_wait_that_would_look_again_in_an_hour(
    state_store: ObjectStore, replicate: str
) -> None:
    there.order(replicate, "slow")
    async with waiting(state_store, replicate) as worker:
        found = await worker.wait(await worker.order())

    assert found.outcome is GenerationOutcome.DONE


async def test_a_lost_webhook_costs_a_pause_and_nothing_else(
    state_store: ObjectStore, replicate: str
) -> None:
    there.order(replicate, "no_webhook")
    async with waiting(state_store, replicate, pause=0.1) as worker:
        found = await worker.wait(await worker.order())

    assert found.outcome is GenerationOutcome.DONE


async def test_a_webhook_before_the_wait_is_not_needed(
    state_store: ObjectStore, replicate: str
) -> None:
    async with waiting(state_store, replicate) as worker:
        ordered = await worker.order()
        async with asyncio.timeout(60):
            while there.predictions(replicate)[ordered.prediction_id] != "succeeded":  # noqa: ASYNC110 -- another process
                await asyncio.sleep(0.05)

        found = await worker.wait(ordered)

    assert found.outcome is GenerationOutcome.DONE


async def secret_of(replicate: str) -> str:
    token = {"Authorization": "Bearer token"}
    async with httpx.AsyncClient(headers=token) as http:
        found = await http.get(f"{replicate}/v1/webhooks/default/secret")
    return str(found.json()["key"])


async def posted(address: str, headers: dict[str, str], body: bytes = BODY) -> int:
    async with httpx.AsyncClient() as http:
        return (await http.post(address, headers=headers, content=body)).status_code


async def test_only_what_is_signed_and_fresh_wakes_and_only_once(
    state_store: ObjectStore, replicate: str
) -> None:
    secret, now = await secret_of(replicate), time.time()
    real = signed(secret, "msg_1", now, BODY)
    forged = {**real, "webhook-signature": f"v1,{'A' * 43}="}
    late = signed(secret, "msg_2", now - TOLERANCE - 60, BODY)
    async with waiting(state_store, replicate) as worker:
        with worker.wakes.listening("p1") as event:
            assert await posted(worker.address, forged) == 401
            assert await posted(worker.address, late) == 401
            assert await posted(worker.address, {}) == 401
            assert not event.is_set()

            assert await posted(worker.address, real) == 204
            assert event.is_set()
            event.clear()

            assert await posted(worker.address, real) == 204  # so it is sent no more
            assert not event.is_set()


async def test_what_is_too_large_is_not_read_to_its_end(
    state_store: ObjectStore, replicate: str
) -> None:
    async with waiting(state_store, replicate) as worker:
        assert await posted(worker.address, {}, b"x" * 6_000_000) == 413
        async with httpx.AsyncClient() as http:
            assert (await http.get(worker.address)).status_code == 405


async def test_while_the_secret_is_not_known_it_is_to_be_sent_again(
    state_store: ObjectStore, replicate: str
) -> None:
    real = signed(await secret_of(replicate), "msg_1", time.time(), BODY)
    there.order(replicate, "http_500", on="secret")
    async with waiting(state_store, replicate) as worker:
        assert await posted(worker.address, real) == 503
        assert await posted(worker.address, real) == 204


async def test_without_an_address_nothing_listens() -> None:
    async with receiving(Settings.model_construct(webhook_url=""), Wakes()) as port:
        assert port is None


async def test_a_port_that_is_taken_is_said_when_the_worker_starts(
    replicate: str,
) -> None:
    port = int(replicate.rpartition(":")[2])
    taken = Settings.model_construct(webhook_url="https://x.example", webhook_port=port)

    with pytest.raises(RuntimeError, match="GALLEY_WEBHOOK_PORT"):
        async with receiving(taken, Wakes()):
            pass
