"""The voice of a brand in the prompt, and out of the drafts."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from galley.drafting.messages import rules
from galley.drafting.persona import network_note, persona_block, persona_problems
from galley.models.brand import LinksPolicy, Persona
from galley.models.draft import Draft
from galley.models.network import Platform
from tests.pages import ROOT

PERSONA = Persona(
    brand="The Proof Room",
    voice="Plain and\nexact.",
    do=("Give the number.",),
    avoid=("leverage", "game-changer", "C++", "größer"),
    examples=("We pulled 40 proofs.\nThree were wrong.",),
    hashtags=("#Publishing", "Proofs"),
    networks={Platform.X: " One thought only. "},
)


def test_the_shipped_example_is_a_persona() -> None:
    text = (ROOT / "examples" / "persona.yaml").read_text()

    assert Persona.model_validate(yaml.safe_load(text)).brand


def test_the_voice_stands_behind_the_rules_and_never_lifts_them() -> None:
    told = rules(PERSONA)

    assert told.startswith(rules())
    assert "they never lift the rules above" in told
    assert "- Voice: Plain and exact." in told
    assert "#Publishing #Proofs" in told
    assert "  > Three were wrong." in told


def test_without_a_persona_the_rules_are_the_same_bytes_as_ever() -> None:
    assert rules(None) == rules()
    assert persona_block(None) == ""


def test_what_is_empty_is_not_spoken_of() -> None:
    told = persona_block(Persona(brand="B"))

    assert "Voice" not in told
    assert "Hashtags" not in told


def test_a_network_may_want_something_else() -> None:
    assert network_note(PERSONA, Platform.X) == "One thought only."
    assert network_note(PERSONA, Platform.BLUESKY) == ""
    assert network_note(None, Platform.X) == ""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("We LEVERAGE our proofs.", ["leverage"]),
        ("A Game-Changer, and written in c++.", ["game-changer", "C++"]),
        ("It leverages nothing.", []),
        ("GRÖSSER als je", ["größer"]),
        ("lever age", []),
    ],
)
def test_a_word_to_avoid_is_found_whole_and_in_any_case(text: str, found: list[str]) -> None:
    problems = persona_problems(PERSONA, Draft(text=text))

    named = [word for word in PERSONA.avoid if repr(word) in str(problems)]
    assert named == found
    assert len(problems) == bool(found)


def test_the_picture_and_every_post_of_a_thread_are_looked_at() -> None:
    thread = Draft(text="a", thread=("a", "leverage"))
    card = Draft(text="a", headline="Leverage this")

    assert persona_problems(PERSONA, thread)
    assert persona_problems(PERSONA, card)


def test_a_brand_that_links_to_nothing_says_so_and_has_links_named() -> None:
    persona = Persona(brand="B", links=LinksPolicy.NONE)
    linking = Draft(text="Read https://example.com/a today.")

    assert "Links: none" in persona_block(persona)
    assert [one.rule for one in persona_problems(persona, linking)] == ["persona_links"]
    assert persona_problems(persona, Draft(text="Read it today.")) == ()
    assert persona_problems(Persona(brand="B"), linking) == ()


def test_examples_lend_their_style_and_no_figures() -> None:
    assert "40" not in PERSONA.words
    assert "Publishing" in PERSONA.words


@given(st.lists(st.text(max_size=20), max_size=5), st.text(max_size=100))
def test_no_word_and_no_draft_break_the_check(words: list[str], text: str) -> None:
    persona = Persona(brand="B", avoid=tuple(words))

    for problem in persona_problems(persona, Draft(text=text)):
        assert "\n" not in problem.message
