"""Buffer's authorization server: discovery, consent, introspection.

Paths are those of https://auth.buffer.com. Beside them the control API lists the
grants and revokes them.
"""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulators.buffer.core import Connections, Emulator
from emulators.buffer.oauth_consent import SCOPES, Consent, form_of
from emulators.buffer.oauth_store import ACCESS_PREFIX, ClientRefusedError, OAuthOptions, client_of
from emulators.buffer.oauth_tokens import NO_STORE, TokenEndpoint, problem
from emulators.buffer.records import SECOND, Json


class RefusedTokens:
    """Access tokens that open no door; a token that is not ours is not among them."""

    def __init__(self, emulator: Emulator) -> None:
        self._named = emulator.options.rejected_tokens
        self._keys = emulator.keys
        self._store, self._clock = emulator.store.oauth, emulator.clock

    def __contains__(self, token: object) -> bool:
        if not isinstance(token, str):
            return False
        if token in self._named or token in self._keys:
            return True
        found = self._store.token(token)
        if found is None:
            return token.startswith(ACCESS_PREFIX)
        return found.kind != "access" or not found.is_active(self._clock.now())


class OAuth:
    """The handlers of the authorization server."""

    def __init__(self, emulator: Emulator, options: OAuthOptions, connections: Connections) -> None:
        self._emulator, self._options = emulator, options
        self._store = emulator.store.oauth
        self._consent = Consent(emulator, options)
        self._tokens = TokenEndpoint(emulator, options, connections)

    def routes(self) -> list[Route]:
        about = "/.well-known/"
        return [
            Route(f"{about}openid-configuration", self.discovery),
            Route(f"{about}oauth-authorization-server", self.discovery),
            Route("/auth", self._consent.ask, methods=["GET"]),
            Route("/auth", self._consent.decide, methods=["POST"]),
            Route("/token", self._tokens),
            Route("/token/introspection", self.introspect, methods=["POST"]),
            Route("/_emulator/grants", self.grants, methods=["GET"]),
            Route("/_emulator/grants/{id}", self.revoke, methods=["DELETE"]),
        ]

    async def discovery(self, request: Request) -> Response:
        """RFC 8414: where everything is, and what is supported."""
        issuer = str(request.base_url).rstrip("/")
        proofs = ["none", "client_secret_post", "client_secret_basic"]
        return JSONResponse(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/auth",
                "token_endpoint": f"{issuer}/token",
                "introspection_endpoint": f"{issuer}/token/introspection",
                "scopes_supported": list(SCOPES),
                "response_types_supported": ["code"],
                "response_modes_supported": ["query"],
                "grant_types_supported": ["authorization_code", "refresh_token"],
                "subject_types_supported": ["public"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": proofs,
                "introspection_endpoint_auth_methods_supported": proofs,
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def introspect(self, request: Request) -> Response:
        """RFC 7662: whether a token of this app still proves anything."""
        form = await form_of(request)
        if form is None or "token" not in form:
            return problem("invalid_request", "send a form with token")
        try:
            client = client_of(request, form, self._options.clients)
        except ClientRefusedError as error:
            return problem("invalid_client", str(error), 401)
        found = self._store.token(form["token"])
        if (
            found is None
            or found.grant.client_id != client
            or not found.is_active(self._emulator.clock.now())
        ):
            return JSONResponse({"active": False}, headers=NO_STORE)
        said: Json = {
            "active": True,
            "client_id": client,
            "sub": self._emulator.account()["id"],
            "scope": found.grant.scope,
            "iat": found.issued_at // SECOND,
        }
        if found.expires_at is not None:
            said |= {"exp": found.expires_at // SECOND, "token_type": "Bearer"}
        return JSONResponse(said, headers=NO_STORE)

    async def grants(self, _request: Request) -> Response:
        """Every grant, with how often it was refreshed and why it was revoked."""
        return JSONResponse(self._store.grants())

    async def revoke(self, request: Request) -> Response:
        """Revoke a grant, as a person does who removes an app in Buffer."""
        grant_id: str = request.path_params["id"]
        known = {one["id"]: one for one in self._store.grants()}
        if grant_id not in known:
            return JSONResponse({"error": "no such grant"}, 404)
        self._store.revoke(grant_id, "by the person", self._emulator.clock.now())
        shown: Mapping[str, object] = {"revoked": grant_id}
        return JSONResponse(shown)
