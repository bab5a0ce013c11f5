"""Log in to Buffer for an app, and say how things stand."""

import asyncio
import webbrowser
from datetime import UTC, datetime

from cli.health.loopback import awaiting_redirect
from cli.terminal.failures import CommandError, ExitCode, usage
from cli.terminal.output import say, show, show_json
from cli.terminal.process import run
from cli.terminal.proofs import local
from galley.clients.buffer.access import authority_of, token_store
from galley.clients.buffer.oauth import (
    SCOPES,
    Authority,
    OAuthError,
    TokenRefusedError,
    TokenReply,
    new_proof,
)
from galley.clients.buffer.renewal import LOGIN, grant_of
from galley.clients.buffer.tokens import (
    Grant,
    GrantState,
    TokenStore,
    TokenStoreError,
)
from galley.settings import Settings

_PATIENCE = 300.0
"""Seconds a person has to say yes."""
_KEY_WINS = "BUFFER_API_KEY is set and wins over the app: unset it to use the app."


def log_in(*, port: int, browser: bool, json: bool) -> None:
    """Carry out ``auth login``.

    Raises:
        CommandError: Nothing was authorized, or it could not be kept.
    """
    settings = Settings()
    try:
        authority = authority_of(settings)
    except ValueError as error:
        raise usage(f"{error}.") from error
    store = token_store(settings)
    grant = run(_authorize(authority, store, port, browser=browser))
    if settings.buffer_api_key:
        say(_KEY_WINS)
    if json:
        show_json(_status(settings, grant, store))
        return
    show(f"The app {grant.client_id} is authorized; see `uv run starter.py channels`.")


def show_status(*, json: bool) -> None:
    """Carry out ``auth status``.

    Raises:
        CommandError: There is no way to Buffer; the code is 4.
    """
    settings = Settings()
    store = token_store(settings)
    try:
        found = _status(settings, store.load(), store)
    except TokenStoreError as error:
        raise CommandError(f"{error}.", ExitCode.UNAUTHORISED) from error
    if json:
        show_json(found)
    else:
        for name, value in found.items():
            show(f"{name.replace('_', ' ')}: {value}")
    if not found["usable"]:
        raise CommandError(
            f"Buffer cannot be reached: {LOGIN}, or set BUFFER_API_KEY.",
            ExitCode.UNAUTHORISED,
        )


def log_out(*, json: bool) -> None:
    """Carry out ``auth logout``."""
    settings = Settings()
    store = token_store(settings)
    try:
        with store.locked():
            was_there = store.delete()
    except TokenStoreError as error:
        raise CommandError(f"{error}.") from error
    if json:
        show_json({"logged_out": was_there})
    else:
        show("The tokens are forgotten." if was_there else "There were no tokens.")
    if was_there:
        say("Buffer still lists the app in your account: remove it there as well.")


async def _authorize(
    authority: Authority, store: TokenStore, port: int, *, browser: bool
) -> Grant:
    proof = new_proof()
    async with awaiting_redirect(port, proof.state) as redirect:
        await _send_person(authority.authorize_url(redirect.uri, proof), browser)
        try:
            async with asyncio.timeout(_PATIENCE):
                code = await redirect.code
        except TimeoutError as error:
            raise CommandError(
                "Nobody answered within five minutes: nothing was authorized. Run "
                "`uv run starter.py auth login` again."
            ) from error
        asked_at = datetime.now(UTC)
        try:
            reply = await asyncio.to_thread(authority.redeem, code, proof, redirect.uri)
        except OAuthError as error:
            raise _not_redeemed(error) from error
    grant = grant_of(reply, authority, asked_at)
    await asyncio.to_thread(_keep, store, grant)
    _tell_what_lacks(reply)
    return grant


async def _send_person(url: str, browser: bool) -> None:  # noqa: FBT001 - of one caller
    opened = browser and await asyncio.to_thread(webbrowser.open, url)
    said = "If no browser has opened, open" if opened else "Open"
    say(f"{said} this address and allow the app:\n{url}")


def _keep(store: TokenStore, grant: Grant) -> None:
    try:
        with store.locked():
            store.save(grant, afresh=True)
    except TokenStoreError as error:
        raise CommandError(f"{error}.") from error


def _not_redeemed(error: OAuthError) -> CommandError:
    refused = isinstance(error, TokenRefusedError)
    return CommandError(
        f"{error}: nothing was authorized.",
        ExitCode.UNAUTHORISED if refused else ExitCode.REFUSED,
    )


def _tell_what_lacks(reply: TokenReply) -> None:
    if reply.refresh_token is None:
        say("Buffer gave no refresh token: log in again when the hour is over.")
    if reply.scope is None:
        return
    lacking = set(SCOPES) - {"offline_access"} - set(reply.scope.split())
    if lacking:
        say(f"The app may not do all Galley does, for want of {sorted(lacking)}.")


def _status(
    settings: Settings, grant: Grant | None, store: TokenStore
) -> dict[str, object]:
    if settings.buffer_api_key:
        return {"usable": True, "uses": "BUFFER_API_KEY"}
    if grant is None:
        return {"usable": False, "uses": "nothing", "state": "nobody has logged in"}
    ours = (settings.buffer_client_id, settings.buffer_auth_url.rstrip("/"))
    is_ours = (grant.client_id, grant.auth_url) == ours
    ends = local(grant.expires_at)
    return {
        "usable": is_ours and grant.state is not GrantState.REVOKED,
        "uses": "app",
        "state": grant.state.value if is_ours else "for another app or address",
        "client_id": grant.client_id,
        "scope": grant.scope,
        "access_token_until": ends,
        "is_renewed": grant.refresh_token is not None,
        "kept_in": store.place(),
    }
