"""Traces by OpenTelemetry, where the standard settings ask for them.

The library is an extra: nothing here loads it before that.
"""

import os
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from temporalio.client import Interceptor

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_FLUSH_MS = 3_000


class TracingError(RuntimeError):
    """Traces are wanted and cannot be made; the message says what to install."""


def is_wanted() -> bool:
    """Whether the environment says where traces go."""
    is_off = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    if is_off or os.environ.get("OTEL_TRACES_EXPORTER") == "none":
        return False
    return any(os.environ.get(name) for name in _ENDPOINTS)


def interceptors() -> "Sequence[Interceptor]":
    """Return what puts a client and its workers into traces; none if not wanted.

    Workflow spans have no length: what is open for weeks must not wait in memory, and
    a replay must not tell it again.

    Raises:
        TracingError: The extra ``observe`` is not installed.
    """
    if not is_wanted():
        return ()
    provider = _provider()
    from temporalio.contrib.opentelemetry import TracingInterceptor

    return (TracingInterceptor(provider.get_tracer("galley")),)


def flush() -> None:
    """Send what was not sent yet; processes here end without the interpreter's exit."""
    if _provider.cache_info().currsize:
        _provider().force_flush(_FLUSH_MS)


@cache
def _provider() -> "TracerProvider":
    # The names of HTTP that have been stable since 2023.
    os.environ.setdefault("OTEL_SEMCONV_STABILITY_OPT_IN", "http")
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.instrumentation.httpx import (
            HTTPX2ClientInstrumentor,
            HTTPXClientInstrumentor,
        )
        from opentelemetry.propagate import set_global_textmap
        from opentelemetry.propagators.composite import CompositePropagator
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        from galley.clients.spans import SafeExporter
    except ModuleNotFoundError as error:
        raise TracingError(
            "Traces are asked for by OTEL_EXPORTER_OTLP_ENDPOINT, and OpenTelemetry "
            "is not installed: run `uv sync --extra observe`."
        ) from error
    role = "worker" if "worker" in Path(sys.argv[0]).stem else "starter"
    own_name = {"service.name": f"galley-{role}"}
    named = {} if "OTEL_SERVICE_NAME" in os.environ else own_name
    provider = TracerProvider(resource=Resource.create(named))
    provider.add_span_processor(BatchSpanProcessor(SafeExporter(OTLPSpanExporter())))
    # No trace headers for Buffer, models and strangers' pages.
    set_global_textmap(CompositePropagator([]))
    HTTPXClientInstrumentor().instrument(tracer_provider=provider)
    # Anthropic's library has its own copy of httpx.
    HTTPX2ClientInstrumentor().instrument(tracer_provider=provider)
    return provider
