"""Unpack what a stranger packed: httpx would unpack a whole chunk of a bomb."""

import zlib

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
