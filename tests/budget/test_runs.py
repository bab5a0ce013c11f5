"""What a generated picture, video or speech costs: known with its source, or not."""

from datetime import date
from decimal import Decimal

from galley.budget.prices import RunPrice, known_prices

DAY = date(2026, 11, 1)


def test_each_price_says_where_and_when_it_was_read() -> None:
    runs = known_prices().runs

    assert runs
    for name, price in runs.items():
        units = (price.picture, price.second, price.characters)
        assert units.count(None) == 2, name
        assert price.source, name


def test_a_picture_costs_its_price_and_a_video_its_seconds() -> None:
    picture = RunPrice(picture=Decimal("0.003"), source="x", as_of=DAY)
    video = RunPrice(second=Decimal("0.15"), source="x", as_of=DAY)

    assert picture.micros(None) == 3_000
    assert video.micros(6) == 900_000


def test_speech_costs_its_letters_and_a_wide_one_counts_twice() -> None:
    speech = RunPrice(characters=Decimal("0.06"), source="x", as_of=DAY)

    assert speech.micros(None, "x" * 1000) == 60_000
    assert speech.micros(None, "\u6211" * 1000) == 120_000


def test_a_video_of_unknown_length_has_no_known_price() -> None:
    assert RunPrice(second=Decimal(1), source="x", as_of=DAY).micros(None) is None
