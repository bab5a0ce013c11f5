"""The worker as a process of its own."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from emulators.launch import launch_temporal, temporal_binary
from tests.forking import Order, run
from tests.ports import free_port
from tests.workflows.harness import until
from workflows.ids import Queue, queues_named

WORKER = Path(__file__).parents[1] / "worker.py"
NOWHERE = {
    "PATH": "/usr/bin:/bin",
    "STORAGE_EMULATOR_HOST": "http://127.0.0.1:1",
    "BUFFER_API_URL": "http://127.0.0.1:1",
    "BUFFER_API_KEY": "made-up",
}
KEYLESS = {name: value for name, value in NOWHERE.items() if name != "BUFFER_API_KEY"}
"""A worker that decodes strangers' files needs no key."""


def test_without_a_temporal_server_the_worker_says_so_in_one_sentence(tmp_path: Path) -> None:
    port = free_port()

    told = NOWHERE | {"TEMPORAL_ADDRESS": f"127.0.0.1:{port}"}
    ended = run(Order("worker", (), tmp_path, told), timeout=60)

    assert ended.returncode == 1
    assert ended.stderr == (
        "The worker cannot start: No Temporal server answers at "
        f"127.0.0.1:{port}: run `galley up` in another terminal, or set "
        "TEMPORAL_ADDRESS.\n"
    )


def test_a_setting_that_is_wrong_is_one_sentence(tmp_path: Path) -> None:
    told = NOWHERE | {"GALLEY_FETCH_PRIVATE_HOSTS": "10.0.0.1:80"}

    ended = run(Order("worker", (), tmp_path, told), timeout=60)

    assert ended.returncode == 2
    assert "GALLEY_FETCH_PRIVATE_HOSTS is not JSON" in ended.stderr
    assert "10.0.0.1" not in ended.stderr
    assert ended.stderr.count("\n") == 1


@pytest.mark.server
async def test_a_worker_without_keys_polls_the_queues_it_was_given_and_no_other(
    tmp_path: Path,
) -> None:
    server = await WorkflowEnvironment.start_local(  # pyright: ignore[reportUnknownMemberType] - one parameter of the SDK is untyped
        dev_server_existing_path=str(temporal_binary())
    )
    address = server.client.service_client.config.target_host
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, str(WORKER), "--queues", "media,speech"),
        cwd=tmp_path,
        env=KEYLESS | {"TEMPORAL_ADDRESS": address},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert worker.stdout is not None
        said = await asyncio.wait_for(worker.stdout.readline(), 60)
        polled = {Queue.MEDIA, Queue.SPEECH}
        await until(lambda: _polled(server.client), lambda found: found >= polled)

        assert said == b"Worker polling task queue galley-media, galley-speech\n"
        assert await _polled(server.client) == polled
    finally:
        if worker.returncode is None:
            worker.terminate()
        await worker.wait()
        await server.shutdown()
    assert worker.returncode == 0


@pytest.mark.server
async def test_a_worker_that_cannot_stop_ends_itself_and_tells_what_it_waited_for(
    tmp_path: Path,
) -> None:
    port, log = free_port(), tmp_path / "temporal.log"
    temporal = launch_temporal(port, free_port(), tmp_path / "temporal.db", log)
    address = f"127.0.0.1:{port}"
    try:
        await until(lambda: _is_there(address), bool)
        worker = await asyncio.create_subprocess_exec(
            *(sys.executable, str(WORKER), "--queues", "media"),
            cwd=tmp_path,
            env=NOWHERE | {"TEMPORAL_ADDRESS": address},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert worker.stdout is not None
        await asyncio.wait_for(worker.stdout.readline(), 60)
        # Whoever stops a worker tells Temporal, and waits for its answer.
        temporal.send_signal(signal.SIGSTOP)
        worker.terminate()
        _, told = await asyncio.wait_for(worker.communicate(), 60)
    finally:
        temporal.kill()
        temporal.wait()

    lines = told.decode().splitlines()
    assert worker.returncode == 1
    assert "did not stop within 20 s of its signal, and is ended now" in lines[0]
    assert any(line.endswith(" in Worker._run") for line in lines)
    assert any(line.startswith("Current thread") for line in lines)


async def _is_there(address: str) -> bool:
    try:
        await Client.connect(address)
    except RuntimeError:
        return False
    return True


async def _polled(client: Client) -> set[Queue]:
    found: set[Queue] = set()
    for queue in Queue:
        for kind in (1, 2):  # workflows, activities
            asked = DescribeTaskQueueRequest(
                namespace=client.namespace,
                task_queue=TaskQueue(name=queue.task_queue),
                task_queue_type=TaskQueueType.ValueType(kind),
            )
            if (await client.workflow_service.describe_task_queue(asked)).pollers:
                found.add(queue)
    return found


@pytest.mark.parametrize(
    ("text", "queues"),
    [
        ("all", tuple(Queue)),
        ("media", (Queue.MEDIA,)),
        (" Speech , posts,speech", (Queue.POSTS, Queue.SPEECH)),
    ],
)
def test_queues_are_named_by_words_between_commas(text: str, queues: tuple[Queue, ...]) -> None:
    assert queues_named(text) == queues


@pytest.mark.parametrize("text", ["", " , ", "posts,video", "all,posts"])
def test_a_list_of_queues_that_names_none_or_an_unknown_one_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"choose from posts, publishing, media, speech"):
        queues_named(text)
