"""Who may have payloads decoded: who has the token, or a browser that was given it.

Temporal's UI without a login sends no header of ours, and its address is told to
anybody who opens it. So a browser is signed in here, once, with the token, and then
sends a cookie (UI: "Include cross-origin credentials").
"""

import hashlib
import secrets
import time
from collections.abc import Callable

COOKIE = "galley_codec"
SIGNED_IN_SECONDS = 12 * 60 * 60
_MOST_BROWSERS = 100
_LEAST_TOKEN = 32
"""Characters: no shorter one is random enough to be guessed at without a pause."""


class WeakTokenError(ValueError):
    """The token is too short, or no header could carry it."""


class Access:
    """Knows the token, and the browsers that were signed in since it was made.

    Args:
        token: What a request or a browser must present.
        now: A clock in seconds.

    Raises:
        WeakTokenError: The token could be guessed, or sent by nobody.
    """

    def __init__(self, token: str, now: Callable[[], float] = time.monotonic) -> None:
        if len(token) < _LEAST_TOKEN or not token.isascii() or not token.isprintable():
            raise WeakTokenError
        self._token = token.encode()
        self._now = now
        self._until: dict[bytes, float] = {}

    def has_token(self, authorization: str) -> bool:
        """Tell whether a header ``Authorization`` bears the token (RFC 6750)."""
        scheme, _, told = authorization.partition(" ")
        return scheme.lower() == "bearer" and self._is_token(told.strip())

    def sign_in(self, token: str) -> str | None:
        """Return the cookie of a browser that knows the token; else ``None``."""
        if not self._is_token(token):
            return None
        while len(self._until) >= _MOST_BROWSERS:
            del self._until[next(iter(self._until))]
        cookie = secrets.token_urlsafe(32)
        self._until[_hashed(cookie)] = self._now() + SIGNED_IN_SECONDS
        return cookie

    def is_signed_in(self, cookie: str) -> bool:
        """Tell whether a cookie is one of :meth:`sign_in`, and not too old."""
        return self._until.get(_hashed(cookie), float("-inf")) > self._now()

    def _is_token(self, told: str) -> bool:
        return secrets.compare_digest(told.encode(), self._token)


def _hashed(cookie: str) -> bytes:
    """Found by its hash, a cookie is compared without a hint of how far it is right."""
    return hashlib.sha256(cookie.encode()).digest()
