"""Which lessons a draft is given."""

from hypothesis import given
from hypothesis import strategies as st

from galley.models import Lesson, Platform
from galley.voice.choosing import MOST_LESSONS, chosen, size_of
from tests.voice.making import LESSONS, lesson

_SOME = st.lists(LESSONS, max_size=40)
_PLATFORMS = st.sampled_from(Platform)


def test_the_same_network_comes_first_then_the_newest() -> None:
    known = [
        lesson(1, Platform.X),
        lesson(2, Platform.LINKEDIN),
        lesson(3, Platform.X),
        lesson(4, Platform.MASTODON),
    ]

    order = [one.post_key for one in chosen(known, Platform.X)]

    assert order == ["key:3", "key:1", "key:4", "key:2"]


def test_what_says_the_same_is_given_once() -> None:
    same = [lesson(n, before="b", after="a") for n in range(3)]

    assert chosen(same, Platform.X) == (same[2],)


def test_one_that_does_not_fit_leaves_its_room_to_the_next() -> None:
    long, short = lesson(2, before="b" * 400), lesson(1)

    assert chosen([short, long], Platform.X, 300) == (short,)


@given(_SOME, _PLATFORMS, st.integers(0, 4000))
def test_what_is_chosen_is_bounded_known_and_in_order(
    known: list[Lesson], platform: Platform, most: int
) -> None:
    found = chosen(known, platform, most)

    assert sum(map(size_of, found)) <= most
    assert len(found) <= MOST_LESSONS
    assert all(one in known for one in found)
    order = [
        (one.platform is not platform, -one.learned_at.timestamp()) for one in found
    ]
    assert order == sorted(order)


@given(_SOME, _PLATFORMS)
def test_nothing_left_out_would_have_come_before_what_is_chosen(
    known: list[Lesson], platform: Platform
) -> None:
    found = chosen(known, platform)
    left = 3_000 - sum(map(size_of, found))
    said = {(one.before, one.after, one.reason) for one in found}

    if len(found) < MOST_LESSONS:
        for one in known:
            words = (one.before, one.after, one.reason)
            assert words in said or size_of(one) > left
