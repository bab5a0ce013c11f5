"""Google Cloud Storage, or its emulator: the connection, its errors, and one bucket."""

import asyncio
import base64
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast
from urllib.parse import quote

import google.auth
import google_crc32c
import requests
from google.api_core import exceptions as api_errors
from google.auth import exceptions as auth_errors
from google.auth.credentials import AnonymousCredentials
from google.auth.transport.requests import AuthorizedSession
from google.cloud import storage
from google.cloud.storage.exceptions import DataCorruption

from galley.clients.storage import (
    CHUNK,
    FRESH,
    TIMEOUT,
    Copied,
    ObjectStore,
    StoreConflictError,
    StoreDeniedError,
    StoredObject,
    StoreError,
    StoreUnavailableError,
)
from galley.settings import Settings

_SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"
_LATER = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.CONFLICT})

ERRORS = (
    api_errors.GoogleAPICallError,
    auth_errors.GoogleAuthError,
    requests.RequestException,
    DataCorruption,
)
"""All that the client raises when the store does not do what it is asked."""


class Blob(Protocol):
    """The part of the client's object that is used."""

    chunk_size: int | None
    size: int | None
    crc32c: str | None
    cache_control: str | None
    content_type: str | None
    metadata: dict[str, str] | None
    generation: int | None
    metageneration: int | None
    updated: datetime | None
    name: str

    def upload_from_string(self, data: bytes, **options: object) -> None: ...
    def upload_from_filename(self, filename: str, **options: object) -> None: ...
    def download_as_bytes(self, **options: object) -> bytes: ...
    def download_to_filename(self, filename: str, **options: object) -> None: ...
    def rewrite(self, source: "Blob", **options: object) -> tuple[str | None, int, int]: ...
    def exists(self, **options: object) -> bool: ...
    def delete(self, **options: object) -> None: ...
    def reload(self, **options: object) -> None: ...
    def patch(self, **options: object) -> None: ...


class Bucket(Protocol):
    """The part of the client's bucket that is used."""

    def blob(self, blob_name: str) -> Blob: ...
    def exists(self, **options: object) -> bool: ...


class Client(Protocol):
    """The part of the client that is used."""

    api_endpoint: str

    def bucket(self, bucket_name: str) -> Bucket: ...
    def create_bucket(self, bucket_or_name: str, **options: object) -> object: ...
    def list_blobs(self, bucket_or_name: Bucket, **options: object) -> Iterable[Blob]: ...


def connect_storage(settings: Settings) -> storage.Client:
    """Return the process's one client.

    Raises:
        StoreDeniedError: No emulator is set and there are no Google credentials.
    """
    if settings.storage_emulator_host:
        host = settings.storage_emulator_host.rstrip("/")
        anonymous = AnonymousCredentials()
        session = AuthorizedSession(anonymous)
        # A proxy from the environment has no business between us and the emulator.
        session.trust_env = False
        return storage.Client(
            project="galley",
            credentials=anonymous,
            client_options={"api_endpoint": host if "://" in host else f"http://{host}"},
            _http=session,
        )
    load_credentials = cast("Callable[..., tuple[Any, str | None]]", google.auth.default)
    try:
        credentials, project = load_credentials(scopes=[_SCOPE])
    except auth_errors.DefaultCredentialsError as error:
        raise StoreDeniedError(
            "There are no Google credentials: run `gcloud auth application-default "
            "login` or set GOOGLE_APPLICATION_CREDENTIALS to a key file; or name buckets of "
            "the S3 protocol, as s3://…, in GALLEY_STATE_BUCKET and GALLEY_MEDIA_BUCKET. To "
            "work on this machine alone, run `galley up` in another terminal."
        ) from error
    return storage.Client(project=project, credentials=credentials)


def translated(error: Exception, bucket: str) -> StoreError:
    """Return what one of :data:`ERRORS` means, and what to do."""
    if isinstance(error, api_errors.GoogleAPICallError):
        return _refused(HTTPStatus(cast("int", error.code)), bucket)
    if isinstance(error, auth_errors.GoogleAuthError) and not cast("bool", error.retryable):
        return StoreDeniedError(
            "Google did not accept the credentials: run `gcloud auth "
            "application-default login` again or replace the key file."
        )
    return StoreUnavailableError(
        f"The store of bucket {bucket} cannot be reached "
        f"({type(error).__name__}): check the network and that it is running."
    )


def _refused(status: HTTPStatus, bucket: str) -> StoreError:
    if status in _LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return StoreUnavailableError(
            f"The store of bucket {bucket} answered {status.value}: try again later."
        )
    if status == HTTPStatus.NOT_FOUND:
        return StoreDeniedError(
            f"The bucket {bucket} does not exist: create it, or set "
            "GALLEY_STATE_BUCKET and GALLEY_MEDIA_BUCKET."
        )
    return StoreDeniedError(
        f"The store refused access to bucket {bucket} ({status.value}): "
        "grant the worker's account permission to read and write objects."
    )


_T = TypeVar("_T")
_ONCE = {"timeout": TIMEOUT, "retry": None}
"""Retries belong to Temporal."""


class GoogleStore(ObjectStore):
    """One bucket of Google's. Every call runs in a thread.

    Args:
        client: The process's one.
        bucket: Its name.
        public_base_url: Where its objects are public, if not at Google's own address.
        is_google: Whether it honours the condition of a copy, as its emulator does not.
    """

    def __init__(
        self,
        client: storage.Client,
        bucket: str,
        public_base_url: str | None = None,
        *,
        is_google: bool = False,
    ) -> None:
        self.client = cast("Client", client)
        self._bucket = self.client.bucket(bucket)
        self._public_base = (public_base_url or f"{self.client.api_endpoint}/{bucket}").rstrip("/")
        self._is_google = is_google
        self.name = bucket
        self.fresh = FRESH

    async def put_if_absent(
        self, name: str, data: bytes, mime: str, *, cache_control: str = "", same: bool = False
    ) -> bool:
        def put() -> bool:
            blob = self._bucket.blob(name)
            if cache_control:
                blob.cache_control = cache_control
            if self._upload(blob, data, mime, 0):
                return True
            if same:
                self._require(name, len(data), _crc32c(data))
            return False

        return await self._run(put)

    async def get(self, name: str) -> bytes | None:
        def get() -> bytes | None:
            try:
                return self._bucket.blob(name).download_as_bytes(checksum="crc32c", **_ONCE)
            except api_errors.NotFound:
                return None

        return await self._run(get)

    async def put_file(self, name: str, file: Path, mime: str) -> None:
        def put() -> None:
            blob = self._bucket.blob(name)
            if blob.exists(**_ONCE):
                return
            blob.chunk_size = CHUNK
            try:
                blob.upload_from_filename(
                    str(file), content_type=mime, if_generation_match=0, checksum="crc32c", **_ONCE
                )
            except api_errors.PreconditionFailed:
                # Somebody put it meanwhile, as two posts do with one picture.
                return

        await self._run(put)

    async def get_file(self, name: str, file: Path, most: int) -> bool:
        def get() -> bool:
            blob = self._bucket.blob(name)
            try:
                blob.reload(**_ONCE)
                if (blob.size or 0) > most:
                    raise StoreDeniedError(
                        f"{self.name}/{name} is larger than {most // 1_000_000} MB."
                    )
                blob.chunk_size = CHUNK
                blob.download_to_filename(str(file), checksum="crc32c", **_ONCE)
            except api_errors.NotFound:
                return False
            return True

        return await self._run(get)

    async def read_versioned(self, name: str) -> tuple[bytes | None, str]:
        def read() -> tuple[bytes | None, str]:
            blob = self._bucket.blob(name)
            try:
                # The download demands this generation, so that bytes and version belong together.
                blob.reload(**_ONCE)
                generation = blob.generation or 0
                data = blob.download_as_bytes(
                    if_generation_match=generation, checksum="crc32c", **_ONCE
                )
            except api_errors.NotFound:
                return None, ""
            except api_errors.PreconditionFailed as error:
                raise StoreUnavailableError(
                    f"{self.name}/{name} changed while it was read: try again."
                ) from error
            return data, str(generation)

        return await self._run(read)

    async def replace(self, name: str, data: bytes, mime: str, version: str) -> bool:
        blob, generation = self._bucket.blob(name), int(version or 0)
        return await self._run(lambda: self._upload(blob, data, mime, generation))

    async def copy_from(
        self, source: ObjectStore, name: str, to: str, mime: str, cache_control: str
    ) -> Copied:
        if not isinstance(source, GoogleStore):
            return Copied.APART
        original = source._bucket.blob(name)  # noqa: SLF001 -- of this class
        copy = self._bucket.blob(to)
        copy.content_type, copy.cache_control = mime, cache_control
        return await self._run(lambda: self._copy(original, copy))

    async def names(self, prefix: str) -> tuple[str, ...]:
        return tuple(stored.name for stored in await self.listing(prefix))

    async def listing(self, prefix: str) -> tuple[StoredObject, ...]:
        def listing() -> tuple[StoredObject, ...]:
            found = self.client.list_blobs(self._bucket, prefix=prefix, **_ONCE)
            listed = (_stored(blob) for blob in found)
            return tuple(sorted(listed, key=lambda stored: stored.name))

        return await self._run(listing)

    async def exists(self, name: str) -> bool:
        return await self._run(lambda: self._bucket.blob(name).exists(**_ONCE))

    async def delete(self, name: str) -> None:
        def delete() -> None:
            try:
                self._bucket.blob(name).delete(**_ONCE)
            except api_errors.NotFound:
                return

        await self._run(delete)

    async def delete_unchanged(self, stored: StoredObject) -> bool:
        def delete() -> bool:
            blob = self._bucket.blob(stored.name)
            try:
                # The emulator does not honour the conditions of a deletion.
                blob.reload(**_ONCE)
                if _stored(blob) != stored:
                    return False
                generation, _, change = stored.version.partition(".")
                blob.delete(
                    if_generation_match=int(generation),
                    if_metageneration_match=int(change),
                    **_ONCE,
                )
            except (api_errors.NotFound, api_errors.PreconditionFailed):
                return False
            return True

        return await self._run(delete)

    async def ensure_bucket(self) -> None:
        def ensure() -> None:
            if self._bucket.exists(**_ONCE):
                return
            try:
                self.client.create_bucket(self.name, **_ONCE)
            except api_errors.Conflict:
                # Someone else made it meanwhile; whether we may use it shows on use.
                return

        await self._run(ensure)

    def public_url(self, name: str) -> str:
        return f"{self._public_base}/{quote(name, safe='/~')}"

    def _upload(self, blob: Blob, data: bytes, mime: str, generation: int) -> bool:
        try:
            blob.upload_from_string(
                data, content_type=mime, if_generation_match=generation, checksum="crc32c", **_ONCE
            )
        except api_errors.PreconditionFailed:
            return False
        return True

    def _copy(self, original: Blob, copy: Blob) -> Copied:
        if not self._is_google and self._bucket.blob(copy.name).exists(**_ONCE):
            return self._is_copied(original, copy)
        token: str | None = None
        try:
            while True:
                token, _, _ = copy.rewrite(original, token=token, if_generation_match=0, **_ONCE)
                if token is None:
                    return Copied.DONE
        except api_errors.PreconditionFailed:
            return self._is_copied(original, copy)
        except api_errors.NotFound:
            if original.exists(**_ONCE):
                raise
            return Copied.MISSING

    def _is_copied(self, original: Blob, copy: Blob) -> Copied:
        try:
            original.reload(**_ONCE)
        except api_errors.NotFound:
            # Its bytes are compared with nothing here: the caller fetches them.
            return Copied.THERE
        self._require(copy.name, original.size or 0, original.crc32c or "")
        return Copied.THERE

    def _require(self, name: str, size: int, crc32c: str) -> None:
        blob = self._bucket.blob(name)
        blob.reload(**_ONCE)
        if (blob.size, blob.crc32c) != (size, crc32c):
            raise StoreConflictError(
                f"{self.name}/{name} holds other bytes than expected: delete it if it "
                "is not yours, then try again."
            )
        if blob.updated is not None and datetime.now(UTC) - blob.updated > self.fresh:
            blob.metadata = {"put-again": datetime.now(UTC).isoformat()}
            blob.patch(**_ONCE)

    async def _run(self, call: Callable[[], _T]) -> _T:
        try:
            return await asyncio.to_thread(call)
        except ERRORS as error:
            raise translated(error, self.name) from error


def _stored(blob: Blob) -> StoredObject:
    return StoredObject(
        name=blob.name,
        size=blob.size or 0,
        updated_at=blob.updated or datetime.now(UTC),
        version=f"{blob.generation or 0}.{blob.metageneration or 0}",
    )


def _crc32c(data: bytes) -> str:
    """Return the checksum the way the store reports it: Base64 of four bytes."""
    checksum = cast("Callable[[bytes], int]", google_crc32c.value)(data)
    return base64.b64encode(checksum.to_bytes(4)).decode()
