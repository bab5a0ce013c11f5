"""Google Cloud Storage, or its emulator, as one flat store of named bytes.

Errors::

    StoreError
    ├── StoreUnavailableError   later: try again
    ├── StoreDeniedError        final: credentials, bucket or permission
    └── StoreConflictError      final: another object holds the name
"""

import asyncio
import base64
from collections.abc import Callable, Iterable
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

from galley.settings import Settings

_T = TypeVar("_T")
_TIMEOUT = 30.0
"""Seconds to connect, and seconds between two reads."""
_CHUNK = 8 * 1024 * 1024
"""Bytes of a large file that one request carries."""
_SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"
_LATER = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.CONFLICT}
)


class StoreError(Exception):
    """The object store did not do what it was asked."""


class StoreUnavailableError(StoreError):
    """It did not answer, or not now."""


class StoreDeniedError(StoreError):
    """Credentials, bucket or permission must be mended first."""


class StoreConflictError(StoreError):
    """The name is taken by other bytes."""


class _Blob(Protocol):
    chunk_size: int | None
    size: int | None
    crc32c: str | None
    cache_control: str | None
    generation: int | None
    name: str

    def upload_from_string(self, data: bytes, **options: object) -> None: ...
    def upload_from_filename(self, filename: str, **options: object) -> None: ...
    def download_as_bytes(self, **options: object) -> bytes: ...
    def download_to_filename(self, filename: str, **options: object) -> None: ...
    def exists(self, **options: object) -> bool: ...
    def delete(self, **options: object) -> None: ...
    def reload(self, **options: object) -> None: ...


class _Bucket(Protocol):
    def blob(self, blob_name: str) -> _Blob: ...
    def exists(self, **options: object) -> bool: ...


class _Client(Protocol):
    api_endpoint: str

    def bucket(self, bucket_name: str) -> _Bucket: ...
    def create_bucket(self, bucket_or_name: str, **options: object) -> object: ...
    def list_blobs(
        self, bucket_or_name: _Bucket, **options: object
    ) -> Iterable[_Blob]: ...


def connect_storage(settings: Settings) -> storage.Client:
    """Return the process's one client.

    Raises:
        StoreDeniedError: No emulator is set and there are no Google credentials.
    """
    if settings.storage_emulator_host:
        anonymous = AnonymousCredentials()
        session = AuthorizedSession(anonymous)
        # A proxy from the environment has no business between us and the emulator.
        session.trust_env = False
        return storage.Client(
            project="galley",
            credentials=anonymous,
            client_options={"api_endpoint": _with_scheme(settings)},
            _http=session,
        )
    load_credentials = cast(
        "Callable[..., tuple[Any, str | None]]", google.auth.default
    )
    try:
        credentials, project = load_credentials(scopes=[_SCOPE])
    except auth_errors.DefaultCredentialsError as error:
        raise StoreDeniedError(
            "There are no Google credentials: run `gcloud auth application-default "
            "login` or set GOOGLE_APPLICATION_CREDENTIALS to a key file."
        ) from error
    return storage.Client(project=project, credentials=credentials)


def _with_scheme(settings: Settings) -> str:
    host = (settings.storage_emulator_host or "").rstrip("/")
    return host if "://" in host else f"http://{host}"


class ObjectStore:
    """One bucket. Every call runs in a thread, once, with a timeout."""

    def __init__(
        self,
        client: storage.Client,
        bucket: str,
        public_base_url: str | None = None,
    ) -> None:
        self._client = cast("_Client", client)
        self._bucket = self._client.bucket(bucket)
        self._public_base = (
            public_base_url or f"{self._client.api_endpoint}/{bucket}"
        ).rstrip("/")
        self.name = bucket

    async def put_if_absent(
        self,
        name: str,
        data: bytes,
        mime: str,
        *,
        cache_control: str = "",
        same: bool = False,
    ) -> bool:
        """Create the object unless the name is taken.

        Safe to repeat: of any number of writers exactly one creates it.

        Args:
            name: Object name, ``/`` allowed.
            data: The whole content.
            mime: Content type it is served with.
            cache_control: Header it is served with; empty for the store's default.
            same: Demand that an object already there has this size and CRC32C.

        Returns:
            Whether this call created it.

        Raises:
            StoreConflictError: With ``same``, when other bytes hold the name.
            StoreError: Any other failure.
        """
        return await self._run(
            lambda: self._put(name, data, mime, cache_control=cache_control, same=same)
        )

    async def get(self, name: str) -> bytes | None:
        """Return the content, or ``None`` if there is no such object."""
        return await self._run(lambda: self._get(name))

    async def put_file(self, name: str, file: Path, mime: str) -> None:
        """Store a file whose ``name`` is made from its content, piece by piece.

        Nothing is sent if there is such an object.
        """
        if not await self.exists(name):
            await self._run(lambda: self._put_file(name, file, mime))

    async def get_file(self, name: str, file: Path, most: int) -> bool:
        """Write the content into ``file``; whether there is such an object.

        Raises:
            StoreDeniedError: It has more than ``most`` bytes.
            StoreError: Any other failure.
        """
        return await self._run(lambda: self._get_file(name, file, most))

    async def read_versioned(self, name: str) -> tuple[bytes | None, int]:
        """Return the content and its generation; ``(None, 0)`` if there is none."""
        return await self._run(lambda: self._read_versioned(name))

    async def replace(self, name: str, data: bytes, mime: str, generation: int) -> bool:
        """Write the object if it still has this generation (0: if there is none).

        Returns:
            Whether it was written; else somebody else wrote it since it was read.

        Raises:
            StoreError: Any other failure.
        """
        return await self._run(lambda: self._replace(name, data, mime, generation))

    async def names(self, prefix: str) -> tuple[str, ...]:
        """Return the names of all objects that begin so, in order.

        The store lists what was written before it was asked, always.
        """
        return await self._run(lambda: self._names(prefix))

    async def exists(self, name: str) -> bool:
        return await self._run(
            lambda: self._bucket.blob(name).exists(timeout=_TIMEOUT, retry=None)
        )

    async def delete(self, name: str) -> None:
        """Remove the object; one that is not there is no error."""
        await self._run(lambda: self._delete(name))

    async def ensure_bucket(self) -> None:
        """Create the bucket if it is missing. For the local stack and ``doctor``."""
        await self._run(self._ensure_bucket)

    def public_url(self, name: str) -> str:
        """Return where anyone can fetch the object, if the bucket is public."""
        return f"{self._public_base}/{quote(name, safe='/~')}"

    def _put(
        self, name: str, data: bytes, mime: str, *, cache_control: str, same: bool
    ) -> bool:
        blob = self._bucket.blob(name)
        if cache_control:
            blob.cache_control = cache_control
        try:
            blob.upload_from_string(
                data,
                content_type=mime,
                if_generation_match=0,
                checksum="crc32c",
                timeout=_TIMEOUT,
                retry=None,
            )
        except api_errors.PreconditionFailed:
            if same:
                self._require_same(name, data)
            return False
        return True

    def _put_file(self, name: str, file: Path, mime: str) -> None:
        blob = self._bucket.blob(name)
        blob.chunk_size = _CHUNK
        blob.upload_from_filename(
            str(file),
            content_type=mime,
            if_generation_match=0,
            checksum="crc32c",
            timeout=_TIMEOUT,
            retry=None,
        )

    def _get_file(self, name: str, file: Path, most: int) -> bool:
        blob = self._bucket.blob(name)
        try:
            blob.reload(timeout=_TIMEOUT, retry=None)
            if (blob.size or 0) > most:
                raise StoreDeniedError(
                    f"{self.name}/{name} is larger than {most // 1_000_000} MB."
                )
            blob.chunk_size = _CHUNK
            blob.download_to_filename(
                str(file), timeout=_TIMEOUT, retry=None, checksum="crc32c"
            )
        except api_errors.NotFound:
            return False
        return True

    def _read_versioned(self, name: str) -> tuple[bytes | None, int]:
        blob = self._bucket.blob(name)
        try:
            blob.reload(timeout=_TIMEOUT, retry=None)
            generation = blob.generation or 0
            data = blob.download_as_bytes(
                if_generation_match=generation,
                timeout=_TIMEOUT,
                retry=None,
                checksum="crc32c",
            )
        except api_errors.NotFound:
            return None, 0
        except api_errors.PreconditionFailed as error:
            raise StoreUnavailableError(
                f"{self.name}/{name} changed while it was read: try again."
            ) from error
        return data, generation

    def _names(self, prefix: str) -> tuple[str, ...]:
        found = self._client.list_blobs(
            self._bucket, prefix=prefix, timeout=_TIMEOUT, retry=None
        )
        return tuple(sorted(blob.name for blob in found))

    def _replace(self, name: str, data: bytes, mime: str, generation: int) -> bool:
        try:
            self._bucket.blob(name).upload_from_string(
                data,
                content_type=mime,
                if_generation_match=generation,
                checksum="crc32c",
                timeout=_TIMEOUT,
                retry=None,
            )
        except api_errors.PreconditionFailed:
            return False
        return True

    def _require_same(self, name: str, data: bytes) -> None:
        blob = self._bucket.blob(name)
        blob.reload(timeout=_TIMEOUT, retry=None)
        if (blob.size, blob.crc32c) != (len(data), _crc32c(data)):
            raise StoreConflictError(
                f"{self.name}/{name} holds other bytes than expected: delete it if it "
                "is not yours, then try again."
            )

    def _get(self, name: str) -> bytes | None:
        try:
            return self._bucket.blob(name).download_as_bytes(
                timeout=_TIMEOUT, retry=None, checksum="crc32c"
            )
        except api_errors.NotFound:
            return None

    def _delete(self, name: str) -> None:
        try:
            self._bucket.blob(name).delete(timeout=_TIMEOUT, retry=None)
        except api_errors.NotFound:
            return

    def _ensure_bucket(self) -> None:
        if self._bucket.exists(timeout=_TIMEOUT, retry=None):
            return
        try:
            self._client.create_bucket(self.name, timeout=_TIMEOUT, retry=None)
        except api_errors.Conflict:
            # Someone else made it meanwhile; whether we may use it shows on use.
            return

    async def _run(self, call: Callable[[], _T]) -> _T:
        try:
            return await asyncio.to_thread(call)
        except (
            api_errors.GoogleAPICallError,
            auth_errors.GoogleAuthError,
            requests.RequestException,
            DataCorruption,
        ) as error:
            raise self._translated(error) from error

    def _translated(self, error: Exception) -> StoreError:
        if isinstance(error, api_errors.GoogleAPICallError):
            return self._refused(HTTPStatus(cast("int", error.code)))
        if isinstance(error, auth_errors.GoogleAuthError) and not cast(
            "bool", error.retryable
        ):
            return StoreDeniedError(
                "Google did not accept the credentials: run `gcloud auth "
                "application-default login` again or replace the key file."
            )
        return StoreUnavailableError(
            f"The store of bucket {self.name} cannot be reached "
            f"({type(error).__name__}): check the network and that it is running."
        )

    def _refused(self, status: HTTPStatus) -> StoreError:
        if status in _LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return StoreUnavailableError(
                f"The store of bucket {self.name} answered {status.value}: "
                "try again later."
            )
        if status == HTTPStatus.NOT_FOUND:
            return StoreDeniedError(
                f"The bucket {self.name} does not exist: create it, or set "
                "GALLEY_STATE_BUCKET and GALLEY_MEDIA_BUCKET."
            )
        return StoreDeniedError(
            f"The store refused access to bucket {self.name} ({status.value}): "
            "grant the worker's account permission to read and write objects."
        )


def _crc32c(data: bytes) -> str:
    """Return the checksum the way the store reports it: Base64 of four bytes."""
    checksum = cast("Callable[[bytes], int]", google_crc32c.value)(data)
    return base64.b64encode(checksum.to_bytes(4)).decode()
