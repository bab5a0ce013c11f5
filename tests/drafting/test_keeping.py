"""A voice is bounded and learns nothing twice."""

from hypothesis import given
from hypothesis import strategies as st

from galley.drafting.lessons import MOST_BYTES, MOST_KEPT, forgotten, learned
from galley.models.brand import LESSON_TEXT, Lesson, VoiceInput, VoiceState
from galley.models.network import Platform
from tests.drafting.making import LESSONS, lesson

_HEARD = st.lists(st.lists(LESSONS, max_size=60), max_size=4)


def told(*lessons: Lesson, to: VoiceState | None = None) -> VoiceState:
    return learned(to or VoiceState(), lessons)


@given(_HEARD)
def test_what_a_run_is_handed_stays_below_64_kib(heard: list[list[Lesson]]) -> None:
    state = VoiceState()
    for some in heard:
        state = learned(state, some)

    handed = VoiceInput(brand="b", name="n" * 120, state=state)
    assert len(handed.model_dump_json().encode()) <= 64 * 1024
    assert len(state.lessons) <= MOST_KEPT
    sizes = [len(one.model_dump_json().encode()) + 1 for one in state.lessons]
    assert sum(sizes) <= MOST_BYTES


@given(_HEARD)
def test_telling_all_again_changes_nothing(heard: list[list[Lesson]]) -> None:
    state = VoiceState()
    for some in heard:
        state = learned(state, some)

    for some in heard:
        assert learned(state, some) == state


@given(st.lists(LESSONS, min_size=1, max_size=150))
def test_the_newest_lesson_always_stays(heard: list[Lesson]) -> None:
    first_told = {one.id: one for one in reversed(heard)}
    newest = next(o for o in reversed(heard) if first_told[o.id] is o)

    assert told(*heard).lessons[-1] == newest


def test_the_newest_stays_even_where_its_network_takes_most_room() -> None:
    # Each such letter takes six bytes of JSON.
    large = "\u0001" * LESSON_TEXT
    others = (Platform.X, Platform.TIKTOK, Platform.THREADS)
    known = [lesson(n, one, before=large, after=large) for n, one in enumerate(others)]
    newest = lesson(9, Platform.BLUESKY, before=large, after=large)

    kept = told(*known, newest).lessons

    assert kept[-1] == newest
    assert len(kept) == len(known)


def test_a_busy_network_does_not_push_out_what_others_taught() -> None:
    quiet = lesson(0, Platform.MASTODON)
    storm = [lesson(n, before="b" * 1000, after="a" * 1000) for n in range(1, 200)]

    kept = told(quiet, *storm).lessons

    assert kept[0] == quiet
    assert kept[-1] == storm[-1]
    assert list(kept[1:]) == storm[-len(kept) + 1 :]


def test_a_lesson_of_another_revision_is_another_lesson() -> None:
    state = told(lesson(1), lesson(1, revision=3), lesson(1))

    assert [one.revision for one in state.lessons] == [2, 3]


def test_what_was_forgotten_is_not_learned_again() -> None:
    state = told(lesson(1), lesson(2), lesson(3))

    one_less = forgotten(state, "key:2")
    none = forgotten(state)

    assert [one.post_key for one in one_less.lessons] == ["key:1", "key:3"]
    assert told(lesson(2), to=one_less) == one_less
    assert none.lessons == ()
    assert told(lesson(1), lesson(4), to=none).lessons == (lesson(4),)
