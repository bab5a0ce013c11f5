"""Recordings as local files, shared by the activities that read them at the same time.

Several posts of a campaign cut clips from one file of gigabytes at once. The cache fetches
it once and deletes it after the last reader. transcription.py and clips.py use it.
"""

import asyncio
import hashlib
import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from activities.staging import is_staged, staged_name
from galley.clients.storage import ObjectStore
from galley.clients.web import WebClient
from galley.media.recording import MAX_BYTES, demuxer_of
from galley.models.source import Recording
from galley.settings import Settings
from galley.sources.text import SourceError

# Seconds for a recording of two gigabytes; an episode takes a few.
_FETCHED_WITHIN = 900.0
# Podcast hosts count listeners by a chain of redirects.
_REDIRECTS = 10
_HEAD = 4096
_SUFFIX = ".media"
_BYTES = "application/octet-stream"


def recordings_web(settings: Settings) -> WebClient:
    """Return a client with the limits of recordings: gigabytes, minutes, redirects."""
    return WebClient(
        settings.fetch_private_hosts,
        limit=MAX_BYTES,
        deadline=_FETCHED_WITHIN,
        redirects=_REDIRECTS,
    )


class KeptRecordings:
    """Fetched recordings in the state bucket: copies in staging, and who they belong to.

    Args:
        state: The state bucket; ``recordings/<source>`` holds the name of the copy.
    """

    def __init__(self, state: ObjectStore) -> None:
        self._state = state

    async def find(self, source: str, file: Path) -> bool:
        """Write the recording of a document into ``file``; return whether there is a copy.

        Args:
            source: SHA-256 of the document.
            file: The file to write.

        Raises:
            StoreError: The store does not answer.
        """
        name = (await self._state.get(_pointer(source)) or b"").decode("ascii", "ignore")
        return is_staged(name) and await self._state.get_file(name, file, MAX_BYTES)

    async def keep(self, source: str, file: Path) -> None:
        """Copy a fetched file into the state bucket, if it is a recording.

        Safe to repeat: the same bytes have the same name.

        Raises:
            StoreError: The store does not take it.
        """

        def hashed() -> str | None:
            with file.open("rb") as data:
                # An address may give a web page instead: that is not kept.
                if demuxer_of(data.read(_HEAD)) is None:
                    return None
                data.seek(0)
                return hashlib.file_digest(data, "sha256").hexdigest()

        digest = await asyncio.to_thread(hashed)
        if digest is None:
            return
        name, pointer = staged_name(digest, _SUFFIX), _pointer(source)
        await self._state.put_file(name, file, _BYTES)
        # Replaced: the former copy may be deleted, and the address may give other bytes now.
        _, version = await self._state.read_versioned(pointer)
        await self._state.replace(pointer, name.encode(), "text/plain", version)


def _pointer(source: str) -> str:
    return f"recordings/{source}"


class RecordingCache:
    """Recordings as local files, each fetched once and deleted after its last reader."""

    def __init__(self, state: ObjectStore, web: WebClient) -> None:
        self._state = state
        self._web = web
        self._kept = KeptRecordings(state)
        self._turns = dict[Recording, asyncio.Lock]()
        self._readers = Counter[Recording]()
        self._folders = dict[Recording, Path]()

    @asynccontextmanager
    async def lent(self, recording: Recording, source: str) -> AsyncGenerator[Path]:
        """Give the file of a recording, which exists while the block runs.

        Args:
            recording: The address or the upload.
            source: SHA-256 of its document, which owns the copy of a fetched one.

        Raises:
            SourceError: The upload is not in the state bucket.
            WebError: The address does not give the recording.
            StoreError: The store does not answer.
        """
        self._readers[recording] += 1
        try:
            # A lock for each recording: two readers at once would fetch it twice.
            async with self._turns.setdefault(recording, asyncio.Lock()):
                folder = self._folders.get(recording)
                folder = folder or await self._fetched(recording, source)
            yield folder / "recording"
        finally:
            self._readers[recording] -= 1
            if not self._readers[recording]:
                del self._readers[recording]
                self._turns.pop(recording, None)
                done = self._folders.pop(recording, None)
                if done is not None:
                    shutil.rmtree(done, ignore_errors=True)

    async def _fetched(self, recording: Recording, source: str) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="galley-video-"))
        try:
            await self._fetch(recording, source, folder / "recording")
        except BaseException:  # a cancellation too: gigabytes must not stay behind
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self._folders[recording] = folder
        return folder

    async def _fetch(self, recording: Recording, source: str, file: Path) -> None:
        if recording.url:
            # The copy first: the address may give other bytes by now, such as other adverts.
            if not await self._kept.find(source, file):
                await self._web.save(recording.url, file)
                await self._kept.keep(source, file)
        elif not await self._state.get_file(f"uploads/{recording.upload}", file, MAX_BYTES):
            raise SourceError("The recording is not in the state bucket any more: start again.")
