"""Where metrics are served, and to whom."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.settings import Settings
from observability.exporter import MetricsAddressError, bind_address, exporter_of, runtime_of
from tests.ports import free_port

PORTS = st.integers(1, 65_535)


@given(PORTS)
def test_a_port_alone_is_that_of_the_loopback(port: int) -> None:
    assert bind_address(str(port)) == f"127.0.0.1:{port}"
    assert bind_address(f":{port}") == f"127.0.0.1:{port}"
    assert bind_address(f"localhost:{port}") == f"127.0.0.1:{port}"


@given(PORTS, st.ip_addresses(v=4))
def test_other_machines_reach_it_only_where_an_address_says_so(port: int, host: object) -> None:
    assert bind_address(f"{host}:{port}") == f"{host}:{port}"


@pytest.mark.parametrize("text", ["metrics", "0", "65536", "a:b:c", "1.2.3.4", " "])
def test_what_is_no_address_is_refused_with_what_to_set(text: str) -> None:
    with pytest.raises(MetricsAddressError, match="GALLEY_METRICS_ADDRESS"):
        bind_address(text)


@pytest.fixture(name="served", scope="module")
async def _served() -> AsyncIterator[str]:
    """Serve the metrics of a runtime of its own, and give their address."""
    port = free_port()
    exporter = exporter_of(Settings.model_construct(metrics_address=str(port)))
    assert exporter is not None
    runtime = runtime_of(exporter)
    runtime.metric_meter.create_counter("galley_tried", "A try.").add(1)
    async with exporter.serving():
        yield f"127.0.0.1:{port}"


async def status(served: str, **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
        return (await client.get(f"http://{served}/metrics", headers=named)).status_code


@pytest.mark.parametrize("host", ["localhost:9", "worker:9", "10.0.0.7:9", "[::1]:9", "8.8.8.8"])
async def test_whoever_asks_by_address_or_a_name_of_this_network_is_answered(
    served: str, host: str
) -> None:
    assert await status(served, Host=host) == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "rebound.example"},
        {"Host": "127.0.0.1.rebound.example:9464"},
        {"Origin": "http://other.example"},
        {"Sec_Fetch_Site": "cross-site"},
    ],
)
async def test_no_page_of_another_site_reads_the_metrics(
    served: str, headers: dict[str, str]
) -> None:
    assert await status(served, **headers) == 403


async def test_the_metrics_stand_behind_the_door_whole_and_nothing_beside(served: str) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
        told = await client.get(f"http://{served}/metrics")
        beside = await client.get(f"http://{served}/")

    assert "galley_tried_total 1" in told.text
    assert told.headers["content-type"].startswith("text/plain")
    assert beside.status_code == 404


async def test_what_is_no_request_ends_its_connection_alone(served: str) -> None:
    host, _, port = served.partition(":")
    for junk in (b"\r\n\r\n", b"GET /metrics HTTP/1.1\r\nHost: [\r\n\r\n", b"x" * 100_000):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(junk)
        writer.write_eof()
        assert b"200 OK" not in await reader.read()
        writer.close()

    assert await status(served) == 200
