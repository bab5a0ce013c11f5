"""Hashtags and telephone numbers, found and written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.networks.text import hashtags_in, phone_numbers_in, write_hashtag


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#one #Two, #three3!", ("one", "Two", "three3")),
        ("we are #1 and #42", ()),
        ("C# and a#b", ()),
        ("https://example.com/#part https://example.com/?q=#part", ()),
        ("(#tag)", ("tag",)),
        ("#caf\u00e9 #\u65e5\u672c", ("caf\u00e9", "\u65e5\u672c")),
        ("\uff03wide", ("wide",)),
        ("#a_b #2026plan", ("a_b", "2026plan")),
        ("&#39; #", ()),
    ],
)
def test_a_hashtag_stands_alone_and_has_a_letter(text: str, expected: tuple[str, ...]) -> None:
    assert hashtags_in(text) == expected


@pytest.mark.parametrize(
    ("words", "camel", "plain"),
    [
        ("climate change", "ClimateChange", "climatechange"),
        ("#already", "Already", "already"),
        ("AI in the EU", "AIInTheEU", "AIintheEU"),
        ("don't", "Dont", "dont"),
        ("C++", "C", "C"),
        ("3-D printing", "3DPrinting", "3Dprinting"),
        ("2026", "", ""),
        ("!!!", "", ""),
        ("\u0939\u093f\u0928\u094d\u0926\u0940", *["\u0939\u093f\u0928\u094d\u0926\u0940"] * 2),
    ],
)
def test_words_become_one_hashtag(words: str, camel: str, plain: str) -> None:
    assert write_hashtag(words, camel_case=True) == camel
    assert write_hashtag(words, camel_case=False) == plain


@given(st.text(alphabet="ab1 -#_.!\u00e9\u65e5", max_size=20), st.booleans())
def test_a_written_hashtag_is_found_again(
    words: str,
    camel: bool,  # noqa: FBT001 -- given
) -> None:
    tag = write_hashtag(words, camel_case=camel)

    assert hashtags_in(f"#{tag}") == ((tag,) if tag else ())


@pytest.mark.parametrize(
    "text",
    [
        "Call 555 123 4567 now",
        "call 555-1234 now",
        "+49 30 1234567",
        "(212) 555-0199",
        "tel. 030/1234567",
        "06 12 34 56 78",
        "+1.212.555.0199",
        "0301234567",
        "2125550199",
        "+442071234567.",
        "Open since 2019: 212-555-0199",
    ],
)
def test_a_telephone_number_is_seen(text: str) -> None:
    assert len(phone_numbers_in(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "On 2026-11-24 and 24.11.2026",
        "2026-11-24 - 2026-11-26",
        "2019-2024 or 2019 - 2024",
        "1 000 000 visitors, 1,000,000 too, 12.500.000",
        "from 10:00 to 18:30, room 101",
        "https://example.com/2024/05/1234567890",
        "a version 1.2.3.4.5.6.7",
        "$1,234,567.89",
        "1500000 people",
        "3.14159265",
    ],
)
def test_dates_prices_and_links_are_no_telephone_numbers(text: str) -> None:
    assert phone_numbers_in(text) == ()
