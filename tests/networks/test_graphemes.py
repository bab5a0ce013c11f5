"""Grapheme clusters, beside another implementation and the standard's examples."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uniseg.graphemecluster import grapheme_clusters

from galley.networks.graphemes import clusters, count_graphemes, count_old_graphemes, is_emoji
from tests.networks.texts import FAMILY, FLAG, KEYCAP, PARTY, WAVE, any_text, thorough


@thorough
@given(any_text)
def test_clusters_are_those_of_the_library_whose_data_they_use(text: str) -> None:
    assert list(clusters(text)) == list(grapheme_clusters(text))


@thorough
@given(any_text)
def test_clusters_make_up_the_text_and_are_what_is_counted(text: str) -> None:
    found = list(clusters(text))

    assert "".join(found) == text
    assert len(found) == count_graphemes(text)


@given(st.text(alphabet=st.characters(max_codepoint=126, min_codepoint=32)))
def test_each_printable_ascii_character_is_one(text: str) -> None:
    assert count_graphemes(text) == len(text) == count_old_graphemes(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", 0, id="empty"),
        pytest.param("\r\n", 1, id="crlf"),
        pytest.param("e\u0301", 1, id="decomposed letter"),
        pytest.param("\u00e9", 1, id="composed letter"),
        pytest.param(FAMILY, 1, id="family"),
        pytest.param(WAVE, 1, id="skin tone"),
        pytest.param(FLAG, 1, id="flag"),
        pytest.param(FLAG * 2, 2, id="two flags"),
        pytest.param(FLAG + FLAG[0], 2, id="flag and a half"),
        pytest.param(KEYCAP, 1, id="keycap"),
        pytest.param(PARTY * 3, 3, id="three emoji"),
        pytest.param("\U0001f3f4\U000e0067\U000e0062\U000e007f", 1, id="tag flag"),
        pytest.param("\u1100\u1161\u11a8", 1, id="hangul from parts"),
        pytest.param("\uac00\uac01", 2, id="two hangul syllables"),
        pytest.param("\u0915\u094d\u0937\u093f", 1, id="hindi conjunct"),
        pytest.param("\u0e19\u0e49\u0e33", 1, id="thai with marks"),
        pytest.param("\u65e5\u672c\u8a9e", 3, id="japanese"),
        pytest.param("\u0600\u0661", 1, id="prepended mark"),
        pytest.param("a\u200d\U0001f389", 2, id="joiner after a letter"),
        pytest.param("\u05e9\u05dc\u05d5\u05dd", 4, id="hebrew"),
        pytest.param("\u0627\u0644\u0644\u0647", 4, id="arabic"),
        pytest.param("a\u0300\u0301\u0302\u0303", 1, id="stacked marks"),
    ],
)
def test_a_cluster_is_what_a_reader_takes_for_one_character(text: str, expected: int) -> None:
    assert count_graphemes(text) == expected


def test_older_rules_take_an_indic_conjunct_apart() -> None:
    assert count_old_graphemes("\u0915\u094d\u0937\u093f") == 2


def test_a_hundred_thousand_marks_are_still_one_cluster() -> None:
    assert count_graphemes("a" + "\u0301" * 100_000) == 1


@pytest.mark.parametrize("cluster", [PARTY, FAMILY, FLAG, KEYCAP, WAVE, "\u2764\ufe0f", "\u231a"])
def test_pictures_are_emoji(cluster: str) -> None:
    assert is_emoji(cluster)


@pytest.mark.parametrize("cluster", ["a", "3", "#", "\u263a", "\u00a9", "\u65e5"])
def test_letters_and_plain_symbols_are_no_emoji(cluster: str) -> None:
    assert not is_emoji(cluster)
