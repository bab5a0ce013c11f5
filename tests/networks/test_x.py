"""X's weighted count, beside X's own parser and its published rules."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.models.network import Platform
from galley.networks.checks import check_text
from galley.networks.x import weighted_length
from tests.networks.texts import FAMILY, FLAG, KEYCAP, WAVE, mixed, thorough

_ONE_EACH = "abcXYZ 0123\u00e9\u03b1\u0436\u05d0\u0639\u0905\u0e01\u2019\u2014"
_TWO_EACH = "\u65e5\u672c\u8a9e\u304b\u30ab\uac00\u4e2d\uff0c\u2026\u2022\u20ac\u2122"


@thorough
@given(mixed)
def test_the_count_is_that_of_the_official_parser(text: str) -> None:
    from twitter_text import parse_tweet  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

    assert weighted_length(text) == parse_tweet(text).weightedLength


@given(st.text(alphabet=_ONE_EACH))
def test_most_alphabets_weigh_one(text: str) -> None:
    assert weighted_length(text) == len(text)


@given(st.text(alphabet=_TWO_EACH))
def test_east_asian_writing_weighs_two(text: str) -> None:
    assert weighted_length(text) == 2 * len(text)


@thorough
@given(mixed, mixed)
def test_words_weigh_the_same_beside_each_other(first: str, second: str) -> None:
    # The parser looks at what stands before a domain, so the space stays with it.
    apart = weighted_length(first) + weighted_length(f" {second}")

    assert weighted_length(f"{first} {second}") == apart


@given(mixed)
def test_the_way_letters_are_composed_does_not_matter(text: str) -> None:
    decomposed = unicodedata.normalize("NFD", unicodedata.normalize("NFC", text))

    assert weighted_length(decomposed) == weighted_length(text)


@given(st.text(alphabet="abcdef0123456789/", max_size=300))
def test_a_link_weighs_23_however_long(path: str) -> None:
    assert weighted_length(f"a https://example.com/{path}0 b") == 23 + 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("https://example.com", 23, id="short link"),
        pytest.param("example.com", 23, id="bare domain"),
        pytest.param("example.com.", 24, id="full stop after a domain"),
        pytest.param("(https://example.com)", 25, id="link in brackets"),
        pytest.param("https://a.co https://b.co", 47, id="two links"),
        pytest.param("https://\u65e5\u672c\u8a9e.jp", 23, id="international domain"),
        pytest.param("node.js", 7, id="no domain"),
        pytest.param("me@example.com", 14, id="mail address"),
        pytest.param("@someone #tag $TAG", 18, id="mention and tags"),
        pytest.param(FAMILY, 2, id="family"),
        pytest.param(WAVE, 2, id="skin tone"),
        pytest.param(FLAG, 2, id="flag"),
        pytest.param(KEYCAP, 2, id="keycap"),
        pytest.param("\u2764\ufe0f", 2, id="heart"),
        pytest.param("\U0001d400", 2, id="bold letter"),
        pytest.param("\u65e5\u672c\u8a9e", 6, id="japanese"),
        pytest.param("\ud55c\uad6d\uc5b4", 6, id="korean"),
        pytest.param("cafe\u0301", 4, id="decomposed letter"),
        pytest.param("\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35", 6, id="thai"),
        pytest.param("a\u2026", 3, id="ellipsis"),
        pytest.param("\u201ca\u201d \u2014 b", 7, id="quotes and dash"),
        pytest.param("a\nb", 3, id="line break"),
    ],
)
def test_published_examples_weigh_as_published(text: str, expected: int) -> None:
    assert weighted_length(text) == expected


def test_an_x_post_over_280_is_refused() -> None:
    report = check_text(Platform.X, "a" * 312)

    assert (report.length, report.limit, report.ok) == (312, 280, False)
    assert [problem.message for problem in report.problems] == [
        "The text is 312 of 280 characters by X's weighted count: shorten it by 32."
    ]


def test_140_japanese_characters_fit_and_141_do_not() -> None:
    assert check_text(Platform.X, "\u65e5" * 140).ok
    assert not check_text(Platform.X, "\u65e5" * 141).ok


def test_a_link_that_is_too_long_for_buffers_raw_count_is_refused() -> None:
    report = check_text(Platform.X, f"{'a' * 180} https://example.com/{'b' * 138}")

    assert report.length == 204
    assert [problem.message for problem in report.problems] == [
        (
            "The text is 339 of 280 characters by Buffer's raw count, in which links "
            "count in full: shorten it by 59."
        )
    ]


def test_a_paid_account_may_write_more() -> None:
    assert check_text(Platform.X, "a" * 25_000, limit=25_000).ok
    assert not check_text(Platform.X, "a" * 25_001, limit=25_000).ok


@pytest.mark.parametrize(
    ("text", "ok"),
    [
        ("$AAPL is up", True),
        ("$AAPL and $MSFT", False),
        ("$5 and $10 and $1k", True),
        ("$BRK.A, $BRK.B", False),
        ("US$AAPL $MSFT", True),
    ],
)
def test_one_cashtag_is_allowed(text: str, ok: bool) -> None:  # noqa: FBT001 -- table
    assert check_text(Platform.X, text).ok is ok
