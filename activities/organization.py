"""Find out which Buffer organization the key is to act for."""

from temporalio.exceptions import ApplicationError

from galley.clients.buffer.client import BufferClient
from galley.clients.buffer.errors import (
    BufferApiError,
    ForbiddenError,
    OrganizationError,
    UnauthorizedError,
)
from galley.clients.buffer.organizations import resolve_organization


class OrganizationLookup:
    """Ask once a process; the one request to Buffer outside AccountWorkflow.

    It has to be: the organization's id is the AccountWorkflow's. The first answer
    that AccountWorkflow gets counts it, by the ``RateLimit`` headers.
    """

    def __init__(self, buffer: BufferClient, wanted: str | None) -> None:
        self._buffer = buffer
        self._wanted = wanted
        self._found: str | None = wanted

    async def __call__(self) -> str:
        """Return the organization's id.

        Raises:
            ApplicationError: final for a wrong key or an unclear choice.
        """
        if self._found is not None:
            return self._found
        try:
            organization = await resolve_organization(self._buffer, self._wanted)
        except BufferApiError as error:
            raise ApplicationError(
                error.message,
                type=type(error).__name__,
                non_retryable=isinstance(
                    error, UnauthorizedError | ForbiddenError | OrganizationError
                ),
            ) from None
        self._found = organization.id
        return organization.id
