"""One trace from a command to the request that leaves, and what it never holds."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.sdk.trace import TracerProvider
from temporalio.client import WorkflowHistory
from temporalio.contrib.opentelemetry import TracingInterceptor
from temporalio.worker import Replayer

from galley.clients.temporal import data_converter
from tests.bounded_worker import BUILD
from tests.end_to_end.stack import SECRETS
from tests.observability.conftest import QUERY, TOWN, Observed
from workers.queues import WORKFLOWS

pytestmark = pytest.mark.server

HISTORIES = sorted((Path(__file__).parents[1] / "histories").rglob("*.json"))


@dataclass(frozen=True)
class Told:
    """What the collector was sent."""

    bodies: list[bytes]

    def requests(self) -> list[ExportTraceServiceRequest]:
        return [ExportTraceServiceRequest.FromString(one) for one in self.bodies]

    def spans(self) -> Iterator[tuple[str, Span]]:
        """Yield each span with the service it is of."""
        for request in self.requests():
            for resource in request.resource_spans:
                attributes = resource.resource.attributes
                service = {a.key: a.value.string_value for a in attributes}
                for scope in resource.scope_spans:
                    for span in scope.spans:
                        yield service["service.name"], span

    def path(self, last: Span) -> list[str]:
        """Return the names from the root of a trace down to this span."""
        known = {span.span_id: (service, span) for service, span in self.spans()}
        names: list[str] = []
        at: bytes = last.span_id
        while at in known:
            service, span = known[at]
            names.append(f"{service} {span.name}")
            at = span.parent_span_id
        return names[::-1]


@pytest.fixture(scope="module")
def told(observed: Observed) -> Told:
    return Told(observed.traces)


def calls(told: Told, activity: str) -> list[list[str]]:
    """Return the paths to the requests that an activity made."""
    found = [told.path(span) for _, span in told.spans() if span.name == "POST"]
    return [path for path in found if f"galley-worker RunActivity:{activity}" in path]


def test_one_trace_leads_from_the_command_to_the_model(told: Told) -> None:
    assert calls(told, "write_set")[0] == [
        "galley-starter StartWorkflow:CampaignWorkflow",
        "galley-worker StartActivity:write_set",
        "galley-worker RunActivity:write_set",
        "galley-worker POST",
    ]


def test_the_runs_of_the_workflows_stand_in_that_trace(told: Told) -> None:
    traces = {span.name: span.trace_id for _, span in told.spans()}

    for kind in ("CampaignWorkflow", "PostWorkflow", "AccountWorkflow"):
        one = traces[f"RunWorkflow:{kind}"]
        assert one == traces["StartWorkflow:CampaignWorkflow"], kind


def test_the_call_that_creates_a_post_stands_below_its_account(told: Told) -> None:
    path = calls(told, "create_post")[0]

    assert path[0] == "galley-starter StartWorkflow:CampaignWorkflow"
    assert any(name.endswith("StartWorkflow:AccountWorkflow") for name in path)


def test_a_request_names_the_host_and_the_answer_and_no_path(told: Told) -> None:
    requests = [span for _, span in told.spans() if span.name in {"POST", "GET"}]

    assert requests
    for span in requests:
        keys = {attribute.key for attribute in span.attributes}
        assert {"server.address", "http.request.method"} <= keys
        assert not {"url.full", "http.url", "url.path", "url.query"} & keys


def test_no_span_holds_a_secret_a_query_or_a_word_of_the_source(told: Told) -> None:
    text = "".join(str(request) for request in told.requests())

    assert "RunActivity:read_source" in text
    for private in (*SECRETS, QUERY, TOWN, "Bearer", "token="):
        assert private not in text, private


def test_whoever_is_asked_outside_is_told_nothing_of_the_trace(observed: Observed) -> None:
    assert observed.asked
    for request in observed.asked:
        names = {name.lower() for name in request.headers.keys()}  # noqa: SIM118 - of pairs
        assert not names & {"traceparent", "tracestate", "baggage"}


def longest_histories() -> list[Path]:
    """Return one of each workflow, the longest: tests/workflows/test_replay.py replays them all."""
    longest = {path.stem.partition("-")[0]: path for path in sorted(HISTORIES, key=_length)}
    return sorted(longest.values())


def _length(path: Path) -> int:
    return path.stat().st_size


def test_a_history_of_every_workflow_is_replayed_with_traces() -> None:
    types = {_type_of(path) for path in HISTORIES}

    assert {_type_of(path) for path in longest_histories()} == types


def _type_of(path: Path) -> str:
    first = json.loads(path.read_text())["events"][0]
    return str(first["workflowExecutionStartedEventAttributes"]["workflowType"]["name"])


@pytest.mark.parametrize(
    ("name", "history"),
    [(path.stem, path.read_text()) for path in longest_histories()],
    ids=[path.stem for path in longest_histories()],
)
async def test_a_history_recorded_without_traces_replays_with_them(name: str, history: str) -> None:
    replayer = Replayer(
        build_id=BUILD,
        workflows=list(WORKFLOWS),
        data_converter=data_converter(),
        interceptors=[TracingInterceptor(TracerProvider().get_tracer("test"))],
    )

    await replayer.replay_workflow(WorkflowHistory.from_json(name, history))
