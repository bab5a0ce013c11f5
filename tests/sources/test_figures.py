"""What of a source can be drawn, and that nothing is drawn which it has not."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.sources.figures import MOST_COLUMNS, MOST_LINES, chart_of, codes_of, points_of
from galley.sources.markdown import read_markdown

TABLE = """\
Month | p99 latency | Orders
Jan | 420 ms | 1,200
Feb | 310 ms | 3,400
Mar | 95.5 ms | 12,900"""


def worth(text: str) -> list[float]:
    chart = chart_of(text)
    return [bar.value for bar in chart.bars] if chart else []


def test_a_table_becomes_a_chart_of_its_first_numbers() -> None:
    chart = chart_of(f"Words before.\n\n{TABLE}\n\nWords after.")

    assert chart is not None
    assert (chart.title, chart.is_line) == ("p99 latency", False)
    assert [(bar.label, bar.shown, bar.value) for bar in chart.bars] == [
        ("Jan", "420 ms", 420.0),
        ("Feb", "310 ms", 310.0),
        ("Mar", "95.5 ms", 95.5),
    ]


def test_a_list_of_labels_and_numbers_becomes_a_chart() -> None:
    assert worth("- Postgres: 42 %\n- MySQL: 31.5 %\n- Other: 26.5 %") == [42, 31.5, 26.5]


def test_years_follow_one_another_on_a_line() -> None:
    chart = chart_of("Year | Orders\n2021 | 5\n2022 | 9\n2023 | 4")
    assert chart is not None
    assert chart.is_line


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1,200", 1200),
        ("1.200.000", 1_200_000),
        ("1 200", 1200),
        ("3,5", 3.5),
        ("1,234.56", 1234.56),
        ("1.234,56", 1234.56),
        ("$12.40", 12.4),
        ("\u0661\u0662", 12),
    ],
)
def test_a_number_is_worth_what_it_says(written: str, value: float) -> None:
    prefix = "$" if "$" in written else ""
    rows = "\n".join(f"{label} | {prefix}{n}" for label, n in (("b", 7), ("c", 8)))
    assert worth(f"What | How many\na | {written}\n{rows}") == [value, 7, 8]


@pytest.mark.parametrize(
    "rows",
    [
        "a | -4\nb | 5\nc | 6",  # less than nothing has no bar
        "a | 4 ms\nb | 5 s\nc | 6 ms",  # of different units
        "a | 1,2,3\nb | 5\nc | 6",  # no number
        "a | 10.20.30\nb | 5\nc | 6",
        "a | 4\na | 5\nc | 6",  # the same label twice
        "a | 0\nb | 0\nc | 0",
        "a | 4\nb | 5",  # too few
        "\n".join(f"row {n} | {n}" for n in range(9)),  # too many
    ],
)
def test_what_cannot_be_compared_is_no_chart(rows: str) -> None:
    assert chart_of(f"What | How many\n{rows}") is None


@given(st.text("0123456789abc%.,:|- \n", max_size=200))
def test_every_number_of_a_chart_stands_in_the_source(text: str) -> None:
    chart = chart_of(text)
    for bar in chart.bars if chart else ():
        assert bar.label in " ".join(text.split())
        assert bar.shown in text
        assert bar.value >= 0
        assert re.search(r"\d", bar.shown)


def test_code_keeps_its_language_and_every_space() -> None:
    source = b"# T\n\nWords.\n\n```python title='a'\ndef f():\n\n    return 1\n```\n"
    (code,), is_there = codes_of(read_markdown(source, "a.md").text)

    assert is_there
    assert (code.language, code.text) == ("python", "def f():\n\n    return 1")


@pytest.mark.parametrize("code", ["x\n" * (MOST_LINES + 1), "x" * (MOST_COLUMNS + 1)])
def test_code_that_is_too_long_is_there_and_not_drawn(code: str) -> None:
    assert codes_of(f"```\n{code}\n```") == ((), True)
    (short,), _ = codes_of(f"```\n{code}\n```\n\n```\nshort\n```")
    assert short.text == "short"
    assert codes_of("no code") == ((), False)


def test_the_block_of_code_that_says_most_comes_first() -> None:
    shell = "```sh\npip install ferry\n```"
    program = (
        "```python\nasync def board(ferry):\n    await ferry.ready()\n    return ferry.gate\n```"
    )
    codes, _ = codes_of(f"{shell}\n\n{program}\n\n```\n1 2 3 4 5 6 7 8\n9 10 11 12\n```")

    assert [code.language for code in codes] == ["python", "sh", ""]
    about, _ = codes_of(f"{shell}\n\n{program}", "Install it")
    assert [code.language for code in about] == ["sh", "python"]


def test_points_are_the_first_list_or_else_the_headings() -> None:
    points = points_of("Words.\n\n- one\n- two\n- three\n\n## A\n\n## B\n\n## C")
    assert points is not None
    assert points.points == ("one", "two", "three")
    headings = points_of("## A\n\nWords.\n\n## B\n\n- one\n- two\n\n## C")
    assert headings is not None
    assert headings.points == ("A", "B", "C")
    assert points_of("- one\n- two") is None
    long = " and more of it, to be read by nobody on a card that a phone shows in the street"
    steps = points_of("- x\n- y\n- z\n\n1. Measure it. Then" + long + "\n2. Wash it.\n3. Dry it.")
    assert steps is not None
    assert (steps.points, steps.is_ordered) == (("Measure it.", "Wash it.", "Dry it."), True)
    assert points_of("- " + "long " * 40 + "\n- b\n- c") is None
