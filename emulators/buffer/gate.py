"""Who may talk to the API: the User-Agent, then the token.

Buffer stands behind Cloudflare, which turns clients away that name no User-Agent or
Python urllib's; a missing or bad token is refused before the query is looked at, and
without rate-limit headers.
"""

from collections.abc import Container

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from emulators.buffer.answers import error_body
from emulators.buffer.keys import digest
from emulators.buffer.rate import Standing

TOKEN_MISSING = "An authentication JWT or Access Token is required"  # noqa: S105 - a message
TOKEN_INVALID = "Access token is not valid"  # noqa: S105 - a message
TOO_MANY = "Too many requests from this client. Please try again later."
REJECTED_PREFIXES = ("bad", "revoked")


class TurnedAwayError(Exception):
    """The request ends here, with this answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


def identify(request: Request, rejected: Container[str]) -> str:
    """Name the client of a request by a digest of its token.

    Raises:
        TurnedAwayError: No User-Agent (403), no token, or a rejected one (401).
    """
    agent = request.headers.get("user-agent", "")
    if not agent.strip() or agent.lower().startswith("python-urllib"):
        raise TurnedAwayError(PlainTextResponse("error code: 1010", 403))
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise TurnedAwayError(unauthenticated(TOKEN_MISSING))
    if token in rejected or token.startswith(REJECTED_PREFIXES):
        raise TurnedAwayError(unauthenticated(TOKEN_INVALID))
    return digest(token)


def unauthenticated(message: str) -> Response:
    """A 401 as Buffer words it."""
    return JSONResponse(error_body(message, "UNAUTHENTICATED"), 401)


def too_many(standing: Standing, window: str, retry_after: int) -> Response:
    """A 429 with the headers that say when to come back, in seconds."""
    headers = {**standing.headers, "Retry-After": str(retry_after)}
    body = error_body(TOO_MANY, "RATE_LIMIT_EXCEEDED", window=window)
    return JSONResponse(body, 429, headers)
