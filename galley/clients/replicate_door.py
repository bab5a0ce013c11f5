"""What stands between Replicate's SDK and the network, and its one kind of error."""

import json
from typing import cast

import httpx

ABORTED = "aborted before it began"
"""The error of a prediction whose status the SDK does not know."""
_LARGEST = 20_000_000
"""Bytes of an answer; the words of five minutes are some kilobytes."""
_MOST_DELAY = 3600
_LATER = frozenset({408, 409, 425, 429})


class ReplicateFailure(Exception):  # noqa: N818 -- the SDK has a ReplicateError
    """A request failed. ``retryable``: a later try may succeed.

    ``is_refused``: Replicate certainly did nothing.
    """

    def __init__(
        self,
        message: str,
        *,
        retryable: bool = False,
        is_refused: bool = True,
        retry_after: float | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.retryable = retryable
        self.is_refused = is_refused
        self.retry_after = retry_after


class Door(httpx.AsyncBaseTransport):
    """Lets requests out to the API alone, once each, and names what went wrong."""

    def __init__(self, host: str, deadline: int, setting: str) -> None:
        self._host = host
        self._deadline = deadline
        self._setting = setting
        self._transport = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host != self._host:
            raise ReplicateFailure(
                f"Replicate named the foreign host {request.url.host[:80]}: nothing "
                "was sent there."
            )
        if request.method == "POST" and request.url.path.endswith("/predictions"):
            request.headers["Cancel-After"] = f"{self._deadline}s"
        answer = await self._transport.handle_async_request(request)
        try:
            body = await _body(answer)
        finally:
            await answer.aclose()
        _refuse(answer, self._setting)
        return httpx.Response(
            answer.status_code, content=_renamed(body), request=request
        )

    async def aclose(self) -> None:
        await self._transport.aclose()


async def _body(answer: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > _LARGEST:
            raise ReplicateFailure(
                f"Replicate's answer is larger than {_LARGEST // 1_000_000} MB."
            )
    return bytes(body)


def _refuse(answer: httpx.Response, setting: str) -> None:
    status = answer.status_code
    if status < 300:  # noqa: PLR2004
        return
    is_later = status in _LATER or status >= 500  # noqa: PLR2004
    raise ReplicateFailure(
        f"Replicate answered {status}: {_advice(status, setting)}.",
        retryable=is_later,
        is_refused=status < 500 and status != 408,  # noqa: PLR2004
        retry_after=_delay(answer.headers.get("retry-after", "")),
        status=status,
    )


def _advice(status: int, setting: str) -> str:
    match status:
        case 401 | 403:
            return "set REPLICATE_API_TOKEN to a token that may run the model"
        case 402:
            return "add credit at replicate.com/account/billing"
        case 404 | 422:
            return f"check {setting} with `starter.py doctor`"
        case _:
            return "try again later"


def _delay(header: str) -> float | None:
    text = header.strip()
    if not text.isascii() or not text.isdigit() or len(text) > 9:  # noqa: PLR2004
        return None
    return float(min(int(text), _MOST_DELAY))


def _renamed(body: bytes) -> bytes:
    """Put a status that the SDK knows in place of ``aborted``."""
    if b'"aborted"' not in body:
        return body
    try:
        data: object = json.loads(body)
    except ValueError:
        return body
    for one in _dicts(data):
        if one.get("status") == "aborted":
            one.update({"status": "canceled", "error": ABORTED})
    return json.dumps(data).encode()


def _dicts(data: object) -> list[dict[str, object]]:
    if not isinstance(data, dict):
        return []
    found = cast("dict[str, object]", data)
    listed = found.get("results")
    inner = cast("list[object]", listed) if isinstance(listed, list) else []
    return [
        found,
        *(cast("dict[str, object]", one) for one in inner if isinstance(one, dict)),
    ]
