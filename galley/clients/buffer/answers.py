"""Buffer's answers, read: the data, or the error that fits, and the rate windows.

Buffer reports three rolling windows on every GraphQL answer, one list member each::

    RateLimit: "100-in-15min";r=98;t=897
    RateLimit-Policy: "100-in-15min";q=100;w=900;pk=:base64:

``r`` is what remains, ``t`` the seconds to the reset, ``q`` the quota, ``w`` the window
in seconds. Members come repeated or joined by commas; the two headers are joined by
name. https://developers.buffer.com/guides/api-limits.html
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import NoReturn, cast

import httpx

from galley.clients.buffer.errors import (
    BlockedError,
    BufferApiError,
    DuplicateError,
    ForbiddenError,
    NoAnswerError,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    SchemaError,
    UnauthorizedError,
    UnknownOutcomeError,
)
from galley.clients.buffer.inbound import as_dict, clean, json_object
from galley.models.publishing import HoldReason, RateWindow

WINDOWS = {900: "15m", 86_400: "24h", 2_592_000: "30d"}
"""The windows Galley plans with: seconds, and Buffer's word for it."""

MOST_CALLS = 20_000
"""Above every plan's limit. A larger one is planned with as if it were this."""

_MEMBER = re.compile(
    r"""
    \s*"(?P<name>[^"\\]{1,100})"
    (?P<parameters>(?:\s*;\s*[a-z]{1,10}=(?::[^:]*:|"[^"]*"|[^\s;,":]*))*)
    \s*(?:,|$)
    """,
    re.VERBOSE,
)
_NUMBER = re.compile(r";\s*([a-z]{1,10})=(\d{1,9})(?=\s*(?:;|$))")


def windows_of(headers: httpx.Headers) -> tuple[RateWindow, ...]:
    """Return the known windows, shortest first; what cannot be read is left out."""
    usage = dict(_members(headers, "ratelimit"))
    found: dict[int, RateWindow] = {}
    for name, policy in _members(headers, "ratelimit-policy"):
        used, seconds = usage.get(name, {}), policy.get("w", 0)
        limit = min(policy.get("q", 0), MOST_CALLS)
        if seconds not in WINDOWS or not limit or not {"r", "t"} <= used.keys():
            continue
        window = RateWindow(
            seconds=seconds,
            limit=limit,
            remaining=min(used["r"], limit),
            resets_in=min(used["t"], seconds),
        )
        tightest = found.get(seconds)
        if tightest is None or window.remaining < tightest.remaining:
            found[seconds] = window
    return tuple(found[seconds] for seconds in sorted(found))


def _members(headers: httpx.Headers, name: str) -> Iterator[tuple[str, dict[str, int]]]:
    for value in headers.get_list(name):
        for member in _MEMBER.finditer(value):
            numbers = _NUMBER.findall(member["parameters"])
            yield member["name"], {key: int(digits) for key, digits in numbers}


_SUCCESSES = {"PostActionSuccess", "DeletePostSuccess"}
_REFUSALS = {
    "DuplicateError",
    "InvalidInputError",
    "LimitReachedError",
    "NotFoundError",
    "PostNotDeletableError",
    "RestProxyError",
    "UnauthorizedError",
    "VoidMutationError",
}
"""Members that say for certain that nothing was done."""
_CHANGE_ERROR = "VoidMutationError"
"""What ``deletePost`` and ``movePostInQueue`` answer, whatever went wrong."""
# "Whoops, it looks like you've posted that one recently. ... not able to post the same
# thing again", "... already got this one scheduled", "... cannot be posted twice".
_DUPLICATE = re.compile(
    r"posted that one recently|post the same thing|posted twice|\bduplicate\b"
    r"|\balready\b.{0,30}\bscheduled\b",
    re.IGNORECASE,
)
# Buffer says so itself, whatever union member it comes in: nothing was created.
_NOT_CREATED = re.compile(r"(?:invalid post|failed to create post)\b", re.IGNORECASE)
# Buffer gives no code. Of these only the first is quoted by clients; the others are what its
# emulator, its page and the fields of a channel suggest, and what no text of a post contains
# in Buffer's answer.
_REASONS = {
    HoldReason.MEDIA: re.compile(r"\bfailed to (?:fetch|download|load)\b", re.IGNORECASE),
    HoldReason.CHANNEL_LOST: re.compile(
        r"\bchannel\b.{0,30}\b(?:disconnected|locked|not found)\b|\breconnect\b", re.IGNORECASE
    ),
    HoldReason.TIME_PASSED: re.compile(
        r"\b(?:due|scheduled?)(?:At)?\b.{0,40}\b(?:past|future)\b", re.IGNORECASE
    ),
}
_GONE = re.compile(r"(?:document|post)(?: [0-9a-f]{24})? (?:was )?not found", re.IGNORECASE)


def raise_for_member(value: object, windows: tuple[RateWindow, ...]) -> None:
    """Raise unless ``value`` is plain data or the success member of its union.

    Raises:
        BufferApiError: The leaf that fits. A member of a newer schema leaves open what
            happened, unless Buffer's words say that nothing was made.
    """
    member = as_dict(value)
    kind = clean(member.get("__typename", ""), 60)
    if not kind or kind in _SUCCESSES:
        return
    message = clean(member.get("message", ""))
    said = re.sub(r"\.,\s+", ". ", message)
    if kind != "LimitReachedError" and _DUPLICATE.search(message):
        raise DuplicateError(f"Buffer takes this for a repeat: {said}", kind=kind, windows=windows)
    if not message:
        raise _open(f"it answered {kind} and nothing more", windows)
    if kind not in _REFUSALS and not _NOT_CREATED.match(message):
        # UnexpectedError, or a member of a newer schema: whoever asked must look.
        raise _open(f"{kind}: {said}", windows)
    sentence = f"Buffer refused the {'change' if kind == _CHANGE_ERROR else 'post'}"
    if kind == "UnauthorizedError":
        raise ForbiddenError(f"{sentence}: {said}", windows=windows)
    if kind == "NotFoundError" or (kind == _CHANGE_ERROR and _GONE.match(message)):
        raise NotFoundError(f"{sentence}: {said}", windows=windows)
    reason = _not_of_content(kind, message)
    raise RefusedError(f"{sentence}: {said}", kind=kind, reason=reason, windows=windows)


def _not_of_content(kind: str, message: str) -> HoldReason | None:
    """Return why Buffer does not take a post now; ``None``: for its content."""
    if kind == "LimitReachedError":
        return HoldReason.PLAN_FULL
    return next((why for why, words in _REASONS.items() if words.search(message)), None)


def _open(why: str, windows: tuple[RateWindow, ...]) -> UnknownOutcomeError:
    return UnknownOutcomeError(f"Buffer gave no clear answer: {why}", windows=windows)


_KEY_HELP = "make a new one at https://publish.buffer.com/settings/api and set BUFFER_API_KEY"
_SCHEMA_CODES = {"GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED", "BAD_USER_INPUT"}
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
        fault = first_fault(self.payload)
        extensions = as_dict(fault.get("extensions"))
        message = clean(fault.get("message", ""), 2000)
        # A validation error quotes the value, which may be the text of a post.
        message = _QUOTED_VALUE.sub("got an invalid value", message)
        return _Fault(
            message=_FOUND_VALUE.sub(r"\1: a value", message)[:300],
            code=clean(extensions.get("code", ""), 60),
            window=clean(extensions.get("window", ""), 10),
            retry_after=_seconds(extensions.get("retryAfter")),
        )

    def lost(self, why: str) -> UnknownOutcomeError:
        is_odd = HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES
        kind = UnknownOutcomeError if is_odd else NoAnswerError
        return kind(
            f"Buffer gave no clear answer (HTTP {self.status}): {why}", windows=self.windows
        )


def first_fault(payload: dict[str, object]) -> dict[str, object]:
    """Return the first member of an answer's ``errors``, or nothing."""
    errors = payload.get("errors")
    return as_dict(cast("list[object]", errors)[0]) if isinstance(errors, list) and errors else {}


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
    # A gateway in front of Buffer answers 403 too, without GraphQL's errors.
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
            f"No Buffer API answers at this address (HTTP {status}): check BUFFER_API_URL",
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
            raise NotFoundError(f"Buffer found nothing: {fault.message}", windows=answer.windows)
        case "RATE_LIMIT_EXCEEDED":
            raise _rate_limited(answer)
        case code if code in _SCHEMA_CODES or _TOO_LARGE.match(fault.message):
            raise _schema(answer)
        case _:
            return


def _unauthorized(answer: _Answer) -> BufferApiError:
    return UnauthorizedError(f"Buffer does not accept the key: {_KEY_HELP}", windows=answer.windows)


def _forbidden(answer: _Answer) -> BufferApiError:
    return ForbiddenError(
        f"Buffer does not let this key do that: {answer.first.message}", windows=answer.windows
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
