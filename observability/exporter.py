"""Where a worker serves its metrics, and a door before them that no web page opens.

worker.py makes the SDK's runtime here. The SDK answers whoever asks, under any host name, so it
serves at a hidden address, and :class:`Exporter` asks it for others.
"""

import asyncio
import ipaddress
import re
import secrets
import socket
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import httpx
from temporalio.runtime import LoggingConfig, PrometheusConfig, Runtime, TelemetryConfig

from galley.clients.addresses import is_local_name
from galley.metrics import CONFIRM
from galley.settings import Settings

_ADDRESS = re.compile(r"(?:(?P<host>\[[0-9a-fA-F:]+\]|[^:\s]*):)?(?P<port>\d{1,5})")
_LOOPBACK = "127.0.0.1"
_WITHIN = 10.0  # seconds; Prometheus gives up after as many
_PLAIN = "text/plain; charset=utf-8"
_HOSTS = re.compile(r"^host:[ \t]*(\S*)[ \t]*\r$", re.IGNORECASE | re.MULTILINE)
_OF_A_PAGE = re.compile(
    r"^(?:origin:|sec-fetch-site:[ \t]*(?:cross|same)-site)", re.IGNORECASE | re.MULTILINE
)
_CONFIRM_BUCKETS = (5, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 21_600)


class MetricsAddressError(RuntimeError):
    """Metrics cannot be served at an address; the message says what to set instead."""


def bind_address(text: str) -> str:
    """Return ``host:port``; a port alone is one of the loopback interface.

    Raises:
        MetricsAddressError: The text is neither a port nor an address.
    """
    found = _ADDRESS.fullmatch(text.strip())
    if found is None or not 0 < int(found["port"]) <= 65_535:  # noqa: PLR2004 - ports
        raise MetricsAddressError(
            f"GALLEY_METRICS_ADDRESS={text[:60]!r} is no address: give a port, such "
            "as 9464, or host:port."
        )
    host = found["host"] or _LOOPBACK
    return f"{_LOOPBACK if host == 'localhost' else host}:{found['port']}"


class Exporter:
    """Serves the metrics of this process at the address of the settings.

    Raises:
        MetricsAddressError: The address cannot be used.
    """

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._name = host.strip("[]").lower()
        family = socket.AF_INET6 if ":" in self._name else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind((self._name, int(port)))
            self._socket.listen()
        except OSError as error:
            self._socket.close()
            raise MetricsAddressError(
                f"Metrics cannot be served at {address}: another program has that port, or "
                "it is no address of this machine. Set GALLEY_METRICS_ADDRESS to another."
            ) from error
        self.inside = _hidden_address()
        """Where the SDK serves."""

    @asynccontextmanager
    async def serving(self) -> AsyncGenerator[None]:
        """Answer while the body runs."""
        server = await asyncio.start_server(self._serve, sock=self._socket)
        async with server:
            yield

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
            async with asyncio.timeout(_WITHIN):
                head = await reader.readuntil(b"\r\n\r\n")
                status, kind, body = await self._answer(head.decode("latin-1"))
                lines = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nConnection: close\r\n"
                writer.write(f"{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body)
                await writer.drain()
        writer.close()

    async def _answer(self, head: str) -> tuple[str, str, bytes]:
        hosts = _HOSTS.findall(head)
        # A page that turned a name to this machine is at that name; another has an origin.
        if len(hosts) != 1 or not self._is_own(hosts[0]) or _OF_A_PAGE.search(head):
            return "403 Forbidden", _PLAIN, b"Metrics are for programs of this network alone.\n"
        if not re.match(r"GET /metrics[? ]", head):
            return "404 Not Found", _PLAIN, b"There is nothing here but /metrics.\n"
        async with httpx.AsyncClient(trust_env=False, timeout=_WITHIN) as client:
            try:
                told = await client.get(f"http://{self.inside}/metrics")
            except httpx.TransportError:
                return "503 Service Unavailable", _PLAIN, b"The metrics are not served yet.\n"
        return "200 OK", told.headers.get("content-type", _PLAIN), told.content

    def _is_own(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        with suppress(ValueError):
            # Whoever asks by address has turned no name.
            return bool(ipaddress.ip_address(name))
        return name == self._name or is_local_name(name)


def _hidden_address() -> str:
    """Return a free address of the loopback that no page can guess.

    Linux alone has all of 127.0.0.0/8; elsewhere only the port is unknown.
    """
    host = _LOOPBACK
    if sys.platform == "linux":
        host = str(ipaddress.ip_address("127.0.0.2") + secrets.randbelow((1 << 24) - 3))
    with socket.socket() as probe:
        probe.bind((host, 0))
        return f"{host}:{probe.getsockname()[1]}"


def exporter_of(settings: Settings) -> Exporter | None:
    """Return the exporter that the settings ask for.

    Raises:
        MetricsAddressError: The address cannot be used.
    """
    return Exporter(bind_address(settings.metrics_address)) if settings.metrics_address else None


def runtime_of(
    exporter: Exporter | None, logging: LoggingConfig = LoggingConfig.default
) -> Runtime:
    """Return the SDK's runtime; it serves metrics if there is an exporter."""
    if exporter is None:
        return Runtime(telemetry=TelemetryConfig(logging=logging))
    metrics = PrometheusConfig(
        bind_address=exporter.inside,
        counters_total_suffix=True,
        unit_suffix=True,
        durations_as_seconds=True,
        histogram_bucket_overrides={CONFIRM.name: _CONFIRM_BUCKETS},
    )
    return Runtime(
        telemetry=TelemetryConfig(logging=logging, metrics=metrics, attach_service_name=False)
    )
