"""Stand between a client and a server, and keep all that the client says."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

_CHUNK = 65536


@dataclass
class Overheard:
    """Where the relay listens, and the bytes of every connection to it."""

    address: str = ""
    said: list[bytearray] = field(default_factory=list[bytearray])

    def lines_with(self, secret: bytes) -> set[bytes]:
        """Return what stands before a secret in its line, in lower case."""
        return {
            line[: line.index(secret)].lower()
            for one in self.said
            for line in bytes(one).split(b"\r\n")
            if secret in line
        }


@asynccontextmanager
async def overhearing(port: int) -> AsyncGenerator[Overheard]:
    """Pass on every connection to a port of this machine."""
    heard = Overheard()
    running: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said = bytearray()
        heard.said.append(said)
        there, beyond = await asyncio.open_connection("127.0.0.1", port)
        for task in (_pass(reader, beyond, said), _pass(there, writer, bytearray())):
            running.add(asyncio.create_task(task))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    heard.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield heard
    finally:
        server.close()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _pass(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, kept: bytearray
) -> None:
    try:
        while chunk := await reader.read(_CHUNK):
            kept += chunk
            writer.write(chunk)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()
