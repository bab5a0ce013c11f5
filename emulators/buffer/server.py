"""Serve the emulator over HTTP with uvicorn."""

import uvicorn

from emulators.buffer.app import create_app
from emulators.buffer.connections import Connections
from emulators.buffer.core import Emulator, Options
from emulators.buffer.oauth_clients import OAuthOptions
from emulators.listening import AnnouncedServer


class EmulatorServer(AnnouncedServer):
    """A uvicorn server that tells when it is ready."""

    def __init__(
        self,
        options: Options,
        oauth: OAuthOptions | None = None,
        *,
        announce: bool = False,
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
