"""Payment for model calls and Replicate orders: money is set aside before each is made.

Drafting uses DraftBudget, media OrderBudget, transcription TranscriptBudget.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from temporalio import activity

from activities import edge
from activities.budget.ceilings import ALLOWANCES_HOLD, BudgetKeeper
from galley.budget.ceilings import (
    DRAFT_OUTPUT_TOKENS,
    begun,
    campaign_folder,
    done,
    first_draft,
    post_folder,
    reserved_at,
    spending_of,
    uncached,
    unpriced,
)
from galley.budget.prices import Price, Prices, seconds_micros
from galley.clients.anthropic import Reply
from galley.clients.storage import ObjectStore, StoreError
from galley.models import Ceilings, CostRecord, TranscribePart

_JSON = "application/json"
_LEAST_OUTPUT = 2_000
"""Tokens; with fewer a post is cut off, and the money is lost."""


@dataclass(frozen=True)
class Payment:
    """A call that may be made, with at most so many tokens in its answer."""

    call: str
    micros: int
    max_tokens: int
    is_own: bool = False
    """Whether money was set aside for it alone, of which the rest is given back."""


class DraftBudget:
    """The money of one draft of one post.

    Args:
        state: Where cost objects are kept.
        keeper: Sets more aside when what there is does not suffice.
        prices: What the models cost.
        post_key: The post's idempotency key.
        allowance: Micros set aside for it; ``None`` if no ceiling is set.
    """

    def __init__(
        self,
        state: ObjectStore,
        keeper: BudgetKeeper,
        prices: Prices,
        post_key: str,
        allowance: int | None,
    ) -> None:
        self._state = state
        self._keeper = keeper
        self._prices = prices
        self._post_key = post_key
        self._allowance = allowance
        self.answer_tokens = DRAFT_OUTPUT_TOKENS
        """What more is set aside for, in output tokens of a call."""
        self._calls = 0

    async def pay(self, model: str, input_tokens: int, output_tokens: int) -> Payment:
        """Set aside what a call may cost, before it is made.

        The answer is given fewer tokens where that keeps it within the allowance.

        Raises:
            OverBudgetError: A ceiling would be passed.
        """
        self._calls += 1
        call = f"{_attempt()}-{self._calls}"
        price = self._prices.of(model)
        if price is None:
            self._require_known(model)
            await self._write(begun(self._post_key, call, 0))
            return Payment(call, 0, output_tokens)
        most = price.most_micros(input_tokens, output_tokens)
        left = await self._left()
        if self._allowance is not None:
            output_tokens = await self._within(price, input_tokens, output_tokens, call, left or 0)
            most = price.most_micros(input_tokens, output_tokens)
        await self._write(begun(self._post_key, call, most))
        return Payment(call, most, output_tokens, is_own=left is None)

    async def paid(self, payment: Payment, reply: Reply[Any]) -> int | None:
        """Write down what the call cost, and return it."""
        price = self._prices.of(reply.model)
        micros = None if price is None else price.micros(reply.usage)
        record = CostRecord(
            key=self._post_key,
            call=payment.call,
            model=reply.model,
            request_id=reply.request_id,
            use=reply.usage,
            micros=micros,
            recorded_at=datetime.now(UTC),
        )
        name = done(self._post_key, payment.call, micros)
        await self._write(name, record.model_dump_json(indent=1).encode())
        edge.paid("anthropic", micros)
        if micros is not None:
            await self._give_back(payment, micros)
        return micros

    async def not_billed(self, payment: Payment) -> None:
        """Give the money back: the call was refused before a token was made."""
        await self._write(done(self._post_key, payment.call, 0))
        await self._give_back(payment, 0)

    async def read_in_full(self, payment: Payment) -> None:
        """Write down that the source was not in the model's cache, for ``costs``."""
        await self._write(uncached(self._post_key, payment.call))

    async def drafted(self) -> None:
        """Say that a draft is written, so that what is left over is given back."""
        await self._write(first_draft(self._post_key))

    async def _give_back(self, payment: Payment, spent: int) -> None:
        if payment.is_own:
            # Otherwise it stays set aside: too much, and no reply is lost for it.
            with suppress(StoreError):
                await self._keeper.give_back(self._post_key, payment.call, spent)

    async def _left(self) -> int | None:
        """Return the micros held for it; ``None`` once they may be another's."""
        if self._allowance is None:
            return 0
        key = self._post_key.partition(":")[0]
        names = await self._state.names(campaign_folder(key))
        folder = post_folder(self._post_key)
        known = spending_of(one for one in names if one.startswith(folder))
        # Without an allowance a call sets aside for itself, and keeps what is left.
        if self._allowance and (known.drafted or _is_old(reserved_at(names, key))):
            return None
        return self._allowance + known.added - known.micros

    async def _within(
        self, price: Price, input_tokens: int, output_tokens: int, call: str, left: int
    ) -> int:
        granted = min(output_tokens, price.affordable_output(left, input_tokens))
        if granted >= min(_LEAST_OUTPUT, output_tokens):
            return granted
        output_tokens = min(output_tokens, self.answer_tokens)
        wanted = price.most_micros(input_tokens, output_tokens)
        await self._keeper.add(self._post_key, call, wanted)
        return output_tokens

    def _require_known(self, model: str) -> None:
        if self._allowance is not None:
            raise unpriced(model, "choose another GALLEY_DRAFT_MODEL")

    async def _write(self, name: str, body: bytes = b"{}") -> None:
        await self._state.put_if_absent(name, body, _JSON)


def _is_old(made_at: datetime | None) -> bool:
    return made_at is not None and datetime.now(UTC) - made_at > ALLOWANCES_HOLD


def _attempt() -> str:
    """Return what no other attempt at any activity is called."""
    info = activity.info()
    run = (info.workflow_run_id or "").replace("-", "")[-12:]
    return f"{run}-{info.activity_id}-{info.attempt}"


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
