"""The connection to a store of the S3 protocol, and what its errors mean."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, Protocol, cast

from galley.clients.storage import TIMEOUT, StoreDeniedError, StoreError, StoreUnavailableError
from galley.settings import Settings

_CONNECTIONS = 50
_LATER = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.CONFLICT})
_KEYS = frozenset(
    {
        "NoCredentialsError",
        "PartialCredentialsError",
        "CredentialRetrievalError",
        "TokenRetrievalError",
        "SSOTokenLoadError",
        "UnauthorizedSSOTokenError",
        "ProfileNotFound",
    }
)
_MISSING_KEYS = (
    "There are no S3 credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
    "a profile of the AWS tools."
)
_WRONG_KEYS = frozenset(
    {"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken"}
)


class Body(Protocol):
    """The content of an answer, read as it comes."""

    def read(self, amt: int | None = None) -> bytes: ...
    def close(self) -> None: ...


class Paginator(Protocol):
    """Asks for one page after the other."""

    def paginate(self, **asked: object) -> Iterable[dict[str, Any]]: ...


class Client(Protocol):
    """The part of the client that is used; it makes its methods as it starts."""

    def put_object(self, **asked: object) -> dict[str, Any]: ...
    def get_object(self, **asked: object) -> dict[str, Any]: ...
    def head_object(self, **asked: object) -> dict[str, Any]: ...
    def copy_object(self, **asked: object) -> dict[str, Any]: ...
    def delete_object(self, **asked: object) -> dict[str, Any]: ...
    def head_bucket(self, **asked: object) -> dict[str, Any]: ...
    def create_bucket(self, **asked: object) -> dict[str, Any]: ...
    def get_paginator(self, operation_name: str) -> Paginator: ...
    def close(self) -> None: ...


def connect_s3(settings: Settings) -> Client:
    """Return the process's one client.

    Credentials are found where the AWS tools find theirs: the environment, a profile,
    the role of the machine.

    Raises:
        StoreDeniedError: The extra is not installed, or the settings make no client.
    """
    try:
        from boto3.session import Session
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ImportError as error:
        raise StoreDeniedError(
            "A bucket is named s3://…, and the client for that is not installed: run "
            "`uv sync --extra s3`, or `uv tool install '.[s3]'`."
        ) from error
    endpoint = settings.s3_endpoint
    config = Config(
        connect_timeout=TIMEOUT,
        read_timeout=TIMEOUT,
        retries={"total_max_attempts": 1},
        max_pool_connections=_CONNECTIONS,
        signature_version="s3v4",
        s3={"addressing_style": "path" if endpoint else "auto"},
        # Stores other than Amazon's refuse checksums they do not know; ours is MD5.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    make = cast("Callable[..., Client]", Session().client)  # pyright: ignore[reportUnknownMemberType] -- without types
    try:
        return make(
            "s3",
            endpoint_url=endpoint,
            region_name=settings.s3_region or ("auto" if endpoint else None),
            config=config,
        )
    except (BotoCoreError, ValueError) as error:
        raise StoreDeniedError(
            f"No S3 client can be made ({type(error).__name__}): check "
            "GALLEY_S3_ENDPOINT, GALLEY_S3_REGION and AWS_PROFILE."
        ) from error


def code_of(error: Exception) -> str:
    """Return the store's word for what was wrong, or its status as digits."""
    return str(_told(error).get("Error", {}).get("Code", ""))


def status_of(error: Exception) -> int:
    """Return the status the store answered with, or 0 if it did not."""
    return int(_told(error).get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _told(error: Exception) -> dict[str, Any]:
    return cast("dict[str, Any]", getattr(error, "response", None) or {})


def translated(error: Exception, bucket: str) -> StoreError:
    """Return what an error of the client means, and what to do."""
    if (status := status_of(error)) > 0:
        return _refused(HTTPStatus(status), code_of(error), bucket)
    if type(error).__name__ in _KEYS:
        return StoreDeniedError(_MISSING_KEYS)
    return StoreUnavailableError(
        f"The store of bucket {bucket} cannot be reached "
        f"({type(error).__name__}): check GALLEY_S3_ENDPOINT and the network."
    )


def _refused(status: HTTPStatus, code: str, bucket: str) -> StoreError:
    if status == HTTPStatus.NOT_IMPLEMENTED:
        return StoreDeniedError(
            f"The store of bucket {bucket} cannot do what is asked of it: use one that "
            "honours If-None-Match and If-Match."
        )
    if status in _LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return StoreUnavailableError(
            f"The store of bucket {bucket} answered {status.value}: try again later."
        )
    if status == HTTPStatus.NOT_FOUND:
        return StoreDeniedError(
            f"The bucket {bucket} does not exist: create it, or set "
            "GALLEY_STATE_BUCKET and GALLEY_MEDIA_BUCKET."
        )
    if code in _WRONG_KEYS:
        return StoreDeniedError(
            "The store did not accept the S3 credentials: check AWS_ACCESS_KEY_ID, "
            "AWS_SECRET_ACCESS_KEY and GALLEY_S3_REGION."
        )
    return StoreDeniedError(
        f"The store refused access to bucket {bucket} ({status.value}): "
        "grant the worker's key permission to read, write, list and delete objects."
    )
