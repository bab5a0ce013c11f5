"""Read the ``RateLimit`` headers.

Buffer reports three rolling windows on every GraphQL answer, one list member each::

    RateLimit: "100-in-15min";r=98;t=897
    RateLimit-Policy: "100-in-15min";q=100;w=900;pk=:base64:

``r`` is what remains, ``t`` the seconds to the reset, ``q`` the quota, ``w`` the window
in seconds. Members come repeated or joined by commas; the two headers are joined by
name. https://developers.buffer.com/guides/api-limits.html
"""

import re
from collections.abc import Iterator

import httpx

from galley.models import RateWindow

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
