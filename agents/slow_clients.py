"""Connections of clients that are slow to ask: none of them keeps the others out.

uvicorn has no time for the head or the body of a request, and answers nobody once as many sockets
are open as it may serve, whether they ask for anything or not.
"""

import asyncio
from typing import cast

from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle


class SlowClientProtocol(H11Protocol):
    """HTTP, with a time in which a whole request has come.

    At the limit of connections, the one that has been asking for longest makes room.
    """

    SECONDS = 30.0
    """A megabyte takes less by any line that is used for this."""
    deadline: asyncio.TimerHandle | None = None
    """While a request is waited for."""

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] -- as uvicorn's
        super().connection_made(transport)
        if self.limit_concurrency and len(self.connections) >= self.limit_concurrency:
            waiting = {
                one: one.deadline.when()
                for one in cast("set[asyncio.Protocol]", self.connections)
                if isinstance(one, SlowClientProtocol) and one.deadline is not None
            }
            if waiting:
                min(waiting, key=waiting.__getitem__).give_up()
        self._look()

    @override
    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look()

    @override
    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._look()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.deadline is not None:
            self.deadline.cancel()

    def give_up(self) -> None:
        """Close the connection at once."""
        self.transport.abort()
        self.connections.discard(self)

    def _look(self) -> None:
        cycle = cast("RequestResponseCycle | None", self.cycle)
        is_asking = cycle is None or cycle.response_complete or cycle.more_body
        if is_asking and self.deadline is None:
            self.deadline = self.loop.call_later(self.SECONDS, self.give_up)
        elif not is_asking and self.deadline is not None:
            self.deadline.cancel()
            self.deadline = None
