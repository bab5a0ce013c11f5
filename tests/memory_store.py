"""A store in memory, for tests and benchmarks whose store must cost nothing."""

from typing_extensions import override

from galley.clients.stores.google import GoogleStore


class MemoryStore(GoogleStore):
    """Keeps objects by name; no bucket stands behind it."""

    @override
    def __init__(self) -> None:
        self.name = "memory"
        self._objects: dict[str, bytes] = {}

    @override
    async def put_if_absent(
        self, name: str, data: bytes, mime: str, *, cache_control: str = "", same: bool = False
    ) -> bool:
        if name in self._objects:
            return False
        self._objects[name] = data
        return True

    @override
    async def get(self, name: str) -> bytes | None:
        return self._objects.get(name)
