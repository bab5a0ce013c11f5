"""Choose the store of each bucket by its setting.

``galley-state`` or ``gs://galley-state`` is a bucket of Google's; ``s3://galley-state``
is one of a store of the S3 protocol.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from galley.clients.addresses import is_local_name
from galley.clients.storage import ObjectStore, StoreDeniedError
from galley.settings import Settings

if TYPE_CHECKING:
    from google.cloud import storage

    from galley.clients.stores import s3_client

S3 = "s3://"
_GOOGLE = "gs://"
_SUPABASE = "/storage/v1/s3"
"""How the path of Supabase's S3 endpoint ends; its public objects stand beside it."""


@dataclass(frozen=True)
class Stores:
    """The private bucket and the public one. Nothing of the first is ever public."""

    state: ObjectStore
    media: ObjectStore


def open_stores(settings: Settings) -> Stores:
    """Return both buckets; those of one kind share a client.

    Raises:
        StoreDeniedError: Credentials, a client or a setting is missing, or both are
            the same bucket.
    """
    if settings.state_bucket == settings.media_bucket:
        raise StoreDeniedError(
            "GALLEY_STATE_BUCKET and GALLEY_MEDIA_BUCKET are the same bucket, and one "
            "of them is public: make two."
        )
    opening = _Opening(settings)
    return Stores(
        state=opening.private(settings.state_bucket), media=opening.public(settings.media_bucket)
    )


def open_state(settings: Settings) -> ObjectStore:
    """Return the private bucket.

    Raises:
        StoreDeniedError: Credentials, a client or a setting is missing.
    """
    return _Opening(settings).private(settings.state_bucket)


def open_media(settings: Settings) -> ObjectStore:
    """Return the public bucket.

    Raises:
        StoreDeniedError: Credentials, a client or a setting is missing.
    """
    return _Opening(settings).public(settings.media_bucket)


def public_base(settings: Settings) -> str | None:
    """Return where the media are public, if the settings say it or it follows.

    ``None`` stands for Google's own address, or the emulator's.

    Raises:
        StoreDeniedError: It must be said.
    """
    if settings.public_base_url:
        return settings.public_base_url
    if not settings.media_bucket.startswith(S3):
        return None
    address, endpoint = _address(settings, settings.media_bucket), settings.s3_endpoint
    has_one = not endpoint or _SUPABASE in endpoint
    if has_one or is_local_name(urlsplit(endpoint or "").hostname or ""):
        return address
    raise StoreDeniedError(
        "GALLEY_S3_ENDPOINT does not say where media are public: set "
        "GALLEY_PUBLIC_BASE_URL, for R2 to the bucket's own domain."
    )


def _address(settings: Settings, bucket: str) -> str | None:
    """Return the address under which a bucket is public, if it is."""
    if not bucket.startswith(S3):
        return None
    bucket, endpoint = bucket.removeprefix(S3), settings.s3_endpoint
    if not endpoint:
        region = f".{settings.s3_region}" if settings.s3_region else ""
        return f"https://{bucket}.s3{region}.amazonaws.com"
    endpoint = endpoint.rstrip("/")
    if endpoint.endswith(_SUPABASE):
        return f"{endpoint.removesuffix('/s3')}/object/public/{bucket}"
    return f"{endpoint}/{bucket}"


class _Opening:
    """Makes stores, and no client twice. Client libraries are loaded when needed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def private(self, bucket: str) -> ObjectStore:
        return self._open(bucket, _address(self._settings, bucket))

    def public(self, bucket: str) -> ObjectStore:
        return self._open(bucket, public_base(self._settings))

    def _open(self, bucket: str, base: str | None) -> ObjectStore:
        if bucket.startswith(S3):
            from galley.clients.stores.s3 import S3Store

            return S3Store(self._s3, bucket.removeprefix(S3), base or "")
        from galley.clients.stores.google import GoogleStore

        return GoogleStore(
            self._google,
            bucket.removeprefix(_GOOGLE),
            base,
            is_google=not self._settings.storage_emulator_host,
        )

    @cached_property
    def _s3(self) -> "s3_client.Client":
        from galley.clients.stores.s3_client import connect_s3

        return connect_s3(self._settings)

    @cached_property
    def _google(self) -> "storage.Client":
        from galley.clients.stores.google import connect_storage

        return connect_storage(self._settings)
