"""What the settings give to reach Buffer with: a personal key, or an authorized app."""

from galley.clients.buffer.oauth import Authority
from galley.clients.buffer.renewal import RenewedTokens, TokenSource
from galley.clients.buffer.tokens import TokenStore
from galley.clients.buffer.vault import system_vault
from galley.settings import LOCAL_ENV, Settings

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
