"""What tokens cost."""

from hypothesis import given
from hypothesis import strategies as st

from galley.budget.prices import Price, dollars, known_prices
from galley.models.budget import TokenUse

MODELS = sorted(known_prices().models)
tokens = st.integers(0, 300_000)


@st.composite
def uses(draw: st.DrawFn) -> TokenUse:
    fresh, cached, written = draw(tokens), draw(tokens), draw(tokens)
    return TokenUse(
        input_tokens=fresh + cached + written,
        cached_tokens=cached,
        cache_written_tokens=written,
        output_tokens=draw(tokens),
    )


def price(model: str) -> Price:
    found = known_prices().of(model)
    assert found is not None
    return found


def test_a_draft_by_sonnet_costs_what_the_price_page_says() -> None:
    use = TokenUse(
        input_tokens=10_000, cached_tokens=8_000, cache_written_tokens=1_000, output_tokens=1_500
    )

    # 1,000 at $2, 8,000 at $0.10, 1,000 at $2.50 and 1,500 at $10 a million.
    assert price("claude-sonnet-5-5").micros(use) == 2_000 + 800 + 2_500 + 15_000


def test_a_long_prompt_costs_haiku_five_times_as_much() -> None:
    short = TokenUse(input_tokens=100_000, output_tokens=1_000)
    long = TokenUse(input_tokens=100_001, output_tokens=1_000)

    haiku = price("claude-haiku-5-5")

    assert haiku.micros(short) == 10_500
    assert haiku.micros(long) == 52_501


def test_a_model_without_a_price_costs_nobody_knows_what() -> None:
    assert known_prices().of("claude-next-9") is None
    assert dollars(None) == "unknown"


def test_a_dated_model_has_the_price_of_its_model() -> None:
    assert known_prices().of("claude-opus-5-5-20260901") == price("claude-opus-5-5")


def test_amounts_below_a_cent_are_not_shown_as_nothing() -> None:
    assert [dollars(n) for n in (0, 40, 10_000, 1_234_567)] == [
        "$0.00",
        "less than $0.0001",
        "$0.01",
        "$1.23",
    ]


@given(st.sampled_from(MODELS), uses())
def test_no_call_costs_more_than_the_most_it_may(model: str, use: TokenUse) -> None:
    most = price(model).most_micros(use.input_tokens, use.output_tokens)

    assert 0 <= price(model).micros(use) <= most


@given(st.sampled_from(MODELS), tokens, st.integers(0, 10_000_000))
def test_what_is_affordable_is_within_the_money(model: str, input_tokens: int, micros: int) -> None:
    one = price(model)
    output = one.affordable_output(micros, input_tokens)

    assert output == 0 or one.most_micros(input_tokens, output) <= micros
