"""Serve the emulator over HTTP with uvicorn."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from emulators.buffer.control import Control
from emulators.buffer.core import Connections, Emulator, Options
from emulators.buffer.endpoint import GraphQLEndpoint
from emulators.buffer.lifecycle import Lifecycle
from emulators.buffer.oauth import OAuth, RefusedTokens
from emulators.buffer.oauth_store import OAuthOptions
from emulators.buffer.page import FrontDoor, Page
from emulators.serving import AnnouncedServer


def create_app(emulator: Emulator, connections: Connections, oauth: OAuthOptions) -> Starlette:
    """Put the emulator's parts together; its clock runs for the app's lifespan."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        clock = asyncio.create_task(Lifecycle(emulator).run())
        try:
            yield
        finally:
            clock.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await clock
            await emulator.close()

    endpoint = GraphQLEndpoint(emulator, connections, RefusedTokens(emulator))
    page = Page(emulator)
    return Starlette(
        routes=[
            Route("/", FrontDoor(page, endpoint)),
            Route("/graphql", endpoint),
            *Control(emulator).routes(),
            *page.routes(),
            *OAuth(emulator, oauth, connections).routes(),
        ],
        lifespan=lifespan,
    )


class EmulatorServer(AnnouncedServer):
    """A uvicorn server that tells when it is ready."""

    def __init__(
        self, options: Options, oauth: OAuthOptions | None = None, *, announce: bool = False
    ) -> None:
        connections = Connections()
        emulator = Emulator(options)
        config = uvicorn.Config(
            create_app(emulator, connections, oauth or OAuthOptions()),
            http=connections.protocol(),
            ws="none",
            lifespan="on",
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=2,
        )
        super().__init__(config, "Buffer" if announce else None)
