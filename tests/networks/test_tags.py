"""Hashtags and telephone numbers, found and written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.models.network import Platform
from galley.networks.checks import check_text
from galley.networks.text import (
    cashtags_in,
    hashtags_in,
    phone_numbers_in,
    tag_spans,
    write_hashtag,
)


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
        ("#http://example.com #https://a.b", ()),
        ("#\ufe0f\u20e3 #\u20e3a", ()),
    ],
)
def test_a_hashtag_stands_alone_and_has_a_letter(text: str, expected: tuple[str, ...]) -> None:
    assert hashtags_in(text) == expected


@pytest.mark.parametrize(
    "tag",
    [
        # As the conformance suite of twitter-text has them (extract.yml, 2021-10).
        *(
            "\u092e\u0939\u093e\u0924\u094d\u092e\u093e",
            "\u0939\u093f\u0928\u094d\u0926\u0940_\u0967",
        ),  # Hindi
        "\u0e1c\u0e39\u0e49\u0e40\u0e23\u0e34\u0e48\u0e21",  # Thai
        "\u0ba4\u0bae\u0bbf\u0bb4\u0bcd",  # Tamil
        "\u05e2\u05b7\u05dc\u05be\u05d9\u05b0\u05d3\u05b5\u05d9",  # Hebrew, with its hyphen
        "\u05de\u05f4\u05db",  # Hebrew, abbreviated
        "\u1798\u17a0\u17b6\u178f\u17d2\u1798\u17c7",  # Khmer
        "\u0d9a\u0dca\u200d\u0dbb",  # Sinhala, with a joiner
        *("\u0f56\u0f7c\u0f51\u0f0b\u0f66\u0f90\u0f51", "il\u00b7lusi\u00f3"),  # Tibetan, Catalan
    ],
)
def test_a_hashtag_goes_on_after_marks_and_signs_within_a_word(tag: str) -> None:
    assert hashtags_in(f"See #{tag}, and #{tag}.") == (tag, tag)
    assert [f"#{tag}"[one.start : one.end] for one in tag_spans(f"#{tag}")] == [f"#{tag}"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$TEST $Stock $test.tt $Stock_X", ("$TEST", "$Stock", "$test.tt", "$Stock_X")),
        ("$TEST. $TEST_", ("$TEST", "$TEST")),
        ("$OK$NG$BAD text$NO .$NG $$NG", ("$OK",)),
        ("$ $. $- $@ $! $() $+ $123 $test123 $TE123ST $LongerThanSix", ()),
    ],
)
def test_a_cashtag_stands_after_a_space_and_ends_before_a_sign(
    text: str, expected: tuple[str, ...]
) -> None:
    assert cashtags_in(text) == expected


def test_bluesky_counts_the_characters_of_a_hashtag_as_readers_see_them() -> None:
    letter = "\u0915\u093f"  # two code points, one character

    assert check_text(Platform.BLUESKY, f"#{letter * 64}").ok
    found = check_text(Platform.BLUESKY, f"#{letter * 65}").problems
    assert [one.rule for one in found] == ["hashtag_length"]


@pytest.mark.parametrize("platform", Platform)
@pytest.mark.parametrize("character", ["\ufffe", "\uffff"])
def test_what_is_no_character_goes_to_no_network(platform: Platform, character: str) -> None:
    found = check_text(platform, f"Some {character} words").problems

    assert "control_characters" in {one.rule for one in found}


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
