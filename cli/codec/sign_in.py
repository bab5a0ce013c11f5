"""Who may have payloads decoded: a caller with the token, or a browser signed in by it.

Temporal's UI without a login sends no header of ours, and it tells the codec server's
address to anybody who opens it. So a browser is signed in once, with the token, on the
page below; after that it sends a cookie (UI: "Include cross-origin credentials").
"""

import base64
import hashlib
import secrets
import time
from collections.abc import Callable
from html import escape

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


_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:3rem auto;"
    "padding:0 1rem;color-scheme:light dark}input{font:inherit;width:100%;"
    "box-sizing:border-box;margin:.3rem 0 1rem}button{font:inherit}"
    "code{overflow-wrap:anywhere}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
PAGE_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "same-origin",
}
_FORM = """<p>Whoever is signed in here reads what Galley encrypted.</p>
<form method="post">
<label>Token (<code>GALLEY_CODEC_TOKEN</code>)
<input type="password" name="token" autocomplete="current-password" required autofocus>
</label>
<button>Sign in</button>
</form>"""


def sign_in_page(said: str = "") -> str:
    """Return the page that asks for the token, after a word on the last try."""
    told = f'<p role="alert">{escape(said)}</p>' if said else ""
    return _page(told + _FORM)


def signed_in_page(endpoint: str) -> str:
    """Return the page that says what to set in Temporal's UI."""
    return _page(
        "<p>This browser is signed in for twelve hours, or until the codec server "
        "stops.</p><p>In Temporal's UI choose the glasses at the top right, "
        "<i>Use my browser setting</i>, and there:</p><ul>"
        f"<li>the endpoint <code>{escape(endpoint)}</code>,</li>"
        "<li><i>Include cross-origin credentials</i>: on.</li></ul>"
    )


def _page(body: str) -> str:
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>Galley's codec server</title><style>{_STYLE}</style>"
        f"<main><h1>Galley's codec server</h1>{body}</main></html>"
    )
