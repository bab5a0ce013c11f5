"""A name that means another address the second time, and who listens at both."""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from ipaddress import ip_address

import trustme

from galley.clients.addresses import Address

AUTHORITY = trustme.CA()
NAME = "rebind.example"
REPLY = b"HTTP/1.1 %s\r\nContent-Type: text/html\r\n%sContent-Length: 2\r\n\r\nhi"


class Resolver:
    """Answers each question for a name with the next of its addresses."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, _: int) -> tuple[Address, ...]:
        self.asked.append(host)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return tuple(ip_address(one) for one in answer.split())


class Server:
    """Listens at one address of this machine, and keeps what it was asked."""

    def __init__(self, reply: bytes) -> None:
        self._reply = reply
        self.heads: list[bytes] = []
        self.connections = 0

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            self.heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(self._reply)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def two(
    reply: bytes = REPLY % (b"200 OK", b""), tls: ssl.SSLContext | None = None
) -> AsyncGenerator[tuple[Server, Server, int]]:
    """Run the one that is meant, and another at the same port of ::1."""
    meant, other = Server(reply), Server(REPLY % (b"200 OK", b""))
    first = await asyncio.start_server(meant.connected, "127.0.0.1", 0, ssl=tls)
    port = first.sockets[0].getsockname()[1]
    second = await asyncio.start_server(other.connected, "::1", port)
    async with first, second:
        yield meant, other, port


def serving_as(name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert(name).configure_cert(context)  # pyright: ignore[reportUnknownMemberType] - of trustme
    return context


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)  # pyright: ignore[reportUnknownMemberType] - of trustme
    return context
