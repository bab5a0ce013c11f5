"""The typed members of a mutation's union, and the errors they stand for.

https://developers.buffer.com/guides/error-handling.md. Buffer adds members, and moves
others into ``errors``, without notice.
"""

import re

from galley.clients.buffer.errors import (
    DuplicateError,
    ForbiddenError,
    NotFoundError,
    RefusedError,
    UnknownOutcomeError,
)
from galley.clients.buffer.reading import as_dict, clean
from galley.models import RateWindow

_SUCCESSES = {"PostActionSuccess", "DeletePostSuccess"}
_REFUSALS = {
    "DuplicateError",
    "InvalidInputError",
    "LimitReachedError",
    "NotFoundError",
    "PostNotDeletableError",
    "RestProxyError",
    "UnauthorizedError",
    "VoidMutationError",
}
"""Members that say for certain that nothing was done."""
_CHANGE_ERROR = "VoidMutationError"
"""What ``deletePost`` and ``movePostInQueue`` answer, whatever went wrong."""
# "Whoops, it looks like you've posted that one recently. ... not able to post the same
# thing again", "... already got this one scheduled", "... cannot be posted twice".
_DUPLICATE = re.compile(
    r"posted that one recently|post the same thing|posted twice|\bduplicate\b"
    r"|\balready\b.{0,30}\bscheduled\b",
    re.IGNORECASE,
)
# Buffer says so itself, whatever union member it comes in: nothing was created.
_NOT_CREATED = re.compile(r"(?:invalid post|failed to create post)\b", re.IGNORECASE)
_GONE = re.compile(
    r"(?:document|post)(?: [0-9a-f]{24})? (?:was )?not found", re.IGNORECASE
)


def raise_for_member(value: object, windows: tuple[RateWindow, ...]) -> None:
    """Raise unless ``value`` is plain data or the success member of its union.

    Raises:
        BufferApiError: The leaf that fits. A member of a newer schema leaves open what
            happened, unless Buffer's words say that nothing was made.
    """
    member = as_dict(value)
    kind = clean(member.get("__typename", ""), 60)
    if not kind or kind in _SUCCESSES:
        return
    message = clean(member.get("message", ""))
    said = re.sub(r"\.,\s+", ". ", message)
    if kind != "LimitReachedError" and _DUPLICATE.search(message):
        raise DuplicateError(
            f"Buffer takes this for a repeat: {said}", kind=kind, windows=windows
        )
    if not message:
        raise _open(f"it answered {kind} and nothing more", windows)
    if kind not in _REFUSALS and not _NOT_CREATED.match(message):
        # UnexpectedError, or a member of a newer schema: whoever asked must look.
        raise _open(f"{kind}: {said}", windows)
    sentence = f"Buffer refused the {'change' if kind == _CHANGE_ERROR else 'post'}"
    if kind == "UnauthorizedError":
        raise ForbiddenError(f"{sentence}: {said}", windows=windows)
    if kind == "NotFoundError" or (kind == _CHANGE_ERROR and _GONE.match(message)):
        raise NotFoundError(f"{sentence}: {said}", windows=windows)
    raise RefusedError(f"{sentence}: {said}", kind=kind, windows=windows)


def _open(why: str, windows: tuple[RateWindow, ...]) -> UnknownOutcomeError:
    return UnknownOutcomeError(f"Buffer gave no clear answer: {why}", windows=windows)
