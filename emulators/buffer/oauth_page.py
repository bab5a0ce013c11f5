"""What a person sees of the authorization server."""

from collections.abc import Mapping
from html import escape

from starlette.responses import HTMLResponse, Response

_STYLE = (
    "body{font:16px/1.5 system-ui;max-width:32rem;margin:4rem auto;padding:0 1rem}"
    "button{font:inherit;padding:.5rem 1rem;margin-right:.5rem}"
)


def consent_page(asked: Mapping[str, str], organization: str) -> Response:
    """Ask whether the app may act for the organization; the answer is posted back."""
    kept = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in asked.items()
    )
    scopes = "".join(f"<li>{escape(one)}</li>" for one in asked["scope"].split())
    return _page(
        f"<h1>Allow {escape(asked['client_id'])}?</h1>"
        f"<p>It asks to act for {escape(organization)} in this Buffer emulator:</p>"
        f"<ul>{scopes}</ul>"
        f'<form method="post">{kept}'
        '<button name="decision" value="allow">Allow</button>'
        '<button name="decision" value="deny">Deny</button></form>'
    )


def refusal_page(said: str) -> Response:
    """Say why nobody is sent back to the app."""
    return _page(f"<h1>Not possible</h1><p>{escape(said)}</p>", 400)


def _page(body: str, status: int = 200) -> Response:
    head = f"<!doctype html><title>Buffer emulator</title><style>{_STYLE}</style>"
    headers = {"Cache-Control": "no-store", "X-Frame-Options": "DENY"}
    return HTMLResponse(head + body, status, headers)
