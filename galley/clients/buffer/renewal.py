"""The current access token, renewed with a refresh token that works once.

Buffer revokes the whole grant when a refresh token comes a second time. So, under a lock that
holds across processes, Galley reads the grant, records that the token goes out, sends it,
records the new one, and only then uses it. A process that finds such a record without a new
token (after a kill or a lost answer) first asks Buffer whether the old one was used. The
Buffer client takes its tokens from here.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from pydantic import SecretStr

from galley.clients.buffer.errors import NotSentError, UnauthorizedError
from galley.clients.buffer.oauth import (
    Authority,
    NoTokenError,
    OAuthError,
    TokenRefusedError,
    TokenReply,
)
from galley.clients.buffer.tokens import (
    Grant,
    GrantState,
    TokenStore,
    TokenStoreError,
    system_vault,
)
from galley.settings import LOCAL_ENV, Settings

LOGIN = "run `galley auth login`"
_EARLY = timedelta(minutes=5)
"""How long before its end an access token is renewed; a tenth of a short life."""
_AT_LEAST = timedelta(seconds=20)
"""What an access token must still have if it cannot be renewed just now."""
_log = logging.getLogger(__name__)


class TokenSource(Protocol):
    """Gives the token for the next request to Buffer."""

    async def __call__(self, refused: str = "") -> str:
        """Return a token.

        Args:
            refused: A token Buffer has just answered 401 to; it is not given again.

        Raises:
            UnauthorizedError: There is none; the message says what to run.
            NotSentError: There is none just now.
        """
        ...


def grant_of(reply: TokenReply, authority: Authority, asked_at: datetime) -> Grant:
    """Return what an answer of the token endpoint grants."""
    return Grant(
        client_id=authority.client_id,
        auth_url=authority.url,
        access_token=reply.access_token,
        refresh_token=reply.refresh_token,
        issued_at=asked_at,
        expires_at=asked_at + timedelta(seconds=reply.expires_in),
        scope=reply.scope or "",
    )


class RenewedTokens:
    """The token source of an app that somebody authorized.

    Safe in any number of tasks, threads and processes that share the store.
    """

    def __init__(
        self,
        store: TokenStore,
        authority: Authority,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store, self._authority, self._clock = store, authority, clock
        self._unsaved: tuple[SecretStr, Grant] | None = None
        """The token that was used up, and the grant that could not be saved since."""

    async def __call__(self, refused: str = "") -> str:
        """Return the access token, renewed if it ends soon or was refused.

        The work goes on to its end in a thread of its own should the caller be
        cancelled: a refresh token that went out must be followed by its successor.

        Raises:
            UnauthorizedError: There is no grant, or it is used up or revoked.
            NotSentError: The tokens cannot be read, kept or renewed just now.
        """
        return await asyncio.to_thread(self.token, refused)

    def token(self, refused: str = "") -> str:
        """Do the same, blocking."""
        try:
            grant = self._own(self._store.load())
            if not self._is_fresh(grant, refused):
                grant = self._renew(refused)
        except TokenStoreError as error:
            raise NotSentError(f"The request was not sent. {error}") from error
        return grant.access_token.get_secret_value()

    def _renew(self, refused: str) -> Grant:
        with self._store.locked():
            grant = self._own(self._store.load())
            if self._is_fresh(grant, refused):
                return grant
            try:
                return self._refresh(self._settle(grant), refused)
            except NoTokenError as error:
                if self._still_serves(grant, refused):
                    _log.warning("%s", error)
                    return grant
                raise NotSentError(f"The request was not sent. {error}") from error
            except TokenRefusedError as error:
                if error.code == "invalid_grant":
                    self._store.save(grant.revoked())
                    raise _revoked() from error
                raise UnauthorizedError(f"{error}, then {LOGIN}") from error

    def _settle(self, grant: Grant) -> Grant:
        """Find out what became of a refresh token that may have been used.

        Raises:
            OAuthError: It is used up, or nobody says.
        """
        if grant.state is not GrantState.REFRESHING or grant.refresh_token is None:
            return grant
        whole = self._store.pending()
        if self._unsaved is not None and self._unsaved[0] == grant.refresh_token:
            whole = self._unsaved[1]
        if whole is not None and whole.state is GrantState.READY:
            self._store.save(whole)
            self._unsaved = None
            return whole
        if self._authority.is_unused(grant.refresh_token):
            return grant
        raise TokenRefusedError("The refresh token is used up", "invalid_grant")

    def _refresh(self, grant: Grant, refused: str) -> Grant:
        token = grant.refresh_token
        if self._is_fresh(grant, refused):
            return grant
        if token is None and self._still_serves(grant, refused):
            return grant
        if token is None:
            raise TokenRefusedError("There is no refresh token", "invalid_grant")
        asked_at = self._clock()
        going_out = grant.model_copy(update={"state": GrantState.REFRESHING})
        self._store.save(going_out)
        try:
            reply = self._authority.refresh(token)
        except OAuthError as error:
            if not (isinstance(error, NoTokenError) and error.may_be_used):
                self._store.save(grant.model_copy(update={"state": GrantState.READY}))
            raise
        renewed = grant_of(reply, self._authority, asked_at)
        if not renewed.scope:
            renewed = renewed.model_copy(update={"scope": grant.scope})
        self._unsaved = token, renewed
        self._store.save(renewed)
        self._unsaved = None
        return renewed

    def _own(self, grant: Grant | None) -> Grant:
        """Return the grant if it is for this app, alive, and at this address."""
        if grant is None:
            raise UnauthorizedError(f"Nobody has authorized this app in Buffer: {LOGIN}")
        if grant.state is GrantState.REVOKED:
            raise _revoked()
        ours = (self._authority.client_id, self._authority.url)
        if (grant.client_id, grant.auth_url) != ours:
            raise UnauthorizedError(
                f"The authorization is for another BUFFER_CLIENT_ID or BUFFER_AUTH_URL: {LOGIN}"
            )
        return grant

    def _is_fresh(self, grant: Grant, refused: str) -> bool:
        is_other = grant.access_token.get_secret_value() != refused
        early = min(_EARLY, (grant.expires_at - grant.issued_at) / 10)
        return is_other and self._clock() < grant.expires_at - early

    def _still_serves(self, grant: Grant, refused: str) -> bool:
        is_other = grant.access_token.get_secret_value() != refused
        return is_other and self._clock() < grant.expires_at - _AT_LEAST


def _revoked() -> UnauthorizedError:
    return UnauthorizedError(f"The grant was revoked, or its refresh token is used up: {LOGIN}")


_USER_AGENT = "galley/0.1 (authorization)"


def buffer_token(settings: Settings) -> str | TokenSource | None:
    """Return the key, else the token source of the app, else ``None``.

    A personal key wins: it is the simple way, and it is set on purpose.

    Raises:
        ValueError: The app's address cannot be used; the message says why.
    """
    key = settings.buffer_api_key
    if key is not None:
        return key.get_secret_value()
    if not settings.buffer_client_id:
        return None
    return RenewedTokens(token_store(settings), authority_of(settings))


def authority_of(settings: Settings) -> Authority:
    """Return the authorization server for the app in the settings.

    Raises:
        ValueError: There is no app, or the address cannot be used.
    """
    if not settings.buffer_client_id:
        raise ValueError("There is no app: set BUFFER_CLIENT_ID")
    return Authority(
        settings.buffer_auth_url,
        settings.buffer_client_id,
        settings.buffer_client_secret,
        user_agent=_USER_AGENT,
    )


def token_store(settings: Settings) -> TokenStore:
    """Return the place of the tokens of the folder this runs in."""
    return TokenStore(
        LOCAL_ENV.parent.resolve(),
        system_vault(),
        prefer_file=settings.token_store == "file",  # noqa: S105 - a kind of place
    )
