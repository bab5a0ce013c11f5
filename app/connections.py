"""The connections that a face gives to every function of the application layer.

Settings, Temporal and the buckets, each opened on first use, and the progress notes.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cached_property
from typing import Protocol

from temporalio.client import Client

from app.errors import ServiceError, app_error
from galley.clients.storage import ObjectStore
from galley.clients.stores.buckets import Stores, open_media, open_state, open_stores
from galley.clients.temporal import TemporalUnreachableError, connect, connect_config
from galley.settings import Settings


class Progress(Protocol):
    """Notes for the person who waits, as a face shows them."""

    def note(self, message: str) -> None:
        """Show a line that is not part of the result."""
        ...

    def waiting(self, what: str) -> AbstractAsyncContextManager[None]:
        """Show ``what`` is being waited for while the body runs."""
        ...


class SilentProgress:
    """Progress that nobody watches."""

    def note(self, message: str) -> None:
        """Drop the line."""

    @asynccontextmanager
    async def waiting(self, what: str) -> AsyncGenerator[None]:
        """Run the body."""
        del what
        yield


_OPENED = frozenset({"state", "media", "stores"})
"""Cached properties of :class:`Connections`."""


class Connections:
    """Settings, the Temporal client and the two buckets, each opened once, on use.

    Args:
        settings: Every setting; the layer reads no environment of its own.
        connect: Returns a connected Temporal client.
        progress: Where notes for the waiting person go.
    """

    def __init__(
        self,
        settings: Settings,
        connect: Callable[[], Awaitable[Client]],
        progress: Progress | None = None,
    ) -> None:
        self.settings = settings
        self.progress: Progress = progress or SilentProgress()
        self._connect = connect
        self._client: Client | None = None

    def watched_by(self, progress: Progress) -> "Connections":
        """Return the same connections with another person, or program, that waits."""
        watched = Connections(self.settings, self.temporal, progress)
        # Opened by now, so that both use one.
        watched.__dict__ |= {k: v for k, v in self.__dict__.items() if k in _OPENED}
        return watched

    async def temporal(self) -> Client:
        """Return the Temporal client.

        Raises:
            ServiceError: No server answers.
            NotAuthorizedError: The server refuses our credentials.
        """
        if self._client is None:
            self._client = await self._connect()
        return self._client

    @cached_property
    def state(self) -> ObjectStore:
        """The private bucket.

        Raises:
            StoreDeniedError: Credentials, a client or a setting is missing.
        """
        return open_state(self.settings)

    @cached_property
    def media(self) -> ObjectStore:
        """The public bucket.

        Raises:
            StoreDeniedError: Credentials, a client or a setting is missing.
        """
        return open_media(self.settings)

    @cached_property
    def stores(self) -> Stores:
        """Both buckets, for what reads one beside the other.

        Raises:
            StoreDeniedError: As for each, or both are the same bucket.
        """
        return open_stores(self.settings)


async def open_client() -> Client:
    """Connect to Temporal: what a face gives to :class:`Connections`.

    Raises:
        ServiceError: Nothing answers at the address, or the local stack has stopped.
        NotAuthorizedError: The server does not let us in.
        InvalidRequestError: A setting for Temporal is wrong.
    """
    try:
        async with asyncio.timeout(10):
            return await connect(quiet=True)
    except TimeoutError as error:
        address = connect_config().get("target_host")
        raise ServiceError(
            f"No Temporal server answered at {address} within ten seconds: check "
            "TEMPORAL_ADDRESS, and firewalls on the way."
        ) from error
    except TemporalUnreachableError as error:
        raise app_error(error) or error from error
