"""Connections of browsers that are slow: none of them keeps the others out, or a page in memory.

uvicorn gives the reading of an answer all the time in the world, too. Bodies have their time in
:mod:`web.security`.
"""

import asyncio

from typing_extensions import override
from uvicorn.protocols.http.h11_impl import RequestResponseCycle

from app.slow_clients import DeadlineProtocol


class SlowClientProtocol(DeadlineProtocol):
    """HTTP, with a time for the head of each request, and one in which answers are read on."""

    HEAD_SECONDS = 15.0
    READ_SECONDS = 60.0
    """A reader that takes less than uvicorn's 64 kB in it is gone, or means harm."""
    stall: asyncio.TimerHandle | None = None
    """While a reader takes nothing."""

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        self.stall = self.loop.call_later(self.READ_SECONDS, self.give_up)

    @override
    def resume_writing(self) -> None:
        super().resume_writing()
        self._end_stall()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._end_stall()

    def _end_stall(self) -> None:
        if self.stall is not None:
            self.stall.cancel()

    @override
    def set_deadline(self, cycle: RequestResponseCycle | None) -> None:
        if cycle is not None and not cycle.response_complete:
            self.end_deadline()
        elif self.deadline is None:
            self.deadline = self.loop.call_later(self.HEAD_SECONDS, self.give_up)
