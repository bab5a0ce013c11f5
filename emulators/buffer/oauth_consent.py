"""What a person sees of the authorization server."""

import re
from collections.abc import Mapping
from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from emulators.buffer.core import Emulator
from emulators.buffer.oauth_store import OAuthOptions

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


SCOPES = (
    *("posts:read", "posts:write", "ideas:read", "ideas:write"),
    *("account:read", "account:write", "offline_access"),
    *("insights:read", "notes:read", "notes:write"),
)
_ASKED = (
    *("client_id", "redirect_uri", "response_type", "scope", "state"),
    *("code_challenge", "code_challenge_method", "prompt"),
)
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
MAX_FORM = 64 * 1024


class AuthorizationError(Exception):
    """The app asks for what it cannot have; told to it by the redirect."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code


class Consent:
    """The handlers of the authorization endpoint."""

    def __init__(self, emulator: Emulator, options: OAuthOptions) -> None:
        self._emulator, self._options = emulator, options

    async def ask(self, request: Request) -> Response:
        """GET: show what is asked, or allow it at once where that was chosen."""
        asked = single(request.url.query)
        refused = self._refusal(request, asked)
        if refused or asked is None:
            return refused or refusal_page("A parameter was sent twice.")
        if self._options.auto_approve:
            return self._allow(request, asked)
        shown = {name: asked[name] for name in _ASKED if name in asked}
        return consent_page(shown, self._emulator.options.organization)

    async def decide(self, request: Request) -> Response:
        """POST: what the person chose."""
        asked = await form_of(request)
        refused = self._refusal(request, asked)
        if refused or asked is None:
            return refused or refusal_page("A parameter was sent twice.")
        if asked.get("decision") != "allow":
            return _back(
                request, asked, error="access_denied", error_description="The person denied access"
            )
        return self._allow(request, asked)

    def _allow(self, request: Request, asked: Mapping[str, str]) -> Response:
        code = self._emulator.store.oauth.new_code(
            asked["client_id"],
            _granted(asked),
            asked["redirect_uri"],
            asked["code_challenge"],
            self._emulator.clock.now(),
        )
        return _back(request, asked, code=code)

    def _refusal(self, request: Request, asked: Mapping[str, str] | None) -> Response | None:
        """What answers an app that asks wrongly."""
        if asked is None:
            return refusal_page("A parameter was sent twice.")
        known = self._options.clients
        client = asked.get("client_id", "")
        if not client or (known and client not in known):
            return refusal_page("There is no app with this client_id.")
        if not _may_redirect(asked.get("redirect_uri", "")):
            return refusal_page("redirect_uri must be https, or http on loopback.")
        try:
            _check(asked)
        except AuthorizationError as error:
            return _back(request, asked, error=error.code, error_description=str(error))
        return None


def single(query: str) -> dict[str, str] | None:
    """The parameters of a form or query; None if one comes twice."""
    pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=100)
    found = dict(pairs)
    return found if len(found) == len(pairs) else None


async def form_of(request: Request) -> dict[str, str] | None:
    """The fields of a posted form; None if it is none."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_FORM:
            return None
    if kind != "application/x-www-form-urlencoded":
        return None
    try:
        return single(raw.decode())
    except ValueError:
        return None


def _check(asked: Mapping[str, str]) -> None:
    if asked.get("response_type") != "code":
        raise AuthorizationError("unsupported_response_type", "only code is supported")
    method = asked.get("code_challenge_method")
    if method != "S256" or not _CHALLENGE.fullmatch(asked.get("code_challenge", "")):
        raise AuthorizationError("invalid_request", "PKCE with S256 is required")
    wanted = asked.get("scope", "").split()
    unknown = sorted(set(wanted) - set(SCOPES))
    if unknown or not wanted:
        raise AuthorizationError("invalid_scope", "a requested scope does not exist")


def _granted(asked: Mapping[str, str]) -> str:
    """Offline access is the person's to give, so it needs ``prompt=consent``."""
    consents = "consent" in asked.get("prompt", "").split()
    wanted = asked["scope"].split()
    return " ".join(one for one in wanted if consents or one != "offline_access")


def _may_redirect(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
        host = parts.hostname
    except ValueError:
        return False
    if parts.fragment or not host or not uri.isascii() or not uri.isprintable():
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)


def _back(request: Request, asked: Mapping[str, str], **brought: str) -> Response:
    if "state" in asked:
        brought["state"] = asked["state"]
    brought["iss"] = str(request.base_url).rstrip("/")
    uri = asked["redirect_uri"]
    sign = "&" if urlsplit(uri).query else "?"
    return RedirectResponse(f"{uri}{sign}{urlencode(brought)}", 303, {"Cache-Control": "no-store"})
