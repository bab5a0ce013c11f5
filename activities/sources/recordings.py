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
from galley.models import Recording
from galley.settings import Settings
from galley.sources.text import SourceError

_FETCHED_WITHIN = 900.0
"""Seconds for a recording of two gigabytes; an episode takes a few."""
_REDIRECTS = 10
"""Podcasts count their listeners by a chain of them."""
_HEAD = 4096
_SUFFIX = ".media"
_BYTES = "application/octet-stream"


def recordings_web(settings: Settings) -> WebClient:
    """Return a client that fetches recordings, which take their time."""
    return WebClient(
        settings.fetch_private_hosts,
        limit=MAX_BYTES,
        deadline=_FETCHED_WITHIN,
        redirects=_REDIRECTS,
    )


class KeptRecordings:
    """Copies under ``staging/``, by content; ``recordings/<source>`` names them.

    Args:
        state: The state bucket.
    """

    def __init__(self, state: ObjectStore) -> None:
        self._state = state

    async def find(self, source: str, file: Path) -> bool:
        """Write the recording of a document into ``file``; whether it is kept.

        Args:
            source: SHA-256 of the document.
            file: Where to.

        Raises:
            StoreError: The state bucket does not give it.
        """
        name = (await self._state.get(_pointer(source)) or b"").decode("ascii", "ignore")
        return is_staged(name) and await self._state.get_file(name, file, MAX_BYTES)

    async def keep(self, source: str, file: Path) -> None:
        """Keep a file that was fetched; what is no recording is left alone.

        Safe to repeat: the same bytes have the same name.

        Raises:
            StoreError: The state bucket does not take it.
        """
        digest = await asyncio.to_thread(_digest, file)
        if digest is None:
            return
        name, pointer = staged_name(digest, _SUFFIX), _pointer(source)
        await self._state.put_file(name, file, _BYTES)
        # A former copy may have been collected, and the address give other bytes now.
        _, version = await self._state.read_versioned(pointer)
        await self._state.replace(pointer, name.encode(), "text/plain", version)


def _pointer(source: str) -> str:
    return f"recordings/{source}"


def _digest(file: Path) -> str | None:
    with file.open("rb") as bytes_:
        if demuxer_of(bytes_.read(_HEAD)) is None:
            return None
        bytes_.seek(0)
        return hashlib.file_digest(bytes_, "sha256").hexdigest()


class RecordingCache:
    """Lends recordings as files."""

    def __init__(self, state: ObjectStore, web: WebClient) -> None:
        self._state = state
        self._web = web
        self._kept = KeptRecordings(state)
        self._turns = dict[Recording, asyncio.Lock]()
        self._readers = Counter[Recording]()
        self._folders = dict[Recording, Path]()

    @asynccontextmanager
    async def lent(self, recording: Recording, source: str) -> AsyncGenerator[Path]:
        """Give the file of a recording, which is there while the block runs.

        Args:
            recording: Where it is.
            source: SHA-256 of its document, under which a fetched one is kept.

        Raises:
            SourceError: It is not in the state bucket.
            WebError: Its address does not give it.
            StoreError: The state bucket does not.
        """
        self._readers[recording] += 1
        try:
            # Two at once would fetch it twice.
            async with self._turns.setdefault(recording, asyncio.Lock()):
                folder = self._folders.get(recording)
                folder = folder or await self._fetched(recording, source)
            yield folder / "recording"
        finally:
            self._readers[recording] -= 1
            if not self._readers[recording]:
                self._forget(recording)

    async def _fetched(self, recording: Recording, source: str) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="galley-video-"))
        try:
            await self._fetch(recording, source, folder / "recording")
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self._folders[recording] = folder
        return folder

    async def _fetch(self, recording: Recording, source: str, file: Path) -> None:
        if recording.url:
            if not await self._kept.find(source, file):
                await self._web.save(recording.url, file)
                await self._kept.keep(source, file)
        elif not await self._state.get_file(f"uploads/{recording.upload}", file, MAX_BYTES):
            raise SourceError("The recording is not in the state bucket any more: start again.")

    def _forget(self, recording: Recording) -> None:
        del self._readers[recording]
        self._turns.pop(recording, None)
        folder = self._folders.pop(recording, None)
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
