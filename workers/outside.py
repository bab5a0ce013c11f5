"""The clients of outside services, as the settings say."""

from galley.clients.anthropic import DraftClient
from galley.clients.buffer.access import buffer_token
from galley.clients.buffer.client import BufferClient
from galley.clients.condensing import CondenseClient
from galley.settings import Settings

_USER_AGENT = "galley/0.1"
_BUFFER_TIMEOUT = 45.0
"""Seconds; below the activities' own, so that the client gives up first."""


def draft_client(settings: Settings) -> DraftClient:
    """Return what writes drafts."""
    key = settings.anthropic_api_key
    return DraftClient(
        api_key=key.get_secret_value() if key else None,
        base_url=settings.anthropic_base_url,
        model=settings.draft_model,
        effort=settings.draft_effort,
    )


def condense_client(settings: Settings) -> CondenseClient:
    """Return what condenses long sources."""
    key = settings.anthropic_api_key
    return CondenseClient(
        api_key=key.get_secret_value() if key else None,
        base_url=settings.anthropic_base_url,
        model=settings.condense_model,
        effort="low",
    )


def buffer_client(settings: Settings) -> BufferClient:
    """Return what talks to Buffer.

    Raises:
        RuntimeError: The address is none that a key may be sent to.
    """
    try:
        return BufferClient(
            settings.buffer_api_url,
            buffer_token(settings) or "",
            timeout=_BUFFER_TIMEOUT,
            user_agent=_USER_AGENT,
        )
    except ValueError as error:
        raise RuntimeError(f"{error}.") from error
