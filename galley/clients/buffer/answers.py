"""Turn one HTTP answer into data, or into the error it stands for.

Every shape of https://developers.buffer.com/guides/error-handling.md, and those seen
in the wild: failures come as HTTP status, as ``errors`` beside HTTP 200, and as typed
members of a mutation's union.
"""

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import NoReturn, cast

import httpx

from galley.clients.buffer.errors import (
    BlockedError,
    BufferApiError,
    ForbiddenError,
    NoAnswerError,
    NotFoundError,
    RateLimitedError,
    SchemaError,
    UnauthorizedError,
    UnknownOutcomeError,
)
from galley.clients.buffer.members import raise_for_member
from galley.clients.buffer.reading import as_dict, clean, json_object
from galley.clients.buffer.windows import WINDOWS, windows_of
from galley.models import RateWindow

_KEY_HELP = (
    "make a new one at https://publish.buffer.com/settings/api and set BUFFER_API_KEY"
)
_SCHEMA_CODES = {
    "GRAPHQL_VALIDATION_FAILED",
    "GRAPHQL_PARSE_FAILED",
    "BAD_USER_INPUT",
}
_TOO_LARGE = re.compile(r"query .*\bmaximum allowed\b", re.IGNORECASE)
_QUOTED_VALUE = re.compile(r"got invalid value .*?(?=;|$)", re.DOTALL)
_FOUND_VALUE = re.compile(r"\b(found): .*", re.DOTALL | re.IGNORECASE)
"""As graphql-js writes it from version 17 on, and the emulator."""


def read_answer(status: int, headers: httpx.Headers, body: bytes) -> dict[str, object]:
    """Return the ``data`` of an answer.

    Data that came with ``errors`` beside it counts when no root field is null: the
    write it reports did happen.

    Raises:
        BufferApiError: The leaf that fits; see :mod:`galley.clients.buffer.errors`.
    """
    answer = _Answer(status, headers, windows_of(headers), json_object(body))
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        _raise_for_status(answer)
    data = answer.data
    if data and all(value is not None for value in data.values()):
        for value in data.values():
            raise_for_member(value, answer.windows)
        return data
    _raise_for_code(answer)
    raise answer.lost(answer.first.message or "its answer could not be read")


@dataclass(frozen=True, slots=True)
class _Fault:
    """One member of ``errors``."""

    message: str = ""
    code: str = ""
    window: str = ""
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: httpx.Headers
    windows: tuple[RateWindow, ...]
    payload: dict[str, object]

    @property
    def data(self) -> dict[str, object]:
        return as_dict(self.payload.get("data"))

    @property
    def first(self) -> _Fault:
        errors = self.payload.get("errors")
        if not isinstance(errors, list) or not errors:
            return _Fault()
        fault = as_dict(cast("list[object]", errors)[0])
        extensions = as_dict(fault.get("extensions"))
        return _Fault(
            message=_unquoted(clean(fault.get("message", ""), 2000))[:300],
            code=clean(extensions.get("code", ""), 60),
            window=clean(extensions.get("window", ""), 10),
            retry_after=_seconds(extensions.get("retryAfter")),
        )

    def lost(self, why: str) -> UnknownOutcomeError:
        is_odd = HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES
        kind = UnknownOutcomeError if is_odd else NoAnswerError
        return kind(
            f"Buffer gave no clear answer (HTTP {self.status}): {why}",
            windows=self.windows,
        )


def _unquoted(message: str) -> str:
    """Leave out what a validation error quotes: it may be the text of a post."""
    return _FOUND_VALUE.sub(
        r"\1: a value", _QUOTED_VALUE.sub("got an invalid value", message)
    )


def _raise_for_status(answer: _Answer) -> NoReturn:
    status = answer.status
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise answer.lost(answer.first.message or "its servers have trouble")
    if status == HTTPStatus.REQUEST_TIMEOUT:
        raise answer.lost("it waited too long for the request")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise _rate_limited(answer)
    if status == HTTPStatus.UNAUTHORIZED:
        raise _unauthorized(answer)
    _raise_for_code(answer)
    if status == HTTPStatus.FORBIDDEN and answer.first.message:
        raise _forbidden(answer)
    if status == HTTPStatus.FORBIDDEN:
        raise BlockedError(
            "Buffer's gateway turned the request away (HTTP 403): "
            "check the network this runs in and https://status.buffer.com",
            windows=answer.windows,
        )
    if status == HTTPStatus.NOT_FOUND or status < HTTPStatus.BAD_REQUEST:
        raise BlockedError(
            f"No Buffer API answers at this address (HTTP {status}): "
            "check BUFFER_API_URL",
            windows=answer.windows,
        )
    raise _schema(answer)


def _raise_for_code(answer: _Answer) -> None:
    fault = answer.first
    match fault.code:
        case "UNAUTHORIZED" | "UNAUTHENTICATED":
            raise _unauthorized(answer)
        case "FORBIDDEN":
            raise _forbidden(answer)
        case "NOT_FOUND":
            raise NotFoundError(
                f"Buffer found nothing: {fault.message}", windows=answer.windows
            )
        case "RATE_LIMIT_EXCEEDED":
            raise _rate_limited(answer)
        case code if code in _SCHEMA_CODES or _TOO_LARGE.match(fault.message):
            raise _schema(answer)
        case _:
            return


def _unauthorized(answer: _Answer) -> BufferApiError:
    return UnauthorizedError(
        f"Buffer does not accept the key: {_KEY_HELP}", windows=answer.windows
    )


def _forbidden(answer: _Answer) -> BufferApiError:
    return ForbiddenError(
        f"Buffer does not let this key do that: {answer.first.message}",
        windows=answer.windows,
    )


def _schema(answer: _Answer) -> BufferApiError:
    return SchemaError(
        f"Buffer did not understand the request (HTTP {answer.status}): "
        f"{answer.first.message or 'no reason given'}. A newer Galley may be needed",
        windows=answer.windows,
    )


def _rate_limited(answer: _Answer) -> BufferApiError:
    """Wait as ``Retry-After`` says, else until every used-up window opens again."""
    fault = answer.first
    spent = [window for window in answer.windows if window.remaining == 0]
    wait = _seconds(answer.headers.get("retry-after")) or fault.retry_after
    if wait is None and spent:
        wait = float(max(window.resets_in for window in spent))
    name = fault.window or (WINDOWS[spent[-1].seconds] if spent else "")
    pause = f"the next request may go in {wait:.0f} s" if wait else "wait a while"
    return RateLimitedError(
        f"Buffer's {name or 'rate'} limit is used up: {pause}",
        retry_after=wait,
        window=name,
        windows=answer.windows,
    )


def _seconds(value: object) -> float | None:
    """Return whole seconds from 0 to 30 days, or ``None`` for anything else."""
    text = str(value).strip()
    if not re.fullmatch(r"[0-9]{1,9}", text):
        return None
    return float(min(int(text), max(WINDOWS)))
