"""Every store keeps to the same rules: Google's, those of the S3 protocol, and the tests' own."""

import asyncio
import hashlib
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulators.launch import launch_gcs, wait_until_ready
from galley.clients.storage import Copied, ObjectStore, StoreConflictError, StoreDeniedError
from galley.clients.stores.google import GoogleStore, connect_storage
from galley.settings import Settings
from tests.memory_store import MemoryStore
from tests.ports import free_port
from tests.stores import NewStore

pytestmark = pytest.mark.server

FOREVER = "public, max-age=31536000, immutable"


@pytest.fixture(params=["google", "s3", "memory"])
async def store(request: pytest.FixtureRequest) -> ObjectStore:
    """Give each store in turn, and that of the tests."""
    if request.param == "memory":
        return MemoryStore()
    fixture = {"google": "new_store", "s3": "new_s3_store"}[request.param]
    new: NewStore = request.getfixturevalue(fixture)
    return await new("state")


@pytest.fixture
async def private(any_store: NewStore) -> ObjectStore:
    return await any_store("state")


@pytest.fixture
async def public(any_store: NewStore) -> ObjectStore:
    return await any_store("media")


async def test_bytes_come_back_as_they_were_put(store: ObjectStore) -> None:
    data = bytes(range(256)) * 100

    created = await store.put_if_absent("a/b.bin", data, "image/png")

    assert created
    assert await store.get("a/b.bin") == data
    assert await store.exists("a/b.bin")


async def test_the_local_store_lists_its_objects_whatever_the_time_zone_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    # For the server alone: what tells a time here meanwhile would keep the zone for all tests.
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "Asia/Kolkata")
        server = launch_gcs(port, tmp_path / "objects", tmp_path / "log")
    try:
        wait_until_ready(port, process=server)
        host = f"http://127.0.0.1:{port}"
        client = connect_storage(Settings.model_construct(storage_emulator_host=host))
        local = GoogleStore(client, "elsewhere")
        await local.ensure_bucket()
        await local.put_if_absent("a", b"data", "text/plain")

        listed = await local.listing("")
    finally:
        server.terminate()
        await asyncio.to_thread(server.wait, 20)

    assert [one.name for one in listed] == ["a"]


async def test_an_object_that_is_not_there_is_none(store: ObjectStore) -> None:
    assert await store.get("nothing") is None
    assert not await store.exists("nothing")


async def test_the_first_bytes_under_a_name_stay(store: ObjectStore) -> None:
    assert await store.put_if_absent("claim", b"first", "text/plain")

    assert not await store.put_if_absent("claim", b"second", "text/plain")

    assert await store.get("claim") == b"first"


async def test_of_racing_writers_exactly_one_wins(store: ObjectStore) -> None:
    results = await asyncio.gather(
        *(store.put_if_absent("race", str(number).encode(), "text/plain") for number in range(32))
    )

    assert results.count(True) == 1
    winner = str(results.index(True)).encode()
    assert await store.get("race") == winner


async def test_the_same_bytes_may_be_put_again(store: ObjectStore) -> None:
    await store.put_if_absent("card", b"bytes", "image/png", same=True)

    again = await store.put_if_absent("card", b"bytes", "image/png", same=True)

    assert not again


async def test_other_bytes_of_the_same_size_are_a_conflict(store: ObjectStore) -> None:
    await store.put_if_absent("card", b"bytes", "image/png")

    with pytest.raises(StoreConflictError, match="holds other bytes"):
        await store.put_if_absent("card", b"bites", "image/png", same=True)


async def test_deleting_twice_is_no_error(store: ObjectStore) -> None:
    await store.put_if_absent("gone", b"x", "text/plain")

    await store.delete("gone")
    await store.delete("gone")

    assert not await store.exists("gone")


async def test_an_outsider_gets_the_bytes_with_their_headers(public: ObjectStore) -> None:
    name = f"media/{hashlib.sha256(b'x').hexdigest()}.png"
    await public.put_if_absent(name, b"x", "image/png", cache_control=FOREVER)

    async with httpx.AsyncClient(trust_env=False) as stranger:
        reply = await stranger.get(public.public_url(name))

    assert reply.status_code == httpx.codes.OK
    assert reply.content == b"x"
    assert reply.headers["content-type"] == "image/png"
    assert reply.headers["cache-control"] == FOREVER


async def test_what_is_private_is_refused_to_an_outsider(new_s3_store: NewStore) -> None:
    # fake-gcs-server shows everything to everybody; this is the store's own rule.
    store = await new_s3_store("state", "http://x")
    public = await new_s3_store("media")
    await store.put_if_absent("staging/a.png", b"x", "image/png")
    address = public.public_url("x").replace(f"{public.name}/x", store.name)

    async with httpx.AsyncClient(trust_env=False) as stranger:
        reply = await stranger.get(f"{address}/staging/a.png")

    assert reply.status_code == httpx.codes.FORBIDDEN


async def test_only_the_version_that_was_read_is_replaced(store: ObjectStore) -> None:
    assert await store.read_versioned("book") == (None, "")
    assert await store.replace("book", b"1", "text/plain", "")
    assert not await store.replace("book", b"one", "text/plain", "")
    held, version = await store.read_versioned("book")

    assert held == b"1"
    assert await store.replace("book", b"2", "text/plain", version)
    assert not await store.replace("book", b"3", "text/plain", version)
    assert await store.get("book") == b"2"


async def test_what_was_deleted_meanwhile_is_not_replaced(store: ObjectStore) -> None:
    await store.put_if_absent("book", b"1", "text/plain")
    _, version = await store.read_versioned("book")
    await store.delete("book")

    assert not await store.replace("book", b"2", "text/plain", version)
    assert not await store.exists("book")


async def test_of_racing_writers_of_one_version_exactly_one_wins(store: ObjectStore) -> None:
    await store.put_if_absent("book", b"first", "text/plain")
    _, version = await store.read_versioned("book")

    won = await asyncio.gather(
        *(store.replace("book", b"%d" % n, "text/plain", version) for n in range(8))
    )

    assert won.count(True) == 1
    assert await store.get("book") == b"%d" % won.index(True)


async def test_a_file_that_many_put_at_once_is_there_and_nobody_is_refused(
    store: ObjectStore, tmp_path: Path
) -> None:
    (tmp_path / "in").write_bytes(b"picture" * 50_000)

    puts = (store.put_file("own.png", tmp_path / "in", "image/png") for _ in range(8))
    await asyncio.gather(*puts)

    assert await store.get("own.png") == b"picture" * 50_000


async def test_a_file_goes_and_comes_back_and_one_too_large_is_refused(
    store: ObjectStore, tmp_path: Path
) -> None:
    (tmp_path / "in").write_bytes(bytes(range(256)) * 1000)

    await store.put_file("talk.mp3", tmp_path / "in", "audio/mpeg")
    await store.put_file("talk.mp3", tmp_path / "in", "audio/mpeg")

    assert await store.get_file("talk.mp3", tmp_path / "out", 256_000)
    assert (tmp_path / "out").read_bytes() == (tmp_path / "in").read_bytes()
    assert not await store.get_file("nothing", tmp_path / "out", 1)
    with pytest.raises(StoreDeniedError, match="larger than"):
        await store.get_file("talk.mp3", tmp_path / "out", 255_999)


async def test_a_copy_is_made_within_the_store_with_headers_of_its_own(
    private: ObjectStore, public: ObjectStore
) -> None:
    await private.put_if_absent("staging/a.png", b"bytes", "application/octet-stream")

    async def copy() -> Copied:
        return await public.copy_from(private, "staging/a.png", "media/a.png", "image/png", FOREVER)

    assert [await copy(), await copy()] == [Copied.DONE, Copied.THERE]
    async with httpx.AsyncClient(trust_env=False) as stranger:
        reply = await stranger.get(public.public_url("media/a.png"))
    assert reply.content == b"bytes"
    assert reply.headers["content-type"] == "image/png"
    assert reply.headers["cache-control"] == FOREVER


async def test_a_copy_of_what_is_gone_is_missing_unless_it_was_made_before(
    private: ObjectStore, public: ObjectStore
) -> None:
    await private.put_if_absent("a", b"bytes", "image/png")
    await public.copy_from(private, "a", "b", "image/png", FOREVER)
    await private.delete("a")

    again = await public.copy_from(private, "a", "b", "image/png", FOREVER)
    other = await public.copy_from(private, "a", "c", "image/png", FOREVER)

    assert (again, other) == (Copied.THERE, Copied.MISSING)


async def test_a_copy_never_replaces_other_bytes(private: ObjectStore, public: ObjectStore) -> None:
    await private.put_if_absent("a", b"bytes", "image/png")
    await public.put_if_absent("b", b"bites", "image/png")

    with pytest.raises(StoreConflictError, match="holds other bytes"):
        await public.copy_from(private, "a", "b", "image/png", FOREVER)

    assert await public.get("b") == b"bites"


async def test_stores_apart_say_that_they_cannot_copy(
    new_store: NewStore, new_s3_store: NewStore
) -> None:
    google, s3 = await new_store("state"), await new_s3_store("media")

    assert await google.copy_from(s3, "a", "b", "image/png", "") is Copied.APART
    assert await s3.copy_from(google, "a", "b", "image/png", "") is Copied.APART


async def test_a_listing_says_how_large_and_how_old(store: ObjectStore) -> None:
    for name in ("b/2", "b/1", "a"):
        await store.put_if_absent(name, name.encode(), "text/plain")

    listed = await store.listing("b/")

    assert [(one.name, one.size) for one in listed] == [("b/1", 3), ("b/2", 3)]
    assert all(one.updated_at.tzinfo is not None for one in listed)
    assert await store.names("") == ("a", "b/1", "b/2")


async def test_only_what_nobody_wrote_since_is_deleted(store: ObjectStore) -> None:
    for name in ("kept", "gone"):
        await store.put_if_absent(name, b"1", "text/plain")
    gone, kept = await store.listing("")
    _, version = await store.read_versioned("kept")
    await store.replace("kept", b"2", "text/plain", version)

    assert not await store.delete_unchanged(kept)
    assert await store.delete_unchanged(gone)
    assert not await store.delete_unchanged(gone)
    assert await store.names("") == ("kept",)


async def test_what_is_put_again_when_it_is_old_is_not_deleted_by_who_listed_it_before(
    private: ObjectStore, public: ObjectStore
) -> None:
    private.fresh = public.fresh = timedelta(0)
    await private.put_if_absent("staging/a.png", b"a", "image/png")
    await public.put_if_absent("media/a.png", b"a", "image/png")
    listed = (*await private.listing(""), *await public.listing(""))

    async with asyncio.timeout(60):
        # S3 tells the time of a change by the second.
        while {*listed} & {*await private.listing(""), *await public.listing("")}:
            await private.put_if_absent("staging/a.png", b"a", "image/png", same=True)
            await public.copy_from(private, "staging/a.png", "media/a.png", "image/png", FOREVER)

    assert not await private.delete_unchanged(listed[0])
    assert not await public.delete_unchanged(listed[1])


NAMES = st.sampled_from(["a", "b/c"])
DATA = st.binary(max_size=20)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), NAMES, DATA),
        st.tuples(st.just("replace"), NAMES, DATA),
        st.tuples(st.just("stale"), NAMES, DATA),
        st.tuples(st.just("delete"), NAMES, st.just(b"")),
    ),
    max_size=8,
)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
async def test_any_order_of_writes_leaves_what_a_dictionary_would_hold(
    any_store: NewStore, steps: list[tuple[str, str, bytes]]
) -> None:
    store, held = await any_store("state"), dict[str, bytes]()
    for number, (step, name, said) in enumerate(steps):
        # S3 knows a version by its bytes: the same bytes are the same version.
        data = said + b"%d" % number
        _, version = await store.read_versioned(name)
        match step:
            case "put":
                created = await store.put_if_absent(name, data, "text/plain")
                assert created is (name not in held)
                held.setdefault(name, data)
            case "replace":
                assert await store.replace(name, data, "text/plain", version)
                held[name] = data
            case "stale":
                # Somebody else writes between reading and replacing.
                await store.replace(name, data + b"!", "text/plain", version)
                held[name] = data + b"!"
                assert not await store.replace(name, b"late", "text/plain", version)
            case _:
                await store.delete(name)
                held.pop(name, None)
        assert await store.get(name) == held.get(name)
    assert await store.names("") == tuple(sorted(held))
