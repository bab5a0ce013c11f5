"""A web server of our own, whose pages may come late."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from tests.end_to_end.texts import page
from tests.serving import answering, serving


class Press:
    """Serves one article; its first readers may have to wait."""

    def __init__(self, town: str) -> None:
        self.town = town
        self.address = ""
        self.asked = asyncio.Event()
        self.printed = asyncio.Event()

    @property
    def url(self) -> str:
        return f"http://{self.address}/{self.town.casefold()}"

    async def answer(self, path: str, writer: asyncio.StreamWriter) -> None:
        self.asked.set()
        await self.printed.wait()
        await answering(page(self.town).encode())(path, writer)


@asynccontextmanager
async def pressing(town: str) -> AsyncGenerator[Press]:
    """Run a server for one article."""
    press = Press(town)
    async with serving(press.answer) as press.address:
        try:
            yield press
        finally:
            press.printed.set()
