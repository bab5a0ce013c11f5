"""Make the inputs of models that speak, by the schema each publishes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from galley.clients.model_inputs import (
    ModelInputError,
    first_offered,
    input_properties,
    require_valid,
)

WORDS = ("text", "prompt", "input_text", "script")
"""What models call the words they are to say."""
_VOICES = ("voice_id", "voice", "speaker")
_PORTRAITS = ("image", "portrait", "face_image", "image_url", "input_image")
_SOUNDS = ("audio", "driven_audio", "audio_file", "audio_url", "input_audio")
_FORMATS = ("flac", "wav", "mp3")
_SETTINGS = "GALLEY_SPEECH_INPUT"


@dataclass(frozen=True)
class WantedSpeech:
    """What is wanted of a model. An empty ``voice`` is the model's own choice."""

    text: str
    voice: str = ""


def speech_inputs(
    schema: Mapping[str, Any], wanted: WantedSpeech, own: Mapping[str, object]
) -> dict[str, object]:
    """Return the inputs that have a text read aloud.

    Args:
        schema: The OpenAPI schema of the model.
        wanted: What is to be said, by which voice.
        own: Further inputs, from the settings; they count more.

    Raises:
        ModelInputError: It is no such model, or would refuse something.
    """
    properties = input_properties(schema)
    words = _named(properties, WORDS)
    if not words:
        raise ModelInputError("It takes no text: choose a model that reads aloud.")
    inputs: dict[str, object] = {words: wanted.text}
    for name in ("audio_format", "output_format", "format"):
        if chosen := first_offered(properties, name, _FORMATS):
            inputs[name] = chosen
    if chosen := first_offered(properties, "language_boost", ("Automatic",)):
        inputs["language_boost"] = chosen
    if wanted.voice:
        voice = _named(properties, _VOICES)
        if not voice:
            raise ModelInputError(
                f"It has no input for a voice: unset GALLEY_SPEECH_VOICE, or name the "
                f"input in {_SETTINGS}."
            )
        inputs[voice] = wanted.voice
    inputs |= own
    require_valid(schema, inputs, f"{_SETTINGS} or GALLEY_SPEECH_VOICE")
    return inputs


def avatar_inputs(
    schema: Mapping[str, Any], portrait: str, sound: str, own: Mapping[str, object]
) -> tuple[dict[str, object], str]:
    """Return the inputs that have a portrait say a sound, and the name of the sound's.

    Args:
        schema: The OpenAPI schema of the model.
        portrait: Where the model finds the picture.
        sound: Where it finds the sound.
        own: Further inputs, from the settings; they count more.

    Raises:
        ModelInputError: It is no such model, or would refuse something.
    """
    properties = input_properties(schema)
    picture, heard = _named(properties, _PORTRAITS), _named(properties, _SOUNDS)
    if not (picture and heard):
        raise ModelInputError(
            "It takes no picture with a sound: choose a model that makes one speak."
        )
    inputs = {picture: portrait, heard: sound, **own}
    require_valid(schema, inputs, "GALLEY_AVATAR_INPUT")
    return inputs, heard


def words_input(inputs: Mapping[str, object]) -> str:
    """Return the name of the input that holds the words."""
    return next((name for name in WORDS if name in inputs), WORDS[0])


def _named(properties: Mapping[str, object], names: tuple[str, ...]) -> str:
    return next((name for name in names if name in properties), "")
