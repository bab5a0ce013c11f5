"""What `doctor` and the start of a campaign see of the buckets, from outside."""

import pytest

from app.connections import Connections, open_client
from app.health.buckets import media_bucket, state_bucket
from app.health.findings import Level
from galley.clients.public_fetch import PublicFetch, PublicPath, is_private
from galley.clients.storage import ObjectStore, StoreDeniedError
from galley.clients.stores.s3 import S3Store
from galley.settings import Settings
from tests.s3_server import s3_client, s3_settings
from tests.serving import answering, serving
from tests.stores import NewStore

pytestmark = pytest.mark.server

STRANGER = PublicFetch(may_be_private=True)


def local(s3: str, **more: object) -> Settings:
    return s3_settings(s3, buffer_api_url="http://127.0.0.1:1", **more)


def reaching(s3: str, **more: object) -> Connections:
    return Connections(local(s3, **more), open_client)


async def test_a_public_bucket_is_no_trouble_and_nothing_is_left_in_it(any_store: NewStore) -> None:
    media = await any_store("media")
    path = PublicPath(media, STRANGER)

    assert not await path.trouble()
    assert await media.names("") == ()


async def test_a_bucket_that_is_not_public_says_what_to_do(new_s3_store: NewStore) -> None:
    bucket = await new_s3_store("secret")

    tried = await PublicPath(bucket, STRANGER).examine()

    assert "answered 403 to HEAD: grant" in tried.trouble
    assert await bucket.names("") == ()


async def test_a_base_url_that_leads_elsewhere_is_trouble(new_store: NewStore) -> None:
    async with serving(answering(b"Hello")) as host:
        media = await new_store("media", f"http://{host}")

        said = await PublicPath(media, STRANGER).trouble()

    assert "served as text/html instead of text/plain" in said


async def test_trouble_of_the_store_itself_is_told_and_no_error(s3: str) -> None:
    nowhere = S3Store(s3_client(s3), "never-made", s3)

    assert "create it" in await PublicPath(nowhere, STRANGER).trouble()


async def test_a_bucket_that_everybody_can_list_is_a_warning(
    s3: str, new_s3_store: NewStore
) -> None:
    # Moto lets everybody list, whatever the policy says.
    media = await new_s3_store("media")

    seen = await media_bucket(reaching(s3, media_bucket=f"s3://{media.name}"))

    assert seen.level is Level.WARNING
    assert f"Everybody can list {media.name}" in seen.message


async def test_what_is_staged_is_private_and_what_is_approved_is_not(
    new_s3_store: NewStore,
) -> None:
    for kind, expected in (("state", True), ("media", False)):
        store: ObjectStore = await new_s3_store(kind)
        await store.put_if_absent("staging/a.png", b"a", "image/png")

        assert await is_private(store, "staging/a.png") is expected


async def test_the_doctor_holds_the_state_bucket_to_its_rules(
    s3: str, new_s3_store: NewStore
) -> None:
    private, public = await new_s3_store("state"), await new_s3_store("media")

    good = await state_bucket(reaching(s3, state_bucket=f"s3://{private.name}"))
    bad = await state_bucket(reaching(s3, state_bucket=f"s3://{public.name}"))

    assert good[0] is Level.OK
    assert bad[0] is Level.FAILED
    assert "shows staged files to everybody" in bad[1]
    assert await private.names("") == await public.names("") == ()


async def test_a_missing_bucket_is_told_by_the_doctor(s3: str) -> None:
    with pytest.raises(StoreDeniedError, match="create it"):
        await media_bucket(reaching(s3, media_bucket="s3://never-made"))
