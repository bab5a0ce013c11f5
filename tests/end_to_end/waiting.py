"""Wait for what can be observed, never for time to pass."""

import asyncio
from collections.abc import Awaitable, Callable


async def until(
    is_so: Callable[[], Awaitable[bool]],
    check: Callable[[], None] = lambda: None,
    seconds: float = 120,
) -> None:
    """Ask again and again until it is so; ``check`` may end the wait by raising."""
    async with asyncio.timeout(seconds):
        while not await is_so():
            check()
            await asyncio.sleep(0.1)
