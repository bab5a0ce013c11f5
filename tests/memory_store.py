"""A store in memory, for tests and benchmarks whose store must cost nothing."""

import asyncio
import hashlib
from datetime import UTC, datetime
from pathlib import Path

from typing_extensions import override

from galley.clients.storage import (
    StoreConflictError,
    StoreDeniedError,
    StoredObject,
    StoreUnavailableError,
)
from galley.clients.stores.google import GoogleStore


class MemoryStore(GoogleStore):
    """Keeps objects by name; no bucket stands behind it. It can be ``is_away``.

    It copies nothing and shows nothing in public.
    """

    @override
    def __init__(self) -> None:
        self.name = "memory"
        self._objects: dict[str, bytes] = {}
        self._written: dict[str, datetime] = {}
        self.is_away = False

    @override
    async def put_if_absent(
        self, name: str, data: bytes, mime: str, *, cache_control: str = "", same: bool = False
    ) -> bool:
        self._answer()
        if name not in self._objects:
            self._write(name, data)
            return True
        if same and self._objects[name] != data:
            raise StoreConflictError(f"{self.name}/{name} holds other bytes than expected.")
        return False

    @override
    async def get(self, name: str) -> bytes | None:
        self._answer()
        return self._objects.get(name)

    @override
    async def put_file(self, name: str, file: Path, mime: str) -> None:
        await self.put_if_absent(name, await asyncio.to_thread(file.read_bytes), mime)

    @override
    async def get_file(self, name: str, file: Path, most: int) -> bool:
        data = await self.get(name)
        if data is None:
            return False
        if len(data) > most:
            raise StoreDeniedError(f"{self.name}/{name} is larger than {most} bytes.")
        await asyncio.to_thread(file.write_bytes, data)
        return True

    @override
    async def read_versioned(self, name: str) -> tuple[bytes | None, str]:
        await asyncio.sleep(0)  # others go on meanwhile, as they do while a server answers
        self._answer()
        held = self._objects.get(name)
        return held, "" if held is None else _version(held)

    @override
    async def replace(self, name: str, data: bytes, mime: str, version: str) -> bool:
        _, known = await self.read_versioned(name)
        if known == version:
            self._write(name, data)
        return known == version

    @override
    async def names(self, prefix: str) -> tuple[str, ...]:
        self._answer()
        return tuple(sorted(name for name in self._objects if name.startswith(prefix)))

    @override
    async def listing(self, prefix: str) -> tuple[StoredObject, ...]:
        return tuple(self._stored(name) for name in await self.names(prefix))

    @override
    async def exists(self, name: str) -> bool:
        return await self.get(name) is not None

    @override
    async def delete(self, name: str) -> None:
        self._answer()
        self._objects.pop(name, None)

    @override
    async def delete_unchanged(self, stored: StoredObject) -> bool:
        self._answer()
        if stored.name not in self._objects or self._stored(stored.name) != stored:
            return False
        del self._objects[stored.name]
        return True

    def _write(self, name: str, data: bytes) -> None:
        self._objects[name], self._written[name] = data, datetime.now(UTC)

    def _stored(self, name: str) -> StoredObject:
        data = self._objects[name]
        return StoredObject(name, len(data), self._written[name], _version(data))

    def _answer(self) -> None:
        if self.is_away:
            raise StoreUnavailableError("The store went away.")


def _version(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
