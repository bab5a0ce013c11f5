"""Which apps the authorization server knows, and how an app proves to be one."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from starlette.requests import Request


@dataclass(frozen=True, slots=True)
class OAuthOptions:
    """What the authorization server is told at its start."""

    clients: Mapping[str, str] = field(default_factory=dict[str, str])
    """Secret by client_id, empty for a public app. Without any, every app is known."""
    auto_approve: bool = False
    """Whether every app is allowed at once, without asking."""


class ClientRefusedError(Exception):
    """The app is not known, or does not prove to be the one it says."""


def client_of(
    request: Request, form: Mapping[str, str], known: Mapping[str, str]
) -> str:
    """Name the app of a request, by its header (RFC 6749, 2.3.1) or its form.

    Raises:
        ClientRefusedError: There is none, or its secret is wrong.
    """
    client, secret = form.get("client_id", ""), form.get("client_secret", "")
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        client, secret = _basic(given)
    if not client:
        raise ClientRefusedError("client_id is missing")
    if not known:
        return client
    if client not in known:
        raise ClientRefusedError("client is unknown")
    if known[client] and not hmac.compare_digest(
        known[client].encode(), secret.encode()
    ):
        raise ClientRefusedError("client authentication failed")
    return client


def _basic(given: str) -> tuple[str, str]:
    try:
        client, _, secret = base64.b64decode(given).decode().partition(":")
    except (binascii.Error, ValueError):
        raise ClientRefusedError("the Authorization header cannot be read") from None
    return unquote_plus(client), unquote_plus(secret)
