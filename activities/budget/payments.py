"""Payment for model calls and Replicate orders: money is set aside before each is made.

Drafting uses DraftBudget, media OrderBudget, transcription TranscriptBudget.
"""

import asyncio
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
    unpriced,
)
from galley.budget.prices import Price, Prices, seconds_micros
from galley.clients.storage import ObjectStore, StoreError
from galley.drafting.answers import Reply
from galley.models.budget import Ceilings, CostRecord
from galley.models.source import TranscribePart

_JSON = "application/json"
# Tokens, of one post; a shorter answer would be cut off and its price lost.
_LEAST_OUTPUT = 2_000


@dataclass(frozen=True)
class Payment:
    """Permission for one call, with the most tokens that its answer may have."""

    call: str
    micros: int
    max_tokens: int
    is_own: bool = False
    """Whether the call has a reservation of its own, whose rest goes back."""


class DraftBudget:
    """The money for the calls that write one draft.

    Args:
        state: Holds the cost objects.
        keeper: Sets more aside when the allowance does not suffice.
        prices: Prices of the models.
        post_key: The post's idempotency key.
        allowance: Micros set aside for the post; ``None`` if no ceiling is set.
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
        """Output tokens of a call that sets aside for itself, the most it can need."""
        self._calls = 0
        self._paying = asyncio.Lock()

    async def pay(self, model: str, input_tokens: int, output_tokens: int) -> Payment:
        """Set aside what a call may cost, before it is made.

        The answer is given fewer tokens where that keeps it within the allowance.

        Raises:
            OverBudgetError: A ceiling would be passed.
        """
        self._calls += 1
        info = activity.info()
        run = (info.workflow_run_id or "").replace("-", "")[-12:]
        # No other attempt of any activity uses this name, so no cost is overwritten.
        call = f"{run}-{info.activity_id}-{info.attempt}-{self._calls}"
        price = self._prices.of(model)
        if price is None:
            if self._allowance is not None:
                raise unpriced(model, "choose another GALLEY_DRAFT_MODEL")
            await self._write(begun(self._post_key, call, 0))
            return Payment(call, 0, output_tokens)
        # One at a time: two calls at once would both see the same money left.
        async with self._paying:
            left = await self._left()
            if self._allowance is not None:
                output_tokens = await self._within(
                    price, input_tokens, output_tokens, call, left or 0
                )
            most = price.most_micros(input_tokens, output_tokens)
            # Written before the call: a worker that dies in it leaves the full price
            # counted, because a call without a reply may have been billed.
            await self._write(begun(self._post_key, call, most))
        return Payment(call, most, output_tokens, is_own=left is None)

    async def paid(self, payment: Payment, reply: Reply[Any]) -> int | None:
        """Record the cost of the call, and return it."""
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
        edge.paid(reply.provider, micros)
        if micros is not None:
            await self._give_back(payment, micros)
        return micros

    async def not_billed(self, payment: Payment) -> None:
        """Give the money back: the call was refused before it produced a token."""
        await self._write(done(self._post_key, payment.call, 0))
        await self._give_back(payment, 0)

    async def drafted(self) -> None:
        """Record that a draft is written: the rest of its allowance may go back."""
        await self._write(first_draft(self._post_key))

    async def _give_back(self, payment: Payment, spent: int) -> None:
        if payment.is_own:
            # If the store fails, too much stays set aside until midnight; the paid reply
            # must not be lost for that.
            with suppress(StoreError):
                await self._keeper.give_back(self._post_key, payment.call, spent)

    async def _left(self) -> int | None:
        """Return the micros left of the allowance; ``None`` once it may be freed."""
        if self._allowance is None:
            return 0
        key = self._post_key.partition(":")[0]
        names = await self._state.names(campaign_folder(key))
        folder = post_folder(self._post_key)
        known = spending_of(one for one in names if one.startswith(folder))
        made_at = reserved_at(names, key)
        is_old = made_at is not None and datetime.now(UTC) - made_at > ALLOWANCES_HOLD
        # Before its first draft, a call without an allowance sets aside for itself and keeps
        # the rest for the next one.
        if known.drafted or (self._allowance and is_old):
            return None
        return self._allowance + known.added - known.micros

    async def _within(
        self, price: Price, input_tokens: int, output_tokens: int, call: str, left: int
    ) -> int:
        """Return the output tokens that the call may have; set more aside for too few."""
        granted = min(output_tokens, price.affordable_output(left, input_tokens))
        # 2,000 for one post, 12,000 for eleven in one answer.
        least = max(_LEAST_OUTPUT, self.answer_tokens // 2 - _LEAST_OUTPUT)
        if granted >= min(least, output_tokens):
            return granted
        output_tokens = min(output_tokens, self.answer_tokens)
        wanted = price.most_micros(input_tokens, output_tokens)
        await self._keeper.add(self._post_key, call, wanted)
        return output_tokens

    async def _write(self, name: str, body: bytes = b"{}") -> None:
        await self._state.put_if_absent(name, body, _JSON)


@dataclass(frozen=True)
class Bill:
    """An order to pay for: its key, its name below the key, and the model.

    ``key`` is ``<campaign>:<channel>``, with ``transcription`` as channel for a source.
    """

    key: str
    call: str
    model: str


class OrderBudget:
    """The money for orders on Replicate.

    Args:
        state: Holds the cost objects.
        keeper: Holds the ceilings.
        ceilings: Tells whether any are set.
    """

    def __init__(self, state: ObjectStore, keeper: BudgetKeeper, ceilings: Ceilings) -> None:
        self._state = state
        self._keeper = keeper
        self._ceilings = ceilings

    async def pay(self, bill: Bill, most: int | None, setting: str) -> None:
        """Set aside the most that an order can cost, before it is made.

        Safe to repeat: an order is paid for once.

        Args:
            bill: The order.
            most: Micros; ``None`` if unknown.
            setting: The setting for its price, for the message.

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
        """Record the cost of an order, once; ``None`` if it is unknown."""
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
        # Counted by the attempt that wrote it first: any attempt may settle an order.
        if await self._write(done(bill.key, bill.call, micros), body):
            edge.paid("replicate", micros)
        if self._ceilings.are_set and micros is not None:
            await self._keeper.give_back(bill.key, bill.call, micros)

    async def _write(self, name: str, body: bytes) -> bool:
        """Write an object unless it exists; return whether it is new."""
        return await self._state.put_if_absent(name, body, _JSON)


class TranscriptBudget:
    """The money for transcripts by one model on Replicate, which is billed by the second.

    Args:
        budget: Pays the orders.
        price: US dollars a second; ``None`` if unknown.
        most_seconds: Replicate ends a call after this time.
    """

    def __init__(self, budget: OrderBudget, price: Decimal | None, most_seconds: float) -> None:
        self._budget = budget
        self._price = price
        self._most = most_seconds

    async def pay(self, task: TranscribePart) -> None:
        """As :meth:`OrderBudget.pay`, for the longest that the model may run."""
        most = self._cost(self._most)
        await self._budget.pay(_bill(task), most, "GALLEY_REPLICATE_USD_PER_SECOND")

    async def paid(
        self, task: TranscribePart, seconds: float | None, prediction_id: str = ""
    ) -> None:
        """Record the cost of an order that ran for ``seconds``; ``None`` if unknown."""
        micros = 0 if seconds == 0 else self._cost(seconds)
        await self._budget.paid(_bill(task), micros, prediction_id, seconds)

    def _cost(self, seconds: float | None) -> int | None:
        if seconds is None or self._price is None:
            return None
        return seconds_micros(self._price, seconds)


def _bill(task: TranscribePart) -> Bill:
    key = f"{task.campaign_key}:transcription"
    return Bill(key, f"{task.part.sha256[:16]}-{task.order}", task.model)
