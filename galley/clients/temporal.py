"""The connection to Temporal, and in words why it cannot be used.

Never the SDK's own words, and never a key: the SDK gives one type for everything, with
a chain of transport errors as its text (temporalio 1.35). The words looked for here
stand in tests at a real wire.
"""

import os
from collections.abc import Sequence
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, DescribeNamespaceResponse
from temporalio.client import Client, GrpcCompression, Interceptor
from temporalio.converter import DataConverter
from temporalio.envconfig import ClientConfig, ClientConnectConfig
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig
from temporalio.service import RPCError, RPCStatusCode, TLSConfig

from galley.clients import tracing
from galley.clients.payloads import Keyring, OnMissingKey, converter_of, keyring_of
from galley.settings import LOCAL_ENV, LOCAL_TEMPORAL, Settings
from galley.settings.secret_files import secret_of

_DENIED = {RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNAUTHENTICATED}
_CLOUD = ".tmprl.cloud", ".temporal.io"


class TemporalUnreachableError(RuntimeError):
    """No Temporal server answers; the message says where, and what to do."""


class LocalStackStoppedError(TemporalUnreachableError):
    """The local stack of this folder has stopped, and no other server is named."""


class TemporalDeniedError(TemporalUnreachableError):
    """It answers and does not let us in."""


class TemporalSettingError(TemporalUnreachableError):
    """A ``TEMPORAL_*`` setting cannot be right."""


def unreadable(error: Exception) -> TemporalSettingError:
    """Return what is wrong with the profile or the files that settings name."""
    if isinstance(error, OSError):
        return TemporalSettingError(
            f"A file of Temporal's settings cannot be read ({error.filename}: "
            f"{error.strerror}): see TEMPORAL_TLS_CLIENT_CERT_PATH, "
            "TEMPORAL_TLS_CLIENT_KEY_PATH and TEMPORAL_TLS_SERVER_CA_CERT_PATH."
        )
    return TemporalSettingError(
        "Temporal's profile cannot be read: `temporal config list` shows the profiles "
        "there are; see TEMPORAL_PROFILE and TEMPORAL_CONFIG_FILE."
    )


def refused(error: Exception, config: ClientConnectConfig) -> TemporalUnreachableError:
    """Return why a connection was not made, and what to do next."""
    told, place = str(error), config.get("target_host", "?")
    if isinstance(error, ValueError):
        return TemporalSettingError("TEMPORAL_ADDRESS is no address: give it as host:port.")
    if said := _certificate(told, place):
        return TemporalDeniedError(said)
    if "code: PermissionDenied" in told or "code: Unauthenticated" in told:
        return denied(config)
    if "InvalidContentType" in told:
        return TemporalSettingError(
            f"The server at {place} speaks no TLS: set TEMPORAL_TLS=false, or take "
            "TEMPORAL_API_KEY and the other TEMPORAL_TLS_* settings away."
        )
    if "error after connection" in told:
        return TemporalDeniedError(_hung_up(config))
    return TemporalUnreachableError(
        f"No Temporal server answers at {place}: run "
        "`galley up` in another terminal, or set TEMPORAL_ADDRESS."
    )


def _certificate(told: str, place: str) -> str:
    if "NotValidForName" in told:
        return (
            f"The certificate of the Temporal server at {place} is for another name: "
            "set TEMPORAL_TLS_SERVER_NAME to the name it is for."
        )
    if "Expired" in told or "NotValidYet" in told:
        return (
            f"The certificate of the Temporal server at {place} is out of date: have "
            "it renewed, and see that the clock of this machine is right."
        )
    if "InvalidCertificate" in told:
        return (
            f"The certificate of the Temporal server at {place} is from an authority "
            "that is not trusted: set TEMPORAL_TLS_SERVER_CA_CERT_PATH to the file "
            "(PEM) of the authority that signed it."
        )
    return ""


def denied(config: ClientConnectConfig) -> TemporalDeniedError:
    """Return what to look at where the server takes neither key nor certificate."""
    place, namespace = config.get("target_host", "?"), config.get("namespace")
    return TemporalDeniedError(
        f"The Temporal server at {place} does not let us in (namespace "
        f"{namespace or 'default'}): see that TEMPORAL_API_KEY or the certificate is "
        "there, has not run out and may use the namespace, "
        "that TEMPORAL_NAMESPACE is whole (in Temporal Cloud name.account), and that "
        "TEMPORAL_ADDRESS is the endpoint for keys or for certificates, as you use."
    )


def _hung_up(config: ClientConnectConfig) -> str:
    place, tls = config.get("target_host", "?"), config.get("tls")
    if not tls:
        return (
            f"The server at {place} hung up: it asks for TLS. Set TEMPORAL_TLS=true, "
            "or see that TEMPORAL_ADDRESS is a Temporal server's."
        )
    has_own = isinstance(tls, TLSConfig) and tls.client_cert
    certificate = (
        "it does not take our certificate: see that its authority is among those of "
        "the namespace, and that it has not run out"
        if has_own
        else "it asks for a certificate of ours"
    )
    return (
        f"The Temporal server at {place} hung up: {certificate} "
        "(TEMPORAL_TLS_CLIENT_CERT_PATH, TEMPORAL_TLS_CLIENT_KEY_PATH)."
    )


def no_such_namespace(namespace: str, address: str) -> str:
    """Return what to do about a namespace that the server does not know."""
    make = (
        f"tcld namespace create --namespace {namespace.partition('.')[0]} …"
        if is_cloud(address)
        else f"temporal operator namespace create --retention 2160h --namespace {namespace}"
    )
    return (
        f"Temporal has no namespace {namespace}: set TEMPORAL_NAMESPACE, or make it with `{make}`."
    )


def is_cloud(address: str) -> bool:
    """Return whether this is Temporal Cloud, whose namespaces `tcld` manages."""
    return address.partition(":")[0].lower().endswith(_CLOUD)


def is_denied(error: BaseException) -> bool:
    """Return whether a call was refused for who we are."""
    return isinstance(error, RPCError) and error.status in _DENIED


def is_no_namespace(error: BaseException) -> bool:
    """Return whether a call failed because there is no such namespace."""
    return (
        isinstance(error, RPCError)
        and error.status is RPCStatusCode.NOT_FOUND
        and str(error).startswith("Namespace ")
    )


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
            grpc_compression=compression_to(config.get("target_host", "")),
        )
    except (RuntimeError, ValueError) as error:
        # The SDK's own text is a chain of transport errors, of no use to a person.
        raise refused(error, config) from None


def compression_to(target: str) -> GrpcCompression:
    """Return how what is sent to this host is compressed: not at all within a private network.

    There it takes processor time of the server and of the worker, and saves nothing.
    """
    host = urlsplit(f"//{target}").hostname or ""
    try:
        is_private = ip_address(host).is_private
    except ValueError:
        # Of one label: this machine's name, or that of a container beside us.
        is_private = "." not in host
    return GrpcCompression.NONE if is_private else GrpcCompression.GZIP


def connect_config(local_env: Path = LOCAL_ENV) -> ClientConnectConfig:
    """Return what :func:`connect` connects with.

    Raises:
        LocalStackStoppedError: What was done in this folder is in a stack that has stopped.
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
        config = ClientConfig.load_client_connect_config(override_env_vars={**local, **given})
    except Exception as error:  # noqa: BLE001 - of the SDK's native part, without a name
        raise unreadable(error) from None
    if "target_host" not in config and local_env.with_name(LOCAL_TEMPORAL.name).exists():
        # Whatever listens at the usual port knows nothing of this folder's posts.
        raise LocalStackStoppedError(
            "The local stack of this folder does not run, or is still starting, and "
            "TEMPORAL_ADDRESS names no other Temporal server."
        )
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
            raise denied({"target_host": address, "namespace": client.namespace}) from None
        if not is_no_namespace(error):
            raise
        raise TemporalSettingError(no_such_namespace(client.namespace, address)) from None
