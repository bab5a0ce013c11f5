"""HTTP with a deadline for what a client has to send: sockets that ask slowly keep nobody out.

uvicorn gives the head and the body of a request all the time in the world, and answers nobody
once as many sockets are open as it may serve, whether they ask for anything or not.
"""

import asyncio
from abc import ABC, abstractmethod
from typing import cast

from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle


class DeadlineProtocol(H11Protocol, ABC):
    """At the limit of connections, the one that has been waited for longest makes room.

    Each face says in :meth:`set_deadline` what is waited for, and for how long.
    """

    deadline: asyncio.TimerHandle | None = None
    """While something is waited for."""

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] -- as uvicorn's
        super().connection_made(transport)
        if self.limit_concurrency and len(self.connections) >= self.limit_concurrency:
            waiting = {
                one: one.deadline.when()
                for one in cast("set[asyncio.Protocol]", self.connections)
                if isinstance(one, DeadlineProtocol) and one.deadline is not None
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
        self.end_deadline()

    def give_up(self) -> None:
        """Close the connection at once."""
        self.transport.abort()
        self.connections.discard(self)

    def end_deadline(self) -> None:
        """Wait for nothing any more."""
        if self.deadline is not None:
            self.deadline.cancel()
            self.deadline = None

    @abstractmethod
    def set_deadline(self, cycle: RequestResponseCycle | None) -> None:
        """Begin or end a wait; ``cycle`` is the latest request, if one has come."""

    def _look(self) -> None:
        self.set_deadline(cast("RequestResponseCycle | None", self.cycle))
