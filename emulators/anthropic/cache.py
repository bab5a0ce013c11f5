"""The prompt cache: prefixes that were read before, and a request's tokens split by it.

:mod:`emulators.anthropic.app` asks it for each request; benchmarks count tokens with it.
https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching
"""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from emulators.anthropic.wire import CacheControl, CountRequest, TextBlock

SMALLEST = 512
"""Tokens of the shortest prefix that is cached; a shorter mark is ignored silently."""
_LIFETIME = {"5m": 300.0, "1h": 3600.0}


@dataclass(frozen=True)
class InputCount:
    """A request's input tokens, split as ``usage`` splits them.

    ``marks`` are the prefixes to be cached once the answer has begun: digest and
    lifetime in seconds.
    """

    fresh: int
    read: int
    written_5m: int
    written_1h: int
    marks: tuple[tuple[str, float], ...]

    @property
    def written(self) -> int:
        """Tokens that are cached by this request."""
        return self.written_5m + self.written_1h

    @property
    def total(self) -> int:
        """All input tokens."""
        return self.fresh + self.read + self.written


def count_tokens(text: str) -> int:
    """Return an estimate: four bytes of UTF-8 a token."""
    return (len(text.encode()) + 3) // 4


@dataclass(frozen=True)
class _Mark:
    digest: str
    tokens: int
    ttl: str


class PromptCache:
    """Known prefixes, each until its time is over; reading one starts its time anew.

    Entries belong to one key, and to one model, effort and output format.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    def look_up(self, key: str, request: CountRequest) -> InputCount:
        """Split the input into cached tokens, those to be cached, and the rest."""
        total, marks = _marks(key, request)
        now = self._clock()
        # Expired entries go here: nothing else runs by itself.
        self._until = {d: t for d, t in self._until.items() if t > now}
        # The longest known prefix is read, whichever mark ends it.
        read = max((m.tokens for m in marks if m.digest in self._until), default=0)
        written = {"5m": 0, "1h": 0}
        done = read
        for mark in marks:
            written[mark.ttl] += max(0, mark.tokens - done)
            done = max(done, mark.tokens)
        return InputCount(
            fresh=total - done,
            read=read,
            written_5m=written["5m"],
            written_1h=written["1h"],
            marks=tuple((m.digest, _LIFETIME[m.ttl]) for m in marks),
        )

    def forget(self) -> None:
        """Drop all prefixes, as if their time were over."""
        self._until.clear()

    def remember(self, count: InputCount) -> None:
        """Keep the request's prefixes: its answer has begun."""
        now = self._clock()
        for digest, lifetime in count.marks:
            self._until[digest] = now + lifetime


def _marks(key: str, request: CountRequest) -> tuple[int, list[_Mark]]:
    """Return all tokens, and the cacheable prefixes from the shortest on."""
    output = request.output_config.model_dump(by_alias=True)
    # Another key, model, effort or schema does not read these entries.
    digest = hashlib.sha256(f"{key}\0{request.model}\0{json.dumps(output)}".encode())
    # The schema is part of the prompt that the model reads.
    tokens = count_tokens(json.dumps(request.schema_wanted or ""))
    marks: list[_Mark] = []
    for role, block in _blocks(request):
        digest.update(f"\0{role}\0{block.text}".encode())
        tokens += count_tokens(block.text)
        control = block.cache_control
        if control is not None and tokens >= SMALLEST:
            marks.append(_Mark(digest.hexdigest(), tokens, control.ttl))
    return tokens, marks


def _blocks(request: CountRequest) -> list[tuple[str, TextBlock]]:
    found = [("system", block) for block in request.system_blocks]
    for message in request.messages:
        if isinstance(message.content, str):
            block = TextBlock(type="text", text=message.content)
            found.append((message.role, block))
        else:
            found += [(message.role, block) for block in message.content]
    # A mark of the request as a whole stands for one on its last block.
    control: CacheControl | None = getattr(request, "cache_control", None)
    if control is not None:
        role, last = found[-1]
        found[-1] = (role, TextBlock(type="text", text=last.text, cache_control=control))
    return found
