"""The object store against a real fake-gcs-server."""

import asyncio
import hashlib

import httpx
import pytest
from google.cloud import storage

from galley.clients.storage import (
    ObjectStore,
    StoreConflictError,
    StoreDeniedError,
    StoreUnavailableError,
    connect_storage,
)
from galley.settings import Settings
from tests.ports import free_port

pytestmark = pytest.mark.server


async def test_bytes_come_back_as_they_were_put(state_store: ObjectStore) -> None:
    data = bytes(range(256)) * 100

    created = await state_store.put_if_absent("a/b.bin", data, "image/png")

    assert created
    assert await state_store.get("a/b.bin") == data
    assert await state_store.exists("a/b.bin")


async def test_an_object_that_is_not_there_is_none(state_store: ObjectStore) -> None:
    assert await state_store.get("nothing") is None
    assert not await state_store.exists("nothing")


async def test_the_first_bytes_under_a_name_stay(state_store: ObjectStore) -> None:
    assert await state_store.put_if_absent("claim", b"first", "text/plain")

    assert not await state_store.put_if_absent("claim", b"second", "text/plain")

    assert await state_store.get("claim") == b"first"


async def test_of_racing_writers_exactly_one_wins(state_store: ObjectStore) -> None:
    results = await asyncio.gather(
        *(
            state_store.put_if_absent("race", str(number).encode(), "text/plain")
            for number in range(32)
        )
    )

    assert results.count(True) == 1
    winner = str(results.index(True)).encode()
    assert await state_store.get("race") == winner


async def test_the_same_bytes_may_be_put_again(state_store: ObjectStore) -> None:
    await state_store.put_if_absent("card", b"bytes", "image/png", same=True)

    again = await state_store.put_if_absent("card", b"bytes", "image/png", same=True)

    assert not again


async def test_other_bytes_of_the_same_size_are_a_conflict(
    state_store: ObjectStore,
) -> None:
    await state_store.put_if_absent("card", b"bytes", "image/png")

    with pytest.raises(StoreConflictError, match="holds other bytes"):
        await state_store.put_if_absent("card", b"bites", "image/png", same=True)


async def test_deleting_twice_is_no_error(state_store: ObjectStore) -> None:
    await state_store.put_if_absent("gone", b"x", "text/plain")

    await state_store.delete("gone")
    await state_store.delete("gone")

    assert not await state_store.exists("gone")


async def test_an_outsider_gets_the_bytes_with_their_headers(
    media_store: ObjectStore,
) -> None:
    name = f"media/{hashlib.sha256(b'x').hexdigest()}.png"
    await media_store.put_if_absent(
        name, b"x", "image/png", cache_control="public, max-age=31536000, immutable"
    )

    async with httpx.AsyncClient(trust_env=False) as outsider:
        reply = await outsider.get(media_store.public_url(name))

    assert reply.status_code == httpx.codes.OK
    assert reply.content == b"x"
    assert reply.headers["content-type"] == "image/png"
    assert reply.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_a_public_base_url_stands_before_the_name(gcs_client: storage.Client) -> None:
    store = ObjectStore(gcs_client, "media", "https://cdn.example.com/m/")

    assert store.public_url("a b/ü.png") == "https://cdn.example.com/m/a%20b/%C3%BC.png"


def test_without_an_emulator_objects_are_public_at_google() -> None:
    client = storage.Client.create_anonymous_client()

    store = ObjectStore(client, "acme-media")

    assert (
        store.public_url("media/a.png")
        == "https://storage.googleapis.com/acme-media/media/a.png"
    )
    client.close()


async def test_a_missing_bucket_says_what_to_do(gcs_client: storage.Client) -> None:
    store = ObjectStore(gcs_client, "never-made")

    with pytest.raises(StoreDeniedError, match="create it"):
        await store.put_if_absent("x", b"x", "text/plain")


async def test_a_dead_store_is_unavailable_at_once() -> None:
    host = f"127.0.0.1:{free_port()}"
    client = connect_storage(Settings.model_construct(storage_emulator_host=host))

    with pytest.raises(StoreUnavailableError, match="cannot be reached"):
        await ObjectStore(client, "state").get("x")

    client.close()


async def test_a_proxy_in_the_environment_does_not_come_between_us_and_the_emulator(
    gcs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    client = connect_storage(Settings.model_construct(storage_emulator_host=gcs))
    store = ObjectStore(client, "behind-a-proxy")

    await store.ensure_bucket()
    await store.ensure_bucket()

    assert await store.put_if_absent("x", b"x", "text/plain")
    client.close()


def test_without_credentials_the_error_says_how_to_get_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    empty = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(empty))
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setenv("NO_GCE_CHECK", "true")

    with pytest.raises(StoreDeniedError, match="gcloud auth application-default"):
        connect_storage(Settings.model_construct())
