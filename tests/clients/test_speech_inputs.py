"""What a model that reads aloud is asked: by its own schema, or not at all."""

from typing import Any

import pytest

from emulators.replicate.catalog import CATALOG
from galley.clients.model_inputs import (
    ModelInputError,
    WantedSpeech,
    avatar_inputs,
    speech_inputs,
    words_input,
)

MINIMAX = CATALOG["minimax/speech-2.8-turbo"].schema
WANTED = WantedSpeech("It sails.")


def schema(**properties: dict[str, Any]) -> dict[str, Any]:
    whole = {"type": "object", "properties": properties}
    return {"components": {"schemas": {"Input": whole}}}


def test_the_words_are_read_without_loss_in_the_language_they_are_in() -> None:
    assert speech_inputs(MINIMAX, WANTED, {}) == {
        "text": "It sails.",
        "audio_format": "flac",
        "language_boost": "Automatic",
    }


def test_the_voice_goes_where_the_model_wants_it() -> None:
    wanted = WantedSpeech("It sails.", "Rachel")
    other = schema(prompt={"type": "string"}, voice={"type": "string"})

    assert speech_inputs(MINIMAX, wanted, {})["voice_id"] == "Rachel"
    inputs = speech_inputs(other, wanted, {})
    assert inputs == {"prompt": "It sails.", "voice": "Rachel"}
    assert words_input(inputs) == "prompt"


def test_a_voice_that_the_model_lacks_is_refused_before_anything_is_paid() -> None:
    other = schema(text={}, voice={"type": "string", "enum": ["Ann"]})

    with pytest.raises(ModelInputError, match="GALLEY_SPEECH_VOICE"):
        speech_inputs(other, WantedSpeech("It sails.", "Rachel"), {})


@pytest.mark.parametrize(
    ("found", "wanted", "own", "told"),
    [
        (schema(image={}), WANTED, {}, "takes no text"),
        (schema(text={}), WantedSpeech("It sails.", "Ann"), {}, "no input for a voice"),
        (MINIMAX, WANTED, {"speed": 9}, "refuse speed"),
        (MINIMAX, WantedSpeech("long " * 9999), {}, "refuse text"),
    ],
    ids=["no text", "no voice", "own", "long"],
)
def test_what_cannot_be_asked_is_said(
    found: dict[str, Any], wanted: WantedSpeech, own: dict[str, object], told: str
) -> None:
    with pytest.raises(ModelInputError, match=told):
        speech_inputs(found, wanted, own)


def test_a_portrait_and_a_sound_go_where_the_model_wants_them() -> None:
    talk = CATALOG["bytedance/omni-human-1.5"].schema
    own = {"fast_mode": True}

    assert avatar_inputs(talk, "https://a/p", "https://a/s", own) == (
        {"image": "https://a/p", "audio": "https://a/s", "fast_mode": True},
        "audio",
    )
    with pytest.raises(ModelInputError, match="no picture with a sound"):
        avatar_inputs(MINIMAX, "https://a/p", "https://a/s", {})
