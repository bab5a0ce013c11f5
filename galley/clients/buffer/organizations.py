"""Which organization the key is to act for."""

from galley.clients.buffer.client import BufferClient, Organization
from galley.clients.buffer.errors import OrganizationError


async def resolve_organization(
    client: BufferClient, wanted: str | None
) -> Organization:
    """Return the organization named ``wanted``, or the only one there is.

    Args:
        client: Any client; one request is made.
        wanted: An organization id (GALLEY_BUFFER_ORGANIZATION), or ``None``.

    Raises:
        OrganizationError: The key reaches none, several while none is named, or not
            the one that is named. The message lists the choices.
        BufferApiError: Buffer did not answer.
    """
    reached = (await client.organizations()).value
    chosen = [one for one in reached if wanted in {None, "", one.id}]
    if len(chosen) == 1:
        return chosen[0]
    if not reached:
        raise OrganizationError(
            "The Buffer key reaches no organization: use a key of an account "
            "that is a member of one"
        )
    choices = ", ".join(f"{one.name} ({one.id})" for one in reached)
    problem = f"does not reach organization {wanted}" if wanted else "reaches several"
    raise OrganizationError(
        f"The Buffer key {problem}: set GALLEY_BUFFER_ORGANIZATION to the id of one of "
        f"{choices}"
    )
