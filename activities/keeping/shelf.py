"""Long recordings on this machine, for as long as somebody works with them.

Several posts of a campaign cut their clips at the same time out of the same file of
gigabytes: it is fetched once, and deleted here when the last of them is done.
"""

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from activities.keeping.kept_recordings import KeptRecordings
from galley.clients.storage import ObjectStore
from galley.clients.web import WebClient
from galley.media.sound import MAX_BYTES
from galley.models import Recording
from galley.sources.errors import SourceError


class Shelf:
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
        elif not await self._state.get_file(
            f"uploads/{recording.upload}", file, MAX_BYTES
        ):
            raise SourceError(
                "The recording is not in the state bucket any more: start again."
            )

    def _forget(self, recording: Recording) -> None:
        del self._readers[recording]
        self._turns.pop(recording, None)
        folder = self._folders.pop(recording, None)
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
