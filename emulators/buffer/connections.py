"""Open connections, so that a fault can cut one without an answer."""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

ClientAddress = tuple[str, int]


class Connections:
    """Knows the transport of each client by its address."""

    def __init__(self) -> None:
        self._open: dict[ClientAddress, asyncio.Transport] = {}

    def cut(self, client: ClientAddress) -> None:
        """Reset a connection at once; what was not sent is lost."""
        transport = self._open.get(client)
        if transport is not None:
            transport.abort()

    def protocol(self) -> type[H11Protocol]:
        """The HTTP protocol for uvicorn that tells us of its connections."""
        known = self._open

        class KnownProtocol(H11Protocol):
            """uvicorn's own HTTP/1.1, with its connections written down."""

            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] - uvicorn declares it so
                super().connection_made(transport)
                if self.client is not None:
                    known[self.client] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                if self.client is not None:
                    known.pop(self.client, None)
                super().connection_lost(exc)

        return KnownProtocol
