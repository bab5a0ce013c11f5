"""What a person can do about media that cannot be made public: pure."""

from galley.approval.changes import ON_ITS_WAY
from galley.models import PostState

MEDIA_LOST = "MediaLostError"
"""Type of the failure that no further attempt mends: what was staged is gone too."""

_ANEW = "Have its media made anew: starter.py edit --remake-media"


def what_helps(state: PostState, *, is_lost: bool) -> str:
    """Return the sentence that follows the failure in this state.

    Args:
        state: Of the post.
        is_lost: Whether what was staged is gone, so that trying again is of no use.
    """
    if is_lost and state is PostState.HELD:
        return (
            "Reject it, which looks in Buffer for it too, and start its source again "
            "with --edition 2."
        )
    if is_lost:
        approved = " --approve" if state in ON_ITS_WAY else ", or regenerate the post"
        return f"{_ANEW}{approved}."
    if state is PostState.SCHEDULED:
        return "It is tried again until the post is due; or reschedule it."
    return "Approve again to try once more."
