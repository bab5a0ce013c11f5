"""A film shows the hook first, then what is said, and has time for all of it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galley.media.errors import MediaError
from galley.media.line_breaks import leans
from galley.media.scenes import END_SECONDS, HOOK_SECONDS, MOST_SECONDS, scenes_of
from galley.models.draft import Draft


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=600), st.text(max_size=120))
def test_a_film_is_never_longer_than_networks_take(text: str, headline: str) -> None:
    try:
        scenes = scenes_of(Draft(text=text, headline=headline))
    except MediaError:
        return

    assert scenes[0].seconds >= HOOK_SECONDS
    assert sum(scene.seconds for scene in scenes) + END_SECONDS <= MOST_SECONDS
    assert len({scene.text for scene in scenes}) == len(scenes)


def test_the_hook_comes_first_and_nothing_is_shown_twice() -> None:
    draft = Draft(headline="One job.", text="One job. It appears once. Read on: https://a.example")

    assert [s.text for s in scenes_of(draft)] == ["One job.", "It appears once."]


def test_links_and_tags_are_not_shown() -> None:
    draft = Draft(text="Ship it.\n\nhttps://example.com/a?b=c\n\n#ship #it")

    assert [scene.text for scene in scenes_of(draft)] == ["Ship it."]


def test_longer_words_stand_longer() -> None:
    draft = Draft(headline="Go.", text="Short one. A sentence that is a good deal longer.")
    _, short, long = scenes_of(draft)

    assert short.seconds < long.seconds


def test_a_long_sentence_is_shown_in_parts_of_two_to_four_seconds() -> None:
    scenes = scenes_of(Draft(headline="Go.", text=f"{'A longer sentence ' * 8}ends."))

    assert len(scenes) > 2
    assert all(2 <= scene.seconds <= 4 for scene in scenes)
    assert scenes[-1].text.endswith("ends.")


def test_no_part_of_a_sentence_ends_with_a_word_that_leans_on_the_next() -> None:
    text = (
        "Until then 1,904 people a month stood at the stop and watched it leave, because the "
        "timetable was written for a zone without any trains at all in the years of the war."
    )
    shown = [scene.text for scene in scenes_of(Draft(headline="Go.", text=text))]

    assert " ".join(shown[1:]) == text
    assert not [part for part in shown if leans(part.split()[-1], "en")], shown


def test_a_draft_without_words_makes_no_film() -> None:
    with pytest.raises(MediaError, match="no words to film"):
        scenes_of(Draft(text="https://example.com/"))
