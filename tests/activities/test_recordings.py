"""A recording at an address is fetched once, over real sockets and the real store."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from activities.sources.recordings import RecordingCache
from galley.clients.storage import ObjectStore
from galley.clients.web import WebClient
from galley.models.source import Recording
from tests.hearing import FERRY
from tests.serving import answering, serving

pytestmark = pytest.mark.server

SOURCE = "a" * 64
BYTES = FERRY.read_bytes()


class Host:
    """Serves a recording, and counts how often it is fetched."""

    def __init__(self) -> None:
        self.body = BYTES
        self.fetched = 0

    async def answer(self, path: str, writer: asyncio.StreamWriter) -> None:
        self.fetched += 1
        await answering(self.body, content_type="audio/ogg")(path, writer)

    @asynccontextmanager
    async def cache(self, state: ObjectStore) -> AsyncGenerator[tuple[RecordingCache, Recording]]:
        async with serving(self.answer) as address:
            url = f"http://{address}/talk.ogg"
            yield RecordingCache(state, WebClient((address,))), Recording(url=url)


async def _lent(cache: RecordingCache, recording: Recording, source: str = SOURCE) -> bytes:
    async with cache.lent(recording, source) as file:
        return file.read_bytes()


async def test_cuts_that_do_not_overlap_fetch_an_address_once(bucket_store: ObjectStore) -> None:
    host = Host()
    async with host.cache(bucket_store) as (cache, recording):
        assert await _lent(cache, recording) == BYTES
        host.body = b"ID3 another episode by now"

        assert await _lent(cache, recording) == BYTES

    assert host.fetched == 1
    digest = hashlib.sha256(BYTES).hexdigest()
    assert await bucket_store.names("staging/") == (f"staging/{digest}.media",)


async def test_another_run_fetches_for_itself(bucket_store: ObjectStore) -> None:
    host = Host()
    async with host.cache(bucket_store) as (cache, recording):
        await _lent(cache, recording)
        await _lent(cache, recording, "b" * 64)

    assert host.fetched == 2
    assert len(await bucket_store.names("staging/")) == 1


async def test_a_copy_that_was_collected_is_fetched_and_kept_again(
    bucket_store: ObjectStore,
) -> None:
    host = Host()
    async with host.cache(bucket_store) as (cache, recording):
        await _lent(cache, recording)
        for name in await bucket_store.names("staging/"):
            await bucket_store.delete(name)
        host.body = BYTES + b"\0"

        for _ in range(2):
            assert await _lent(cache, recording) == BYTES + b"\0"

    assert host.fetched == 2


async def test_what_is_no_recording_is_not_kept(bucket_store: ObjectStore) -> None:
    host = Host()
    host.body = b"#EXTM3U\nfile:///etc/passwd\n"
    async with host.cache(bucket_store) as (cache, recording):
        await _lent(cache, recording)

    assert await bucket_store.names("staging/") == ()
    assert await bucket_store.names("recordings/") == ()


async def test_a_pointer_that_leads_out_of_staging_is_not_followed(
    bucket_store: ObjectStore,
) -> None:
    host = Host()
    await bucket_store.put_if_absent("uploads/secret", b"secret", "text/plain")
    await bucket_store.put_if_absent(f"recordings/{SOURCE}", b"uploads/secret", "a/b")
    async with host.cache(bucket_store) as (cache, recording):
        assert await _lent(cache, recording) == BYTES

    assert host.fetched == 1
