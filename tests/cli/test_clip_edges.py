"""The edges of a clip, as typed, are places in the recording."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.errors import CommandError
from cli.input.words import edges_of
from galley.models.media import Clip, clock


@pytest.mark.parametrize(
    ("typed", "start", "end"),
    [
        ("1:02-1:40.5", 62, 100.5),
        ("01:02-01:40", 62, 100),
        ("62 - 100.5", 62, 100.5),
        ("1:00:09\N{EN DASH}1:00:30", 3609, 3630),
    ],
)
def test_edges_are_read(typed: str, start: float, end: float) -> None:
    assert edges_of(typed) == Clip(start=start, end=end)


@pytest.mark.parametrize(
    "typed", ["", "1:02", "1:40-1:02", "1:02-1:03", "0:00-9:00", "a-b", "1:2-1:40"]
)
def test_what_are_no_edges_is_refused_with_what_to_do(typed: str) -> None:
    with pytest.raises(CommandError, match=r"--clip|seconds") as refused:
        edges_of(typed)
    assert refused.value.code == 2


@given(st.integers(0, 140_000), st.integers(30, 1800))
def test_edges_that_are_shown_can_be_typed(tenths: int, long: int) -> None:
    clip = Clip(start=tenths / 10, end=(tenths + long) / 10)

    assert edges_of(f"{clock(clip.start)}-{clock(clip.end)}") == clip
