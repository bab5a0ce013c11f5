"""What is S3's alone: credentials, addresses, which store a bucket's name means."""

import pytest

from galley.clients.storage import StoreDeniedError, StoreUnavailableError
from galley.clients.stores.buckets import open_state, open_stores, public_base
from galley.clients.stores.google import GoogleStore
from galley.clients.stores.s3 import S3Store
from galley.settings import Settings
from tests.ports import free_port
from tests.s3_server import s3_client, s3_settings

pytestmark = pytest.mark.server

R2 = "https://0123.r2.cloudflarestorage.com"
SUPABASE = "https://abc.supabase.co/storage/v1/s3"


def test_a_bucket_says_by_its_name_who_keeps_it(s3: str, gcs: str) -> None:
    stores = open_stores(
        s3_settings(
            s3, storage_emulator_host=gcs, state_bucket="gs://private", media_bucket="s3://public"
        )
    )

    assert isinstance(stores.state, GoogleStore)
    assert isinstance(stores.media, S3Store)
    assert (stores.state.name, stores.media.name) == ("private", "public")
    assert stores.media.public_url("media/a b") == f"{s3}/public/media/a%20b"


@pytest.mark.parametrize(
    ("endpoint", "region", "said", "expected"),
    [
        (None, None, None, "https://b.s3.amazonaws.com"),
        (None, "eu-west-1", None, "https://b.s3.eu-west-1.amazonaws.com"),
        (SUPABASE, None, None, "https://abc.supabase.co/storage/v1/object/public/b"),
        (R2, None, "https://media.example.com", "https://media.example.com"),
        ("http://127.0.0.1:9000/", None, None, "http://127.0.0.1:9000/b"),
    ],
)
def test_where_media_are_public_follows_from_the_store(
    endpoint: str | None, region: str | None, said: str | None, expected: str
) -> None:
    asked = Settings.model_construct(
        media_bucket="s3://b", s3_endpoint=endpoint, s3_region=region, public_base_url=said
    )

    assert public_base(asked) == expected


def test_a_store_without_a_public_address_asks_for_one() -> None:
    asked = Settings.model_construct(media_bucket="s3://b", s3_endpoint=R2)

    with pytest.raises(StoreDeniedError, match="set GALLEY_PUBLIC_BASE_URL"):
        public_base(asked)


def test_one_bucket_is_never_both_private_and_public() -> None:
    asked = Settings.model_construct(state_bucket="one", media_bucket="one")

    with pytest.raises(StoreDeniedError, match="make two"):
        open_stores(asked)


async def test_a_missing_bucket_says_what_to_do(s3: str) -> None:
    store = S3Store(s3_client(s3), "never-made", s3)

    with pytest.raises(StoreDeniedError, match="create it"):
        await store.put_if_absent("x", b"x", "text/plain")
    with pytest.raises(StoreDeniedError, match="create it"):
        await store.get("x")


@pytest.mark.usefixtures("s3")
async def test_a_dead_store_is_unavailable_at_once() -> None:
    dead = s3_settings(f"http://127.0.0.1:{free_port()}", state_bucket="s3://state")

    with pytest.raises(StoreUnavailableError, match="cannot be reached"):
        await open_state(dead).get("x")


async def test_without_credentials_the_error_says_how_to_give_them(
    s3: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    store = S3Store(s3_client(s3), "state", s3)

    with pytest.raises(StoreDeniedError, match="set AWS_ACCESS_KEY_ID"):
        await store.get("x")
