"""Ceilings kept in the real store, by many at once."""

import asyncio
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.budget.ceilings import BudgetKeeper
from activities.budget.payments import DraftBudget, Payment
from galley.budget.ceilings import (
    OverBudgetError,
    answer_tokens,
    campaign_folder,
    post_folder,
    reserved,
    reserved_at,
    spending_of,
)
from galley.budget.prices import known_prices
from galley.clients.storage import ObjectStore
from galley.drafting.answers import Reply, ReplyKind
from galley.models.budget import BudgetGrant, Ceilings, DayBook, ReserveBudget, TokenUse

pytestmark = pytest.mark.server

SONNET = "claude-sonnet-5-5"
ALLOWANCE = 90_000
"""Micros of a draft of a short source."""


@pytest.fixture
async def books(bucket_store: ObjectStore) -> ObjectStore:
    """Give the store without the books that other tests left there."""
    for name in await bucket_store.names("budgets/"):
        await bucket_store.delete(name)
    return bucket_store


@dataclass
class Campaign:
    """A campaign of one or more posts."""

    store: ObjectStore
    ceilings: Ceilings
    key: str
    brand: str = ""

    @property
    def keeper(self) -> BudgetKeeper:
        return BudgetKeeper(self.store, self.ceilings, known_prices(), SONNET)

    async def reserve(self, posts: int = 1, model: str = SONNET) -> BudgetGrant:
        keeper = BudgetKeeper(self.store, self.ceilings, known_prices(), model)
        task = ReserveBudget(
            campaign_id=f"campaign:{self.key}",
            key=self.key,
            posts=posts,
            source_bytes=0,
            brand=self.brand,
        )
        return await ActivityEnvironment().run(keeper.reserve_budget, task)

    def budget(self, channel: str = "x", allowance: int | None = ALLOWANCE) -> DraftBudget:
        post = f"{self.key}:{channel}"
        return DraftBudget(self.store, self.keeper, known_prices(), post, allowance)

    async def grow_old(self, age: timedelta) -> None:
        """Have its money set aside so long ago, while no worker ran."""
        then = datetime.now(UTC) - age
        listed = await self.store.names(campaign_folder(self.key))
        since = reserved_at(listed, self.key)
        assert since is not None
        await self.store.delete(reserved(self.key, since))
        await self.store.put_if_absent(reserved(self.key, then), b"{}", "text/plain")
        for name in await self.store.names("budgets/"):
            data, version = await self.store.read_versioned(name)
            book = DayBook.model_validate_json(data or b"")
            aged = tuple(
                one.model_copy(update={"made_at": then}) if one.key == self.key else one
                for one in book.reservations
            )
            book = book.model_copy(update={"reservations": aged})
            written = book.model_dump_json().encode()
            assert await self.store.replace(name, written, "text/plain", version)

    async def spent(self) -> int:
        return spending_of(await self.store.names(campaign_folder(self.key))).micros


def campaign(store: ObjectStore, **ceilings: int) -> Campaign:
    return Campaign(store, Ceilings(**ceilings), uuid.uuid4().hex[:12])


def reply(output: int, model: str = SONNET) -> Reply:
    use = TokenUse(input_tokens=1_000, output_tokens=output)
    return Reply(kind=ReplyKind.OK, model=model, request_id="req_1", usage=use)


async def pay(budget: DraftBudget, output: int = 8_000, model: str = SONNET) -> Payment:
    return await ActivityEnvironment().run(budget.pay, model, 1_000, output)


async def test_what_a_brand_wants_more_counts_to_the_brand(books: ObjectStore) -> None:
    limits = Ceilings(brand=3 * ALLOWANCE)
    first = Campaign(books, limits, uuid.uuid4().hex[:12], brand="Ours & co.")
    second = Campaign(books, limits, uuid.uuid4().hex[:12], brand="Ours & co.")
    await first.reserve()
    await second.reserve()
    await first.keeper.add(f"{first.key}:x", "more-1", ALLOWANCE)

    with pytest.raises(OverBudgetError, match="GALLEY_BUDGET_BRAND_USD"):
        await second.keeper.add(f"{second.key}:x", "more-1", 1)

    other = Campaign(books, limits, uuid.uuid4().hex[:12], brand="Theirs")
    assert (await other.reserve()).allowance == ALLOWANCE


async def test_a_campaign_that_does_not_fit_is_refused_before_it_costs_anything(
    books: ObjectStore,
) -> None:
    one = campaign(books, day=3 * ALLOWANCE)

    with pytest.raises(ApplicationError, match="of today's ceiling of") as caught:
        await one.reserve(posts=11)

    assert (caught.value.type, caught.value.non_retryable) == ("OverBudget", True)
    assert await books.names(campaign_folder(one.key)) == ()


async def test_without_ceilings_nothing_is_set_aside(books: ObjectStore) -> None:
    assert await campaign(books).reserve(posts=11) == BudgetGrant()


async def test_campaigns_that_start_at_once_never_pass_the_ceiling(books: ObjectStore) -> None:
    many = [campaign(books, day=3 * ALLOWANCE) for _ in range(6)]

    told = await asyncio.gather(*(one.reserve() for one in many), return_exceptions=True)

    assert sum(isinstance(one, BudgetGrant) for one in told) == 3


async def test_a_campaign_is_set_money_aside_for_once(books: ObjectStore) -> None:
    one = campaign(books, day=ALLOWANCE)

    assert await one.reserve() == await one.reserve()


async def test_what_a_finished_campaign_left_over_is_free_for_the_next(books: ObjectStore) -> None:
    first, second = (campaign(books, day=ALLOWANCE + 10_000) for _ in range(2))
    await first.reserve()
    with pytest.raises(ApplicationError):
        await second.reserve()
    budget = first.budget()
    await budget.paid(await pay(budget), reply(output=100))
    await budget.drafted()

    assert await second.reserve() == BudgetGrant(allowance=ALLOWANCE)


async def test_an_unknown_price_is_refused_where_a_ceiling_is_set(books: ObjectStore) -> None:
    with pytest.raises(ApplicationError, match="not known"):
        await campaign(books, day=1).reserve(model="claude-next-9")


async def test_a_call_is_written_down_before_it_is_made(books: ObjectStore) -> None:
    one = campaign(books, day=ALLOWANCE)
    await one.reserve()
    budget = one.budget()

    payment = await pay(budget)
    before = await one.spent()
    cost = await budget.paid(payment, reply(output=100))

    assert before == payment.micros > 80_000
    assert cost == await one.spent() == 3_000


async def test_a_repair_turn_gets_the_tokens_that_are_still_paid_for(books: ObjectStore) -> None:
    one = campaign(books, day=ALLOWANCE)
    await one.reserve()
    budget = one.budget()
    await budget.paid(await pay(budget), reply(output=3_000))

    second = await pay(budget)

    assert 2_000 <= second.max_tokens < 8_000
    assert await one.spent() <= ALLOWANCE


async def test_what_is_left_pays_for_no_answer_that_would_be_cut_off(books: ObjectStore) -> None:
    one = campaign(books, day=10 * ALLOWANCE)
    await one.reserve()
    budget = one.budget()
    budget.answer_tokens = answer_tokens(11)
    await budget.paid(await pay(budget), reply(output=3_000))

    # A single post could still be written for it; eleven in one answer need new money.
    assert (await pay(budget, output=28_000)).max_tokens == 28_000


async def test_a_lost_reply_counts_in_full_and_the_next_try_needs_new_money(
    books: ObjectStore,
) -> None:
    one = campaign(books, day=ALLOWANCE)
    await one.reserve()
    await pay(one.budget())  # and then the worker dies

    with pytest.raises(OverBudgetError):
        await ActivityEnvironment().run(one.budget().pay, SONNET, 1_000, 8_000)


async def test_a_refused_call_gives_its_money_back(books: ObjectStore) -> None:
    one = campaign(books, day=ALLOWANCE)
    await one.reserve()
    budget = one.budget()
    await budget.not_billed(await pay(budget))

    assert await one.spent() == 0
    assert (await pay(budget)).max_tokens == 8_000


async def test_more_is_set_aside_for_a_new_draft_as_long_as_there_is_room(
    books: ObjectStore,
) -> None:
    one = campaign(books, campaign=2 * ALLOWANCE)
    await one.reserve()
    budget = one.budget()
    await budget.paid(await pay(budget), reply(output=8_000))

    again = await pay(budget)
    await budget.paid(again, reply(output=8_000))

    assert again.max_tokens == 8_000
    with pytest.raises(OverBudgetError, match="campaign's ceiling"):
        await ActivityEnvironment().run(budget.pay, SONNET, 1_000, 8_000)
    assert await one.spent() <= 2 * ALLOWANCE


@pytest.mark.parametrize("minutes", [52, 61])
async def test_a_campaign_that_lay_for_an_hour_cannot_spend_what_others_were_given(
    books: ObjectStore, minutes: int
) -> None:
    first, second = (campaign(books, day=ALLOWANCE) for _ in range(2))
    await first.reserve()
    await first.grow_old(timedelta(minutes=minutes))
    if minutes > 60:
        await second.reserve()

    # What is set aside for it is not trusted well before others are given it.
    with pytest.raises(OverBudgetError, match="today's ceiling"):
        await pay(first.budget())

    assert await first.spent() == 0


async def test_a_campaign_that_lay_for_an_hour_is_drafted_where_there_is_room(
    books: ObjectStore,
) -> None:
    first, second = (campaign(books, day=2 * ALLOWANCE) for _ in range(2))
    await first.reserve()
    await first.grow_old(timedelta(hours=2))
    await second.reserve()
    budget = first.budget()

    await budget.paid(await pay(budget), reply(output=100))

    # What the call did not need is free at once, and no more than that.
    with pytest.raises(OverBudgetError):
        await second.keeper.add(f"{second.key}:x", "one", ALLOWANCE - 2_999)
    await second.keeper.add(f"{second.key}:x", "one", ALLOWANCE - 3_000)


async def test_what_a_draft_left_over_was_given_back_and_pays_for_no_new_one(
    books: ObjectStore,
) -> None:
    first, second = (campaign(books, day=ALLOWANCE + 10_000) for _ in range(2))
    await first.reserve()
    budget = first.budget()
    await budget.paid(await pay(budget), reply(output=100))
    await budget.drafted()
    await second.reserve()

    with pytest.raises(OverBudgetError, match="today's ceiling"):
        await pay(first.budget())


async def test_a_post_without_an_allowance_gives_back_what_a_new_draft_did_not_need(
    books: ObjectStore,
) -> None:
    one = campaign(books, day=2 * ALLOWANCE)
    await one.reserve()
    budget = one.budget(allowance=0)
    await budget.drafted()

    await budget.paid(await pay(budget), reply(output=100))

    await one.keeper.add(f"{one.key}:y", "one", 2 * ALLOWANCE - 3_000 - 3_000)


async def test_a_campaign_that_is_started_again_sets_aside_anew(books: ObjectStore) -> None:
    first, second = (campaign(books, day=ALLOWANCE) for _ in range(2))
    await first.reserve()
    await first.grow_old(timedelta(hours=2))
    await second.reserve()

    with pytest.raises(ApplicationError, match="today's ceiling"):
        await first.reserve()


async def test_a_cost_nobody_knows_is_kept_as_unknown(books: ObjectStore) -> None:
    one = campaign(books)
    budget = one.budget(allowance=None)

    cost = await budget.paid(await pay(budget), reply(10, model="claude-next-9"))

    assert cost is None
    names = await books.names(post_folder(f"{one.key}:x"))
    assert spending_of(names).has_unknown
