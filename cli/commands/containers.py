"""The hidden command ``container setup``, which ``docker-compose.yml`` runs once."""

import asyncio
import os
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

import typer
from google.protobuf.duration_pb2 import Duration
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.workflowservice.v1 import UpdateNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from app.connections import open_client
from app.health.cluster import RETENTION_DAYS, register
from cli.errors import CommandError, ExitCode
from cli.local import record
from cli.local.parts import USUAL, Part, less_what_is_set, local_values, make_buckets, parts_needed
from cli.process import run
from cli.terminal import say
from galley.clients.setup_checks import media_hindrance, refuse_unsafe_set_up
from galley.settings import Settings

HOSTS = {
    Part.TEMPORAL: "temporal",
    # An alias in Docker's DNS, and this very machine to every browser: the same media URL
    # works for the emulators and for the person.
    Part.GCS: "gcs.localhost",
    Part.BUFFER: "buffer",
    Part.ANTHROPIC: "anthropic",
    Part.REPLICATE: "replicate",
}
_BRING = {
    Part.TEMPORAL: "TEMPORAL_ADDRESS",
    Part.GCS: "GALLEY_STATE_BUCKET and GALLEY_MEDIA_BUCKET",
    Part.BUFFER: "BUFFER_API_KEY",
    Part.ANTHROPIC: "ANTHROPIC_API_KEY",
}
"""The settings that stand in for an emulator. Without Replicate, nothing is generated."""
_ATTEMPTS = 20
_PAUSE = 0.5
"""Seconds. A server is healthy a moment before its default namespace is there."""

container = typer.Typer(name="container", no_args_is_help=True)


@container.command()
def setup(
    *,
    local: Annotated[
        list[Part] | None,
        typer.Option(help="A part that runs here; repeatable. Missing: every part."),
    ] = None,
) -> None:
    """Prepare the parts that docker-compose.yml started, once before the worker.

    Writes the addresses of these parts to .galley/local.env, makes the buckets, has
    Temporal keep ended runs, and registers the search attributes.

    Example: galley container setup --local temporal
    """
    here = HOSTS if local is None else {part: HOSTS[part] for part in local}
    run(set_up(here, USUAL))


async def set_up(hosts: Mapping[Part, str], ports: Mapping[str, int]) -> None:
    """Prepare the parts that run at ``hosts`` and ``ports``.

    Raises:
        SetUpError: Buffer is live, and is not waited for.
        CommandError: A part does not answer, refuses, or is neither here nor in the settings.
    """
    given = Settings(_env_file=None)  # pyright: ignore[reportCallIssue] -- pydantic-settings takes it
    needed = parts_needed(given, os.environ)
    absent = {*needed} - {*hosts}
    if told := [_BRING[part] for part in Part if part in absent and part in _BRING]:
        raise CommandError(f"No emulator runs here: set {', '.join(told)} in .env.", ExitCode.USAGE)
    parts = [part for part in needed if part in hosts]
    record.HOME.mkdir(exist_ok=True)
    record.write_local_env(less_what_is_set(local_values(parts, ports, hosts), given))
    refuse_unsafe_set_up(Settings())
    if Part.GCS in parts:
        await make_buckets(Settings())
    if Part.TEMPORAL in parts:
        client = await open_client()
        await _keep_ended_runs(client)
        await register(client)
    if why := media_hindrance(Settings()):
        say(f"{why} Until then, only posts without media go out.")
    live = [part for part in Part if part not in needed]
    say(f"Local: {', '.join(parts) or 'nothing'}. Live: {', '.join(live) or 'nothing'}.")


async def _keep_ended_runs(client: Client) -> None:
    """Raise the retention of the namespace, as soon as the server knows it."""
    kept = Duration()
    kept.FromTimedelta(timedelta(days=RETENTION_DAYS))
    wanted = UpdateNamespaceRequest(
        namespace=client.namespace, config=NamespaceConfig(workflow_execution_retention_ttl=kept)
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
