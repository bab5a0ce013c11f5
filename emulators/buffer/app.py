"""The ASGI application: Buffer's wire at ``/`` and ``/graphql``, control beside it."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from starlette.applications import Starlette
from starlette.routing import Route

from emulators.buffer.connections import Connections
from emulators.buffer.control import Control
from emulators.buffer.core import Emulator
from emulators.buffer.endpoint import GraphQLEndpoint
from emulators.buffer.lifecycle import Lifecycle
from emulators.buffer.oauth import OAuth, RefusedTokens
from emulators.buffer.oauth_clients import OAuthOptions
from emulators.buffer.page import FrontDoor, Page


def create_app(
    emulator: Emulator, connections: Connections, oauth: OAuthOptions
) -> Starlette:
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
