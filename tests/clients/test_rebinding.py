"""A name that means another address the second time leads nowhere else."""

import asyncio

import pytest

from galley.clients.web import Outside, WebClient
from galley.clients.web_replies import ForbiddenAddressError, UnreachableError
from tests.clients.rebinding import NAME, REPLY, Resolver, Server, serving_as, trusting, two


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
