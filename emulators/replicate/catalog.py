"""The models: their input schemas, their versions, and the price of a prediction.

:mod:`emulators.replicate.app` looks models up here; the control API lists the bills.
"""

import hashlib
import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from emulators.replicate.predictions import Prediction

WHISPER = "vaibhavs10/incredibly-fast-whisper"
VERSION = "3ab86df6c8f54c11309d4d1f930ac292bad43ace52d10c80d87eb258b3c9f79c"
_Part = dict[str, Any]


class Output(StrEnum):
    """The kind of a model's output."""

    WORDS = "words"
    PICTURE = "picture"
    VIDEO = "video"
    SPEECH = "speech"
    TALK = "talk"


@dataclass(frozen=True)
class CatalogModel:
    """One model.

    ``price`` is in US dollars for a picture, a second of video, or a thousand characters of
    speech. A ``listed`` output is a list of addresses, not one.
    """

    output: Output
    schema: _Part
    price: float = 0
    listed: bool = False


def _choice(default: object, *choices: object) -> _Part:
    # Durations are numbers, everything else is text.
    kind = "integer" if isinstance(default, int) else "string"
    return {"type": kind, "enum": list(choices), "default": default}


_PROMPT: _Part = {"type": "string", "title": "Prompt"}
_SEED: _Part = {"type": "integer", "nullable": True}


def _schema(required: list[str], **properties: _Part) -> _Part:
    """Return an OpenAPI schema, in which choices are components of their own."""
    components: dict[str, _Part] = {}
    inputs: dict[str, _Part] = {}
    for name, part in properties.items():
        if "enum" in part:
            components[name] = {k: v for k, v in part.items() if k != "default"}
            ref = {"$ref": f"#/components/schemas/{name}"}
            inputs[name] = {"allOf": [ref], "default": part["default"]}
        else:
            inputs[name] = part
    whole = {"type": "object", "required": required, "properties": inputs}
    return {
        "openapi": "3.0.2",
        "info": {"title": "Cog", "version": "0.1.0"},
        "components": {"schemas": {"Input": whole, **components}},
    }


_RATIOS = ("1:1", "16:9", "9:16", "3:2", "2:3", "4:5", "5:4", "3:4", "4:3")
_FLUX = _schema(
    ["prompt"],
    prompt=_PROMPT,
    aspect_ratio=_choice("1:1", *_RATIOS),
    output_format=_choice("webp", "webp", "jpg", "png"),
    output_quality={"type": "integer", "minimum": 0, "maximum": 100, "default": 80},
    seed=_SEED,
)
_SCHNELL = _schema(
    ["prompt"],
    prompt=_PROMPT,
    aspect_ratio=_choice("1:1", *_RATIOS),
    num_outputs={"type": "integer", "minimum": 1, "maximum": 4, "default": 1},
    output_format=_choice("webp", "webp", "jpg", "png"),
    seed=_SEED,
)
_BANANA = _schema(
    ["prompt"],
    prompt=_PROMPT,
    aspect_ratio=_choice("match_input_image", "match_input_image", *_RATIOS),
    resolution=_choice("2K", "1K", "2K", "4K"),
    output_format=_choice("jpg", "jpg", "png"),
)


def _video(*resolutions: str) -> _Part:
    return _schema(
        ["prompt"],
        prompt=_PROMPT,
        aspect_ratio=_choice("16:9", "16:9", "9:16"),
        duration=_choice(8, 4, 6, 8),
        resolution=_choice("720p", *resolutions),
        generate_audio={"type": "boolean", "default": True},
        seed=_SEED,
    )


_SPEECH = _schema(
    ["text"],
    text={"type": "string", "title": "Text", "maxLength": 10_000},
    voice_id={"type": "string", "title": "Voice Id", "default": "Wise_Woman"},
    speed={"type": "number", "minimum": 0.5, "maximum": 2, "default": 1},
    audio_format=_choice("mp3", "mp3", "wav", "flac"),
    language_boost=_choice("None", "None", "Automatic", "English", "German"),
)


_TALK = _schema(
    ["image", "audio"],
    image={"type": "string", "format": "uri"},
    audio={"type": "string", "format": "uri"},
    prompt={"type": "string"},
    fast_mode={"type": "boolean", "default": False},
    seed=_SEED,
)


CATALOG: dict[str, CatalogModel] = {
    WHISPER: CatalogModel(Output.WORDS, {}),
    "black-forest-labs/flux-schnell": CatalogModel(
        Output.PICTURE, _SCHNELL, price=0.003, listed=True
    ),
    "black-forest-labs/flux-1.1-pro": CatalogModel(Output.PICTURE, _FLUX, price=0.04),
    "google/nano-banana-pro": CatalogModel(Output.PICTURE, _BANANA, price=0.15),
    "google/veo-3.1-fast": CatalogModel(Output.VIDEO, _video("720p", "1080p"), price=0.15),
    "minimax/speech-2.8-turbo": CatalogModel(Output.SPEECH, _SPEECH, price=0.06),
    "bytedance/omni-human-1.5": CatalogModel(Output.TALK, _TALK, price=0.16),
    # Not on Replicate: their names say that nothing was generated.
    "galley-local/picture": CatalogModel(Output.PICTURE, _FLUX),
    "galley-local/video": CatalogModel(Output.VIDEO, _video("720p")),
    "galley-local/avatar": CatalogModel(Output.TALK, _TALK),
    "galley-local/speech": CatalogModel(Output.SPEECH, _SPEECH),
}


def version_of(slug: str) -> str:
    """Return the ID of a model's one version."""
    return VERSION if slug == WHISPER else hashlib.sha256(slug.encode()).hexdigest()


def by_version(version: str) -> str | None:
    """Return the model that has this version."""
    return next((slug for slug in CATALOG if version_of(slug) == version), None)


def input_problem(model: CatalogModel, given: dict[str, Any]) -> str:
    """Return Replicate's message about inputs that do not fit; empty if they do."""
    # Imported here, because few runs need it and it is slow to import.
    from jsonschema import Draft202012Validator
    from referencing import Registry

    if not model.schema:
        return ""
    # The reference makes the inputs the root, beside the components they refer to.
    whole = {**model.schema, "$ref": "#/components/schemas/Input"}
    checker: Any = Draft202012Validator(whole, registry=Registry())
    found = next(checker.iter_errors(given), None)
    if found is None:
        return ""
    where = ".".join(["input", *map(str, found.absolute_path)])
    return f"- {where}: {found.message[:300]}"


_SECOND_OF_WHISPER = 0.0014


def bill(prediction: Prediction) -> dict[str, Any] | None:
    """Return the bill of a prediction; ``None`` while it is not over.

    One that never began or failed costs nothing; one stopped while it ran is charged.
    """
    if prediction.completed is None:
        return None
    return {
        "id": prediction.id,
        "model": prediction.model,
        "status": prediction.status,
        "usd": round(_dollars(prediction), 6),
    }


def _dollars(prediction: Prediction) -> float:
    model = CATALOG[prediction.model]
    if prediction.started is None or prediction.status in {"failed", "aborted"}:
        return 0.0
    match model.output:
        case Output.WORDS:
            return prediction.billed * _SECOND_OF_WHISPER
        case Output.PICTURE:
            return model.price
        case Output.VIDEO:
            return model.price * float(prediction.input.get("duration", 8))
        case Output.TALK:
            # Each begun second is charged.
            return model.price * math.ceil(prediction.sound_seconds)
        case Output.SPEECH:
            return model.price * len(str(prediction.input.get("text"))) / 1000
