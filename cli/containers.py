"""What the containers of ``docker-compose.yml`` do besides running the parts."""

import asyncio
import os
import socket
from collections.abc import Mapping
from datetime import timedelta

import typer

from cli.failures import CommandError
from cli.output import say
from cli.parts import Part, less_what_is_set, local_values, parts_needed
from cli.process import run

HOSTS = {
    Part.TEMPORAL: "temporal",
    # Docker's DNS knows it as an alias, every browser as its own machine: the same
    # media URL works for the emulators and for the person.
    Part.GCS: "gcs.localhost",
    Part.BUFFER: "buffer",
    Part.ANTHROPIC: "anthropic",
    Part.REPLICATE: "replicate",
}
_ATTEMPTS = 20
_PAUSE = 0.5
"""Seconds. A server is healthy a moment before its default namespace is there."""

container = typer.Typer(name="container", no_args_is_help=True)


@container.command()
def setup() -> None:
    """Prepare what docker-compose.yml started, once before the worker.

    Leaves the addresses of the parts that the settings do not bring in
    .galley/local.env, makes the buckets, and has Temporal keep ended runs.
    """
    from cli.ports import USUAL

    run(set_up(HOSTS, USUAL))


@container.command()
def health() -> None:
    """Succeed if the worker of this container takes work from Temporal."""
    run(require_polling())


async def set_up(hosts: Mapping[Part, str], ports: Mapping[str, int]) -> None:
    """Prepare the parts that run at ``hosts`` and ``ports``.

    Raises:
        UnreachableMediaError: Buffer is live and could never fetch our media.
        CommandError: A part does not answer, or refuses.
    """
    from cli import record
    from cli.stack import make_buckets
    from galley.clients.guards import refuse_unreachable_media
    from galley.settings import Settings

    given = Settings(_env_file=None)  # pyright: ignore[reportCallIssue] -- pydantic-settings takes it
    parts = parts_needed(given, os.environ)
    record.HOME.mkdir(exist_ok=True)
    record.write_local_env(less_what_is_set(local_values(parts, ports, hosts), given))
    refuse_unreachable_media(Settings())
    if Part.GCS in parts:
        await make_buckets()
    if Part.TEMPORAL in parts:
        await _keep_ended_runs()
    live = [part for part in Part if part not in parts]
    say(f"Local: {_listed(parts)}. Live: {_listed(live)}.")


def _listed(parts: list[Part]) -> str:
    return ", ".join(parts) or "nothing"


async def _keep_ended_runs() -> None:
    from google.protobuf.duration_pb2 import Duration
    from temporalio.api.namespace.v1 import NamespaceConfig
    from temporalio.api.workflowservice.v1 import UpdateNamespaceRequest
    from temporalio.service import RPCError

    from cli.temporal import open_client
    from emulators.launch import RETENTION

    kept = Duration()
    kept.FromTimedelta(timedelta(hours=int(RETENTION.removesuffix("h"))))
    client = await open_client()
    wanted = UpdateNamespaceRequest(
        namespace=client.namespace,
        config=NamespaceConfig(workflow_execution_retention_ttl=kept),
    )
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            await client.workflow_service.update_namespace(wanted)
        except RPCError:
            if attempt == _ATTEMPTS:
                raise
            await asyncio.sleep(_PAUSE)
        else:
            return


async def require_polling() -> None:
    """Do nothing if a worker of this machine polls every queue it is to serve.

    Raises:
        CommandError: It does not.
    """
    from cli.cluster import pollers
    from cli.temporal import open_client
    from galley.settings import Settings
    from workflows.queues import queues_named

    client = await open_client()
    here = f"@{socket.gethostname()}"
    for queue in queues_named(Settings().queues):
        if not any(name.endswith(here) for name in await pollers(client, queue)):
            raise CommandError(
                f"The worker of this container takes no work from {queue.task_queue}."
            )
