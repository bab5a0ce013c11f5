"""OpenTelemetry spans, with nothing in them but the attributes listed here.

A list of what may pass holds whatever a library adds tomorrow; a list of what may not
would have to know it.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import Link, Status
from opentelemetry.util.types import AttributeValue

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from temporalio.client import Interceptor

_PASSED = frozenset(
    {
        "temporalWorkflowID",
        "temporalRunID",
        "temporalActivityID",
        "temporalUpdateID",
        "http.request.method",
        "http.request.resend_count",
        "http.response.status_code",
        "error.type",
        "exception.type",
        "network.protocol.version",
        "server.address",
        "server.port",
        "url.scheme",
    }
)
"""No path and no query of an address: in those of webhooks and files are secrets."""
_NOISE = ("QueryWorkflow:", "HandleQuery:")
"""Questions that change nothing, asked every half minute for the gauges."""


class SafeExporter(SpanExporter):
    """Hands spans on, without what may be secret or somebody's words."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Export all but the noise."""
        told = [_safe(span) for span in spans if not span.name.startswith(_NOISE)]
        return self._inner.export(told) if told else SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._inner.force_flush(timeout_millis)


def _safe(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_passed(span.attributes),
        events=[
            # An exception's message may quote a source, a reply or an address.
            Event(event.name, _passed(event.attributes), event.timestamp)
            for event in span.events
        ],
        links=[Link(link.context) for link in span.links],
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _passed(attributes: Mapping[str, AttributeValue] | None) -> dict[str, AttributeValue]:
    return {key: v for key, v in (attributes or {}).items() if key in _PASSED}


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
