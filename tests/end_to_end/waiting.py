"""Wait for what can be observed, never for time to pass."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator


async def until(
    is_so: Callable[[], Awaitable[bool]],
    check: Callable[[], None] = lambda: None,
    seconds: float = 120,
    first: float = 0.1,
) -> None:
    """Ask again and again until it is so; ``check`` may end the wait by raising."""
    pauses = lengthening(first)
    async with asyncio.timeout(seconds):
        while not await is_so():
            check()
            await asyncio.sleep(next(pauses))


def lengthening(first: float = 0.1) -> Iterator[float]:
    """Yield seconds to wait before asking once more, a tenth of the time that has passed.

    Each question takes from the processor what the answer waits for: one that runs a
    command begins with half a second.
    """
    begun = time.monotonic()
    while True:
        yield min(max(first, (time.monotonic() - begun) / 10), 0.5)
