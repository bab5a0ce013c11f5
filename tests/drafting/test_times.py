"""Times of day are the same time, however they are written."""

import pytest

from galley.drafting.times import times_in
from tests.drafting.test_facts import claims_of


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("at 7:45 a.m.", {"07:45"}),
        ("at 7.45 pm", {"19:45"}),
        ("at 7.45 in the morning", {"07:45"}),
        ("at 12:15 a.m.", {"00:15"}),
        ("at 12.15 pm", {"12:15"}),
        ("um 19.45 Uhr", {"19:45"}),
        ("um 20.30 Uhr", {"20:30"}),
        ("at 23:11", {"23:11"}),
        ("um 9 Uhr", {"09:00", "21:00"}),
        ("um 9 Uhr abends", {"21:00"}),
        ("um 21 Uhr", {"21:00"}),
        ("à 19 h 30", {"19:30"}),
        ("from 9.30 to ten", {"09:30", "21:30"}),
        ("at half past nine", {"09:30", "21:30"}),
        ("um halb zehn", {"09:30", "21:30"}),
        ("um halb eins", {"00:30", "12:30"}),
        ("um 10.45 Uhr", {"10:45"}),
        ("at 07:45", {"07:45"}),
        ("bis 24 Uhr", {"00:00"}),
        ("at 12:00 at night", {"00:00"}),
        ("at 2.15 at night", {"02:15"}),
        ("at 10.15 at night", {"22:15"}),
        ("at quarter to eight", {"07:45", "19:45"}),
        ("um viertel nach acht", {"08:15", "20:15"}),
        ("um dreiviertel acht", {"07:45", "19:45"}),
        ("at seven o'clock", {"07:00", "19:00"}),
        ("until noon", {"12:00"}),
        ("until midnight", {"00:00"}),
    ],
)
def test_a_time_of_day_means_one_minute_or_that_of_the_other_half(
    text: str, clock: set[str]
) -> None:
    (found,) = times_in(text)

    assert {f"{one // 60:02}:{one % 60:02}" for one in found.minutes} == clock


@pytest.mark.parametrize("text", ["version 2.0.1", "1.200,50 Euro", "16:9", "half of one", "7.455"])
def test_other_figures_and_words_are_no_time(text: str) -> None:
    assert not list(times_in(text))


@pytest.mark.parametrize(
    ("text", "source", "language"),
    [
        ("We open at 7:45.", "We open at 7.45 in the morning.", "en"),
        ("We open at 7.45 pm.", "We open at 19:45.", "en"),
        ("We lock up at 9.30.", "We lock up at half past nine.", "en"),
        ("Offen bis 17:30 Uhr.", "Offen bis 17.30 Uhr.", "de"),
        ("Ab 19 Uhr.", "From seven o'clock in the evening.", "de"),
        ("Offen bis 21.30 Uhr.", "Offen bis 21:30 Uhr.", "de"),
        ("Open until 8.30 pm.", "Offen bis 20:30 Uhr.", "en"),
    ],
)
def test_a_time_of_the_source_may_be_written_in_another_way(
    text: str, source: str, language: str
) -> None:
    assert claims_of(text, source, language) == []


@pytest.mark.parametrize(
    ("text", "source", "claim"),
    [
        ("We lock up at 9:40.", "We lock up at half past nine.", "40"),
        ("It costs £7.45.", "We open at 7:45.", "7.45"),
        ("We open at 8.45.", "We open at 7:45.", "8.45"),
        ("We sold 8.15 million.", "The doors open at quarter past eight.", "8.15 million"),
        ("We open at 19:20.", "We open at 7.20 in the morning.", "19"),
        ("Ab 19 Uhr.", "From seven o'clock.", "19"),
        ("Um 10.45 Uhr.", "Um 22.45 Uhr.", "10.45"),
        ("Open at 07:45.", "We open at 7.45 pm.", "45"),
    ],
)
def test_another_time_and_a_price_are_claims(text: str, source: str, claim: str) -> None:
    assert claim in claims_of(text, source)
