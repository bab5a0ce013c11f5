"""A front door before a server of somebody else's: fake-gcs-server, or Temporal's UI.

``python -m emulators.proxy --port 4443 --to http://127.8.9.10:20001 -- COMMAND`` starts the
server, passes requests on to it, and ends when it does. Without a command it runs elsewhere.
"""

import argparse
import asyncio
import signal
import sys
from collections.abc import Iterable
from contextlib import aclosing, suppress
from urllib.parse import urlsplit

import httpcore
import uvicorn
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from emulators.front_door import FrontDoor
from emulators.serving import listen, parser_for

_MOST = 100
"""Connections to the server at a time."""
# Of one connection alone (RFC 9110, 7.6.1); uvicorn answers an expectation by itself.
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade", "expect"})


class Proxy:
    """Passes requests on to one server and its answers back, as they come.

    By httpcore, the part of httpx that a door needs: it loads in half the time, adds no headers
    and leaves addresses as they are. Without time limits, for whoever asks has some of his own,
    and a query of Temporal's UI may wait for a minute.
    """

    def __init__(self, to: str) -> None:
        where = urlsplit(to)
        self._host, self._port = (where.hostname or "").encode(), where.port
        self._pool = httpcore.AsyncConnectionPool(max_connections=_MOST, keepalive_expiry=5)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request with what the server answers."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        has_body = not {"content-length", "transfer-encoding"}.isdisjoint(request.headers)
        target = scope["raw_path"] + (
            b"?" + scope["query_string"] if scope["query_string"] else b""
        )
        headers = _passed(request.headers.raw)
        if has_body and "content-length" not in request.headers:
            headers.append((b"transfer-encoding", b"chunked"))
        passed = httpcore.Request(
            request.method,
            httpcore.URL(scheme=b"http", host=self._host, port=self._port, target=target),
            headers=headers,
            content=request.stream() if has_body else None,
        )
        try:
            answer = await self._pool.handle_async_request(passed)
        except ClientDisconnect:
            return
        except (httpcore.NetworkError, httpcore.ProtocolError):
            unready = PlainTextResponse("The server behind this door does not answer.\n", 502)
            await unready(scope, receive, send)
            return
        async with aclosing(answer):
            headers = _passed(answer.headers)
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            async for part in answer.aiter_stream():
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b""})


def _passed(raw: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [(k.lower(), v) for k, v in raw if k.decode("latin-1").lower() not in _HOP_BY_HOP]


async def _run(given: argparse.Namespace) -> int:
    """Serve until a signal or the end of the server; return the exit code."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # uvicorn raises the signal again after its end, when the server still has to be ended.
        loop.add_signal_handler(number, lambda: None)
    sock = listen(given.host, given.port)
    process = await asyncio.create_subprocess_exec(*given.command) if given.command else None
    config = uvicorn.Config(
        FrontDoor(Proxy(given.to), given.name),
        lifespan="off",
        log_level="warning",
        access_log=False,
        # The server's own stay.
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    if process is None:
        await serving
        return 0
    ending = asyncio.create_task(process.wait())
    await asyncio.wait({serving, ending}, return_when=asyncio.FIRST_COMPLETED)
    is_asked = not ending.done()
    server.should_exit = True
    await serving
    with suppress(ProcessLookupError):
        process.terminate()
    return await ending and not is_asked


def main() -> None:
    """Serve, and leave with the exit code of the server, if it ended by itself."""
    parser = parser_for("proxy", 0, "A server behind a front door.")
    parser.add_argument("--to", required=True, metavar="URL", help="address of the server")
    parser.add_argument("command", nargs="*", help="starts the server, after --")
    sys.exit(asyncio.run(_run(parser.parse_args())))


if __name__ == "__main__":
    main()
