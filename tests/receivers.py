"""Real receivers of notifications: of webhooks, of mail."""

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from tests.ports import free_port


@dataclass
class Taken:
    """One request as it came in."""

    path: str
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body)


@dataclass
class Receiver:
    """Takes POSTs. ``statuses`` are the next answers; then it is 204.

    With ``is_mute`` it takes what comes, and never answers.
    """

    statuses: list[str] = field(default_factory=list)
    headers: tuple[str, ...] = ()
    is_mute: bool = False
    answer: Callable[[Taken], Awaitable[str]] | None = None
    """Says the status of a request for which none is left in ``statuses``."""
    taken: list[Taken] = field(default_factory=list)
    url: str = ""
    is_closed: asyncio.Event = field(default_factory=asyncio.Event)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            pairs = (line.split(": ", maxsplit=1) for line in lines)
            headers = {name.lower(): value for name, value in pairs}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            taken = Taken(first.split()[1], headers, body.decode())
            self.taken.append(taken)
            if self.is_mute:
                await self.is_closed.wait()
            status = "204 No Content"
            if self.statuses:
                status = self.statuses.pop(0)
            elif self.answer is not None:
                status = await self.answer(taken)
            more = "".join(f"{line}\r\n" for line in self.headers)
            writer.write(
                f"HTTP/1.1 {status}\r\n{more}Connection: close\r\n"
                "Content-Length: 0\r\n\r\n".encode()
            )
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def receiving(receiver: Receiver, port: int = 0) -> AsyncGenerator[Receiver]:
    """Let the receiver listen on loopback."""
    server = await asyncio.start_server(receiver.connected, "127.0.0.1", port)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    try:
        yield receiver
    finally:
        receiver.is_closed.set()
        server.close()


@dataclass
class Mailbox:
    """An SMTP server on loopback that takes mail by STARTTLS and a password alone."""

    port: int
    authority: Path
    refusal: str = ""
    refused: dict[str, str] = field(default_factory=dict[str, str])
    """The answer about an address that it takes no mail for."""
    letters: list[EmailMessage] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://galley:s%40fe@localhost:{self.port}"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: object, session: object, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 taken"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802, ANN401 - aiosmtpd's names
        del server, session
        if self.refusal:
            return self.refusal
        content = envelope.original_content or b""
        self.letters.append(message_from_bytes(content, policy=policy.default))  # pyright: ignore[reportArgumentType] - the policy makes it an EmailMessage
        return "250 taken"


@contextmanager
def mail_server(folder: Path) -> Generator[Mailbox]:
    """Run the SMTP server, with a certificate that ``authority`` has signed."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)  # pyright: ignore[reportUnknownMemberType] - one type of it is unknown
    box = Mailbox(free_port(), folder / "authority.pem")
    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=box.port,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=_authenticate,
    )
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


def _authenticate(*given: Any) -> AuthResult:  # noqa: ANN401 - aiosmtpd's words
    data = given[-1]
    assert isinstance(data, LoginPassword)
    is_right = (data.login, data.password) == (b"galley", b"s@fe")
    # What is not handled, the server answers itself: 535.
    return AuthResult(success=is_right, handled=is_right)
