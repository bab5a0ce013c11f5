"""Why Temporal cannot be used, in words: never the SDK's own, never a key.

The SDK gives one type for everything, with a chain of transport errors as its text
(temporalio 1.35). The words looked for here stand in tests at a real wire.
"""

from temporalio.envconfig import ClientConnectConfig
from temporalio.service import RPCError, RPCStatusCode, TLSConfig

_DENIED = {RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNAUTHENTICATED}
_CLOUD = ".tmprl.cloud", ".temporal.io"


class TemporalUnreachableError(RuntimeError):
    """No Temporal server answers; the message says where, and what to do."""


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
        return TemporalSettingError(
            "TEMPORAL_ADDRESS is no address: give it as host:port."
        )
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
        "`uv run starter.py up` in another terminal, or set TEMPORAL_ADDRESS."
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
        else "temporal operator namespace create --retention 2160h "
        f"--namespace {namespace}"
    )
    return (
        f"Temporal has no namespace {namespace}: set TEMPORAL_NAMESPACE, or make it "
        f"with `{make}`."
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
