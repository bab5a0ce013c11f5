"""Sign-in for a team by OpenID Connect: the provider says who it is, the team file who decides."""

import secrets
from typing import Any, cast

from authlib.integrations.base_client import OAuthError
from authlib.integrations.starlette_client import OAuth
from httpx import HTTPError
from joserfc.errors import JoseError
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from galley.settings import Settings
from web.door import enter
from web.rendering import page
from web.site import site_of

_RETURN = "/sign-in/return"
_FLOW_SECONDS = 600


class IdentityProvider:
    """The provider, as the settings name it."""

    def __init__(self, settings: Settings) -> None:
        secret = settings.web_oidc_client_secret
        self._issuer = (settings.web_oidc_issuer or "").rstrip("/")
        self._address = f"{settings.web_address}{_RETURN}"
        self._provider: Any = cast("Any", OAuth()).register(
            "provider",
            client_id=settings.web_oidc_client_id,
            client_secret=secret.get_secret_value() if secret else None,
            server_metadata_url=f"{self._issuer}/.well-known/openid-configuration",
            client_kwargs={"scope": "openid email profile", "code_challenge_method": "S256"},
        )

    @property
    def middleware(self) -> Middleware:
        """Keeps state, nonce and verifier between the way to the provider and back: a cookie."""
        return Middleware(
            SessionMiddleware,
            secret_key=secrets.token_hex(32),
            session_cookie="galley_flow",
            max_age=_FLOW_SECONDS,
            path="/sign-in",
            https_only=self._address.startswith("https:"),
        )

    async def begin(self, request: Request) -> Response:
        """Send the browser to the provider."""
        try:
            await self._expected()
            return await self._provider.authorize_redirect(request, self._address)
        except (HTTPError, OAuthError):
            return _refused(request, "The sign-in provider does not answer: try again in a while.")

    async def end(self, request: Request) -> Response:
        """Sign in the person whom the provider names, if the team knows their address."""
        try:
            # Checks state and nonce, the token's signature, issuer, audience and time.
            token = await self._provider.authorize_access_token(
                request, claims_options=await self._expected()
            )
        except (HTTPError, OAuthError, JoseError):
            return _refused(request, "The sign-in was not completed: try again.")
        claims = cast("dict[str, object]", token.get("userinfo") or {})
        # An address that nobody verified could be anybody's.
        address = str(claims.get("email", "")) if claims.get("email_verified") is True else ""
        team = site_of(request).team
        people = team.people if team and address else ()
        person = next((one for one in people if _is_same(one.email, address)), None)
        request.session.clear()
        if person is None:
            return _refused(request, "Nobody in the team has your e-mail address: ask its owner.")
        return enter(request, person.name)

    async def _expected(self) -> dict[str, dict[str, object]]:
        """Return what a token must say of who made it, and for whom.

        Raises:
            OAuthError: The provider calls itself otherwise than the settings do.
        """
        issuer = str((await self._provider.load_server_metadata()).get("issuer", ""))
        if issuer.rstrip("/") != self._issuer:
            raise OAuthError("issuer")
        return {
            "iss": {"essential": True, "value": issuer},
            "aud": {"essential": True, "value": self._provider.client_id},
        }

    @property
    def routes(self) -> list[Route]:
        """Those of the way to the provider and back."""
        return [
            Route("/sign-in/start", self.begin, methods=["GET"]),
            Route(_RETURN, self.end, methods=["GET"]),
        ]


def _is_same(known: str, address: str) -> bool:
    # Beyond ASCII two addresses that differ may become one in small letters: of U+212A and k.
    return known.isascii() and address.isascii() and known.lower() == address.lower()


def _refused(request: Request, why: str) -> Response:
    return page(request, "door.html", 401, why=why)
