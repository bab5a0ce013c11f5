"""What a failure in a history says, encrypted or not."""

from temporalio.api.failure.v1 import Failure
from temporalio.client import Client
from temporalio.exceptions import FailureError


async def failure_text(client: Client, failure: Failure) -> str:
    """Return the message of a failure.

    Raises:
        MissingKeyError: It is encrypted with a key that is not here.
    """
    if not failure.HasField("encoded_attributes"):
        return failure.message
    # Decrypting happens in place, and the history is the caller's.
    own = Failure.FromString(failure.SerializeToString())
    error = await client.data_converter.decode_failure(own)
    return error.message if isinstance(error, FailureError) else str(error)
