"""A store in memory, for tests and benchmarks whose store must cost nothing."""

import hashlib

from typing_extensions import override

from galley.clients.storage import StoreUnavailableError
from galley.clients.stores.google import GoogleStore


class MemoryStore(GoogleStore):
    """Keeps objects by name; no bucket stands behind it. It can be ``is_away``."""

    @override
    def __init__(self) -> None:
        self.name = "memory"
        self._objects: dict[str, bytes] = {}
        self.is_away = False

    @override
    async def put_if_absent(
        self, name: str, data: bytes, mime: str, *, cache_control: str = "", same: bool = False
    ) -> bool:
        self._answer()
        if name in self._objects:
            return False
        self._objects[name] = data
        return True

    @override
    async def get(self, name: str) -> bytes | None:
        self._answer()
        return self._objects.get(name)

    @override
    async def read_versioned(self, name: str) -> tuple[bytes | None, str]:
        self._answer()
        held = self._objects.get(name)
        return held, "" if held is None else hashlib.sha256(held).hexdigest()

    @override
    async def replace(self, name: str, data: bytes, mime: str, version: str) -> bool:
        _, known = await self.read_versioned(name)
        if known == version:
            self._objects[name] = data
        return known == version

    @override
    async def names(self, prefix: str) -> tuple[str, ...]:
        self._answer()
        return tuple(sorted(name for name in self._objects if name.startswith(prefix)))

    @override
    async def exists(self, name: str) -> bool:
        return await self.get(name) is not None

    @override
    async def delete(self, name: str) -> None:
        self._answer()
        self._objects.pop(name, None)

    def _answer(self) -> None:
        if self.is_away:
            raise StoreUnavailableError("The store went away.")
