"""Pay for transcripts: the most one can cost is set aside before it is ordered."""

from decimal import Decimal

from activities.spending.orders_purse import Bill, OrdersPurse
from galley.costs.prices import seconds_micros
from galley.models import TranscribePart

_CHANNEL = "transcription"
_PRICE = "GALLEY_REPLICATE_USD_PER_SECOND"


class SpeechPurse:
    """The money for one model on Replicate, which is billed by the second.

    Args:
        purse: Pays.
        price: US dollars a second; ``None``: not known.
        most_seconds: After which a call is ended by Replicate.
    """

    def __init__(
        self, purse: OrdersPurse, price: Decimal | None, most_seconds: float
    ) -> None:
        self._purse = purse
        self._price = price
        self._most = most_seconds

    async def pay(self, task: TranscribePart) -> None:
        """Set aside what an order may cost, before it is made.

        Safe to repeat: an order is paid for once.

        Raises:
            OverBudgetError: A ceiling would be passed, or cannot be kept.
        """
        await self._purse.pay(_bill(task), self._cost(self._most), _PRICE)

    async def paid(
        self, task: TranscribePart, seconds: float | None, prediction_id: str = ""
    ) -> None:
        """Write down what an order cost; ``seconds`` is how long it ran, if known."""
        micros = 0 if seconds == 0 else self._cost(seconds)
        await self._purse.paid(_bill(task), micros, prediction_id, seconds)

    def _cost(self, seconds: float | None) -> int | None:
        if seconds is None or self._price is None:
            return None
        return seconds_micros(self._price, seconds)


def _bill(task: TranscribePart) -> Bill:
    key = f"{task.campaign_key}:{_CHANNEL}"
    return Bill(key, f"{task.part.sha256[:16]}-{task.order}", task.model)
