"""Pay for generated media: the most an order can cost is set aside before it."""

from datetime import UTC, datetime

from activities import metering
from activities.spending.budgeting import BudgetKeeper
from galley.clients.storage import ObjectStore
from galley.costs.budget import OverBudgetError
from galley.costs.spending import begun, done, media_key
from galley.models import Ceilings, CostRecord

_JSON = "application/json"


class MediaPurse:
    """The money for pictures and videos.

    Args:
        state: Where cost objects are kept.
        keeper: Holds the ceilings.
        ceilings: Whether there are any.
    """

    def __init__(
        self, state: ObjectStore, keeper: BudgetKeeper, ceilings: Ceilings
    ) -> None:
        self._state = state
        self._keeper = keeper
        self._ceilings = ceilings

    async def pay(
        self, post_key: str, call: str, model: str, most: int | None, setting: str
    ) -> None:
        """Set aside what an order may cost, before it is made.

        Safe to repeat: an order is paid for once.

        Args:
            post_key: The post's idempotency key.
            call: Names the order among those of the post.
            model: For the message.
            most: Micros; ``None``: not known.
            setting: What names its price, for the message.

        Raises:
            OverBudgetError: A ceiling would be passed, or cannot be kept.
        """
        key = media_key(post_key)
        if most is None and self._ceilings.are_set:
            raise OverBudgetError(
                f"The price of {model[:80]} is not known, so no ceiling can be kept: "
                f"set {setting}, or empty the ceilings GALLEY_BUDGET_CAMPAIGN_USD, "
                "_DAY_USD and _BRAND_USD."
            )
        if most and self._ceilings.are_set:
            await self._keeper.add(key, call, most)
        await self._write(begun(key, call, most or 0), b"{}")

    async def paid(
        self,
        post_key: str,
        call: str,
        model: str,
        micros: int | None,
        prediction_id: str = "",
    ) -> None:
        """Write down what an order cost, once."""
        key = media_key(post_key)
        record = CostRecord(
            key=key,
            call=call,
            model=model,
            request_id=prediction_id,
            micros=micros,
            recorded_at=datetime.now(UTC),
        )
        name, body = done(key, call, micros), record.model_dump_json(indent=1).encode()
        if await self._write(name, body):
            metering.paid("replicate", micros)
        if self._ceilings.are_set and micros is not None:
            await self._keeper.give_back(key, call, micros)

    async def _write(self, name: str, body: bytes) -> bool:
        """Return whether it is written now for the first time."""
        return await self._state.put_if_absent(name, body, _JSON)
