"""Long sources: their parts, the places of quotations, and what a brief holds."""

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.models.source import BriefPoint, PartNotes, Passage
from galley.sources.briefs import (
    NOTES_BYTES,
    PASSAGES_BYTES,
    Noted,
    chosen_passages,
    chosen_points,
    chunks_of,
    parts_of,
    point_of,
    points_for,
)
from galley.sources.text import SHORTEST_QUOTE, locate, widened

texts = st.text(max_size=400) | st.lists(
    st.sampled_from(
        ["The ferry left at nine. ", "\n\n", "渡船九点离开。", "नाव चली गई। ", "a" * 40]
    ),
    max_size=60,
).map("".join)


@given(texts, st.integers(1, 200))
def test_the_parts_of_a_text_are_the_text_in_order_and_none_is_too_large(
    text: str, most: int
) -> None:
    parts = chunks_of(text, most)

    assert "".join(text[start:end] for start, end in parts) == text
    for start, end in parts:
        assert end > start
        size = len(text[start:end].encode(errors="surrogatepass"))
        assert size <= most or end - start == 1


def test_a_part_ends_with_a_paragraph_where_there_is_one() -> None:
    text = "One two three.\n\nFour five six.\n\nSeven eight nine."

    parts = [text[start:end] for start, end in chunks_of(text, 34)]

    assert parts[0] == "One two three.\n\nFour five six.\n\n"


@given(texts, st.integers(0, 400), st.integers(0, 400))
def test_what_stands_in_the_text_is_found_whatever_its_white_space(
    text: str, one: int, other: int
) -> None:
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    quote = re.sub(r"\s+", "  ", text[start:end])

    found = locate(quote, text)

    words = " ".join(quote.split())
    if len(words) < SHORTEST_QUOTE:
        assert found is None
    else:
        assert found is not None
        assert _bare(text[slice(*found)]) == _bare(words)


def _bare(text: str) -> str:
    plain = re.sub(r"[\u2018\u2019]", "'", re.sub(r"[\u201c\u201d]", '"', text))
    return "".join(re.sub(r"[\u2013\u2014]", "-", plain).split())


@pytest.mark.parametrize(
    "quote", ["The ferry left at ten o'clock.", "the ferry left at nine o'clock.", "ferry", ""]
)
def test_what_the_text_does_not_say_is_found_nowhere(quote: str) -> None:
    assert locate(quote, "Yes. The ferry left at nine o\u2019clock.") is None
    assert locate("The ferry left at nine o'clock.", "The ferry left at nine o\u2019clock.")


@given(texts, st.integers(0, 400), st.integers(0, 400))
def test_a_widened_span_holds_the_span_and_stays_in_the_text(
    text: str, one: int, other: int
) -> None:
    start, end = sorted((min(one, len(text)), min(other, len(text))))

    low, high = widened(text, start, end)

    held = text[start:end].strip()
    assert 0 <= low <= max(low, high) <= len(text)
    assert not held or held in text[low:high]


def noted(text: str, points: int) -> list[Noted]:
    found: list[Noted] = []
    for start, end in chunks_of(text, 2_000):
        part = text[start:end]
        sentences = re.findall(r"[^.]+\.", part)[:points]
        made = (point_of(s, s, n % 5 + 1, part) for n, s in enumerate(sentences))
        kept = tuple(one for one in made if one)
        found.append(((start, end), PartNotes(summary=sentences[0], points=kept)))
    return found


LONG = "\n\n".join(
    " ".join(f"In harbour {n} boat number {m} left at {n}:{m}." for m in range(10, 30))
    for n in range(100, 260)
)


def test_a_brief_keeps_its_size_its_order_and_its_words() -> None:
    parts = noted(LONG, points=20)

    points = chosen_points(parts, "")
    passages = chosen_passages(LONG, parts, "")

    notes = [p.summary for p in parts_of(parts)] + [p.point for p in points]
    assert sum(len(one.encode()) for one in notes) <= NOTES_BYTES
    assert sum(len(p.text.encode()) for p in passages) <= PASSAGES_BYTES
    for one in (*passages, *(p.span for p in points)):
        assert LONG[one.start : one.end] == one.text
    assert all(a.end <= b.start for a, b in itertools.pairwise(passages))
    assert [p.span.start for p in points] == sorted(p.span.start for p in points)
    assert passages[-1].start > len(LONG) * 0.9


def test_what_the_author_asks_for_comes_before_what_weighs_more() -> None:
    parts = noted(LONG, points=1)
    wanted = parts[-1][1]
    assert wanted is not None
    heavy = BriefPoint(point="Nothing of it.", span=Passage(start=0, end=1, text="I"), weight=5)
    both = PartNotes(summary="", points=(heavy, *wanted.points))

    best = chosen_passages(LONG, [(parts[-1][0], both)], "boat number ten, harbour")

    assert best[0].start >= parts[-1][0][0]


@given(st.integers(1, 10_000))
def test_more_parts_give_fewer_points_each_but_some(parts: int) -> None:
    assert 4 <= points_for(parts) <= 12
