"""The one request with which the browser comes back from the authorization (RFC 8252).

It listens on this machine alone, serves no file, and tells nobody the code.
"""

import asyncio
import secrets
import socket
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from cli.terminal.failures import CommandError, ExitCode

PATH = "/callback"
_HOST = "127.0.0.1"
_READ_WITHIN = 10.0
"""Seconds; browsers open connections ahead and then say nothing."""
_HEAD = (
    "Content-Type: text/html; charset=utf-8\r\n"
    "Content-Security-Policy: default-src 'none'\r\n"
    "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n"
)


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where the browser is to come back to, and the code it will bring."""

    uri: str
    code: asyncio.Future[str]


@asynccontextmanager
async def awaiting_redirect(port: int, state: str) -> AsyncGenerator[Redirect]:
    """Listen for the redirect that carries ``state``; the first one decides.

    Raises:
        CommandError: The port is taken. The code's future fails with one, too, when
            the redirect brings an error or another state.
    """
    code: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_READ_WITHIN):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(_answer(head, state, code))
                await writer.drain()
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, sock=_listen(port))
    try:
        taken = server.sockets[0].getsockname()[1]
        yield Redirect(f"http://{_HOST}:{taken}{PATH}", code)
    finally:
        server.close()
        if not code.done():
            code.cancel()


def _listen(port: int) -> socket.socket:
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((_HOST, port))
    except OSError as error:
        taken.close()
        raise CommandError(
            f"Port {port} is taken ({error.strerror}): stop what uses it, or choose "
            "another with --port that the app knows as well.",
            ExitCode.USAGE,
        ) from error
    return taken


def _answer(head: bytes, state: str, code: asyncio.Future[str]) -> bytes:
    method, _, rest = head.decode("latin-1").partition(" ")
    target = urlsplit(rest.partition(" ")[0])
    if target.path != PATH:
        return _page("404 Not Found", "There is nothing here.")
    if method != "GET":
        return _page("405 Method Not Allowed", "Only a browser's redirect comes here.")
    if code.done():
        return _page("409 Conflict", "This login has ended already.")
    try:
        given = parse_qs(target.query, max_num_fields=20)
        code.set_result(_code_of(given, state))
    except ValueError:
        return _page("400 Bad Request", "That is no answer of Buffer's.")
    except CommandError as error:
        code.set_exception(error)
        return _page("400 Bad Request", "Galley was not authorized: see the terminal.")
    return _page("200 OK", "Galley has its answer. You may close this page.")


def _code_of(given: Mapping[str, list[str]], state: str) -> str:
    """Return the code, once the state shows that we asked for it."""
    states = given.get("state", [])
    if len(states) != 1 or not secrets.compare_digest(
        states[0].encode(), state.encode()
    ):
        raise CommandError(
            "The browser came back with another state than ours, which somebody else "
            "may have sent: nothing was authorized. Run `uv run starter.py auth login` "
            "again."
        )
    if given.get("error") == ["access_denied"]:
        raise CommandError(
            "Access was denied in Buffer: nothing was authorized.",
            ExitCode.UNAUTHORISED,
        )
    codes = given.get("code", [])
    if "error" in given or len(codes) != 1:
        said = "".join(given.get("error", []))[:40]
        word = said if said.replace("_", "").isalnum() and said.isascii() else "no code"
        raise CommandError(
            f"Buffer did not authorize the app ({word}): check BUFFER_CLIENT_ID and "
            "the redirect addresses the app has in Buffer.",
            ExitCode.REFUSED,
        )
    return codes[0]


def _page(status: str, said: str) -> bytes:
    body = f"<!doctype html><title>Galley</title><p>{said}</p>".encode()
    head = f"HTTP/1.1 {status}\r\n{_HEAD}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body
