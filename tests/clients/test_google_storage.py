"""What is Google's alone: credentials, addresses, the emulator."""

import pytest
from google.cloud import storage
from pytest_httpserver import HTTPServer

from galley.clients.storage import (
    Copied,
    StoreConflictError,
    StoreDeniedError,
    StoreUnavailableError,
)
from galley.clients.stores.google import GoogleStore, connect_storage
from galley.settings import Settings
from tests.ports import free_port

pytestmark = pytest.mark.server


def test_a_public_base_url_stands_before_the_name(gcs_client: storage.Client) -> None:
    store = GoogleStore(gcs_client, "media", "https://cdn.example.com/m/")

    assert store.public_url("a b/ü.png") == "https://cdn.example.com/m/a%20b/%C3%BC.png"


def test_without_an_emulator_objects_are_public_at_google() -> None:
    client = storage.Client.create_anonymous_client()

    store = GoogleStore(client, "acme-media")

    assert (
        store.public_url("media/a.png") == "https://storage.googleapis.com/acme-media/media/a.png"
    )
    client.close()


async def test_a_missing_bucket_says_what_to_do(gcs_client: storage.Client) -> None:
    store = GoogleStore(gcs_client, "never-made")

    with pytest.raises(StoreDeniedError, match="create it"):
        await store.put_if_absent("x", b"x", "text/plain")


async def test_a_dead_store_is_unavailable_at_once() -> None:
    host = f"127.0.0.1:{free_port()}"
    client = connect_storage(Settings.model_construct(storage_emulator_host=host))

    with pytest.raises(StoreUnavailableError, match="cannot be reached"):
        await GoogleStore(client, "state").get("x")

    client.close()


@pytest.mark.parametrize("is_same", [True, False])
async def test_google_itself_holds_a_copy_to_its_condition_so_it_is_asked_once(
    httpserver: HTTPServer,
    is_same: bool,  # noqa: FBT001
) -> None:
    host = f"{httpserver.host}:{httpserver.port}"
    client = connect_storage(Settings.model_construct(storage_emulator_host=host))
    private, public = (GoogleStore(client, name, is_google=True) for name in "ab")
    taken = {"error": {"code": 412, "message": "it is there"}}
    httpserver.expect_request(
        "/storage/v1/b/a/o/x/rewriteTo/b/b/o/y",
        method="POST",
        query_string={"ifGenerationMatch": "0", "prettyPrint": "false"},
    ).respond_with_json(taken, 412)
    for at, crc32c in (("b/a/o/x", "AAAAAA=="), ("b/b/o/y", "AAAAAA==")):
        told = {"size": "1", "crc32c": crc32c if is_same else at}
        httpserver.expect_request(f"/storage/v1/{at}").respond_with_json(told)

    async def copied() -> Copied:
        return await public.copy_from(private, "x", "y", "image/png", "")

    if is_same:
        assert await copied() is Copied.THERE
    else:
        with pytest.raises(StoreConflictError):
            await copied()
    client.close()
    # The client looks at a bucket in between, once.
    asked = [one.path for one, _ in httpserver.log if "/o/" in one.path]
    assert "rewriteTo" in asked[0]


async def test_a_proxy_in_the_environment_does_not_come_between_us_and_the_emulator(
    gcs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    client = connect_storage(Settings.model_construct(storage_emulator_host=gcs))
    store = GoogleStore(client, "behind-a-proxy")

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
