"""The two lines of a caption are even, and break where one pauses."""

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.media.caption_lines import COLUMNS, Shown, columns, grouped, lines_of
from galley.media.line_breaks import leans
from galley.media.typefaces import phrased
from galley.sources.spoken_words import is_glued

_WORDS = [
    "a",
    "the",
    "river",
    "ferry,",
    "harbour.",
    "25",
    "時刻表は",
    "誰も",
    "待つ。",
    "extraordinary",
]


def _shown(texts: Sequence[str]) -> list[Shown]:
    return [Shown(at * 0.3, at * 0.3 + 0.3, text) for at, text in enumerate(texts)]


def _lines(texts: list[str], language: str = "en") -> list[str]:
    words = _shown(texts)
    glue = "" if all(is_glued(a, b) for a, b in itertools.pairwise(texts)) else " "
    return [glue.join(texts[at] for at in line) for line in lines_of(words, language)]


@given(st.lists(st.sampled_from(_WORDS), min_size=1, max_size=14), st.sampled_from(["en", "ja"]))
def test_each_word_is_on_one_line_in_its_order_and_no_line_is_too_wide(
    texts: list[str], language: str
) -> None:
    words = _shown(texts)
    groups = [*grouped(words, language)]

    assert [word for group in groups for word in group] == words
    for group in groups:
        lines = lines_of(group, language)
        assert [at for line in lines for at in line] == [*range(len(group))]
        assert len(lines) <= 2
        for line in lines:
            said = [group[at].text for at in line]
            gaps = sum(not is_glued(a, b) for a, b in itertools.pairwise(said))
            wide = sum(map(columns, said)) + gaps
            assert wide <= COLUMNS or (len(lines) == 1 and wide <= 1.25 * COLUMNS)


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        ("It crossed the river", ["It crossed", "the river"]),
        ("nobody ever asked a man", ["nobody ever", "asked a man"]),
        ("the road to the bridge", ["the road", "to the bridge"]),
        ("and so it goes, my friend", ["and so it goes,", "my friend"]),
    ],
)
def test_lines_are_even_and_end_where_one_pauses(said: str, lines: list[str]) -> None:
    assert _lines(said.split()) == lines


@pytest.mark.parametrize(
    "said",
    [
        "フェリーなら、誰も待たされない。",
        "行列は、誰も書き留めなかった。",
        "今天的渡轮没有人需要等待。",
    ],
)
def test_no_phrase_of_a_letter_or_two_is_alone_on_a_line(said: str) -> None:
    language = "zh" if "渡" in said else "ja"
    phrases = phrased(said, language).split("\u200b")
    for group in grouped(_shown(phrases), language):
        lines = ["".join(group[at].text for at in line) for line in lines_of(group, language)]
        assert min(map(len, lines)) > 2 or len(lines) == 1, lines


def test_a_caption_ends_where_one_pauses() -> None:
    said = "The town had built a bridge and the ferry had to stop in the autumn of that year."
    groups = [*grouped(_shown(said.split()), "en")]

    assert not [group for group in groups[:-1] if leans(group[-1].text, "en")], groups
