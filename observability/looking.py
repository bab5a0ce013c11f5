"""Take one look at a running Galley: each part by itself, all at the same time."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import TypeVar

from pydantic import ValidationError
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from galley.clients.storage import ObjectStore, StoreError
from galley.clients.stores.opening import open_state
from galley.costs.budget import taken_by_brand, taken_of
from galley.models import DayBook
from galley.settings import Settings, ceilings_of
from observability.accounts import look_at_accounts
from observability.queues import look_at_queues
from observability.seen import Health, Money
from observability.tallies import count_posts, look_at_runs

T = TypeVar("T")

_WITHIN = 10.0
"""Seconds a part is given; counts, not lists of posts, are asked for."""


async def look(client: Client, settings: Settings) -> Health:
    """Return what is seen of everything; nothing is changed, and Buffer not asked."""
    now, missing = datetime.now(UTC), dict[str, str]()

    async def part(name: str, found: Awaitable[T]) -> T | None:
        try:
            async with asyncio.timeout(_WITHIN):
                return await found
        except (RPCError, StoreError, TimeoutError, ValidationError) as error:
            missing[name] = _said(error)
            return None

    queues, accounts, posts, runs, money = await asyncio.gather(
        part("queues", look_at_queues(client, now)),
        part("accounts", look_at_accounts(client)),
        part("posts", count_posts(client, now)),
        part("runs", look_at_runs(client, now)),
        part("money", _money(settings, now)),
    )
    return Health(
        at=now,
        namespace=client.namespace,
        queues=queues,
        accounts=accounts,
        posts=posts,
        runs=runs,
        money=money,
        missing=missing,
    )


async def _money(settings: Settings, now: datetime) -> Money:
    state: ObjectStore = open_state(settings)
    held = await state.get(f"budgets/{now:%Y-%m-%d}.json")
    book = DayBook.model_validate_json(held) if held else DayBook(day="")
    ceilings = ceilings_of(settings)
    return Money(
        taken_micros=taken_of(book),
        ceiling_micros=ceilings.day,
        brands=taken_by_brand(book),
        brand_ceiling_micros=ceilings.brand,
    )


def _said(error: Exception) -> str:
    if isinstance(error, StoreError):
        return str(error)
    if isinstance(error, ValidationError):
        return "today's budget in the state bucket cannot be read: move it away."
    if isinstance(error, RPCError) and error.status is RPCStatusCode.INVALID_ARGUMENT:
        return "Temporal does not take the question: search attributes are missing."
    return f"it did not answer within {_WITHIN:.0f} seconds."
