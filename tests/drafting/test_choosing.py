"""Which lessons a draft is given."""

from hypothesis import given
from hypothesis import strategies as st

from galley.drafting.lessons import MOST_CHARACTERS, MOST_LESSONS, chosen, size_of
from galley.models.brand import Lesson, LessonKind
from galley.models.network import Platform
from tests.drafting.making import LESSONS, lesson

_SOME = st.lists(LESSONS, max_size=40)
_PLATFORMS = st.sampled_from(Platform)


def keys(found: tuple[Lesson, ...]) -> list[str]:
    return [one.post_key.removeprefix("key:") for one in found]


def test_the_same_network_comes_first_then_the_newest() -> None:
    known = [
        lesson(1, Platform.X, after="one"),
        lesson(2, Platform.LINKEDIN, after="two"),
        lesson(3, Platform.X, after="three"),
        lesson(4, Platform.MASTODON, after="four"),
    ]

    assert keys(chosen(known, Platform.X)) == ["3", "1", "4", "2"]


def test_what_makes_the_same_change_comes_after_what_makes_another() -> None:
    same = [
        lesson(n, before=f"We leverage {n} boats.", after=f"We use {n} boats.") for n in (3, 4, 5)
    ]
    old = lesson(1, before="It was very cold.", after="It was cold.")
    reason = lesson(2, kind=LessonKind.REJECTED, after="", reason="too smooth")

    found = chosen([old, reason, *same], Platform.X)

    assert keys(found) == ["5", "2", "1", "4", "3"]


def test_a_sentence_that_was_cut_does_not_hide_a_word_that_was_cut() -> None:
    whole = lesson(2, before="Go. It was very cold.", after="Go.")
    word = lesson(1, before="A very old boat.", after="An old boat.")
    again = lesson(3, before="Stay. It was very cold.", after="Stay.")

    assert keys(chosen([word, whole, again], Platform.X)) == ["3", "1", "2"]


def test_what_teaches_a_length_is_not_pushed_out_by_newer_words() -> None:
    lengths = [
        lesson(n, before=f"It is {n}. It is boat {n}.", after=f"It is {n}.") for n in (1, 2, 3)
    ]
    words = [lesson(n, after=f"word{n}") for n in range(4, 40)]

    found = keys(chosen([*lengths, *words], Platform.X))

    assert found[:4] == ["3", "2", "39", "38"]
    assert len(found) == MOST_LESSONS


def test_one_that_does_not_fit_leaves_its_room_to_the_next() -> None:
    long, short = lesson(2, before="b" * 400), lesson(1)

    assert chosen([short, long], Platform.X, 300) == (short,)


@given(_SOME, _PLATFORMS, st.integers(0, 4000))
def test_what_is_chosen_is_bounded_known_and_begins_with_its_network(
    known: list[Lesson], platform: Platform, most: int
) -> None:
    found = chosen(known, platform, most)

    assert sum(map(size_of, found)) <= most
    assert len(found) <= MOST_LESSONS
    assert all(one in known for one in found)
    if any(one.platform is platform and size_of(one) <= most for one in known):
        assert found[0].platform is platform


@given(_SOME, _PLATFORMS)
def test_nothing_is_left_out_that_there_was_room_for(
    known: list[Lesson], platform: Platform
) -> None:
    found = chosen(known, platform)
    left = MOST_CHARACTERS - sum(map(size_of, found))

    if len(found) < MOST_LESSONS:
        assert all(one in found or size_of(one) > left for one in known)
