"""OrganizationLookup: which organization of Buffer's a key acts for.

A worker asks it for the ID of its AccountWorkflow.
"""

import asyncio
from datetime import timedelta

from temporalio.exceptions import ApplicationError

from galley.clients.buffer.client import BufferClient, resolve_organization
from galley.clients.buffer.errors import (
    BufferApiError,
    ForbiddenError,
    OrganizationError,
    RateLimitedError,
    UnauthorizedError,
)


class OrganizationLookup:
    """The organization that the key acts for, asked for once a process.

    This is the one request to Buffer outside of AccountWorkflow, whose ID is made from the
    answer. The ``RateLimit`` headers of AccountWorkflow's first reply count it.
    """

    def __init__(self, buffer: BufferClient, wanted: str | None) -> None:
        self._buffer = buffer
        self._wanted = wanted
        self._found: str | None = wanted
        self._asking = asyncio.Lock()

    async def __call__(self) -> str:
        """Return the organization's id.

        Raises:
            ApplicationError: final for a wrong key or an unclear choice.
        """
        # A lock, so that activities that start together share one request.
        async with self._asking:
            if self._found is None:
                self._found = await self._ask()
            return self._found

    async def _ask(self) -> str:
        try:
            organization = await resolve_organization(self._buffer, self._wanted)
        except BufferApiError as error:
            wait = error.retry_after if isinstance(error, RateLimitedError) else None
            raise ApplicationError(
                error.message,
                type=type(error).__name__,
                non_retryable=isinstance(
                    error, UnauthorizedError | ForbiddenError | OrganizationError
                ),
                next_retry_delay=timedelta(seconds=wait) if wait else None,
            ) from None
        return organization.id
