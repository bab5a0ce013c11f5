"""What is read aloud is what is shown, and each scene stands while it is said."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galley.media.errors import MediaError
from galley.media.scenes import (
    END_SECONDS,
    HOOK,
    MOST_SECONDS,
    SCENE,
    Scene,
    script_of,
    spoken_scenes,
    timed,
    weight_of,
)
from galley.models.draft import Draft

_PAUSES = st.lists(
    st.tuples(st.floats(0, 60), st.floats(0, 2)).map(lambda p: (p[0], p[0] + p[1])), max_size=12
)
_SCENES = st.lists(
    st.text("abc ", min_size=1, max_size=150).map(lambda text: Scene(text, 3)),
    min_size=1,
    max_size=10,
)


@settings(max_examples=100, deadline=None)
@given(_SCENES, st.floats(0.5, 60), _PAUSES)
def test_scenes_are_together_as_long_as_the_speech(
    scenes: list[Scene], seconds: float, pauses: list[tuple[float, float]]
) -> None:
    found = timed(scenes, seconds, pauses)

    assert [scene.text for scene in found] == [scene.text for scene in scenes]
    assert sum(scene.seconds for scene in found) == pytest.approx(seconds)
    assert all(scene.seconds > 0 for scene in found)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=900), st.text(max_size=200))
def test_every_card_has_room_for_its_words_and_the_film_an_end(text: str, headline: str) -> None:
    try:
        scenes = spoken_scenes(Draft(text=text, headline=headline))
    except MediaError:
        return

    assert weight_of(scenes[0].text) <= HOOK or len(scenes[0].text) == 1
    assert all(weight_of(scene.text) <= SCENE for scene in scenes)
    assert sum(scene.seconds for scene in scenes) + END_SECONDS <= MOST_SECONDS
    assert len(scenes) == 1 or not scenes[-1].goes_on


def test_a_scene_ends_in_the_pause_behind_its_words() -> None:
    scenes = [Scene("a" * 40, 3), Scene("b" * 40, 3), Scene("c" * 40, 3)]
    commas, ends = [(1.0, 1.2), (5.4, 5.6)], [(2.4, 2.9), (6.3, 6.8)]

    found = timed(scenes, 9.0, sorted([*commas, *ends]))

    assert [scene.seconds for scene in found] == pytest.approx([2.65, 3.9, 2.45])


def test_without_a_pause_each_scene_has_its_share_of_the_words() -> None:
    first, second = timed([Scene("a" * 15, 3), Scene("b" * 35, 3)], 9.0, [])

    assert (first.seconds, second.seconds) == pytest.approx((3.0, 6.0))


def test_a_long_sentence_is_shown_in_parts_and_said_as_one() -> None:
    clause = "the ferry leaves the harbour at nine in the morning, "
    draft = Draft(headline="Nine, not ten", text=f"{(clause * 4).strip(', ')}. So be.")

    scenes = spoken_scenes(draft)

    assert [scene.goes_on for scene in scenes] == [False, True, False, False]
    assert "…" not in "".join(scene.text for scene in scenes)
    assert script_of(scenes).splitlines() == [
        "Nine, not ten.",
        f"{(clause * 4).strip(', ')}.",
        "So be.",
    ]


def test_what_a_model_takes_for_a_command_is_not_said() -> None:
    draft = Draft(text="Wait <#99#> for it. [whispers] It *opens* {now}.")

    script = script_of(spoken_scenes(draft))

    assert not re.search(r"[<>\[\]{}#*]", script)
    assert "opens" in script
