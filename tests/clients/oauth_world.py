"""An emulator that authorizes at once, and an app that somebody authorized in it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
from pydantic import SecretStr

from emulators.buffer.core import Options
from galley.clients.buffer.oauth import Authority, Proof, new_proof
from galley.clients.buffer.renewal import RenewedTokens, grant_of
from galley.clients.buffer.tokens import Grant, TokenStore
from tests.emulators.buffer_world import World
from tests.loopback import NO_AUTHORITIES

BACK = "http://127.0.0.1:8765/callback"
CLIENT = "galley-app"
SECRET = "confidential-0123456789"


def new_world(*, secret: str = "", approve: bool = True) -> World:
    """Start an emulator that knows one app, public unless it has a secret."""
    return World(Options(plan="team", oauth_clients={CLIENT: secret}, auto_approve=approve))


def authority(world: World, secret: str = "") -> Authority:
    given = SecretStr(secret) if secret else None
    return Authority(world.url, CLIENT, given, user_agent="galley/test")


def code_for(server: Authority, proof: Proof) -> str:
    """Play the browser; return the code it brings back."""
    answer = httpx.get(server.authorize_url(BACK, proof), timeout=20, verify=NO_AUTHORITIES)
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert query["state"] == [proof.state]
    return query["code"][0]


def log_in(world: World, folder: Path, secret: str = "") -> TokenStore:
    """Authorize the app and keep the tokens in a folder."""
    server, proof = authority(world, secret), new_proof()
    reply = server.redeem(code_for(server, proof), proof, BACK)
    store = TokenStore(folder)
    with store.locked():
        store.save(grant_of(reply, server, datetime.now(UTC)), afresh=True)
    return store


def source(
    world: World, store: TokenStore, clock: Callable[[], datetime] | None = None
) -> RenewedTokens:
    """Return what gives the access token of the moment."""
    if clock is None:
        return RenewedTokens(store, authority(world))
    return RenewedTokens(store, authority(world), clock)


def stored(store: TokenStore) -> Grant:
    """Return what is kept, which must be there."""
    grant = store.load()
    assert grant is not None
    return grant


def refreshes(world: World) -> tuple[int, str | None]:
    """Return how often the one grant was refreshed, and why it was revoked."""
    (grant,) = world.client.get("/_emulator/grants").json()
    return grant["refreshes"], grant["revokedBecause"]


def revoke(world: World) -> None:
    (grant,) = world.client.get("/_emulator/grants").json()
    world.client.delete(f"/_emulator/grants/{grant['id']}").raise_for_status()
