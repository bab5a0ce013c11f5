"""Make a model's inputs by the schema it publishes, before anything is paid.

Schemas are strangers' words: nothing in them is fetched, and no pattern is run.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_Schema = Mapping[str, Any]
_DEPTH, _BREADTH, _PROPERTIES = 4, 2, 200
"""Of a schema, what is read: references may be cyclic, and there are none so deep."""
_SAID, _SHORT = 120, 9
_FORMATS = ("jpg", "jpeg", "png", "webp", "mp4")
_RESOLUTIONS = ("1080p", "720p")
_LARGEST = 2**31 - 1
_ROUNDED = 32
"""Pixels: models that take a width and a height want multiples of it."""


def _no_pattern(*_: object) -> tuple[()]:
    return ()


@cache
def _checker() -> Callable[[_Schema], Any]:
    """Return what makes a checker of a schema; few workers ever order anything."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend  # pyright: ignore[reportUnknownVariableType] -- untyped
    from referencing import Registry

    kind = cast("Any", extend)(Draft202012Validator, {"pattern": _no_pattern})
    # An empty registry: without it, addresses in the schema would be fetched.
    return partial(kind, registry=cast("Any", Registry)())


class ModelInputError(Exception):
    """The model cannot be asked for this; the message says what to do."""


@dataclass(frozen=True)
class Wanted:
    """A request to a model, in terms of ours.

    ``size`` is in pixels, ``seconds`` the length of a video, ``seed`` a number that
    tells this order from all others.
    """

    prompt: str
    size: tuple[int, int]
    seed: int
    seconds: float | None = None


def inputs_for(schema: _Schema, wanted: Wanted, own: Mapping[str, object]) -> dict[str, object]:
    """Return the inputs that say what is wanted, as far as the model has them.

    Args:
        schema: The OpenAPI schema of the model.
        wanted: What is wanted.
        own: Further inputs, from the settings; they count more.

    Raises:
        ModelInputError: It needs what is not wanted, or would refuse something.
    """
    properties = input_properties(schema)
    if "prompt" not in properties:
        raise ModelInputError("It takes no prompt: choose a model that does.")
    inputs: dict[str, object] = {"prompt": wanted.prompt}
    inputs |= _shape(properties, wanted.size)
    inputs |= _of_video(properties, wanted)
    if chosen := first_offered(properties, "output_format", _FORMATS):
        inputs["output_format"] = chosen
    if "num_outputs" in properties:
        inputs["num_outputs"] = 1
    if "seed" in properties:
        inputs["seed"] = wanted.seed % (_most(properties["seed"]) + 1)
    inputs |= own
    require_valid(schema, inputs)
    return inputs


def seconds_of(inputs: Mapping[str, object]) -> float | None:
    """Return how long a video is asked to be, if that is said."""
    asked = inputs.get("duration")
    is_number = isinstance(asked, int | float) and not isinstance(asked, bool)
    return float(cast("float", asked)) if is_number else None


def input_properties(schema: _Schema) -> dict[str, _Schema]:
    """Return the inputs of a model by name.

    Raises:
        ModelInputError: It publishes none.
    """
    found = _resolved(schema, {"$ref": "#/components/schemas/Input"})
    given = found.get("properties")
    if not isinstance(given, dict):
        raise ModelInputError("It publishes no schema of its inputs: choose another.")
    named = cast("dict[str, object]", given)
    first = list(named.items())[:_PROPERTIES]
    return {name: _resolved(schema, one) for name, one in first}


def _resolved(schema: _Schema, one: object, depth: int = 0) -> dict[str, Any]:
    """Return a part with what it refers to in place."""
    if depth > _DEPTH or not isinstance(one, dict):
        return {}
    part = dict(cast("dict[str, Any]", one))
    given = part.pop("allOf", None)
    inner = list(cast("list[object]", given)) if isinstance(given, list) else []
    if isinstance(ref := part.pop("$ref", None), str):
        inner.append(_named(schema, ref))
    for more in inner[:_BREADTH]:
        part = {**_resolved(schema, more, depth + 1), **part}
    return part


def _named(schema: _Schema, ref: str) -> object:
    found: object = schema
    for step in ref.removeprefix("#/").split("/"):
        if not isinstance(found, Mapping):
            return {}
        found = cast("Mapping[str, object]", found).get(step)
    return found


def _shape(properties: Mapping[str, _Schema], size: tuple[int, int]) -> dict[str, object]:
    wanted = size[0] / size[1]
    if found := _ratios(properties.get("aspect_ratio", {})):
        nearest = min(found, key=lambda name: abs(found[name] / wanted - 1))
        return {"aspect_ratio": nearest}
    if {"width", "height"} <= properties.keys():
        most = min(_most(properties["width"]), _most(properties["height"]))
        shrink = min(1.0, most / max(size))
        width, height = (int(n * shrink) // _ROUNDED * _ROUNDED for n in size)
        return {"width": width, "height": height}
    return {}


def _ratios(part: _Schema) -> dict[str, float]:
    found = dict[str, float]()
    for name in _choices(part):
        across, _, down = str(name).partition(":")
        is_short = len(str(name)) <= _SHORT and str(name).isascii()
        if is_short and across.isdigit() and down.isdigit() and int(across) * int(down):
            found[str(name)] = int(across) / int(down)
    return found


def _of_video(properties: Mapping[str, _Schema], wanted: Wanted) -> dict[str, object]:
    if wanted.seconds is None:
        return {}
    found: dict[str, object] = {}
    if chosen := first_offered(properties, "resolution", _RESOLUTIONS):
        found["resolution"] = chosen
    if "duration" in properties:
        offered = [n for n in _choices(properties["duration"]) if isinstance(n, int)]
        longer = [n for n in offered if n >= wanted.seconds]
        found["duration"] = min(longer) if longer else max(offered, default=round(wanted.seconds))
    return found


def first_offered(
    properties: Mapping[str, _Schema], name: str, preferred: Sequence[str]
) -> str | None:
    """Return the first of some values that an input is offered with."""
    offered = _choices(properties.get(name, {}))
    return next((one for one in preferred if one in offered), None)


def _choices(part: _Schema) -> list[object]:
    found = part.get("enum")
    return cast("list[object]", found) if isinstance(found, list) else []


def _most(part: _Schema) -> int:
    found = part.get("maximum")
    if isinstance(found, int) and found > 1:
        return min(found, _LARGEST)
    return _LARGEST


def require_valid(
    schema: _Schema,
    inputs: Mapping[str, object],
    settings: str = "GALLEY_IMAGE_INPUT or GALLEY_VIDEO_INPUT",
) -> None:
    """Hold inputs to a model's schema; ``settings`` are what mends them.

    Raises:
        ModelInputError: It would refuse them.
    """
    whole = {"$ref": "#/components/schemas/Input", "components": schema.get("components", {})}
    try:
        found: ValidationError | None = next(_checker()(whole).iter_errors(dict(inputs)), None)
    except Exception:  # noqa: BLE001 -- the library raises anything at odd schemas
        raise ModelInputError(
            "The schema of its inputs cannot be read: choose another model."
        ) from None
    if found is not None:
        raise ModelInputError(_said(found, settings))


def _said(error: "ValidationError", settings: str) -> str:
    """Say what is off without quoting what was given."""
    where = ".".join(map(str, error.absolute_path)) or "its inputs"
    rule = f"{error.validator} {error.validator_value!r}"[:_SAID]
    return (
        f"It would refuse {where} ({rule}): choose another model, or set its own "
        f"inputs in {settings}."
    )


WORDS = ("text", "prompt", "input_text", "script")
"""What models call the words they are to say."""
_VOICES = ("voice_id", "voice", "speaker")
_PORTRAITS = ("image", "portrait", "face_image", "image_url", "input_image")
_SOUNDS = ("audio", "driven_audio", "audio_file", "audio_url", "input_audio")
_SPEECH_FORMATS = ("flac", "wav", "mp3")
_SETTINGS = "GALLEY_SPEECH_INPUT"


@dataclass(frozen=True)
class WantedSpeech:
    """A request for speech. An empty ``voice`` is the model's own choice."""

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
    words = _named_input(properties, WORDS)
    if not words:
        raise ModelInputError("It takes no text: choose a model that reads aloud.")
    inputs: dict[str, object] = {words: wanted.text}
    for name in ("audio_format", "output_format", "format"):
        if chosen := first_offered(properties, name, _SPEECH_FORMATS):
            inputs[name] = chosen
    if chosen := first_offered(properties, "language_boost", ("Automatic",)):
        inputs["language_boost"] = chosen
    if wanted.voice:
        voice = _named_input(properties, _VOICES)
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
    picture, heard = (_named_input(properties, _PORTRAITS), _named_input(properties, _SOUNDS))
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


def _named_input(properties: Mapping[str, object], names: tuple[str, ...]) -> str:
    return next((name for name in names if name in properties), "")
