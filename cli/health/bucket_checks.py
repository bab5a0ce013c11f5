"""What `doctor` looks at in the two buckets."""

import secrets

from cli.terminal.findings import Health
from galley.clients.guards import outsider_of
from galley.clients.public_path import PublicPath, is_private
from galley.clients.storage import ObjectStore
from galley.clients.stores.opening import open_media, open_state
from galley.settings import Settings


async def state_bucket(settings: Settings) -> tuple[Health, str]:
    """Put, get, try to overwrite, look as a stranger, and delete."""
    store = open_state(settings)
    token = secrets.token_hex(8)
    # Named as what is staged, which nobody must see before it is approved.
    name, data = f"staging/doctor-{token}.txt", token.encode()
    await store.put_if_absent(name, data, "text/plain")
    try:
        if said := await _broken_rule(store, name, data):
            return Health.FAILED, f"{store.name} {said}"
        if not settings.storage_emulator_host and not await is_private(store, name):
            return Health.FAILED, (
                f"{store.name} shows what is staged to everybody: take the public's "
                "access away from it; only the media bucket is public."
            )
    finally:
        await store.delete(name)
    return Health.OK, f"{store.name} takes, keeps and deletes objects."


async def _broken_rule(store: ObjectStore, name: str, data: bytes) -> str:
    held, version = await store.read_versioned(name)
    if held != data:
        return "gave other bytes back than were put."
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


async def media_bucket(settings: Settings) -> tuple[Health, str]:
    """Put, fetch as a stranger, compare, and delete."""
    store = open_media(settings)
    tried = await PublicPath(store, outsider_of(settings)).examine()
    if tried.trouble:
        return Health.FAILED, tried.trouble
    good = f"anyone can fetch what is put into {store.name}"
    warnings = () if settings.storage_emulator_host else tried.warnings
    if warnings:
        return Health.WARNING, f"{good}. {' '.join(warnings)}"
    return Health.OK, f"{good}."
