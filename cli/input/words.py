"""Networks, and the edges of clips, as a person types them."""

import re

from cli.errors import usage
from galley.models import Platform
from galley.models.media import LONGEST, SHORTEST, Clip

_PLACE = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):(\d{2}(?:\.\d{1,3})?)|(\d{1,5}(?:\.\d{1,3})?)")


def network_named(name: str) -> Platform:
    """Return the network of a name, in whichever case.

    Raises:
        CommandError: There is none; exit code 2.
    """
    try:
        return Platform(name.strip().casefold())
    except ValueError:
        known = ", ".join(Platform)
        raise usage(f"{name!r} is not a network: choose one of {known}.") from None


def edges_of(typed: str) -> Clip:
    """Return the clip between two places in a recording, such as 1:02-1:40.5.

    Raises:
        CommandError: They are no places, or not in order, or too near or too far
            apart; exit code 2.
    """
    start, dash, end = typed.replace("\N{EN DASH}", "-").partition("-")
    begins, ends = _seconds(start.strip()), _seconds(end.strip())
    if not dash or begins is None or ends is None:
        raise usage(f"--clip is like 1:02-1:40.5 or 62-100.5, not {typed[:40]!r}.")
    if not SHORTEST <= round(ends - begins, 3) <= LONGEST:
        raise usage(
            f"A clip has {SHORTEST:g} to {LONGEST:g} seconds; {typed[:40]} has {ends - begins:g}."
        )
    return Clip(start=begins, end=ends)


def _seconds(place: str) -> float | None:
    found = _PLACE.fullmatch(place)
    if found is None:
        return None
    hours, minutes, seconds, bare = found.groups()
    if bare is not None:
        return float(bare)
    return int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds)
