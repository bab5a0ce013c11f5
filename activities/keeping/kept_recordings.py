"""Recordings of strangers' servers, kept in staging so that they are fetched once.

Clips of one recording are cut hours or days apart: each is cut from the bytes that the
first was cut from, whatever the address gives by then.
"""

import asyncio
import hashlib
from pathlib import Path

from activities.keeping.staging import is_staged, staged_name
from galley.clients.storage import ObjectStore
from galley.clients.web import WebClient
from galley.media.sound import MAX_BYTES, demuxer_of
from galley.settings import Settings

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
        name = (await self._state.get(_pointer(source)) or b"").decode(
            "ascii", "ignore"
        )
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
