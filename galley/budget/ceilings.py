"""Ceilings of cost: money set aside before it is spent, and the objects that record each call.

The budget activities call it before every paid call, so that concurrent calls cannot overspend;
``costs`` adds the records up.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote, unquote

from galley.budget.prices import Price, dollars
from galley.models.budget import Ceilings, DayBook, Reservation

DRAFT_OUTPUT_TOKENS = 8_000
"""Of one answer, the thinking included; a post needs far less."""
FURTHER_OUTPUT_TOKENS = 2_000
"""Of each further post or variant in the same answer: a long thread in a dense script."""
MOST_IN_SET = 20
"""Posts that one request writes; a channel beyond them gets a request of its own."""
_RULES_TOKENS = 4_000  # of the instructions and the order, beside the source
_BYTES_A_TOKEN = 2  # of UTF-8, at least: English has about four, Chinese and Japanese about two
MEDIA = ".media"
"""Ends the folder of a post's generated media, whose budget is not that of its drafts."""
_ROOT = "costs"
_UNKNOWN = "unknown"
_CAMPAIGN = (
    "the campaign's ceiling",
    "raise GALLEY_BUDGET_CAMPAIGN_USD, or start it with fewer networks",
)
_DAY = ("today's ceiling", "raise GALLEY_BUDGET_DAY_USD, or try again after midnight UTC")
_BRAND = (
    "today's ceiling of the brand",
    "raise GALLEY_BUDGET_BRAND_USD, or try again after midnight UTC",
)


class OverBudgetError(Exception):
    """A ceiling would be passed; the message names it and the remedy."""


def unpriced(model: str, instead: str) -> OverBudgetError:
    """Return the error of a model without a known price, which no ceiling can hold.

    Args:
        model: Its name.
        instead: The remedy beside emptying the ceilings.
    """
    return OverBudgetError(
        f"The price of {model[:80]} is not known, so no ceiling can be kept: "
        f"{instead}, or empty the ceilings GALLEY_BUDGET_CAMPAIGN_USD, _DAY_USD and "
        "_BRAND_USD."
    )


def answer_tokens(posts: int = 1) -> int:
    """Return the most tokens of an answer with so many posts, or variants of one."""
    return DRAFT_OUTPUT_TOKENS + (posts - 1) * FURTHER_OUTPUT_TOKENS


def draft_allowance(price: Price, source_bytes: int, posts: int = 1) -> int:
    """Return the micros that the drafts may cost: one call for all, at its most expensive.

    What is asked for beyond it, a repair or further variants, sets its own money aside.
    """
    tokens = _RULES_TOKENS + source_bytes // _BYTES_A_TOKEN
    return price.most_micros(tokens, answer_tokens(min(posts, MOST_IN_SET)))


def reserve(book: DayBook, wanted: Reservation, ceilings: Ceilings, spent_before: int) -> DayBook:
    """Return the book with the reservation in it; one that is there already stays.

    The settled reservation of a campaign does not stay: its money is free for others, so a
    campaign that is started again sets money aside anew.

    Args:
        book: Today's.
        wanted: The money to set aside.
        ceilings: The most that may be spent.
        spent_before: The campaign's cost so far. The first reservation of a day keeps it, and
            later ones do not add it again, because it would contain today's costs.

    Raises:
        OverBudgetError: There is not enough left.
    """
    if any(one.id == wanted.id and not _is_closed(one) for one in book.reservations):
        return book
    day_total = taken_of(book)
    own = [one for one in book.reservations if one.key == wanted.key]
    before = own[0].before if own else spent_before
    taken = sum(map(_counted, own)) + before
    _require(ceilings.campaign, taken, wanted.micros, _CAMPAIGN)
    _require(ceilings.day, day_total, wanted.micros, _DAY)
    if wanted.brand:
        _require(ceilings.brand, taken_by(book, wanted), wanted.micros, _BRAND)
    kept = wanted.model_copy(update={"before": before})
    return book.model_copy(update={"reservations": (*book.reservations, kept)})


def taken_by(book: DayBook, wanted: Reservation) -> int:
    """Return the money that the brand of a reservation has set aside or spent today.

    The money of the campaign before its brand was known, for a transcript, counts too.
    """
    return _taken(book, wanted.brand, {wanted.key})


def taken_by_brand(book: DayBook) -> dict[str, int]:
    """Return the money that each brand has set aside or spent today, in order of names."""
    brands = sorted({one.brand for one in book.reservations if one.brand})
    return {brand: _taken(book, brand, set()) for brand in brands}


def taken_of(book: DayBook) -> int:
    """Return the money that is set aside or spent today."""
    return sum(_counted(one) for one in book.reservations)


def _taken(book: DayBook, brand: str, keys: set[str]) -> int:
    keys = keys | {one.key for one in book.reservations if one.brand == brand}
    return sum(_counted(one) for one in book.reservations if one.key in keys)


def settled(book: DayBook, spent: dict[str, int]) -> DayBook:
    """Return the book with the real cost of these reservations in their place.

    The cost with which a campaign was settled before it was started again stays.
    """
    return book.model_copy(
        update={
            "reservations": tuple(
                one
                if _is_closed(one)
                else one.model_copy(update={"spent": spent.get(one.id, one.spent)})
                for one in book.reservations
            )
        }
    )


def _is_closed(one: Reservation) -> bool:
    return one.posts > 0 and one.spent is not None


def _counted(one: Reservation) -> int:
    return one.micros if one.spent is None else one.spent


def _require(ceiling: int | None, taken: int, wanted: int, words: tuple[str, str]) -> None:
    if ceiling is None or taken + wanted <= ceiling:
        return
    name, advice = words
    raise OverBudgetError(
        f"This may cost up to {dollars(wanted)}, and of {name} of {dollars(ceiling)} "
        f"only {dollars(max(0, ceiling - taken))} is left: {advice}."
    )


def campaign_folder(key: str) -> str:
    """Return the prefix of a campaign's cost objects."""
    return f"{_ROOT}/{key}/"


def post_folder(post_key: str) -> str:
    """Return the prefix of the cost objects of a post, ``<campaign>:<channel>``."""
    campaign, _, channel = post_key.partition(":")
    return f"{campaign_folder(campaign)}{channel}/"


def media_key(post_key: str) -> str:
    """Return the key of a post's generated media."""
    return f"{post_key}{MEDIA}"


def begun(post_key: str, call: str, micros: int) -> str:
    """Return the name of the object written before a call, with the most it may cost."""
    return f"{post_folder(post_key)}{call}.begun.{micros}"


def done(post_key: str, call: str, micros: int | None) -> str:
    """Return the name of a call's :class:`~galley.models.budget.CostRecord`."""
    return f"{post_folder(post_key)}{call}.done.{_UNKNOWN if micros is None else micros}"


def more(post_key: str, call: str, micros: int) -> str:
    """Return the name that records that more was set aside for a post."""
    return f"{post_folder(post_key)}{call}.more.{micros}"


def first_draft(post_key: str) -> str:
    """Return the name that records that a post's first draft is written."""
    return f"{post_folder(post_key)}first"


def branded(key: str, brand: str) -> str:
    """Return the name that records a campaign's brand."""
    # A dot separates the parts of the names of calls, so the brand must hold none.
    return f"{_brands(key)}{quote(brand, safe='').replace('.', '%2E')}"


def brand_in(names: Iterable[str], key: str) -> str:
    """Return the brand in a listing of a campaign's cost objects; empty if none is."""
    folder = _brands(key)
    found = (unquote(n.removeprefix(folder)) for n in names if n.startswith(folder))
    return next(found, "")


def _brands(key: str) -> str:
    return f"{campaign_folder(key)}brand/"


def reserved(key: str, at: datetime) -> str:
    """Return the name that records when a campaign's money was set aside."""
    return f"{_reservations(key)}{int(at.timestamp())}"


def reserved_at(names: Iterable[str], key: str) -> datetime | None:
    """Return the last time that a campaign's money was set aside, by its listing."""
    folder = _reservations(key)
    found = [n.removeprefix(folder) for n in names if n.startswith(folder)]
    times = [int(one) for one in found if one.isdecimal()]
    return datetime.fromtimestamp(max(times), UTC) if times else None


def _reservations(key: str) -> str:
    return f"{campaign_folder(key)}reserved/"


@dataclass
class Spending:
    """The cost of the listed calls; ``lost`` is the part of calls without a reply."""

    micros: int = 0
    lost: int = 0
    calls: int = 0
    added: int = 0
    has_unknown: bool = False
    drafted: set[str] = field(default_factory=set[str])
    """Channels whose first draft is written."""


def spending_of(names: Iterable[str]) -> Spending:
    """Return the sums of the calls in a listing; names of other objects are ignored."""
    maxima, costs, total = dict[str, int](), dict[str, int](), Spending()
    for name in names:
        folder, _, last = name.rpartition("/")
        if last == "first":
            total.drafted.add(folder.rpartition("/")[2])
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
    # A call without a reply may have been billed, at most with the money set aside for it.
    lost = {place: most for place, most in maxima.items() if place not in costs}
    total.lost = sum(lost.values())
    total.micros = sum(costs.values()) + total.lost
    total.calls = len(maxima.keys() | costs.keys())
    return total
