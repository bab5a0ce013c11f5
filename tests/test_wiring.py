"""Which activities and keys a worker has, by the queues that it serves."""

from collections.abc import Callable
from typing import Any, cast

import pytest
from pydantic import SecretStr
from temporalio.client import Client

from galley.clients.buffer.client import BufferClient
from galley.settings import SECRETS, Settings
from workers.queues import served_by
from workers.wiring import activities_of, needed_settings
from workflows.ids import Queue

NOWHERE = "http://127.0.0.1:9"
SETTINGS = Settings.model_construct(
    storage_emulator_host=NOWHERE, anthropic_base_url=NOWHERE, replicate_base_url=NOWHERE
)


def names(activities: list[Callable[..., object]]) -> list[str]:
    return sorted(cast("Any", one).__name__ for one in activities)


APART = [queue for queue in Queue if queue not in {Queue.POSTS, Queue.PUBLISHING}]


@pytest.mark.parametrize("queue", [Queue.PUBLISHING, *APART])
async def test_a_worker_of_one_queue_has_all_its_activities(queue: Queue) -> None:
    client = await Client.connect("127.0.0.1:9", lazy=True)
    buffer = BufferClient(NOWHERE, "no-key", timeout=1, user_agent="galley-test")
    everything = activities_of(client, SETTINGS, tuple(Queue), buffer)
    own = activities_of(client, SETTINGS, [queue], None if queue in APART else buffer)
    await buffer.aclose()

    assert names(own) == names(served_by(queue, own)) == names(served_by(queue, everything)) != []


def test_a_worker_keeps_the_keys_of_its_queues_alone() -> None:
    full = SETTINGS.model_copy(update={name: SecretStr("key") for name in SECRETS})

    def kept(*queues: Queue) -> set[str]:
        settings = needed_settings(full, queues)
        return {name for name in SECRETS if getattr(settings, name)}

    assert kept(Queue.MEDIA) == {"payload_keys"}
    assert kept(Queue.SPEECH) == kept(Queue.MEDIA, Queue.GENERATION)
    assert kept(Queue.SPEECH) == {"payload_keys", "replicate_api_token"}
    assert not {"buffer_api_key", "anthropic_api_key"} & kept(*APART)
    assert kept(Queue.PUBLISHING) == {"payload_keys", "buffer_api_key", "buffer_client_secret"}
    assert kept(Queue.MEDIA, Queue.POSTS) == {*SECRETS}
