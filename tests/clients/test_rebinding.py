"""A name that means another address the second time leads nowhere else."""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from ipaddress import ip_address

import pytest
import trustme

from galley.clients.addresses import Address
from galley.clients.web import (
    ForbiddenAddressError,
    Outside,
    UnreachableError,
    WebClient,
)

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

    async def connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
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


async def test_the_address_that_was_checked_is_the_one_that_is_asked() -> None:
    async with two() as (meant, other, port):
        resolver = Resolver("127.0.0.1", "::1")
        web = WebClient((f"{NAME}:{port}",), outside=Outside(resolver))

        page = await web.fetch(f"http://{NAME}:{port}/a?b=1")

    assert (page.body, page.url) == (b"hi", f"http://{NAME}:{port}/a?b=1")
    assert f"Host: {NAME}:{port}\r\n".encode().lower() in meant.heads[0].lower()
    assert resolver.asked == [NAME]
    assert other.connections == 0


async def test_a_redirect_to_itself_is_resolved_and_checked_anew() -> None:
    moved = REPLY % (b"302 Found", b"Location: /next\r\n")
    async with two(moved) as (meant, other, port):
        resolver = Resolver("127.0.0.1", "::1")
        web = WebClient((f"{NAME}:{port}",), outside=Outside(resolver))

        page = await web.fetch(f"http://{NAME}:{port}/")

    assert resolver.asked == [NAME, NAME]
    assert (meant.connections, other.connections) == (1, 1)
    assert page.url == f"http://{NAME}:{port}/next"


async def test_a_name_with_one_private_address_among_others_is_not_asked() -> None:
    web = WebClient(outside=Outside(Resolver("93.184.215.14 127.0.0.1")))

    with pytest.raises(ForbiddenAddressError):
        await web.fetch(f"http://{NAME}/")


async def test_a_host_of_several_addresses_is_asked_at_the_next_that_answers() -> None:
    meant = Server(REPLY % (b"200 OK", b""))
    only = await asyncio.start_server(meant.connected, "127.0.0.1", 0)
    port = only.sockets[0].getsockname()[1]
    async with only:
        resolver = Resolver("::1 127.0.0.1")

        page = await WebClient((f"{NAME}:{port}",), outside=Outside(resolver)).fetch(
            f"http://{NAME}:{port}/"
        )

    assert (page.body, meant.connections) == (b"hi", 1)


@pytest.mark.parametrize(("named", "is_right"), [(NAME, True), ("other.test", False)])
async def test_the_certificate_is_held_to_the_name_and_not_to_the_address(
    named: str, *, is_right: bool
) -> None:
    async with two(tls=serving_as(named)) as (meant, _, port):
        resolver = Resolver("127.0.0.1", "::1")
        web = WebClient((f"{NAME}:{port}",), outside=Outside(resolver, trusting()))
        fetched = web.fetch(f"https://{NAME}:{port}/")
        if is_right:
            assert (await fetched).body == b"hi"
        else:
            with pytest.raises(UnreachableError, match="certificate"):
                await fetched
    assert len(meant.heads) == int(is_right)
