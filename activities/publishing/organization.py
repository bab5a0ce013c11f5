"""The Buffer organization that the key acts for, and the policy its account starts with.

The worker and the command line use them.
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
from galley.publishing.job.state import AccountPolicy
from galley.settings import Settings


class OrganizationLookup:
    """Ask once a process; the one request to Buffer outside AccountWorkflow.

    It has to be: the organization's id is the AccountWorkflow's. The first answer
    that AccountWorkflow gets counts it, by the ``RateLimit`` headers.
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


def policy_of(settings: Settings) -> AccountPolicy:
    """Return what an AccountWorkflow is started with, by worker or command line."""
    return AccountPolicy(
        poll_seconds=settings.poll_seconds,
        look_delays=settings.reconcile_pauses,
        gap_seconds=settings.post_gap_seconds,
    )
