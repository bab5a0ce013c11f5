"""Who looks at our public media connects to nothing that Buffer could not reach."""

import hashlib

import pytest

from galley.clients.public_fetch import PublicFetch, PublicFetchError
from galley.models.media import MediaKind, PublicAsset
from tests.clients.rebinding import NAME, Resolver, two

BODY = b"hi"


def hosted_at(port: int) -> PublicAsset:
    return PublicAsset(
        kind=MediaKind.IMAGE,
        url=f"http://{NAME}:{port}/media/a.png",
        mime="text/html",
        sha256=hashlib.sha256(BODY).hexdigest(),
        size=len(BODY),
        width=1,
        height=1,
        alt_text="A proof",
    )


@pytest.mark.parametrize("look", ["fetch", "glance"])
@pytest.mark.parametrize("answer", ["127.0.0.1", "93.184.215.14 127.0.0.1"])
async def test_no_connection_is_made_to_find_out_that_an_address_is_private(
    answer: str, look: str
) -> None:
    async with two() as (meant, other, port):
        public_fetch = PublicFetch(resolve=Resolver(answer))
        with pytest.raises(PublicFetchError, match="private address") as caught:
            await getattr(public_fetch, look)(hosted_at(port))

    assert (meant.connections, other.connections) == (0, 0)
    assert not caught.value.retryable


@pytest.mark.parametrize("look", ["fetch", "glance"])
async def test_all_of_a_look_goes_to_the_address_that_was_checked(look: str) -> None:
    async with two() as (meant, other, port):
        resolver = Resolver("127.0.0.1", "::1")
        public_fetch = PublicFetch(may_be_private=True, resolve=resolver)
        await getattr(public_fetch, look)(hosted_at(port))

    assert {head.split()[0] for head in meant.heads} == {b"HEAD", b"GET"}
    assert f"host: {NAME}:{port}".encode() in meant.heads[1].lower()
    assert resolver.asked == [NAME]
    assert other.connections == 0


async def test_a_host_without_an_address_is_looked_at_again_later() -> None:
    def nobody(*_: object) -> tuple[()]:
        raise OSError("no such host")

    with pytest.raises(PublicFetchError, match=r"cannot be fetched \(OSError\)") as caught:
        await PublicFetch(resolve=nobody).fetch(hosted_at(80))

    assert caught.value.retryable
