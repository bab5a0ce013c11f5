"""Money is set aside before it is spent."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.budget.ceilings import (
    FURTHER_OUTPUT_TOKENS,
    MOST_IN_SET,
    OverBudgetError,
    begun,
    brand_in,
    branded,
    done,
    draft_allowance,
    first_draft,
    more,
    reserve,
    reserved,
    reserved_at,
    settled,
    spending_of,
)
from galley.budget.prices import known_prices
from galley.models.budget import Ceilings, DayBook, Reservation

NOW = datetime(2026, 11, 25, tzinfo=UTC)
BOOK = DayBook(day="2026-11-25")


def wanted(name: str, micros: int, key: str = "a", brand: str = "") -> Reservation:
    return Reservation(id=name, key=key, micros=micros, brand=brand, made_at=NOW)


def test_a_ceiling_is_passed_by_nothing() -> None:
    ceilings = Ceilings(day=100)
    book = reserve(BOOK, wanted("one", 60), ceilings, 0)

    with pytest.raises(OverBudgetError, match="GALLEY_BUDGET_DAY_USD"):
        reserve(book, wanted("two", 41, key="b"), ceilings, 0)

    assert len(reserve(book, wanted("two", 40), ceilings, 0).reservations) == 2


def test_a_brand_passes_its_ceiling_with_none_of_its_campaigns() -> None:
    ceilings = Ceilings(brand=100)
    book = reserve(BOOK, wanted("one", 60, brand="Ours"), ceilings, 0)

    with pytest.raises(OverBudgetError, match="GALLEY_BUDGET_BRAND_USD"):
        reserve(book, wanted("two", 41, "b", "Ours"), ceilings, 0)

    assert reserve(book, wanted("two", 41, "b", "Theirs"), ceilings, 0)
    assert reserve(book, wanted("two", 41, "b"), ceilings, 0)


def test_what_a_campaign_took_before_its_brand_was_known_counts_to_it() -> None:
    ceilings = Ceilings(brand=100)
    book = reserve(BOOK, wanted("heard", 60), ceilings, 0)

    with pytest.raises(OverBudgetError, match="of the brand"):
        reserve(book, wanted("one", 41, brand="Ours"), ceilings, 0)


@given(st.text(min_size=1, max_size=120))
def test_a_brand_is_read_from_the_names_as_it_was_written(brand: str) -> None:
    names = [begun("abc:x", "c1", 500), branded("abc", brand)]

    assert brand_in(names, "abc") == brand
    assert spending_of(names).micros == 500


def test_what_a_campaign_cost_on_other_days_counts() -> None:
    with pytest.raises(OverBudgetError, match="GALLEY_BUDGET_CAMPAIGN_USD"):
        reserve(BOOK, wanted("one", 60), Ceilings(campaign=100), 50)


def test_what_a_campaign_cost_on_other_days_counts_all_day() -> None:
    ceilings = Ceilings(campaign=100)
    book = settled(reserve(BOOK, wanted("one", 30), ceilings, 50), {"one": 20})

    reserve(book, wanted("two", 30), ceilings, 70)
    with pytest.raises(OverBudgetError, match="GALLEY_BUDGET_CAMPAIGN_USD"):
        reserve(book, wanted("two", 31), ceilings, 70)


def test_a_reservation_that_is_asked_for_again_counts_once() -> None:
    once = reserve(BOOK, wanted("one", 60), Ceilings(day=100), 0)

    assert reserve(once, wanted("one", 60), Ceilings(day=100), 0) == once


def test_a_campaign_started_again_keeps_what_it_was_settled_with() -> None:
    ceilings = Ceilings(day=100)
    first = wanted("one", 90).model_copy(update={"posts": 2})
    book = settled(reserve(BOOK, first, ceilings, 0), {"one": 10})

    again = reserve(book, first, ceilings, 0)
    told = settled(again, {"one": 30})

    assert reserve(again, first, ceilings, 0) == again
    assert [one.spent for one in again.reservations] == [10, None]
    assert [one.spent for one in told.reservations] == [10, 30]


def test_what_was_not_spent_is_free_again() -> None:
    ceilings = Ceilings(day=100)
    book = settled(reserve(BOOK, wanted("one", 90), ceilings, 0), {"one": 10})

    assert reserve(book, wanted("two", 90), ceilings, 0).reservations[1].micros == 90


def test_an_allowance_pays_for_one_call_of_a_long_source() -> None:
    price = known_prices().models["claude-sonnet-5-5"]

    assert draft_allowance(price, 0) == 90_000
    assert draft_allowance(price, 400_000) == 590_000


def test_each_further_post_adds_its_words_to_what_is_set_aside_up_to_the_most_of_one_call() -> None:
    price = known_prices().models["claude-sonnet-5-5"]

    one, three = (draft_allowance(price, 9_000, count) for count in (1, 3))

    # One call reads the source once, however many posts are in its answer.
    assert three - one == price.most_micros(0, 2 * FURTHER_OUTPUT_TOKENS)
    assert draft_allowance(price, 9_000, MOST_IN_SET) == draft_allowance(price, 9_000, 200)


def test_the_last_time_money_was_set_aside_counts_and_costs_nothing() -> None:
    later = NOW.replace(hour=5)
    names = [reserved("abc", later), reserved("abc", NOW), reserved("abd", NOW)]

    assert reserved_at(names, "abc") == later
    assert reserved_at([begun("abc:x", "c1", 5)], "abc") is None
    assert (spending_of(names).micros, spending_of(names).calls) == (0, 0)


def test_a_call_without_a_reply_counts_in_full() -> None:
    post = "abc:x"
    told = spending_of(
        [
            begun(post, "c1", 500),
            done(post, "c1", 20),
            begun(post, "c2", 700),
            more(post, "c2", 300),
            begun("abc:y", "c1", 5),
            done("abc:y", "c1", None),
            first_draft(post),
        ]
    )

    assert (told.micros, told.lost, told.added, told.calls) == (720, 700, 300, 3)
    assert told.has_unknown
    assert told.drafted == {"x"}


@given(st.text(max_size=40))
def test_a_strange_name_is_passed_over(name: str) -> None:
    assert spending_of([f"costs/abc/{name}"]).micros >= 0


@given(
    ceiling=st.integers(0, 1000),
    steps=st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 400), st.booleans(), st.integers(0)),
        max_size=30,
    ),
)
def test_no_order_of_reservations_and_settlements_overspends(
    ceiling: int, steps: list[tuple[str, int, bool, int]]
) -> None:
    book, ceilings = BOOK, Ceilings(day=ceiling, campaign=ceiling)
    for number, (key, micros, is_done, share) in enumerate(steps):
        name = f"r{number}"
        with suppress(OverBudgetError):
            book = reserve(book, wanted(name, micros, key), ceilings, 0)
            if is_done:
                book = settled(book, {name: min(micros, share)})

    held = sum(r.micros if r.spent is None else r.spent for r in book.reservations)
    assert held <= ceiling
