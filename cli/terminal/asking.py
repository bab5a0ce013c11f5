"""Ask the person at the keyboard, without keeping anything else from running."""

import asyncio
import os
import sys

from galley.redaction import harmless


async def ask(question: str) -> str | None:
    """Return the line the person types, or ``None`` at the end of the input."""
    sys.stderr.write(harmless(question))
    sys.stderr.flush()
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str | None] = loop.create_future()
    typed = bytearray()

    def take() -> None:
        read = os.read(sys.stdin.fileno(), 4096)
        typed.extend(read)
        if answer.done():
            return
        if not read:
            answer.set_result(None)
        elif b"\n" in typed:
            answer.set_result(typed.decode(errors="replace").strip())

    loop.add_reader(sys.stdin.fileno(), take)
    try:
        return await answer
    finally:
        loop.remove_reader(sys.stdin.fileno())
