"""The connection to Google Cloud Storage, and what its errors mean."""

from collections.abc import Callable, Iterable
from datetime import datetime
from http import HTTPStatus
from typing import Any, Protocol, cast

import google.auth
import requests
from google.api_core import exceptions as api_errors
from google.auth import exceptions as auth_errors
from google.auth.credentials import AnonymousCredentials
from google.auth.transport.requests import AuthorizedSession
from google.cloud import storage
from google.cloud.storage.exceptions import DataCorruption

from galley.clients.storage import StoreDeniedError, StoreError, StoreUnavailableError
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
    """What is used of the client's object."""

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
    """What is used of the client's bucket."""

    def blob(self, blob_name: str) -> Blob: ...
    def exists(self, **options: object) -> bool: ...


class Client(Protocol):
    """What is used of the client."""

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
    load_credentials = cast("Callable[..., tuple[Any, str | None]]", google.auth.default)
    try:
        credentials, project = load_credentials(scopes=[_SCOPE])
    except auth_errors.DefaultCredentialsError as error:
        raise StoreDeniedError(
            "There are no Google credentials: run `gcloud auth application-default "
            "login` or set GOOGLE_APPLICATION_CREDENTIALS to a key file; to work on "
            "this machine alone, run `uv run starter.py up` in another terminal."
        ) from error
    return storage.Client(project=project, credentials=credentials)


def _with_scheme(settings: Settings) -> str:
    host = (settings.storage_emulator_host or "").rstrip("/")
    return host if "://" in host else f"http://{host}"


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
