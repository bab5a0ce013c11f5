"""OpenTelemetry spans, with nothing in them but the attributes listed here.

A list of what may pass holds whatever a library adds tomorrow; a list of what may not
would have to know it. Apart from :mod:`galley.clients.tracing`, which every program loads,
because the library is an extra.
"""

from collections.abc import Mapping, Sequence

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import Link, Status
from opentelemetry.util.types import AttributeValue

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
