"""Settings that cannot work together, refused before anything is sent."""

from urllib.parse import urlsplit

from galley.clients.addresses import addresses_of, is_local_name, is_public
from galley.clients.public_fetch import PublicFetch
from galley.clients.storage import StoreDeniedError
from galley.clients.stores.buckets import public_base
from galley.settings import Settings

LEAST_LOOKING = 60
"""Seconds after a lost reply until the last look, with a live Buffer.

Longer than a request may be on its way (45 seconds, ``workers/wiring.py``): a sooner
look finds nothing of a post that is about to be made, and it would be made twice.
"""


class SetUpError(Exception):
    """The settings cannot work together; what to set is in the message."""


class HastyLooksError(SetUpError):
    """Buffer is real, but a post would be called absent before it can be there."""


def public_fetch_of(settings: Settings) -> PublicFetch:
    """Return the fetch of public media; it reaches no more addresses than Buffer does."""
    return PublicFetch(may_be_private=is_local_buffer(settings))


def is_local_buffer(settings: Settings) -> bool:
    """Whether Buffer is an emulator, by the name of its host alone."""
    return is_local_name(urlsplit(settings.buffer_api_url).hostname or "")


def refuse_unsafe_set_up(settings: Settings) -> None:
    """Refuse what would fail, or could make a post twice, before anything is sent.

    Looks too soon, in a live Buffer, for a post whose reply was lost are refused.

    Raises:
        HastyLooksError: What to set is in the message.
    """
    total = sum(settings.reconcile_pauses)
    if total < LEAST_LOOKING and not is_local_buffer(settings):
        raise HastyLooksError(
            f"GALLEY_RECONCILE_PAUSES calls a post absent {total:g} seconds after its "
            "reply was lost, and Buffer is live: with less than "
            f"{LEAST_LOOKING} seconds in all it could be made twice. "
            "Take the setting out for [5,30,120]."
        )


def media_hindrance(settings: Settings) -> str:
    """Return why Buffer can fetch none of our media, and what to set; empty if it can.

    Posts without media go out all the same. Buffer counts as live unless its API's host is
    local by its name alone; media count as private also if DNS gives a private address for
    their host.
    """
    if is_local_buffer(settings):
        return ""
    try:
        url = public_base(settings) or settings.storage_emulator_host
    except StoreDeniedError as error:
        return str(error)
    if not url:
        return ""
    host = urlsplit(url if "://" in url else f"//{url}").hostname or ""
    if not is_local_name(host) and not _resolves_inside(host):
        return ""
    return (
        f"Buffer is live and cannot fetch pictures and films from {host}: set GALLEY_MEDIA_BUCKET "
        "and GALLEY_STATE_BUCKET to buckets of Google's or of a store of the S3 protocol, or "
        "GALLEY_PUBLIC_BASE_URL to a public address (docs/how-to-media-store.md)."
    )


def _resolves_inside(host: str) -> bool:
    try:
        found = addresses_of(host, 443)
    except (OSError, ValueError):
        # Without DNS here nothing is known; the public fetch decides later.
        return False
    return not all(map(is_public, found))
