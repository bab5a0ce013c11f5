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


@pytest.mark.parametrize("queue", Queue)
async def test_a_worker_of_one_queue_has_all_its_activities_and_no_other(queue: Queue) -> None:
    client = await Client.connect("127.0.0.1:9", lazy=True)
    buffer = BufferClient(NOWHERE, "no-key", timeout=1, user_agent="galley-test")
    everything = activities_of(client, SETTINGS, tuple(Queue), buffer)
    own = activities_of(client, SETTINGS, [queue], buffer if queue is Queue.PUBLISHING else None)
    await buffer.aclose()

    assert names(own) == names(served_by(queue, own)) == names(served_by(queue, everything)) != []
    served = [one for each in Queue for one in served_by(each, everything)]
    assert names(served) == names(everything)


def test_a_worker_keeps_the_keys_of_its_queues_alone() -> None:
    full = SETTINGS.model_copy(update={name: SecretStr("key") for name in SECRETS})

    def kept(*queues: Queue) -> set[str]:
        settings = needed_settings(full, queues)
        return {name for name in SECRETS if getattr(settings, name)}

    assert kept(Queue.MEDIA) == {"payload_keys"}
    assert kept(Queue.SPEECH) == kept(Queue.MEDIA, Queue.GENERATION)
    assert kept(Queue.SPEECH) == {"payload_keys", "replicate_api_token"}
    assert kept(Queue.POSTS) == {"payload_keys", "anthropic_api_key"}
    assert kept(Queue.PUBLISHING) == {"payload_keys", "buffer_api_key", "buffer_client_secret"}
    faces = {"codec_token", "web_oidc_client_secret"}
    assert kept(*Queue) == {*SECRETS} - faces
