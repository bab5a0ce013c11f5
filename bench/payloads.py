"""Bytes and time that encryption adds to a payload: ``python -m bench.payloads``.

Its table is in docs/how-to-encrypt-payloads.md.
"""

import asyncio
import base64
import statistics
import time

from galley.clients.payloads import Keyring, converter_of, new_key, parse_keyring

_SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)
"""Characters of text; a draft in review is some 10,000 with its facts."""
_TIMES = 200


async def _measured(keyring: Keyring, text: str) -> tuple[int, float]:
    """Return the bytes of a payload, and the microseconds to encode and decode it."""
    converter = converter_of(keyring)
    spans: list[float] = []
    size = 0
    for _ in range(_TIMES):
        began = time.perf_counter()
        payloads = await converter.encode([text])
        await converter.decode(payloads)
        spans.append(time.perf_counter() - began)
        size = payloads[0].ByteSize()
    return size, statistics.median(spans) * 1_000_000


async def main() -> None:
    """Print a table of both, with a key and without."""
    keyring = parse_keyring(new_key(), "the bench")
    print("| Text | Plain | Encrypted | More bytes | More time |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    for size in _SIZES:
        # Plain ASCII, so that characters are bytes.
        text = base64.b64encode(bytes(size)).decode()[:size]
        plain, before = await _measured(Keyring({}), text)
        sealed, after = await _measured(keyring, text)
        print(
            f"| {size:,} | {plain:,} B | {sealed:,} B | {sealed - plain:,} B "
            f"| {after - before:,.0f} µs |"
        )


if __name__ == "__main__":
    asyncio.run(main())
