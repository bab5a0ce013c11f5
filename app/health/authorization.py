"""The authorization of an app in Buffer (RFC 6749, RFC 7636): begun, finished, forgotten.

The command ``auth`` calls this.
"""

import asyncio
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict

from app.advice import Action
from app.errors import (
    AppError,
    ConflictError,
    InvalidRequestError,
    NotAuthorizedError,
    ServiceError,
)
from galley.clients.buffer.oauth import SCOPES, OAuthError, TokenRefusedError, new_proof
from galley.clients.buffer.renewal import authority_of, grant_of, token_store
from galley.clients.buffer.tokens import Grant, GrantState, TokenStore, TokenStoreError
from galley.settings import Settings


class BufferAccess(BaseModel):
    """How Buffer is reached; what does not apply is not set."""

    model_config = ConfigDict(frozen=True)

    usable: bool
    uses: str
    """``BUFFER_API_KEY``, ``app`` or ``nothing``."""
    state: str = ""
    client_id: str = ""
    scope: str = ""
    access_token_until: datetime | None = None
    is_renewed: bool = False
    """Whether the access token is renewed when it ends."""
    kept_in: str = ""


class Granted(BaseModel):
    """What a person allowed the app to do, and what it lacks."""

    model_config = ConfigDict(frozen=True)

    access: BufferAccess
    client_id: str
    is_renewed: bool
    lacking_scopes: tuple[str, ...] = ()
    """What Galley asked for and was not given."""


class Authorization:
    """An authorization that has begun: a person is to follow :meth:`url`.

    Raises:
        InvalidRequestError: No app is set, or its address is not safe.
    """

    def __init__(self, settings: Settings) -> None:
        try:
            self._authority = authority_of(settings)
        except ValueError as error:
            raise InvalidRequestError(f"{error}.") from error
        self._settings = settings
        self._proof = new_proof()

    def url(self, redirect_uri: str) -> str:
        """Return the address at which a person allows the app."""
        return self._authority.authorize_url(redirect_uri, self._proof)

    def code_in(self, query: Mapping[str, list[str]]) -> str:
        """Return the code that the redirect brings, if it answers this authorization.

        Args:
            query: The parsed query of the redirect, as ``parse_qs`` gives it.

        Raises:
            ConflictError: It has another state than ours.
            NotAuthorizedError: The person denied access.
            ServiceError: Buffer gave no code.
        """
        states, state = query.get("state", []), self._proof.state
        if len(states) != 1 or not secrets.compare_digest(states[0].encode(), state.encode()):
            raise ConflictError(
                "The browser came back with another state than ours, which somebody "
                "else may have sent: nothing was authorized. Log in again.",
                Action.LOG_IN,
            )
        if query.get("error") == ["access_denied"]:
            raise NotAuthorizedError("Access was denied in Buffer: nothing was authorized.")
        codes = query.get("code", [])
        if "error" in query or len(codes) != 1:
            said = "".join(query.get("error", []))[:40]
            is_word = said.replace("_", "").isalnum() and said.isascii()
            raise ServiceError(
                f"Buffer did not authorize the app ({said if is_word else 'no code'}): "
                "check BUFFER_CLIENT_ID and the redirect addresses the app has in "
                "Buffer."
            )
        return codes[0]

    async def finish(self, code: str, redirect_uri: str) -> Granted:
        """Redeem the code, and keep the tokens.

        Raises:
            NotAuthorizedError: Buffer refused the code.
            ServiceError: Buffer did not answer.
            AppError: The tokens could not be kept.
        """
        asked_at = datetime.now(UTC)
        redeem = self._authority.redeem
        try:
            reply = await asyncio.to_thread(redeem, code, self._proof, redirect_uri)
        except OAuthError as error:
            is_refused = isinstance(error, TokenRefusedError)
            kind = NotAuthorizedError if is_refused else ServiceError
            raise kind(f"{error}: nothing was authorized.") from error
        grant, store = grant_of(reply, self._authority, asked_at), token_store(self._settings)

        def keep() -> None:
            with store.locked():
                store.save(grant, afresh=True)

        try:
            await asyncio.to_thread(keep)  # another process may hold the lock for a while
        except TokenStoreError as error:
            raise AppError(f"{error}.") from error
        # Buffer names the scopes only where it granted others than were asked for.
        granted = set(SCOPES) if reply.scope is None else set(reply.scope.split())
        return Granted(
            access=_access(self._settings, grant, store),
            client_id=grant.client_id,
            is_renewed=reply.refresh_token is not None,
            lacking_scopes=tuple(sorted({*SCOPES} - {"offline_access"} - granted)),
        )


def read_access(settings: Settings) -> BufferAccess:
    """Return how Buffer is reached, and how long that holds.

    Raises:
        NotAuthorizedError: The tokens cannot be read.
    """
    store = token_store(settings)
    try:
        return _access(settings, store.load(), store)
    except TokenStoreError as error:
        raise NotAuthorizedError(f"{error}.") from error


def forget(settings: Settings) -> bool:
    """Delete the tokens of the app; returns whether there were any.

    Raises:
        AppError: They could not be deleted.
    """
    store = token_store(settings)
    try:
        with store.locked():
            return store.delete()
    except TokenStoreError as error:
        raise AppError(f"{error}.") from error


def _access(settings: Settings, grant: Grant | None, store: TokenStore) -> BufferAccess:
    if settings.buffer_api_key:
        return BufferAccess(usable=True, uses="BUFFER_API_KEY")
    if grant is None:
        return BufferAccess(usable=False, uses="nothing", state="nobody has logged in")
    expected = (settings.buffer_client_id, settings.buffer_auth_url.rstrip("/"))
    is_ours = (grant.client_id, grant.auth_url) == expected
    return BufferAccess(
        usable=is_ours and grant.state is not GrantState.REVOKED,
        uses="app",
        state=grant.state.value if is_ours else "for another app or address",
        client_id=grant.client_id,
        scope=grant.scope,
        access_token_until=grant.expires_at,
        is_renewed=grant.refresh_token is not None,
        kept_in=store.place(),
    )
