"""The command group ``auth``: the authorization of an app in Buffer, in the browser.

The redirect is the one request that ``auth login`` serves (RFC 8252): on this machine alone,
from no file, and nobody is told the code.
"""

import asyncio
import re
import socket
import webbrowser
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

import typer

from app.errors import AppError, ConflictError
from app.health.authorization import Authorization, BufferAccess, Granted, forget, read_access
from cli.commands.options import Json
from cli.errors import CommandError, ExitCode, usage
from cli.phrases import local
from cli.process import run
from cli.terminal import say, show, show_json
from galley.clients.buffer.renewal import LOGIN
from galley.settings import Settings

auth = typer.Typer(name="auth", no_args_is_help=True)

_PORT = 8765
_PATIENCE = 300.0
"""Seconds in which the person must say yes."""
_PATH = "/callback"
_HOST = "127.0.0.1"
_HOSTS = re.compile(r"^host:\s*(\S*)\r$", re.IGNORECASE | re.MULTILINE)
_READ_WITHIN = 10.0
"""Seconds; browsers open connections ahead and send nothing on them."""
_HEAD = (
    "Content-Type: text/html; charset=utf-8\r\n"
    "Content-Security-Policy: default-src 'none'\r\n"
    "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n"
)

CodeIn = Callable[[Mapping[str, list[str]]], str]
"""Returns the code in the query of a redirect, or raises ``AppError``."""


@auth.callback()
def authorization() -> None:
    """Reach Buffer by an app that somebody authorizes."""


@auth.command()
def login(
    *,
    port: Annotated[
        int,
        typer.Option(
            min=0,
            max=65535,
            metavar="PORT",
            help="The browser comes back to this port. The app must know "
            "http://127.0.0.1:<port>/callback; 0 takes any free one.",
        ),
    ] = _PORT,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Only print the URL to open.")
    ] = False,
    json: Json = False,
) -> None:
    """Authorize the app BUFFER_CLIENT_ID in the browser, and keep its tokens.

    Waits five minutes. Posts that were held for lack of it go on when they are approved
    again.

    Example: galley auth login
    """
    granted = run(_log_in(Settings(), port, browser=not no_browser))
    if not granted.is_renewed:
        say("Buffer gave no refresh token: log in again within the hour.")
    if lacking := list(granted.lacking_scopes):
        say(f"Buffer did not grant the app {lacking}: Galley needs them for a part of its work.")
    if granted.access.uses == "BUFFER_API_KEY":
        say("BUFFER_API_KEY is set and wins over the app: unset it to use the app.")
    if json:
        show_json(_shown(granted.access))
    else:
        app = granted.client_id
        show(f"The app {app} is authorized; see `galley channels`.")


@auth.command()
def status(*, json: Json = False) -> None:
    """Say how Galley reaches Buffer, and until when.

    The exit code is 4 if there is no way.

    Example: galley auth status
    """
    access = read_access(Settings())
    shown = _shown(access)
    if json:
        show_json(shown)
    else:
        for name, value in shown.items():
            show(f"{name.replace('_', ' ')}: {value}")
    if not access.usable:
        raise CommandError(
            f"Buffer cannot be reached: {LOGIN}, or set BUFFER_API_KEY.", ExitCode.UNAUTHORISED
        )


def _shown(access: BufferAccess) -> dict[str, object]:
    """Return the known fields, with times in the person's own zone."""
    shown = access.model_dump(exclude_unset=True)
    if access.access_token_until is not None:
        shown["access_token_until"] = local(access.access_token_until)
    return shown


@auth.command()
def logout(*, json: Json = False) -> None:
    """Forget the tokens of the app; workers stop publishing at once.

    Example: galley auth logout
    """
    was_there = forget(Settings())
    if json:
        show_json({"logged_out": was_there})
    else:
        show("The tokens are forgotten." if was_there else "There were no tokens.")
    if was_there:
        say("Buffer still lists the app in your account: remove it there as well.")


# The login


async def _log_in(settings: Settings, port: int, *, browser: bool) -> Granted:
    """Let a person authorize the app in the browser.

    Raises:
        AppError: Nothing was authorized, or it could not be kept.
        CommandError: The port is taken, or nobody answered in time.
    """
    authorization = Authorization(settings)
    async with _awaiting_redirect(port, authorization.code_in) as redirect:
        url = authorization.url(redirect.uri)
        opened = browser and await asyncio.to_thread(webbrowser.open, url)
        first = "If no browser has opened, open" if opened else "Open"
        say(f"{first} this address and allow the app:\n{url}")
        try:
            async with asyncio.timeout(_PATIENCE):
                code = await redirect.code
        except TimeoutError as error:
            raise CommandError(
                "Nobody answered within five minutes: nothing was authorized. Run "
                "`galley auth login` again."
            ) from error
        return await authorization.finish(code, redirect.uri)


@dataclass(frozen=True, slots=True)
class _Redirect:
    """The address for the browser to come back to, and the code it will bring."""

    uri: str
    code: asyncio.Future[str]


@asynccontextmanager
async def _awaiting_redirect(port: int, code_in: CodeIn) -> AsyncGenerator[_Redirect]:
    """Listen for the redirect; the first one with our state decides, even if by an error.

    Any page may send the browser here, so one with another state ends nothing.
    """
    code: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_READ_WITHIN):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(_answer(head, code_in, code))
                await writer.drain()
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, sock=_listen(port))
    try:
        taken = server.sockets[0].getsockname()[1]
        yield _Redirect(f"http://{_HOST}:{taken}{_PATH}", code)
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
        raise usage(
            f"Port {port} is taken ({error.strerror}): stop the program that uses it, or "
            "choose another with --port that the app knows as well."
        ) from error
    return taken


def _answer(head: bytes, code_in: CodeIn, code: asyncio.Future[str]) -> bytes:
    text = head.decode("latin-1")
    method, _, rest = text.partition(" ")
    target = urlsplit(rest.partition(" ")[0])
    names = [host.partition(":")[0] for host in _HOSTS.findall(text)]
    if (refused := _refusal(method, target.path, names)) is not None:
        return refused
    if code.done():
        return _page("409 Conflict", "This login has ended already.")
    try:
        code.set_result(code_in(parse_qs(target.query, max_num_fields=20)))
    except ValueError:
        return _page("400 Bad Request", "That is no answer of Buffer's.")
    except ConflictError:
        return _page("400 Bad Request", "That answers no login that is going on here.")
    except AppError as error:
        code.set_exception(error)
        return _page("400 Bad Request", "Galley was not authorized: see the terminal.")
    return _page("200 OK", "Galley has its answer. You may close this page.")


def _refusal(method: str, path: str, names: list[str]) -> bytes | None:
    """Return the page for a request that is no redirect to us."""
    if names not in ([_HOST], ["localhost"]):
        return _page("403 Forbidden", "This is not the name of this machine.")
    if path != _PATH:
        return _page("404 Not Found", "There is nothing here.")
    if method != "GET":
        return _page("405 Method Not Allowed", "Only a browser's redirect comes here.")
    return None


def _page(status: str, words: str) -> bytes:
    body = f"<!doctype html><title>Galley</title><p>{words}</p>".encode()
    head = f"HTTP/1.1 {status}\r\n{_HEAD}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body
