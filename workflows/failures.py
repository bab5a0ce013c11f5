"""What a failed step says."""

from temporalio.exceptions import ActivityError


def cause(error: ActivityError) -> str:
    """Return the sentence the failed activity gave."""
    return getattr(error.cause, "message", "") or str(error.cause or error)
