"""What a campaign has cost so far, read from the names of its cost objects.

The amounts stand in the names, so that one listing tells the sum: under
``costs/<campaign key>/<channel id>/`` there is, for each paid call,
``<call>.begun.<micros>`` before it is made, with the most it may cost, and
``<call>.done.<micros>`` after it. A call that is only begun counts in full: its reply
was lost, and it may have been billed. ``first`` says that the first draft is written,
``<call>.uncached`` that a call did not find the source in the model's cache. Beside
the channels, ``brand/<name>`` says for whom the campaign speaks, and
``reserved/<Unix time>`` when its money was set aside.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote, unquote

_ROOT = "costs"
_UNKNOWN = "unknown"
_UNCACHED = ".uncached"
MEDIA = ".media"
"""Ends the folder of a post's generated media: its drafts have a purse of their own."""


def campaign_folder(key: str) -> str:
    """Return the prefix of a campaign's cost objects."""
    return f"{_ROOT}/{key}/"


def post_folder(post_key: str) -> str:
    """Return the prefix of the cost objects of a post, ``<campaign>:<channel>``."""
    campaign, _, channel = post_key.partition(":")
    return f"{campaign_folder(campaign)}{channel}/"


def media_key(post_key: str) -> str:
    """Return the key of what is generated for a post, beside its drafts."""
    return f"{post_key}{MEDIA}"


def begun(post_key: str, call: str, micros: int) -> str:
    """Return the name that is written before a call."""
    return f"{post_folder(post_key)}{call}.begun.{micros}"


def done(post_key: str, call: str, micros: int | None) -> str:
    """Return the name of a call's :class:`~galley.models.CostRecord`."""
    return (
        f"{post_folder(post_key)}{call}.done.{_UNKNOWN if micros is None else micros}"
    )


def more(post_key: str, call: str, micros: int) -> str:
    """Return the name that says that more was set aside for a post."""
    return f"{post_folder(post_key)}{call}.more.{micros}"


def first_draft(post_key: str) -> str:
    """Return the name that says that a post's first draft is written."""
    return f"{post_folder(post_key)}first"


def uncached(post_key: str, call: str) -> str:
    """Return the name that says that a call read the source at its full price."""
    return f"{post_folder(post_key)}{call}{_UNCACHED}"


def branded(key: str, brand: str) -> str:
    """Return the name that says which brand a campaign speaks for."""
    # A dot would part it as it parts the names of calls.
    return f"{_brands(key)}{quote(brand, safe='').replace('.', '%2E')}"


def brand_in(names: Iterable[str], key: str) -> str:
    """Return the brand in a listing of a campaign's cost objects; empty if none is."""
    folder = _brands(key)
    found = (unquote(n.removeprefix(folder)) for n in names if n.startswith(folder))
    return next(found, "")


def _brands(key: str) -> str:
    return f"{campaign_folder(key)}brand/"


def reserved(key: str, at: datetime) -> str:
    """Return the name that says when a campaign's money was set aside."""
    return f"{_reservations(key)}{int(at.timestamp())}"


def reserved_at(names: Iterable[str], key: str) -> datetime | None:
    """Return when a campaign's money was set aside last, by its listing."""
    folder = _reservations(key)
    found = [n.removeprefix(folder) for n in names if n.startswith(folder)]
    times = [int(one) for one in found if one.isdecimal()]
    return datetime.fromtimestamp(max(times), UTC) if times else None


def _reservations(key: str) -> str:
    return f"{campaign_folder(key)}reserved/"


@dataclass
class Spending:
    """What the listed calls cost; ``lost`` of it is of calls without a reply."""

    micros: int = 0
    lost: int = 0
    calls: int = 0
    added: int = 0
    has_unknown: bool = False
    uncached: int = 0
    """Calls that should have found the source in the model's cache, and did not."""
    drafted: set[str] = field(default_factory=set[str])
    """Channels whose first draft is written."""


def spending_of(names: Iterable[str]) -> Spending:
    """Add up the calls of a listing; names that are none of ours are passed over."""
    maxima, costs, total = dict[str, int](), dict[str, int](), Spending()
    for name in names:
        folder, _, last = name.rpartition("/")
        if last == "first":
            total.drafted.add(folder.rpartition("/")[2])
            continue
        if last.endswith(_UNCACHED):
            total.uncached += 1
            continue
        call, _, amount = last.rpartition(".")
        call, _, kind = call.rpartition(".")
        place = f"{folder}/{call}"
        if kind == "begun" and amount.isdigit():
            maxima[place] = int(amount)
        elif kind == "more" and amount.isdigit():
            total.added += int(amount)
        elif kind == "done":
            total.has_unknown |= amount == _UNKNOWN
            costs[place] = int(amount) if amount.isdigit() else 0
    lost = {place: most for place, most in maxima.items() if place not in costs}
    total.lost = sum(lost.values())
    total.micros = sum(costs.values()) + total.lost
    total.calls = len(maxima.keys() | costs.keys())
    return total
