"""Receive webhooks of Replicate in the worker that waits, if an address is set."""

import asyncio
import logging
import socket
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from activities.generation.waking import Wakes
from galley.clients.replicate import ReplicateClient, ReplicateFailure
from galley.clients.transcribers import replicate_token
from galley.clients.webhooks import UnsignedError, Webhooks
from galley.listening import listen, quiet_server
from galley.settings import Settings
from workflows.queues import Queue

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_MOST_BYTES = 5_000_000
"""A prediction with its logs; its output is an address."""
_WITHIN = 10.0
_LOGGER = logging.getLogger(__name__)


class Receiver:
    """Answers what comes to the address, and wakes who waits.

    Args:
        client: Replicate, which tells its signing secret to who has the token.
        secret: The secret, if it is known already.
        wakes: Who waits in this worker.
    """

    def __init__(
        self, client: ReplicateClient, secret: str | None, wakes: Wakes
    ) -> None:
        self._client = client
        self._webhooks = Webhooks(secret) if secret else None
        self._wakes = wakes
        self._asking = asyncio.Lock()

    async def receive(self, request: "Request") -> "Response":
        """Answer one webhook: 204, or 401 if it is not to be believed.

        413 or 408 if it is too large or too slow, 503 while the secret is not known:
        Replicate then sends it again.
        """
        from starlette.responses import Response

        try:
            async with asyncio.timeout(_WITHIN):
                body = await _body(request)
                webhooks = await self._known()
        except TimeoutError:
            return Response(status_code=408)
        except ReplicateFailure as error:
            _LOGGER.warning("webhooks cannot be verified: %s", error)
            return Response(status_code=503)
        if body is None:
            return Response(status_code=413)
        try:
            prediction = webhooks.opened(request.headers, body)
        except UnsignedError:
            return Response(status_code=401)
        if prediction:
            self._wakes.wake(prediction)
        return Response(status_code=204)

    async def _known(self) -> Webhooks:
        async with self._asking:
            if self._webhooks is None:
                self._webhooks = Webhooks(await self._client.webhook_secret())
            return self._webhooks


@asynccontextmanager
async def receiving(settings: Settings, wakes: Wakes) -> AsyncGenerator[int | None]:
    """Receive webhooks meanwhile; gives the port, ``None`` where no address is set.

    Raises:
        RuntimeError: It is set, and the port or the extra is not there.
    """
    if not settings.webhook_url:
        yield None
        return
    door = _listen(settings.webhook_host, settings.webhook_port)
    token = replicate_token(settings) or "none"
    client = ReplicateClient(token, settings.replicate_base_url, "none/none")
    known = settings.webhook_secret
    secret = known.get_secret_value() if known else None
    server = _server(Receiver(client, secret, wakes))
    serving = asyncio.create_task(server.serve(sockets=[door]))
    try:
        yield int(door.getsockname()[1])
    finally:
        server.should_exit = True
        with suppress(asyncio.CancelledError):
            await serving
        await client.aclose()


def waits_for_replicate(queues: Collection[Queue]) -> bool:
    """Tell whether a worker of these queues waits for predictions."""
    return bool({Queue.GENERATION, Queue.SPEECH} & set(queues))


def _server(receiver: Receiver) -> Any:  # noqa: ANN401 -- of a library that may be missing
    try:
        from starlette.applications import Starlette
        from starlette.routing import Route

        # Whatever path the proxy in front leaves: the signature decides.
        anywhere = Route("/{path:path}", receiver.receive, methods=["POST"])
        return quiet_server(Starlette(routes=[anywhere]))
    except ImportError:
        raise RuntimeError(
            "GALLEY_WEBHOOK_URL is set, and what receives webhooks is not installed: "
            "run `uv sync --extra webhooks`, or unset it."
        ) from None


def _listen(host: str, port: int) -> socket.socket:
    try:
        return listen(host, port)
    except OSError as error:
        raise RuntimeError(
            f"Nothing can listen for webhooks on {host}:{port} ({error.strerror}): set "
            "GALLEY_WEBHOOK_PORT to a free port."
        ) from None


async def _body(request: "Request") -> bytes | None:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            return None
    return bytes(body)
