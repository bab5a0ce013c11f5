"""Faults on demand: the next answers go wrong in the way that was ordered."""

import asyncio
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class FaultKind(StrEnum):
    """What goes wrong."""

    HTTP_429 = "http_429"
    HTTP_500 = "http_500"
    HTTP_529 = "http_529"
    CUT_OFF = "cut_off"
    REFUSAL = "refusal"
    INVALID_JSON = "invalid_json"
    SLOW = "slow"
    COLD_CACHE = "cold_cache"
    """Nothing is found in the cache, as after five minutes."""
    OBEY = "obey"
    """The model does what the material tells it, and what it could want."""


class Fault(BaseModel):
    """An order: ``times`` requests to ``/v1/messages`` get this fault.

    ``seconds`` is how long ``slow`` waits, and what ``http_429`` names as
    ``retry-after``.
    """

    model_config = ConfigDict(extra="forbid")

    kind: FaultKind
    times: int = Field(default=1, ge=1)
    seconds: float = Field(default=5.0, ge=0, le=3600)


class Faults:
    """Orders in the sequence they came."""

    def __init__(self) -> None:
        self._orders: list[Fault] = []

    def order(self, fault: Fault) -> None:
        self._orders.extend([fault] * fault.times)

    def clear(self) -> None:
        self._orders.clear()

    @property
    def left(self) -> list[FaultKind]:
        """What is still to come."""
        return [fault.kind for fault in self._orders]

    async def next(self) -> Fault | None:
        """Take the next order; a slow one has waited when this returns."""
        if not self._orders:
            return None
        fault = self._orders.pop(0)
        if fault.kind is FaultKind.SLOW:
            await asyncio.sleep(fault.seconds)
        return fault
