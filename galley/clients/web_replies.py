"""Replies from the web: types, unpacking, and the errors of :class:`WebClient`.

Errors::

    WebError (``retryable`` says whether a later try may succeed)
    ├── ForbiddenAddressError   final: scheme, port or address is off limits
    ├── UnreachableError        mostly later: no answer, or too slow
    ├── TooManyRedirectsError   final
    ├── TooLargeError           final
    ├── WrongTypeError          final: not a page of text
    └── HttpStatusError         429 and 5xx later, other 4xx final
"""

import ssl
import zlib
from collections.abc import AsyncIterator, Collection
from http import HTTPStatus

import httpx


class WebError(Exception):
    """The page could not be fetched."""

    def __init__(
        self, message: str, *, retryable: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.retry_after = retry_after


class ForbiddenAddressError(WebError):
    """The URL leads where a stranger's URL may not lead."""


class UnreachableError(WebError):
    """The host did not answer."""


class TooManyRedirectsError(WebError):
    """The page keeps pointing elsewhere."""


class TooLargeError(WebError):
    """The page is larger than a page of text can be."""


class WrongTypeError(WebError):
    """The reply is not a page of text."""

    def __init__(self, message: str, content_type: str = "") -> None:
        super().__init__(message)
        self.content_type = content_type

    @property
    def is_recording(self) -> bool:
        """Whether audio or video came instead."""
        return self.content_type.startswith(("audio/", "video/"))


class HttpStatusError(WebError):
    """The host answered with an error status."""

    def __init__(
        self,
        message: str,
        *,
        retryable: bool = False,
        retry_after: float | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message, retryable=retryable, retry_after=retry_after)
        self.status = status


PAGES = frozenset(
    {"", "text/html", "application/xhtml+xml", "text/plain", "text/markdown", "text/x-markdown"}
)
"""Media types of articles."""
FEEDS = frozenset(
    {
        "application/rss+xml",
        "application/atom+xml",
        "application/rdf+xml",
        "application/xml",
        "text/xml",
    }
)
"""Media types of feeds; many servers send one as a page, too."""
TRANSCRIPTS = PAGES | {
    "text/vtt",
    "text/srt",
    "application/srt",
    "application/x-srt",
    "application/x-subrip",
    "application/json",
    "application/octet-stream",
}
"""Media types under which transcripts are sent."""
RECORDINGS = frozenset(
    {
        "",
        "audio/aac",
        "audio/aacp",
        "audio/flac",
        "audio/m4a",
        "audio/mp3",
        "audio/mp4",
        "audio/mpeg",
        "audio/mpeg3",
        "audio/ogg",
        "audio/opus",
        "audio/vnd.wave",
        "audio/wav",
        "audio/wave",
        "audio/webm",
        "audio/x-aac",
        "audio/x-flac",
        "audio/x-m4a",
        "audio/x-mp3",
        "audio/x-mpeg",
        "audio/x-wav",
        "video/mp4",
        "video/mpeg",
        "video/ogg",
        "video/quicktime",
        "video/webm",
        "video/x-m4v",
        "video/x-matroska",
        "application/ogg",
        "application/octet-stream",
        "binary/octet-stream",
    }
)
"""Media types under which recordings are sent."""
PICTURES = frozenset(
    {
        "",
        "application/octet-stream",
        "binary/octet-stream",
        "image/gif",
        "image/jpeg",
        "image/jpg",
        "image/png",
        "image/webp",
    }
)
"""Media types under which pictures are sent; what they are is told by decoding."""


_GZIP, _ZLIB = 31, 15
"""Window sizes by which zlib knows the two containers."""
_GZIP_MAGIC = b"\x1f"
CODINGS = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": _ZLIB}


class TooMuchError(Exception):
    """More bytes came out than may."""


class DamagedError(Exception):
    """The bytes are not packed as they claim."""


class Unpacker:
    """Unpacks chunks one after the other; never holds more than the limit.

    Args:
        coding: The ``Content-Encoding``; one that is not of :data:`CODINGS` is taken
            as it comes.
        limit: Most bytes that may come out in all.
    """

    def __init__(self, coding: str, limit: int) -> None:
        window = CODINGS.get(coding)
        self._window = window
        self._left = limit
        self._stream = zlib.decompressobj(window) if window else None
        self._is_between_members = False

    def __call__(self, chunk: bytes) -> list[bytes]:
        """Return what comes out of the next chunk.

        Raises:
            TooMuchError: More came out in all than may.
            DamagedError: This is not what the coding says.
        """
        parts: list[bytes] = []
        while chunk:
            part, chunk = self._step(chunk)
            self._left -= len(part)
            if self._left < 0:
                raise TooMuchError
            parts.append(part)
        return parts

    def _step(self, chunk: bytes) -> tuple[bytes, bytes]:
        """Return what came out, and what must still go in."""
        if self._stream is None or self._window is None:
            return chunk, b""
        if self._is_between_members and not chunk.startswith(_GZIP_MAGIC):
            return b"", b""  # padding, which browsers ignore too
        try:
            part = self._stream.decompress(chunk, self._left + 1)
        except zlib.error as error:
            raise DamagedError from error
        self._is_between_members = self._stream.eof
        if not self._stream.eof:
            return part, self._stream.unconsumed_tail
        rest = self._stream.unused_data
        self._stream = zlib.decompressobj(self._window)
        return part, rest


def type_of(url: httpx.URL, reply: httpx.Response, types: Collection[str], wanted: str) -> str:
    """Return the media type, without parameters; ``wanted`` completes "sent …, not".

    Raises:
        WrongTypeError: It is none of ``types``.
    """
    declared = reply.headers.get("content-type", "").partition(";")[0]
    content_type = declared.strip().lower()
    if content_type not in types:
        raise WrongTypeError(f"{url.host} sent {content_type[:60]}, not {wanted}.", content_type)
    return content_type


def require_ok(url: httpx.URL, reply: httpx.Response) -> None:
    """Refuse an answer that is not the page.

    Raises:
        HttpStatusError: Any status but 200.
    """
    status = reply.status_code
    if status == HTTPStatus.OK:
        return
    later = status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    advice = "try again later" if later else "check that anyone can open this address"
    raise HttpStatusError(
        f"{url.host} answered {status}: {advice}.",
        retryable=later,
        retry_after=delay_of(reply.headers.get("retry-after")),
        status=status,
    )


def delay_of(retry_after: str | None) -> float | None:
    """Return the seconds of a ``Retry-After`` header, an hour at most; a date counts as none."""
    text = (retry_after or "").strip()
    # It is a stranger's header, and int() raises above 4,300 digits.
    if not text.isascii() or not text.isdigit() or len(text) > 9:  # noqa: PLR2004
        return None
    return float(min(int(text), 3600))


async def decoded(url: httpx.URL, reply: httpx.Response, limit: int) -> AsyncIterator[bytes]:
    """Yield the body, decoded here, so that no more than ``limit`` bytes come of it.

    Raises:
        WebError: It is too large, damaged, or in an encoding nobody asked for.
    """
    coding = reply.headers.get("content-encoding", "identity").strip().lower()
    if coding not in {"", "identity", *CODINGS}:
        raise WrongTypeError(
            f"{url.host} sent an encoding that was not asked for: save the page and give the file."
        )
    unpack = Unpacker(coding, limit)
    try:
        async for chunk in reply.aiter_raw():
            for part in unpack(chunk):
                yield part
    except DamagedError as error:
        raise UnreachableError(
            f"{url.host} sent a damaged page: try again later.", retryable=True
        ) from error
    except TooMuchError:
        raise TooLargeError(
            f"What is at {url.host} is larger than {limit // 1_000_000} MB: give a "
            "smaller file, or one with only the text."
        ) from None


def unreachable(url: httpx.URL, error: httpx.HTTPError) -> UnreachableError:
    """Return why no answer came; another try does not mend a certificate."""
    if is_certificate_error(error):
        return UnreachableError(f"The certificate of {url.host} is not valid: check the address.")
    return UnreachableError(
        f"{url.host} cannot be reached ({type(error).__name__}): check the address "
        "and the network.",
        retryable=True,
    )


def is_certificate_error(error: BaseException | None) -> bool:
    """Whether an error, or one behind it, is about a certificate."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
