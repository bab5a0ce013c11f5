"""The container commands against the real servers they prepare."""

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from google.cloud import storage
from temporalio import activity, workflow
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from app.health.cluster import missing_attributes
from cli.commands.containers import set_up
from cli.errors import CommandError
from cli.local.parts import Part
from emulators.launch import temporal_binary
from galley.clients.stores.google import GoogleStore
from galley.clients.temporal import connect
from galley.settings import LOCAL_ENV, Settings
from tests.bounded_worker import BoundedWorker
from workers.liveness import telling_health, unpolled
from workflows import ids
from workflows.ids import Queue

ROOT = Path(__file__).parents[2]
_SOON = timedelta(seconds=20)
_HOSTS = dict.fromkeys(Part, "localhost")
_GIVEN = ("TEMPORAL_", "BUFFER_", "ANTHROPIC_", "GALLEY_", "REPLICATE_", "STORAGE_")


@workflow.defn(sandboxed=False)
class Idle:
    @workflow.run
    async def run(self) -> None:
        """Return at once."""


@activity.defn
async def idle() -> None:
    """Return at once."""


@pytest.fixture(scope="module")
async def temporal() -> AsyncIterator[Client]:
    async with await WorkflowEnvironment.start_local(  # pyright: ignore[reportUnknownMemberType] - one parameter of the SDK is untyped
        dev_server_existing_path=str(temporal_binary())
    ) as environment:
        yield environment.client


@pytest.fixture
def ports(temporal: Client, gcs: str) -> dict[str, int]:
    def port(address: str) -> int:
        return int(address.rpartition(":")[2])

    return {
        "temporal": port(temporal.service_client.config.target_host),
        "gcs": port(gcs),
        "buffer": 9,
        "anthropic": 9,
        "replicate": 9,
    }


@pytest.fixture(autouse=True)
def clean_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Stand where there is no setting, neither of the machine nor of the checkout."""
    for name in [name for name in os.environ if name.startswith(_GIVEN)]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


async def test_setup_prepares_the_local_parts(
    ports: dict[str, int],
    temporal: Client,
    gcs_client: storage.Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GALLEY_REVIEWER", "somebody")
    await set_up(_HOSTS, ports)

    assert Settings().buffer_api_url == "http://localhost:9"
    assert Settings().storage_emulator_host == f"http://localhost:{ports['gcs']}"
    for bucket in (Settings().state_bucket, Settings().media_bucket):
        await GoogleStore(gcs_client, bucket).put_if_absent("a", b"a", "text/plain")
    asked = DescribeNamespaceRequest(namespace="default")
    found = await temporal.workflow_service.describe_namespace(asked)
    assert found.config.workflow_execution_retention_ttl.ToTimedelta().days == 90
    assert not await missing_attributes(temporal)


async def test_setup_can_be_repeated(ports: dict[str, int]) -> None:
    await set_up(_HOSTS, ports)
    first = LOCAL_ENV.read_text()
    await set_up(_HOSTS, ports)
    assert LOCAL_ENV.read_text() == first


async def test_a_key_that_is_given_reaches_the_live_service(
    ports: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "live")
    await set_up(_HOSTS, ports)
    settings = Settings()
    assert settings.anthropic_base_url == "https://api.anthropic.com"
    assert settings.anthropic_api_key is not None
    assert settings.anthropic_api_key.get_secret_value() == "live"
    assert settings.buffer_api_url == "http://localhost:9"


async def test_blank_lines_of_the_env_file_say_nothing(
    ports: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("BUFFER_API_KEY", "GALLEY_STATE_BUCKET", "TEMPORAL_ADDRESS"):
        monkeypatch.setenv(name, "")
    await set_up(_HOSTS, ports)
    settings = Settings()
    assert settings.buffer_api_key is not None
    assert settings.buffer_api_key.get_secret_value() == "local"
    assert settings.state_bucket == "galley-state"
    client = await connect()
    assert client.service_client.config.target_host == f"localhost:{ports['temporal']}"


async def test_setup_says_that_a_live_buffer_fetches_no_local_media(
    ports: dict[str, int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BUFFER_API_KEY", "live")

    await set_up(_HOSTS, ports)

    assert "only posts without media go out" in capsys.readouterr().err


async def test_pictures_are_emulated_until_a_token_is_given(
    ports: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    await set_up(_HOSTS, ports)
    assert Settings().replicate_base_url == "http://localhost:9"
    assert Settings().image_model == "galley-local/picture"
    monkeypatch.setenv("REPLICATE_API_TOKEN", "live")
    await set_up(_HOSTS, ports)
    assert Settings().replicate_base_url == "https://api.replicate.com"
    assert Settings().image_model != "galley-local/picture"


async def test_a_model_that_a_person_chose_is_emulated_too(
    ports: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GALLEY_IMAGE_MODEL", "black-forest-labs/flux-1.1-pro")
    await set_up(_HOSTS, ports)
    monkeypatch.delenv("GALLEY_IMAGE_MODEL")
    assert "GALLEY_IMAGE_MODEL" not in LOCAL_ENV.read_text()
    assert Settings().replicate_base_url == "http://localhost:9"


async def test_what_is_neither_here_nor_brought_is_named(
    ports: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "live")
    here = {Part.TEMPORAL: "localhost"}
    with pytest.raises(CommandError) as caught:
        await set_up(here, ports)
    assert "set GALLEY_STATE_BUCKET and GALLEY_MEDIA_BUCKET, BUFFER_API_KEY in" in str(caught.value)
    assert not LOCAL_ENV.exists()


async def test_without_a_token_and_its_emulator_nothing_is_generated(
    ports: dict[str, int], gcs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs)
    for name in ("ANTHROPIC_API_KEY", "BUFFER_API_KEY"):
        monkeypatch.setenv(name, "told")
    monkeypatch.setenv("BUFFER_API_URL", "http://localhost:9")
    await set_up({Part.TEMPORAL: "localhost"}, ports)
    assert "REPLICATE" not in LOCAL_ENV.read_text()
    assert Settings().replicate_base_url == "https://api.replicate.com"


async def test_a_worker_is_healthy_only_while_it_polls_all_its_queues_itself(
    temporal: Client,
) -> None:
    elsewhere = await Client.connect(
        temporal.service_client.config.target_host, identity="1@elsewhere"
    )
    media = Queue.MEDIA.task_queue
    async with BoundedWorker(elsewhere, task_queue=ids.TASK_QUEUE, workflows=[Idle]):
        await elsewhere.execute_workflow(Idle.run, id="one", task_queue=ids.TASK_QUEUE)
        assert await unpolled(temporal, [Queue.POSTS]) == [Queue.POSTS]
        assert not await unpolled(elsewhere, [Queue.POSTS])
    async with BoundedWorker(temporal, task_queue=media, activities=[idle]):
        await temporal.execute_activity(
            idle, id="two", task_queue=media, start_to_close_timeout=_SOON
        )
        assert not await unpolled(temporal, [Queue.MEDIA])
        assert await unpolled(temporal, [Queue.MEDIA, Queue.SPEECH]) == [Queue.SPEECH]


async def test_the_file_of_a_worker_is_there_only_while_it_takes_work(
    temporal: Client, tmp_path: Path
) -> None:
    file = tmp_path / "healthy"
    file.touch()
    queue = Queue.NOTIFICATIONS
    async with telling_health(temporal, [queue], file, 0.01):
        assert not file.exists()  # of a worker before this one
        async with BoundedWorker(temporal, task_queue=queue.task_queue, activities=[idle]):
            while not file.exists():  # noqa: ASYNC110 - whatever made it
                await asyncio.sleep(0.05)
        assert is_healthy(file)
        os.utime(file, (0, 0))
        assert not is_healthy(file)
    assert not is_healthy(file)


def is_healthy(file: Path) -> bool:
    """Ask as the image does."""
    check = (ROOT / "Dockerfile").read_text().partition("HEALTHCHECK ")[2]
    command = json.loads(check.partition("CMD ")[2].splitlines()[0])
    asked = subprocess.run(  # noqa: S603 - of our own Dockerfile
        command, env={**os.environ, "GALLEY_HEALTH_FILE": str(file)}, check=False
    )
    return asked.returncode == 0
