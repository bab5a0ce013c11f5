"""What is asked of a model is held to its schema, whatever stands in that."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulators.replicate.catalog import CATALOG
from galley.clients.model_inputs import ModelInputError, Wanted, inputs_for, seconds_of

WANTED = Wanted(prompt="A ferry.", size=(1080, 1350), seed=2**40, seconds=6)
FLUX = CATALOG["black-forest-labs/flux-1.1-pro"].schema
VEO = CATALOG["google/veo-3.1-fast"].schema


def schema(**properties: object) -> dict[str, object]:
    inputs = {"prompt": {"type": "string"}, **properties}
    whole = {"type": "object", "properties": inputs}
    return {"components": {"schemas": {"Input": whole}}}


def test_a_picture_has_the_shape_of_the_network_and_a_format_it_takes() -> None:
    inputs = inputs_for(FLUX, WANTED, {})

    assert inputs["aspect_ratio"] == "4:5"
    assert inputs["output_format"] == "jpg"
    assert isinstance(inputs["seed"], int)
    assert inputs["seed"] < 2**31
    assert "duration" not in inputs


def test_a_video_is_of_the_next_length_that_is_offered() -> None:
    inputs = inputs_for(VEO, WANTED, {})

    assert inputs["duration"] == 6
    assert seconds_of(inputs) == 6
    assert inputs["aspect_ratio"] == "9:16"


def test_a_model_without_ratios_gets_pixels_within_its_limits() -> None:
    side = {"type": "integer", "maximum": 1024}
    inputs = inputs_for(schema(width=side, height=side), WANTED, {})

    assert (inputs["width"], inputs["height"]) == (800, 1024)


def test_the_inputs_of_the_settings_count_more() -> None:
    inputs = inputs_for(FLUX, WANTED, {"output_format": "png", "output_quality": 95})

    assert (inputs["output_format"], inputs["output_quality"]) == ("png", 95)


def test_what_the_model_would_refuse_is_named_and_no_prompt_is_quoted() -> None:
    with pytest.raises(ModelInputError, match="output_quality") as failed:
        inputs_for(FLUX, WANTED, {"output_quality": 900})

    assert WANTED.prompt not in str(failed.value)


def test_a_model_that_needs_more_than_a_prompt_is_refused() -> None:
    inputs = {"prompt": {"type": "string"}, "image": {"type": "string"}}
    whole = {"type": "object", "properties": inputs, "required": ["image"]}
    needs = {"components": {"schemas": {"Input": whole}}}

    with pytest.raises(ModelInputError, match="choose another model"):
        inputs_for(needs, WANTED, {})


@pytest.mark.parametrize(
    "part",
    [
        {"$ref": "http://127.0.0.1:9/schema.json"},
        {"$ref": "#/components/schemas/Input"},
        {"type": 7},
        {"allOf": [{"$ref": "#/components"}, 3]},
    ],
    ids=["fetched", "cyclic", "no type", "odd"],
)
def test_a_hostile_schema_is_refused_or_passed_over(part: object) -> None:
    try:
        inputs = inputs_for(schema(seed=part), WANTED, {})
    except ModelInputError:
        return
    assert inputs["prompt"] == WANTED.prompt


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["$ref", "allOf", "enum", "type", "maximum", "properties", "pattern"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(["seed", "aspect_ratio", "duration", "width", "height"]), _JSON, max_size=4
    )
)
def test_any_schema_gives_inputs_or_one_kind_of_error(properties: dict[str, object]) -> None:
    try:
        inputs = inputs_for(schema(**properties), WANTED, {})
    except ModelInputError:
        return
    assert inputs["prompt"] == WANTED.prompt
