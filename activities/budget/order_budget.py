"""Pay for what is ordered of Replicate: the most it can cost is set aside before it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from activities import edge
from activities.budget.ceilings import BudgetKeeper
from galley.budget.ceilings import begun, done, unpriced
from galley.budget.prices import seconds_micros
from galley.clients.storage import ObjectStore
from galley.models import Ceilings, CostRecord, TranscribePart

_JSON = "application/json"


@dataclass(frozen=True)
class Bill:
    """What is paid for: its key, the name of the order below that, and the model.

    ``key`` is ``<campaign>:<channel>``, or what stands in a channel's place.
    """

    key: str
    call: str
    model: str


class OrderBudget:
    """The money for orders.

    Args:
        state: Where cost objects are kept.
        keeper: Holds the ceilings.
        ceilings: Whether there are any.
    """

    def __init__(self, state: ObjectStore, keeper: BudgetKeeper, ceilings: Ceilings) -> None:
        self._state = state
        self._keeper = keeper
        self._ceilings = ceilings

    async def pay(self, bill: Bill, most: int | None, setting: str) -> None:
        """Set aside what an order may cost, before it is made.

        Safe to repeat: an order is paid for once.

        Args:
            bill: The order.
            most: Micros; ``None``: not known.
            setting: What names its price, for the message.

        Raises:
            OverBudgetError: A ceiling would be passed, or cannot be kept.
        """
        if most is None and self._ceilings.are_set:
            raise unpriced(bill.model, f"set {setting}")
        if most and self._ceilings.are_set:
            await self._keeper.add(bill.key, bill.call, most)
        await self._write(begun(bill.key, bill.call, most or 0), b"{}")

    async def paid(
        self, bill: Bill, micros: int | None, prediction_id: str = "", seconds: float | None = None
    ) -> None:
        """Write down what an order cost, once; ``None``: it is not known."""
        record = CostRecord(
            key=bill.key,
            call=bill.call,
            model=bill.model,
            request_id=prediction_id,
            seconds=seconds,
            micros=micros,
            recorded_at=datetime.now(UTC),
        )
        body = record.model_dump_json(indent=1).encode()
        if await self._write(done(bill.key, bill.call, micros), body):
            edge.paid("replicate", micros)
        if self._ceilings.are_set and micros is not None:
            await self._keeper.give_back(bill.key, bill.call, micros)

    async def _write(self, name: str, body: bytes) -> bool:
        """Return whether it is written now for the first time."""
        return await self._state.put_if_absent(name, body, _JSON)


_CHANNEL = "transcription"
_PRICE = "GALLEY_REPLICATE_USD_PER_SECOND"


class TranscriptBudget:
    """The money for one model on Replicate, which is billed by the second.

    Args:
        budget: Pays.
        price: US dollars a second; ``None``: not known.
        most_seconds: After which a call is ended by Replicate.
    """

    def __init__(self, budget: OrderBudget, price: Decimal | None, most_seconds: float) -> None:
        self._budget = budget
        self._price = price
        self._most = most_seconds

    async def pay(self, task: TranscribePart) -> None:
        """Set aside what an order may cost, before it is made.

        Safe to repeat: an order is paid for once.

        Raises:
            OverBudgetError: A ceiling would be passed, or cannot be kept.
        """
        await self._budget.pay(_bill(task), self._cost(self._most), _PRICE)

    async def paid(
        self, task: TranscribePart, seconds: float | None, prediction_id: str = ""
    ) -> None:
        """Write down what an order cost; ``seconds`` is how long it ran, if known."""
        micros = 0 if seconds == 0 else self._cost(seconds)
        await self._budget.paid(_bill(task), micros, prediction_id, seconds)

    def _cost(self, seconds: float | None) -> int | None:
        if seconds is None or self._price is None:
            return None
        return seconds_micros(self._price, seconds)


def _bill(task: TranscribePart) -> Bill:
    key = f"{task.campaign_key}:{_CHANNEL}"
    return Bill(key, f"{task.part.sha256[:16]}-{task.order}", task.model)
