"""A look at the two buckets: the rules on which posts depend, and who may fetch what.

Each object that is put there for a look is deleted again.
"""

import secrets

from app.connections import Connections
from app.health.findings import Level, Seen
from galley.clients.public_fetch import PublicPath, is_private
from galley.clients.setup_checks import media_hindrance, public_fetch_of
from galley.clients.storage import ObjectStore


async def state_bucket(connections: Connections) -> Seen:
    """Put, get, try to overwrite, fetch without credentials, and delete."""
    store, settings = connections.state, connections.settings
    token = secrets.token_hex(8)
    # Named like a staged file, which nobody may see before its post is approved.
    name, data = f"staging/doctor-{token}.txt", token.encode()
    await store.put_if_absent(name, data, "text/plain")
    try:
        if problem := await _broken_rule(store, name, data):
            return Seen(Level.FAILED, f"{store.name} {problem}")
        if not settings.storage_emulator_host and not await is_private(store, name):
            return Seen(
                Level.FAILED,
                f"{store.name} shows staged files to everybody: take away the public's "
                "access; only the media bucket is public.",
            )
    finally:
        await store.delete(name)
    return Seen(Level.OK, f"{store.name} takes, keeps and deletes objects.")


async def _broken_rule(store: ObjectStore, name: str, data: bytes) -> str:
    """Return the rule of conditional writes that the bucket breaks, or ``""``."""
    held, version = await store.read_versioned(name)
    if held != data:
        return "returned other bytes than were put."
    if await store.put_if_absent(name, b"other", "text/plain"):
        return (
            "overwrote an object that was to be created once: use a store that "
            "honours if-generation-match or If-None-Match."
        )
    await store.replace(name, b"second", "text/plain", version)
    if await store.replace(name, b"third", "text/plain", version):
        return (
            "replaced an object that had changed since it was read: use a store that "
            "honours if-generation-match or If-Match."
        )
    return ""


async def media_bucket(connections: Connections) -> Seen:
    """Put, fetch without credentials, compare, and delete."""
    settings = connections.settings
    if media_hindrance(settings):
        return Seen(Level.WARNING, "Buffer cannot fetch from it: see media address.")
    store = connections.media
    tried = await PublicPath(store, public_fetch_of(settings)).examine()
    if tried.trouble:
        return Seen(Level.FAILED, tried.trouble)
    good = f"anyone can fetch what is put into {store.name}"
    warnings = () if settings.storage_emulator_host else tried.warnings
    if warnings:
        return Seen(Level.WARNING, f"{good}. {' '.join(warnings)}")
    return Seen(Level.OK, f"{good}.")
