"""Buffer's authorization server: authorize, token and introspection.

https://developers.buffer.com/guides/authentication.html: authorization code with PKCE
(RFC 7636), refresh tokens for one use each, and errors as RFC 6749 has them. ``renewal`` and
the command ``auth login`` call this. Requests block: their caller holds a lock and must not be
cancelled half way.
"""

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode, urlsplit

import httpx
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from galley.clients.addresses import is_local_name
from galley.clients.buffer.inbound import json_object
from galley.clients.certificates import authorities

SCOPES = ("posts:read", "posts:write", "account:read", "offline_access")
"""What Galley asks for; ``offline_access`` brings the refresh token."""

_TIMEOUT = httpx.Timeout(10, connect=5)
_WHOLE = 15.0
"""Seconds a whole answer may take."""
_MAX_ANSWER = 256 * 1024
_LONGEST_TOKEN = 16_384
_LATER = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.LocalProtocolError,
    httpx.UnsupportedProtocol,
)


class OAuthError(Exception):
    """Something went wrong with the authorization; one sentence, no secret in it."""


class TokenRefusedError(OAuthError):
    """The server said no, so nothing was used up.

    Attributes:
        code: RFC 6749's word, such as ``invalid_grant``; empty if there is none.
    """

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class NoTokenError(OAuthError):
    """No usable answer came.

    Attributes:
        may_be_used: Whether the server may have carried the request out.
    """

    def __init__(self, message: str, *, may_be_used: bool) -> None:
        super().__init__(message)
        self.may_be_used = may_be_used


def _can_be_sent(token: SecretStr) -> SecretStr:
    text = token.get_secret_value()
    visible = text.isascii() and text.isprintable() and " " not in text
    if not (visible and 0 < len(text) <= _LONGEST_TOKEN):
        raise ValueError("not a token")
    return token


Token = Annotated[SecretStr, AfterValidator(_can_be_sent)]


class TokenReply(BaseModel):
    """A successful answer of the token endpoint; ``expires_in`` is in seconds."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    access_token: Token
    token_type: str = Field(pattern="(?i)^bearer$")
    expires_in: int = Field(default=3600, ge=1, le=31_536_000)
    refresh_token: Token | None = None
    scope: str | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """The proof that the answer to an authorization is ours (RFC 7636)."""

    state: str
    verifier: str

    @property
    def challenge(self) -> str:
        """The S256 challenge of the verifier."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def __repr__(self) -> str:
        return "Proof(…)"


def new_proof() -> Proof:
    """Return a fresh state and verifier, 256 bits each."""
    return Proof(secrets.token_urlsafe(32), secrets.token_urlsafe(32))


class Authority:
    """The authorization server, for one app.

    Attributes:
        url: Where it answers, without a slash at the end.
        client_id: The app's public name.
    """

    def __init__(
        self, url: str, client_id: str, secret: SecretStr | None, *, user_agent: str
    ) -> None:
        """Remember the app; no request is made.

        Raises:
            ValueError: The address would show the tokens to anyone on the way.
        """
        _check_address(url)
        self.url, self.client_id = url.rstrip("/"), client_id
        self._secret = secret
        self._headers = {"User-Agent": user_agent, "Accept": "application/json"}

    def authorize_url(self, redirect_uri: str, proof: Proof) -> str:
        """Return where a person says yes; it holds no secret."""
        asked = {
            "client_id": self.client_id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": " ".join(SCOPES),
            "state": proof.state,
            "code_challenge": proof.challenge,
            "code_challenge_method": "S256",
            "prompt": "consent",
        }
        return f"{self.url}/auth?{urlencode(asked)}"

    def redeem(self, code: str, proof: Proof, redirect_uri: str) -> TokenReply:
        """Return the tokens for the code that the redirect brought.

        Raises:
            OAuthError: No tokens; the class says why.
        """
        return self._tokens(
            grant_type="authorization_code",
            code=code,
            code_verifier=proof.verifier,
            redirect_uri=redirect_uri,
        )

    def refresh(self, token: SecretStr) -> TokenReply:
        """Return new tokens. This uses up ``token``, even if the answer is lost.

        Raises:
            OAuthError: No tokens; the class says whether ``token`` may be used up.
        """
        return self._tokens(grant_type="refresh_token", refresh_token=token.get_secret_value())

    def is_unused(self, token: SecretStr) -> bool:
        """Ask whether a refresh token is still good, without using it (RFC 7662).

        Raises:
            OAuthError: The server does not say.
        """
        status, body = self._post(
            "token/introspection",
            token=token.get_secret_value(),
            token_type_hint="refresh_token",  # noqa: S106 - a kind, no token
        )
        active = json_object(body).get("active")
        if status == HTTPStatus.OK and isinstance(active, bool):
            return active
        _refuse(status, body)
        raise NoTokenError(_unclear(status), may_be_used=False)

    def _tokens(self, **asked: str) -> TokenReply:
        status, body = self._post("token", **asked)
        if status == HTTPStatus.OK:
            try:
                return TokenReply.model_validate_json(body)
            except ValidationError:
                raise NoTokenError(
                    "Buffer's authorization server answered without usable tokens", may_be_used=True
                ) from None
        _refuse(status, body)
        raise NoTokenError(_unclear(status), may_be_used=status != HTTPStatus.TOO_MANY_REQUESTS)

    def _post(self, path: str, **asked: str) -> tuple[int, bytes]:
        asked["client_id"] = self.client_id
        if self._secret is not None:
            asked["client_secret"] = self._secret.get_secret_value()
        # httpx limits the wait between two chunks, so a slow stream needs a limit of its own.
        body, end = bytearray(), time.monotonic() + _WHOLE
        try:
            with (
                httpx.Client(
                    headers=self._headers, timeout=_TIMEOUT, verify=authorities(), trust_env=False
                ) as http,
                http.stream("POST", f"{self.url}/{path}", data=asked) as response,
            ):
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > _MAX_ANSWER or time.monotonic() > end:
                        raise NoTokenError(
                            "Buffer's authorization server answered too much, or too slowly",
                            may_be_used=True,
                        )
                return response.status_code, bytes(body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NoTokenError(
                "Buffer's authorization server gave no answer "
                f"({type(error).__name__}): check the network and BUFFER_AUTH_URL",
                may_be_used=not isinstance(error, _NEVER_SENT),
            ) from None


def _refuse(status: int, body: bytes) -> None:
    """Raise for an answer that says no; return for one that says nothing clear."""
    said = json_object(body).get("error")
    code = said if isinstance(said, str) else ""
    if not HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR or status in _LATER:
        return
    match code:
        case "invalid_client" | "unauthorized_client":
            raise TokenRefusedError(
                "Buffer does not know this app: check BUFFER_CLIENT_ID and BUFFER_CLIENT_SECRET",
                code,
            )
        case "invalid_grant":
            raise TokenRefusedError("The code or token is not valid any more", code)
        case _ if code.isascii() and code.replace("_", "").isalnum():
            raise TokenRefusedError(f"Buffer refused the app: {code[:40]}", code)
        case _:
            return


def _unclear(status: int) -> str:
    return f"Buffer's authorization server has trouble (HTTP {status}): try again later"


def _check_address(url: str) -> None:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_local_name(host))
    if not (host and is_safe) or parts.query or parts.fragment or parts.username:
        raise ValueError("BUFFER_AUTH_URL must begin with https:// (http:// only on this network)")
