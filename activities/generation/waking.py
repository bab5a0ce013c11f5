"""Wake who waits for a prediction, when Replicate says that it is over.

A wake says nothing else: whoever is woken reads the prediction itself. So the worst
that a wake too many, too few or in the wrong place can do is a look too many or too
late.
"""

import asyncio
from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager


class Wakes:
    """Those who wait in this worker, by the prediction they wait for.

    Args:
        pause: Seconds until a prediction is looked at again, at first and after a wake.
        longest: What these grow to.
    """

    def __init__(self, pause: float = 1.0, longest: float = 10.0) -> None:
        self.pause, self.longest = pause, longest
        self._waiting = defaultdict[str, set[asyncio.Event]](set)

    @contextmanager
    def listening(self, prediction_id: str) -> Generator[asyncio.Event]:
        """Give an event that is set whenever the prediction is said to be over.

        Begin before the prediction is first read: then nothing is missed between.
        """
        event = asyncio.Event()
        self._waiting[prediction_id].add(event)
        try:
            yield event
        finally:
            self._waiting[prediction_id].discard(event)
            if not self._waiting[prediction_id]:
                del self._waiting[prediction_id]

    def wake(self, prediction_id: str) -> bool:
        """Wake all who wait for a prediction; returns whether anybody does."""
        events = self._waiting.get(prediction_id, set())
        for event in events:
            event.set()
        return bool(events)


async def woken(event: asyncio.Event, seconds: float) -> bool:
    """Wait until an event is set, but no longer, and clear it; say whether it was."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    event.clear()
    return True
