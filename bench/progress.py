"""Say from time to time how far a long measurement is."""

import sys
import time

_EVERY = 5.0
"""Seconds between two lines."""


class Progress:
    """Counts what is done, and tells it on standard error at most every 5 seconds."""

    def __init__(self, what: str, total: int) -> None:
        self._what, self._total, self._done = what, total, 0
        self._began = self._told = time.monotonic()

    def step(self) -> None:
        """Count one more."""
        self._done += 1
        now = time.monotonic()
        if now - self._told < _EVERY:
            return
        self._told = now
        rate = self._done / (now - self._began)
        left = (self._total - self._done) / rate
        sys.stderr.write(
            f"  {self._done} of {self._total} {self._what}, {rate:.2f} a second, "
            f"{left:.0f} s left\n"
        )
        sys.stderr.flush()
