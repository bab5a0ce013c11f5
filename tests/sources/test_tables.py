"""Tables of campaigns."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.sources.prompts import read_prompts
from galley.sources.tables import MAX_ROWS, Row, is_table, read_rows
from galley.sources.text import SourceError

CSV = b"""prompt,Title,platforms,when,notes
"The ferry runs at night, always",Night,x; linkedin,tomorrow 9:00,Be brief
,,,,
Tell of the captain,,,,
"""
YAML = b"""campaigns:
- prompt: The ferry runs at night
  platforms: [x, linkedin]
  start_at: 2026-12-01 09:00
  variants: 3
  threads: true
- prompt: Tell of the captain
"""


def test_a_row_of_a_csv_file_says_what_where_and_when() -> None:
    first, second = read_rows(CSV, "plan.csv")

    assert first == Row(
        number=2,
        prompt="The ferry runs at night, always",
        title="Night",
        platforms=("x", "linkedin"),
        start_at="tomorrow 9:00",
        notes="Be brief",
    )
    assert (second.number, second.prompt) == (4, "Tell of the captain")
    assert second.platforms == ()


def test_a_yaml_list_of_campaigns_says_the_same() -> None:
    first, second = read_rows(YAML, "plan.yaml")

    assert first.platforms == ("x", "linkedin")
    assert first.start_at == "2026-12-01 09:00"
    assert (first.variants, first.threads) == ("3", "True")
    assert second.prompt == "Tell of the captain"


def test_only_a_csv_file_or_a_list_of_campaigns_is_a_table() -> None:
    assert is_table(CSV, "plan.csv")
    assert is_table(YAML, "plan.yml")
    assert not is_table(b"- prompt: x", "prompts.yaml")
    assert not is_table(CSV, "plan.txt")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"title\nx", "no column prompt"),
        (b"prompt,colour\nx,red", "'colour' that is not known"),
        (b"prompt,when,time\nx,,", "two columns start_at"),
        (b"prompt\n", "holds no campaign"),
        (b'prompt\n"x', "broken at line 2"),
        (b"prompt\nx,y,z", "line 2: there are more fields"),
        (b"prompt,title\n,only a title", "row 2: the prompt is empty"),
        (b"prompt\n" + b"x" * 2_001, "row 2: the prompt is longer"),
        (b"prompt\n" + b"x\n" * (MAX_ROWS + 1), "more than 500"),
        (b"\xff", "not UTF-8"),
    ],
)
def test_a_table_that_cannot_be_used_says_where(data: bytes, says: str) -> None:
    with pytest.raises(SourceError, match=says):
        read_rows(data, "plan.csv")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"campaigns: 3", "no list"),
        (b"campaigns:\n- just words", "no mapping"),
        (b"campaigns: [", "broken at line"),
        (b"- campaigns:", "no list"),
    ],
)
def test_a_yaml_table_that_cannot_be_used_says_why(data: bytes, says: str) -> None:
    with pytest.raises(SourceError, match=says):
        read_rows(data, "plan.yaml")


words = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=30)


@given(st.lists(st.tuples(words, words), min_size=1, max_size=10))
def test_every_row_comes_back_as_a_prompt_list_of_its_own(rows: list[tuple[str, str]]) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([("prompt", "title"), *rows])
    try:
        read = read_rows(out.getvalue().encode(), "plan.csv")
    except SourceError:
        return  # only characters that nobody sees
    for row in read:
        document = read_prompts(row.as_prompt_file(), "row.yaml")
        assert document.prompts == (row.prompt,)


@pytest.mark.parametrize("last", ["[*a29]", "*a29", "!!omap [k: *a29]"])
def test_an_alias_bomb_in_a_table_is_never_written_out(last: str) -> None:
    nested = "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 30))
    page = f"a0: &a0 bang\n{nested}campaigns: [{{prompt: Ferry, notes: {last}}}]\n"

    # A thousand million words, if it were.
    with pytest.raises(SourceError, match="without aliases"):
        read_rows(page.encode(), "plan.yaml")
