"""Re-hosting, against the real store and servers that spoil what passes."""

import asyncio
import hashlib

import httpx
import pytest
from pytest_httpserver import HTTPServer
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from werkzeug import Response

from activities.media.hosting import PublicHosting
from galley.clients.public_fetch import PublicFetch
from galley.clients.storage import ObjectStore
from galley.models.media import MediaKind, StagedAsset
from galley.models.media_orders import RehostAssets, RehostReply
from tests.ports import free_port
from tests.serving import Handler, answering, serving
from tests.stores import NewStore

pytestmark = pytest.mark.server

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
VIDEO = b"\x00\x00\x00\x18ftypmp42" + bytes(5_000)


def staged(data: bytes, mime: str = "image/png", suffix: str = "png") -> StagedAsset:
    sha256 = hashlib.sha256(data).hexdigest()
    return StagedAsset(
        kind=MediaKind.VIDEO if suffix == "mp4" else MediaKind.IMAGE,
        mime=mime,
        sha256=sha256,
        size=len(data),
        width=10,
        height=10,
        alt_text="A proof",
        staged_as=f"staging/{sha256}.{suffix}",
    )


async def stage(state: ObjectStore, asset: StagedAsset, data: bytes) -> StagedAsset:
    await state.put_if_absent(asset.staged_as, data, asset.mime)
    return asset


async def rehost(state: ObjectStore, media: ObjectStore, *assets: StagedAsset) -> RehostReply:
    hosting = PublicHosting(state, media, PublicFetch(may_be_private=True))
    return await ActivityEnvironment().run(hosting.rehost_assets, RehostAssets(assets=assets))


async def failure(state: ObjectStore, media: ObjectStore, asset: StagedAsset) -> ApplicationError:
    with pytest.raises(ApplicationError) as caught:
        await rehost(state, media, asset)
    return caught.value


async def test_assets_become_public_in_order_and_byte_for_byte(
    bucket_store: ObjectStore, media_store: ObjectStore
) -> None:
    picture = await stage(bucket_store, staged(PICTURE), PICTURE)
    video = await stage(bucket_store, staged(VIDEO, "video/mp4", "mp4"), VIDEO)

    reply = await rehost(bucket_store, media_store, video, picture)

    assert [asset.kind for asset in reply.assets] == ["video", "image"]
    async with httpx.AsyncClient(trust_env=False) as stranger:
        for asset, data in zip(reply.assets, (VIDEO, PICTURE), strict=True):
            found = await stranger.get(asset.url)
            assert found.content == data
            assert found.headers["content-type"] == asset.mime
            assert "immutable" in found.headers["cache-control"]
            assert f"/media/{asset.sha256[:2]}/{asset.sha256}." in asset.url
            assert asset.alt_text == "A proof"


async def test_rehosting_again_gives_the_same_address(
    bucket_store: ObjectStore, media_store: ObjectStore
) -> None:
    asset = await stage(bucket_store, staged(PICTURE), PICTURE)

    replies = await asyncio.gather(*(rehost(bucket_store, media_store, asset) for _ in range(4)))

    assert len({reply.assets[0].url for reply in replies}) == 1


async def test_other_bytes_under_the_public_name_are_a_conflict(
    bucket_store: ObjectStore, media_store: ObjectStore
) -> None:
    asset = await stage(bucket_store, staged(PICTURE), PICTURE)
    name = f"media/{asset.sha256[:2]}/{asset.sha256}.png"
    await media_store.put_if_absent(name, PICTURE[::-1], "image/png")

    error = await failure(bucket_store, media_store, asset)

    assert (error.type, error.non_retryable) == ("StoreError", True)
    assert "holds other bytes" in error.message


async def test_staged_bytes_that_changed_are_refused(
    bucket_store: ObjectStore, media_store: ObjectStore
) -> None:
    asset = await stage(bucket_store, staged(PICTURE), PICTURE[:-1] + b"x")

    error = await failure(bucket_store, media_store, asset)

    assert (error.type, error.non_retryable) == ("MediaLostError", True)
    assert error.message == "The staged media is damaged."


async def test_staged_bytes_that_are_gone_are_final(
    bucket_store: ObjectStore, media_store: ObjectStore
) -> None:
    error = await failure(bucket_store, media_store, staged(PICTURE))

    assert error.non_retryable
    assert error.message == "The staged media is gone."


@pytest.mark.parametrize("name", ["claims/a.json", "staging/../claims/a", "uploads/a"])
async def test_nothing_but_staged_media_is_made_public(
    bucket_store: ObjectStore, media_store: ObjectStore, name: str
) -> None:
    await bucket_store.put_if_absent(name, PICTURE, "image/png")
    asset = staged(PICTURE).model_copy(update={"staged_as": name})

    error = await failure(bucket_store, media_store, asset)

    assert error.non_retryable
    assert not await media_store.exists(
        f"media/{asset.sha256[:2]}/{asset.sha256}{name[name.rfind('.') :]}"
    )


def spoilt(body: bytes) -> Handler:
    return answering(body, content_type="image/png")


def refused(status: str) -> Handler:
    return answering(b"", "Location: https://example.com/", status=status)


@pytest.mark.parametrize(
    ("handler", "message"),
    [
        (spoilt(PICTURE[:-1] + b"x"), "other bytes"),
        (spoilt(PICTURE[:-1]), "other bytes"),
        (spoilt(PICTURE + b"x"), "other bytes"),
        (answering(PICTURE), "served as text/html"),
        (refused("403 Forbidden"), "grant allUsers"),
        (refused("404 Not Found"), "GALLEY_PUBLIC_BASE_URL"),
        (refused("302 Found"), "where it redirects"),
        (refused("503 Unavailable"), "answered 503"),
    ],
    ids=[
        "one byte changed",
        "one byte short",
        "one byte more",
        "wrong type",
        "not public",
        "not found",
        "redirect",
        "down",
    ],
)
async def test_what_an_outsider_would_not_get_is_noticed(
    bucket_store: ObjectStore, new_store: NewStore, handler: Handler, message: str
) -> None:
    asset = await stage(bucket_store, staged(PICTURE), PICTURE)

    async with serving(handler) as host:
        media = await new_store("media", f"http://{host}")
        error = await failure(bucket_store, media, asset)

    assert error.type == "HostingError"
    assert error.non_retryable is ("503" not in message)
    assert message in error.message


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (Response(status=405), "answered 405 to HEAD: let what stands before"),
        (Response(status=403), "answered 403 to HEAD"),
        (Response(content_type="image/png"), "other bytes"),
        (Response(content_type="text/html"), "served as text/html"),
    ],
    ids=["not answered", "not public", "no length", "another type"],
)
async def test_headers_that_are_not_told_as_the_bytes_are_served_are_noticed(
    bucket_store: ObjectStore,
    new_store: NewStore,
    httpserver: HTTPServer,
    head: Response,
    message: str,
) -> None:
    asset = await stage(bucket_store, staged(PICTURE), PICTURE)
    name = f"/media/{asset.sha256[:2]}/{asset.sha256}.png"
    httpserver.expect_request(name, method="HEAD").respond_with_response(head)
    whole = Response(PICTURE, content_type="image/png")
    httpserver.expect_request(name, method="GET").respond_with_response(whole)
    media = await new_store("media", httpserver.url_for(""))

    error = await failure(bucket_store, media, asset)

    assert error.type == "HostingError"
    assert message in error.message


async def test_an_outside_that_does_not_answer_is_tried_again(
    bucket_store: ObjectStore, new_store: NewStore
) -> None:
    asset = await stage(bucket_store, staged(PICTURE), PICTURE)
    media = await new_store("media", f"http://127.0.0.1:{free_port()}")

    error = await failure(bucket_store, media, asset)

    assert (error.type, error.non_retryable) == ("HostingError", False)
