"""Pay for transcripts: the most one can cost is set aside before it is ordered."""

from datetime import UTC, datetime
from decimal import Decimal

from activities import metering
from activities.spending.budgeting import BudgetKeeper
from galley.clients.storage import ObjectStore
from galley.costs.budget import OverBudgetError
from galley.costs.prices import seconds_micros
from galley.costs.spending import begun, done
from galley.models import Ceilings, CostRecord, TranscribePart

_JSON = "application/json"
_CHANNEL = "transcription"


class SpeechPurse:
    """The money for one model on Replicate, which is billed by the second.

    Args:
        state: Where cost objects are kept.
        keeper: Holds the ceilings.
        ceilings: Whether there are any.
        price: US dollars a second; ``None``: not known.
        most_seconds: After which a call is ended by Replicate.
    """

    def __init__(
        self,
        state: ObjectStore,
        keeper: BudgetKeeper,
        ceilings: Ceilings,
        price: Decimal | None,
        most_seconds: float,
    ) -> None:
        self._state = state
        self._keeper = keeper
        self._ceilings = ceilings
        self._price = price
        self._most = most_seconds

    async def pay(self, task: TranscribePart) -> None:
        """Set aside what an order may cost, before it is made.

        Safe to repeat: an order is paid for once.

        Raises:
            OverBudgetError: A ceiling would be passed, or cannot be kept.
        """
        key, call = _names(task)
        if self._price is None:
            if self._ceilings.are_set:
                raise OverBudgetError(
                    f"The price of {task.model[:80]} is not known, so no ceiling can "
                    "be kept: set GALLEY_REPLICATE_USD_PER_SECOND, or empty the "
                    "ceilings GALLEY_BUDGET_CAMPAIGN_USD, _DAY_USD and _BRAND_USD."
                )
            await self._write(begun(key, call, 0), b"{}")
            return
        most = seconds_micros(self._price, self._most)
        if self._ceilings.are_set:
            await self._keeper.add(key, call, most)
        await self._write(begun(key, call, most), b"{}")

    async def paid(
        self, task: TranscribePart, seconds: float | None, prediction_id: str = ""
    ) -> None:
        """Write down what an order cost; ``seconds`` is how long it ran, if known."""
        key, call = _names(task)
        micros = None
        if seconds == 0:
            micros = 0
        elif seconds is not None and self._price is not None:
            micros = seconds_micros(self._price, seconds)
        record = CostRecord(
            key=key,
            call=call,
            model=task.model,
            request_id=prediction_id,
            seconds=seconds,
            micros=micros,
            recorded_at=datetime.now(UTC),
        )
        if await self._write(
            done(key, call, micros), record.model_dump_json(indent=1).encode()
        ):
            metering.paid("replicate", micros)
        if self._ceilings.are_set and micros is not None:
            await self._keeper.give_back(key, call, micros)

    async def _write(self, name: str, body: bytes) -> bool:
        """Return whether it is written now for the first time."""
        return await self._state.put_if_absent(name, body, _JSON)


def _names(task: TranscribePart) -> tuple[str, str]:
    return f"{task.campaign_key}:{_CHANNEL}", f"{task.part.sha256[:16]}-{task.order}"
