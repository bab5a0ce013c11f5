"""What edits have in common is counted: openings and lengths, on one network or on all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.drafting.habits import Opening, habits_in, opening_of
from galley.drafting.messages import drafts_message
from galley.drafting.persona import lessons_block
from galley.models.brand import Lesson
from galley.models.network import Platform
from tests.drafting.making import lesson

BEFORE = "The ledger is green. Two clerks count. In 1931 the roof fell. Nobody spoke."
FIGURE_FIRST = "In 1931 the roof fell. Two clerks count. Nobody spoke at all. It rained."


def edit(number: int, after: str, platform: Platform = Platform.X) -> Lesson:
    one = lesson(number, before=BEFORE, after=after)
    return one.model_copy(update={"platform": platform})


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("\u201eIch sah R\u00fccken.\u201c Das schrieb er.", Opening.SPOKEN),
        ("Who pays? We do.", Opening.QUESTION),
        ("In 1931 the roof fell.", Opening.FIGURE),
        ("The roof fell. In 1931.", None),
        ("", None),
    ],
)
def test_openings_are_told_apart_by_their_form(text: str, kind: Opening | None) -> None:
    assert opening_of(text) is kind


def test_an_opening_that_is_changed_most_times_is_a_habit_of_its_network() -> None:
    kept = BEFORE.replace("Nobody spoke.", "Nobody said a word.")

    assert habits_in([edit(1, FIGURE_FIRST)]) == ()
    assert habits_in([edit(1, FIGURE_FIRST), edit(2, kept), edit(3, kept)]) == ()
    assert habits_in([edit(1, FIGURE_FIRST), edit(2, FIGURE_FIRST), edit(3, kept)]) == (
        "Openings on X: 2 of 3 went out with a figure first, 0 were proposed so.",
    )


def test_an_opening_without_a_kind_of_its_own_is_a_habit_too() -> None:
    edits = [edit(n, "Nobody spoke. The ledger is green. It rained. It snowed.") for n in (1, 2)]

    assert habits_in(edits) == ("Openings on X: 2 of 2 have another first sentence.",)


def test_a_kind_that_was_proposed_as_often_is_no_habit() -> None:
    edits = [lesson(n, before="In 1931 it fell. A.", after="In 1931 it fell. B.") for n in (1, 2)]

    assert habits_in(edits) == ()


def test_what_holds_everywhere_is_said_once() -> None:
    networks = (Platform.X, Platform.LINKEDIN, Platform.THREADS)
    edits = [edit(n, "In 1931 the roof fell. It rained.", one) for n, one in enumerate(networks)]

    assert habits_in(edits) == (
        "Openings on all networks: 3 of 3 went out with a figure first, 0 were proposed so.",
        "Length on all networks: about 4 sentences, then about 2.",
    )


@given(
    st.lists(
        st.tuples(st.text(max_size=40), st.text(max_size=40), st.sampled_from(list(Platform))),
        max_size=6,
    )
)
def test_any_edits_are_counted_in_lines_of_their_own(
    edits: list[tuple[str, str, Platform]],
) -> None:
    lessons = [
        lesson(n, before=a, after=b).model_copy(update={"platform": one})
        for n, (a, b, one) in enumerate(edits)
    ]

    for line in habits_in(lessons):
        assert "\n" not in line
        assert line.startswith(("Openings on ", "Length on "))


def test_whoever_writes_and_whoever_chooses_is_told_habits_and_angles() -> None:
    told = [edit(n, FIGURE_FIRST).model_copy(update={"angle": "the roof"}) for n in (1, 2)]
    block = lessons_block(told)

    message = drafts_message([("x", ["body: [1] One."])], lessons=told)

    assert "Openings on X: 2 of 2 went out with a figure first, 0 were proposed so." in block
    assert block.count("Angle: the roof") == 2
    assert block in message
    assert message.startswith("Choose one draft for each network.")
    assert "lessons" not in drafts_message([("x", ["body: [1] One."])])
