"""Connect to Temporal by its own standard settings."""

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from dotenv import dotenv_values
from temporalio.client import Client, Interceptor
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter
from temporalio.envconfig import ClientConfig
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig

from galley.settings import LOCAL_ENV


class TemporalUnreachableError(RuntimeError):
    """No Temporal server answers; the message says where, and what to do."""


@cache
def _quiet() -> Runtime:
    return Runtime(telemetry=TelemetryConfig(logging=LoggingConfig(filter="off")))


def data_converter() -> DataConverter:
    """Return how payloads are written: pydantic's JSON, readable in Temporal's UI.

    One for the clients, the workers and replays: what one writes the others read.
    """
    return pydantic_data_converter


async def connect(
    local_env: Path = LOCAL_ENV,
    *,
    quiet: bool = False,
    runtime: Runtime | None = None,
    interceptors: Sequence[Interceptor] = (),
) -> Client:
    """Return a client for the Temporal that ``TEMPORAL_*`` names.

    The variables and the profile file are those of the ``temporal`` command
    (https://docs.temporal.io/develop/environment-configuration). What the
    environment does not say is taken from the local stack's file.

    The SDK prints what it retries on standard output. ``quiet`` keeps that free for
    a command's answer. A ``runtime`` of one's own wins over it. Workers of the client
    use its ``interceptors`` too.

    Raises:
        TemporalUnreachableError: nothing answers there.
    """
    local = {k: v for k, v in dotenv_values(local_env).items() if v is not None}
    # A line of .env that was left blank says nothing.
    given = {k: v for k, v in os.environ.items() if v}
    if "TEMPORAL_ADDRESS" in given or "TEMPORAL_PROFILE" in given:
        local = {}
    config = ClientConfig.load_client_connect_config(
        override_env_vars={**local, **given}
    )
    config.setdefault("target_host", "localhost:7233")  # as the command's default
    try:
        return await Client.connect(
            **config,
            data_converter=data_converter(),
            interceptors=interceptors,
            runtime=runtime or (_quiet() if quiet else None),
        )
    except RuntimeError:
        # The SDK's own text is a chain of transport errors, of no use to a person.
        raise TemporalUnreachableError(
            f"No Temporal server answers at {config.get('target_host')}: run "
            "`uv run starter.py up` in another terminal, or set TEMPORAL_ADDRESS."
        ) from None
