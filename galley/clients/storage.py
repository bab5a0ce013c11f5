"""ObjectStore: what each store of named bytes can do, and its errors.

``stores.google`` and ``stores.s3`` keep to it; ``stores.buckets`` chooses by the
bucket's setting. ``tests/clients/test_storage.py`` holds both to the same rules.

Errors::

    StoreError
    ├── StoreUnavailableError   later: try again
    ├── StoreDeniedError        final: credentials, bucket or permission
    └── StoreConflictError      final: another object holds the name
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from pathlib import Path
from typing import Protocol

TIMEOUT = 30.0
"""Seconds to connect, and seconds between two reads."""
CHUNK = 8 * 1024 * 1024
"""Bytes of a large file that are held at a time."""
FRESH = timedelta(days=1)
"""What was put, or put again, in this time was surely put for somebody.

So an older object that is put once more is made young by that: see ``media gc``.
"""


class StoreError(Exception):
    """The object store did not do what it was asked.

    ``retryable``: a later try may succeed.
    """

    retryable = False


class StoreUnavailableError(StoreError):
    """It did not answer, or not now."""

    retryable = True


class StoreDeniedError(StoreError):
    """Credentials, bucket or permission must be mended first."""


class StoreConflictError(StoreError):
    """The name is taken by other bytes."""


class Copied(Enum):
    """The outcomes of a copy within the store."""

    DONE = auto()
    """It was made."""
    THERE = auto()
    """There is an object of that name already, and of the same bytes."""
    MISSING = auto()
    """There is neither the original nor a copy."""
    APART = auto()
    """The two buckets are not kept by the same store: it cannot copy."""


@dataclass(frozen=True)
class StoredObject:
    """An object as it was listed.

    Attributes:
        name: Its whole name.
        size: In bytes.
        updated_at: When it was written or touched last.
        version: What changes with its bytes; opaque.
    """

    name: str
    size: int
    updated_at: datetime
    version: str


class ObjectStore(Protocol):
    """One bucket. Every call is made once, with a timeout, and never blocks the loop.

    All raise :class:`StoreError`.
    """

    name: str
    fresh: timedelta
    """:data:`FRESH`, unless a test has no day to wait."""

    async def put_if_absent(
        self, name: str, data: bytes, mime: str, *, cache_control: str = "", same: bool = False
    ) -> bool:
        """Create the object unless the name is taken.

        Safe to repeat: of any number of writers exactly one creates it.

        Args:
            name: Object name, ``/`` allowed.
            data: The whole content.
            mime: Content type it is served with.
            cache_control: Header it is served with; empty for the store's default.
            same: Demand that an object already there has these bytes, and make it
                :data:`FRESH`.

        Returns:
            Whether this call created it.

        Raises:
            StoreConflictError: With ``same``, when other bytes hold the name.
            StoreError: Any other failure.
        """
        ...

    async def get(self, name: str) -> bytes | None:
        """Return the content, or ``None`` if there is no such object."""
        ...

    async def put_file(self, name: str, file: Path, mime: str) -> None:
        """Store a file whose ``name`` is made from its content, piece by piece.

        Nothing is sent if there is such an object.
        """
        ...

    async def get_file(self, name: str, file: Path, most: int) -> bool:
        """Write the content into ``file``; whether there is such an object.

        Raises:
            StoreDeniedError: It has more than ``most`` bytes.
            StoreError: Any other failure.
        """
        ...

    async def read_versioned(self, name: str) -> tuple[bytes | None, str]:
        """Return the content and its version; ``(None, "")`` if there is none."""
        ...

    async def replace(self, name: str, data: bytes, mime: str, version: str) -> bool:
        """Write the object if it still has this version (empty: if there is none).

        Returns:
            Whether it was written; else somebody else wrote it since it was read.

        Raises:
            StoreError: Any other failure.
        """
        ...

    async def copy_from(
        self, source: "ObjectStore", name: str, to: str, mime: str, cache_control: str
    ) -> Copied:
        """Copy an object of another bucket without its bytes leaving the store.

        Safe to repeat. One that is there already is made :data:`FRESH`.

        Args:
            source: The bucket it is in.
            name: Its name there.
            to: The name of the copy.
            mime: Content type the copy is served with.
            cache_control: Header it is served with.

        Raises:
            StoreConflictError: Other bytes hold the name of the copy.
            StoreError: Any other failure.
        """
        ...

    async def names(self, prefix: str) -> tuple[str, ...]:
        """Return the names of all objects that begin so, in order.

        The store lists what was written before it was asked, always.
        """
        ...

    async def listing(self, prefix: str) -> tuple[StoredObject, ...]:
        """Return all objects whose names begin so, in order of their names."""
        ...

    async def exists(self, name: str) -> bool: ...

    async def delete(self, name: str) -> None:
        """Remove the object; one that is not there is no error."""
        ...

    async def delete_unchanged(self, stored: StoredObject) -> bool:
        """Remove the object if nobody wrote or touched it since it was listed.

        Returns:
            Whether this call removed it.
        """
        ...

    async def ensure_bucket(self) -> None:
        """Create the bucket if it is missing. For the local stack and ``doctor``."""
        ...

    def public_url(self, name: str) -> str:
        """Return where anyone can fetch the object, if the bucket is public."""
        ...
