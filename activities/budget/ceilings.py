"""The activity ``reserve_budget`` and BudgetKeeper, which holds spending to the ceilings.

One object a day in the state bucket is the book; it is changed by compare-and-set.
CampaignWorkflow and PieceWorkflow reserve, payments.py adds and gives back.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from pydantic import ValidationError
from temporalio import activity

from activities.edge import failure, heartbeating
from activities.interfaces import BudgetActivities
from galley.budget.ceilings import (
    OverBudgetError,
    brand_in,
    branded,
    campaign_folder,
    draft_allowance,
    more,
    reserve,
    reserved,
    settled,
    spending_of,
    unpriced,
)
from galley.budget.prices import Prices
from galley.clients.storage import ObjectStore, StoreDeniedError, StoreError, StoreUnavailableError
from galley.models.budget import BudgetGrant, Ceilings, DayBook, Reservation, ReserveBudget

_JSON = "application/json"
# Attempts to change the book, which other workers may change in between.
_ROUNDS = 8
# A campaign whose drafts never came is then charged only its real cost.
_ABANDONED = timedelta(hours=1)
ALLOWANCES_HOLD = timedelta(minutes=50)
"""How long drafts are paid from a campaign's reservation; later calls reserve for themselves.

Ends before :data:`_ABANDONED` frees the rest, by more than two workers' clocks differ and
a call takes to be written down.
"""


class BudgetKeeper(BudgetActivities):
    """Reserves money in the book of the day, which no call of any worker may exceed.

    Args:
        state: Holds the books and the cost objects.
        ceilings: The most that may be spent.
        prices: Prices of the models.
        model: The model that writes the drafts.
    """

    def __init__(self, state: ObjectStore, ceilings: Ceilings, prices: Prices, model: str) -> None:
        self._state = state
        self._ceilings = ceilings
        self._prices = prices
        self._model = model

    @property
    def has_ceilings(self) -> bool:
        """Whether a call needs a reservation before it is made."""
        return self._ceilings.are_set

    @activity.defn
    async def reserve_budget(self, task: ReserveBudget) -> BudgetGrant:
        """Set aside what the campaign's first drafts may cost, before any is written.

        Safe to repeat: a campaign has one reservation.

        Raises:
            ApplicationError: ``OverBudget``, final, names the ceiling and the remedy;
                ``StoreError``.
        """
        if not self._ceilings.are_set:
            return BudgetGrant()
        price = self._prices.of(self._model)
        if price is None:
            why = unpriced(self._model, "choose another GALLEY_DRAFT_MODEL")
            raise failure(why, kind="OverBudget")
        allowance = draft_allowance(price, task.source_bytes, task.posts)
        wanted = Reservation(
            id=task.campaign_id,
            key=task.key,
            micros=allowance,
            brand=task.brand,
            posts=task.posts,
            made_at=datetime.now(UTC),
        )
        try:
            async with heartbeating():
                if task.brand and self._ceilings.brand is not None:
                    # Later calls of the campaign find their brand by this name.
                    named = branded(task.key, task.brand)
                    await self._state.put_if_absent(named, b"{}", _JSON)
                held = await self._reserve(wanted)
                # DraftBudget reads the age of the allowance from this name. A repeated
                # attempt gets the first reservation, with its time.
                since = reserved(task.key, held.made_at)
                await self._state.put_if_absent(since, b"{}", _JSON)
        except OverBudgetError as error:
            raise failure(error, kind="OverBudget") from None
        except StoreError as error:
            raise failure(error, kind="StoreError") from None
        return BudgetGrant(allowance=allowance)

    async def add(self, post_key: str, call: str, micros: int) -> None:
        """Set more aside for one post, for a new draft or after a lost reply.

        Raises:
            OverBudgetError: A ceiling would be passed.
        """
        wanted = Reservation(
            id=f"{post_key}/{call}",
            key=post_key.partition(":")[0],
            micros=micros,
            made_at=datetime.now(UTC),
        )
        await self._reserve(wanted)
        await self._state.put_if_absent(more(post_key, call, micros), b"{}", _JSON)

    async def give_back(self, post_key: str, call: str, spent: int) -> None:
        """Replace the amount that :meth:`add` set aside by the cost of the call."""
        found = {f"{post_key}/{call}": spent}
        await self._change(datetime.now(UTC), lambda book: settled(book, found))

    async def _reserve(self, wanted: Reservation) -> Reservation:
        names = await self._state.names(campaign_folder(wanted.key))
        earlier = spending_of(names)
        if not wanted.brand:
            brand = brand_in(names, wanted.key)
            wanted = wanted.model_copy(update={"brand": brand})
        # Money of finished campaigns is freed first: it may be what this one needs.
        await self._settle(wanted.made_at)
        book = await self._change(
            wanted.made_at, lambda book: reserve(book, wanted, self._ceilings, earlier.micros)
        )
        return next(one for one in reversed(book.reservations) if one.id == wanted.id)

    async def _settle(self, now: datetime) -> None:
        """Charge finished campaigns their real cost, which frees the rest."""
        book, _ = await self._book(now)
        found = dict[str, int]()
        for one in book.reservations:
            if one.spent is not None or not one.posts:
                continue
            told = spending_of(await self._state.names(campaign_folder(one.key)))
            if len(told.drafted) >= one.posts or now - one.made_at > _ABANDONED:
                # A campaign that was started again was charged for its first run then.
                charged = sum(r.spent or 0 for r in book.reservations if r.id == one.id)
                found[one.id] = max(0, told.micros - charged)
                # The listing holds its single calls too: they must not count twice.
                rest = (r for r in book.reservations if r.key == one.key and not r.posts)
                found |= {r.id: 0 for r in rest}
        if found:
            await self._change(now, lambda held: settled(held, found))

    async def _change(self, now: datetime, change: Callable[[DayBook], DayBook]) -> DayBook:
        for _ in range(_ROUNDS):
            book, version = await self._book(now)
            changed = change(book)
            data = changed.model_dump_json(indent=1).encode()
            # Refused if another worker wrote since: then the change starts from its book.
            if await self._state.replace(_name(now), data, _JSON, version):
                return changed
        raise StoreUnavailableError("Other workers keep changing today's budget: try again.")

    async def _book(self, now: datetime) -> tuple[DayBook, str]:
        held, version = await self._state.read_versioned(_name(now))
        if held is None:
            return DayBook(day=f"{now:%Y-%m-%d}"), ""
        try:
            return DayBook.model_validate_json(held), version
        except ValidationError:
            raise StoreDeniedError(
                f"{_name(now)} in the state bucket cannot be read: move it away. Today's "
                "spending is then counted from zero."
            ) from None


def _name(now: datetime) -> str:
    return f"budgets/{now:%Y-%m-%d}.json"
