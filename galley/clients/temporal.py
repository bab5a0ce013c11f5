"""Connect to Temporal by its own standard settings."""

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from dotenv import dotenv_values
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    DescribeNamespaceResponse,
)
from temporalio.client import Client, Interceptor
from temporalio.converter import DataConverter
from temporalio.envconfig import ClientConfig, ClientConnectConfig
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig
from temporalio.service import RPCError

from galley.clients import tracing
from galley.clients.payloads.converting import converter_of, keyring_of
from galley.clients.payloads.guarding import OnMissingKey
from galley.clients.payloads.keyring import Keyring
from galley.clients.temporal_errors import (
    TemporalSettingError,
    denied,
    is_denied,
    is_no_namespace,
    no_such_namespace,
    refused,
    unreadable,
)
from galley.settings import LOCAL_ENV, Settings
from galley.settings.secret_files import secret_of


@cache
def _quiet() -> Runtime:
    return Runtime(telemetry=TelemetryConfig(logging=LoggingConfig(filter="off")))


def data_converter(
    keyring: Keyring | None = None, on_missing_key: OnMissingKey | None = None
) -> DataConverter:
    """Return how payloads are written: pydantic's JSON, encrypted if there are keys.

    One for the clients, the workers and replays: what one writes the others read.
    """
    return converter_of(keyring or Keyring({}), on_missing_key)


async def connect(
    local_env: Path = LOCAL_ENV,
    *,
    quiet: bool = False,
    runtime: Runtime | None = None,
    interceptors: Sequence[Interceptor] = (),
    on_missing_key: OnMissingKey | None = None,
) -> Client:
    """Return a client for the Temporal that ``TEMPORAL_*`` names.

    The variables and the profile file are those of the ``temporal`` command
    (https://docs.temporal.io/develop/environment-configuration). What the
    environment does not say is taken from the local stack's file.

    The SDK prints what it retries on standard output. ``quiet`` keeps that free for
    a command's answer. A ``runtime`` of one's own wins over it. Workers of the client
    use its ``interceptors`` too, and a worker is told by ``on_missing_key`` of a step
    that is encrypted with a key it does not have.

    Raises:
        PayloadKeyError: What is given as a key is none.
        TemporalUnreachableError: nothing answers there.
        TemporalDeniedError: it does not let us in.
        TemporalSettingError: a setting cannot be right.
        TracingError: traces are wanted, and cannot be made.
    """
    converter = data_converter(keyring_of(Settings()), on_missing_key)
    config = connect_config(local_env)
    watching = (*interceptors, *tracing.interceptors())
    try:
        return await Client.connect(
            **config,
            data_converter=converter,
            interceptors=watching,
            runtime=runtime or (_quiet() if quiet else None),
        )
    except (RuntimeError, ValueError) as error:
        # The SDK's own text is a chain of transport errors, of no use to a person.
        raise refused(error, config) from None


def connect_config(local_env: Path = LOCAL_ENV) -> ClientConnectConfig:
    """Return what :func:`connect` connects with.

    Raises:
        SecretFileError: ``TEMPORAL_API_KEY_FILE`` gives no key.
        TemporalSettingError: the profile, or a file that it names, cannot be read.
    """
    local = {k: v for k, v in dotenv_values(local_env).items() if v is not None}
    # A line of .env that was left blank says nothing.
    given = {k: v for k, v in os.environ.items() if v}
    if key := secret_of("TEMPORAL_API_KEY", given):
        given["TEMPORAL_API_KEY"] = key
    if "TEMPORAL_ADDRESS" in given or "TEMPORAL_PROFILE" in given:
        local = {}
    try:
        config = ClientConfig.load_client_connect_config(
            override_env_vars={**local, **given}
        )
    except Exception as error:  # noqa: BLE001 - of the SDK's native part, without a name
        raise unreadable(error) from None
    config.setdefault("target_host", "localhost:7233")  # as the command's default
    return config


async def describe_namespace(client: Client) -> DescribeNamespaceResponse:
    """Return what the server says of the client's namespace.

    Raises:
        TemporalSettingError: there is no such namespace.
        TemporalDeniedError: it is not for us.
        RPCError: the server refuses for another reason.
    """
    asked = DescribeNamespaceRequest(namespace=client.namespace)
    try:
        return await client.workflow_service.describe_namespace(asked)
    except RPCError as error:
        address = client.service_client.config.target_host
        if is_denied(error):
            raise denied(
                {"target_host": address, "namespace": client.namespace}
            ) from None
        if not is_no_namespace(error):
            raise
        raise TemporalSettingError(
            no_such_namespace(client.namespace, address)
        ) from None
