"""What the store fixtures give."""

from typing import Protocol

from galley.clients.storage import ObjectStore


class NewStore(Protocol):
    """Makes a store over a fresh bucket."""

    async def __call__(self, kind: str, public_base_url: str | None = None) -> ObjectStore: ...
