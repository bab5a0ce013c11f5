"""Counts and spans as people say them."""

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def many(count: int, noun: str) -> str:
    """Return ``1 post``, ``2 posts``."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def ago(seconds: float) -> str:
    """Return a span in its largest unit, rounded down: ``3 minutes``."""
    for unit, noun in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if seconds >= unit:
            return many(int(seconds // unit), noun)
    return many(int(seconds), "second")
