"""The page that signs a browser in to the codec server."""

import base64
import hashlib
from html import escape

_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:3rem auto;"
    "padding:0 1rem;color-scheme:light dark}input{font:inherit;width:100%;"
    "box-sizing:border-box;margin:.3rem 0 1rem}button{font:inherit}"
    "code{overflow-wrap:anywhere}"
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; "
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
