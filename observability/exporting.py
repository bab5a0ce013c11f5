"""Where Prometheus may fetch the metrics, and the SDK's runtime that serves them."""

import re

from temporalio.runtime import LoggingConfig, PrometheusConfig, Runtime, TelemetryConfig

from galley.metrics.known import CONFIRM
from galley.settings import Settings

_ADDRESS = re.compile(r"(?:(?P<host>\[[0-9a-fA-F:]+\]|[^:\s]*):)?(?P<port>\d{1,5})")
_LOOPBACK = "127.0.0.1"
_CONFIRM_BUCKETS = (5, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 21_600)


class MetricsAddressError(RuntimeError):
    """Metrics cannot be served there; the message says what to set instead."""


def bind_address(text: str) -> str:
    """Return ``host:port``; a port alone is that of this machine's loopback.

    Raises:
        MetricsAddressError: It is neither.
    """
    found = _ADDRESS.fullmatch(text.strip())
    if found is None or not 0 < int(found["port"]) <= 65_535:  # noqa: PLR2004 - ports
        raise MetricsAddressError(
            f"GALLEY_METRICS_ADDRESS={text[:60]!r} is no address: give a port, such "
            "as 9464, or host:port."
        )
    host = found["host"] or _LOOPBACK
    return f"{_LOOPBACK if host == 'localhost' else host}:{found['port']}"


def runtime_of(
    settings: Settings, logging: LoggingConfig = LoggingConfig.default
) -> Runtime:
    """Return the runtime of this process; it serves metrics if that is asked for.

    Raises:
        MetricsAddressError: The address cannot be used.
    """
    if not settings.metrics_address:
        return Runtime(telemetry=TelemetryConfig(logging=logging))
    address = bind_address(settings.metrics_address)
    metrics = PrometheusConfig(
        bind_address=address,
        counters_total_suffix=True,
        unit_suffix=True,
        durations_as_seconds=True,
        histogram_bucket_overrides={CONFIRM.name: _CONFIRM_BUCKETS},
    )
    telemetry = TelemetryConfig(
        logging=logging, metrics=metrics, attach_service_name=False
    )
    try:
        return Runtime(telemetry=telemetry)
    except ValueError as error:
        raise MetricsAddressError(
            f"Metrics cannot be served at {address}: another program has that port, or "
            "it is no address of this machine. Set GALLEY_METRICS_ADDRESS to another."
        ) from error
