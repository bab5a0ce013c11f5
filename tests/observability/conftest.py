"""A real Temporal server in memory, and a stack on which everything told is collected."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import pytest
from pytest_httpserver import HTTPServer
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment
from werkzeug import Request, Response

from emulators.launch import temporal_binary
from tests.end_to_end.stack import ROOT, SECRETS, Stack
from tests.end_to_end.texts import page
from tests.end_to_end.waiting import until
from tests.observability.scraping import scrape, scraped, total
from tests.ports import free_port
from workflows import ids
from workflows.ids import Queue

TOWN, QUERY = "Kettleby", "query-marker-71c0"


@pytest.fixture(scope="module")
async def namespaces() -> AsyncIterator[Iterator[Client]]:
    """Run a server of many namespaces, and give a client for each in turn."""
    names = [f"test-{number}" for number in range(20)]
    async with await WorkflowEnvironment.start_local(  # pyright: ignore[reportUnknownMemberType] - one parameter of the SDK is untyped
        data_converter=pydantic_data_converter,
        dev_server_existing_path=str(temporal_binary()),
        dev_server_extra_args=[f"--namespace={name}" for name in names],
        search_attributes=ids.ALL,
    ) as environment:
        service, converter = environment.client.service_client, pydantic_data_converter
        yield (Client(service, namespace=name, data_converter=converter) for name in names)


@pytest.fixture
def temporal(namespaces: Iterator[Client]) -> Client:
    """Give each test a namespace of its own: what is counted is what the test made."""
    return next(namespaces)


@dataclass
class Observed:
    """What was told of a post that came out past a failed draft and a lost reply."""

    traces: list[bytes] = field(default_factory=list[bytes])
    """What the collector was sent."""
    asked: list[Request] = field(default_factory=list[Request])
    """What the page of the source was asked with."""
    metrics: str = ""
    log: str = ""
    private: tuple[str, ...] = ()
    """What nothing of it may hold."""


@pytest.fixture(scope="package")
async def observed(tmp_path_factory: pytest.TempPathFactory) -> Observed:
    """Publish a post from a page whose address has a secret: traced, counted and logged as JSON."""
    observed = Observed()

    def collect(request: Request) -> Response:
        observed.traces.append(request.get_data())
        return Response(b"", content_type="application/x-protobuf")

    def show(request: Request) -> Response:
        observed.asked.append(request)
        return Response(page(TOWN), content_type="text/html")

    counting, looking = free_port(), free_port()
    with HTTPServer(host="127.0.0.1") as server:
        server.expect_request("/v1/traces").respond_with_handler(collect)
        server.expect_request("/page").respond_with_handler(show)
        stack = Stack(
            tmp_path_factory.mktemp("stack"),
            GALLEY_METRICS_ADDRESS=str(counting),
            OTEL_EXPORTER_OTLP_ENDPOINT=server.url_for("").rstrip("/"),
            OTEL_BSP_SCHEDULE_DELAY="200",
            GALLEY_LOG="json",
            GALLEY_BUDGET_BRAND_USD="5",
            GALLEY_FETCH_PRIVATE_HOSTS=f'["127.0.0.1:{server.port}"]',
            GALLEY_TEAM=str(ROOT / "tests" / "automatic_team.yaml"),
        )
        try:
            await stack.start()
            await _publish(stack, f"{server.url_for('/page')}?token={QUERY}", counting)
            # A worker looks when it starts: this one sees all of it.
            await stack.revive("worker-2", GALLEY_METRICS_ADDRESS=str(looking))

            async def has_looked() -> bool:
                found = scraped(await scrape(looking))
                return total(found, "galley_posts", state="published") == 1

            await until(has_looked)
            observed.metrics = "\n".join([await scrape(counting), await scrape(looking)])
            observed.log = (stack.folder / "worker-0.log").read_text()
            posts = [str(post["id"]) for post in await stack.buffer.ledger()]
            channel = str((await stack.buffer.channel("x"))["id"])
            observed.private = (*SECRETS, *posts, channel, TOWN, QUERY, "tide table")
        finally:
            stack.close()
    return observed


async def _publish(stack: Stack, address: str, counting: int) -> None:
    await stack.anthropic.order("http_529")
    await stack.buffer.order("lost_reply", "x")
    started = await stack.cli(
        *("start", address, "--persona", str(ROOT / "examples" / "persona.yaml")),
        *("--platform", "x", "--approve", "auto"),
    )
    assert started.code == 0, started.err
    await _a_task_fails(stack)

    async def is_confirmed() -> bool:
        found = scraped(await scrape(counting))
        return total(found, "galley_post_states_total", state="published") == 1

    await until(is_confirmed, seconds=90)


async def _a_task_fails(stack: Stack) -> None:
    """Start what no worker knows: each attempt at it is a failed task."""
    handle = await stack.client.start_workflow(
        "NoSuchWorkflow", id="no-such", task_queue=Queue.POSTS.task_queue
    )

    async def tried() -> bool:
        told = await handle.describe()
        return told.raw_description.pending_workflow_task.attempt > 1

    await until(tried)
    await handle.terminate()
