import pytest
from pydantic import SecretStr

from cli.local.parts import (
    Part,
    choose,
    less_what_is_set,
    local_values,
    pages_environment,
    parts_needed,
)
from galley.budget.ceilings import draft_allowance
from galley.budget.prices import known_prices
from galley.settings import Settings

PORTS = {"temporal": 1, "temporal_ui": 2, "gcs": 3, "buffer": 4, "anthropic": 5, "replicate": 6}


def test_without_settings_every_service_is_started() -> None:
    assert parts_needed(Settings.model_construct(), {}) == list(Part)


def test_what_is_generated_locally_says_so_and_nothing_is_transcribed_unasked() -> None:
    values = local_values(list(Part), PORTS)

    assert values["GALLEY_IMAGE_MODEL"] == "galley-local/picture"
    assert values["GALLEY_SPEECH_MODEL"] == "galley-local/speech"
    assert "REPLICATE_API_TOKEN" not in values


def test_without_a_key_no_money_is_set_aside_for_drafts_which_cost_nothing() -> None:
    values = local_values([Part.ANTHROPIC], PORTS)
    prices = [known_prices().of(values[f"GALLEY_{one}_MODEL"]) for one in ("DRAFT", "CONDENSE")]

    assert [price and draft_allowance(price, 1_000_000, 11) for price in prices] == [0, 0]


def test_a_model_that_was_chosen_is_asked_of_the_emulator_too() -> None:
    chosen = Settings.model_construct(
        image_model="google/nano-banana-pro", draft_model="claude-opus-5-5"
    )
    values = less_what_is_set(local_values(list(Part), PORTS), chosen)

    assert {"GALLEY_IMAGE_MODEL", "GALLEY_DRAFT_MODEL"}.isdisjoint(values)
    assert values["GALLEY_CONDENSE_MODEL"] == "extractive"
    assert values["GALLEY_VIDEO_MODEL"] == "galley-local/video"


def test_the_pace_that_a_person_set_holds_on_the_local_stack_too() -> None:
    chosen = Settings.model_construct(poll_seconds=7, reconcile_pauses=(0.2, 1))
    values = less_what_is_set(local_values(list(Part), PORTS), chosen)

    paces = {"GALLEY_PUBLISH_LEAD_SECONDS", "GALLEY_POLL_SECONDS"}
    assert paces & {*values} == {"GALLEY_PUBLISH_LEAD_SECONDS"}
    assert "GALLEY_RECONCILE_PAUSES" not in values


@pytest.mark.parametrize(
    ("settings", "environment", "missing"),
    [
        (Settings.model_construct(buffer_api_key=SecretStr("k")), {}, Part.BUFFER),
        (Settings.model_construct(buffer_client_id="app"), {}, Part.BUFFER),
        (Settings.model_construct(anthropic_api_key=SecretStr("k")), {}, Part.ANTHROPIC),
        (Settings.model_construct(replicate_api_token=SecretStr("k")), {}, Part.REPLICATE),
        (Settings.model_construct(media_bucket="mine"), {}, Part.GCS),
        (Settings.model_construct(), {"TEMPORAL_ADDRESS": "temporal.example:7233"}, Part.TEMPORAL),
        (Settings.model_construct(), {"TEMPORAL_PROFILE": "cloud"}, Part.TEMPORAL),
    ],
    ids=[
        "buffer",
        "buffer-app",
        "anthropic",
        "replicate",
        "storage",
        "temporal",
        "temporal-profile",
    ],
)
def test_what_the_user_brings_is_not_started(
    settings: Settings, environment: dict[str, str], missing: Part
) -> None:
    needed = parts_needed(settings, environment)

    assert needed == [part for part in Part if part is not missing]


def test_an_empty_key_is_no_key() -> None:
    settings = Settings.model_construct(buffer_api_key=SecretStr(" "))

    assert Part.BUFFER in parts_needed(settings, {"TEMPORAL_ADDRESS": ""})


def test_a_live_buffer_is_never_polled_at_the_pace_of_the_emulator() -> None:
    values = local_values([Part.TEMPORAL, Part.GCS, Part.ANTHROPIC], PORTS)

    models = {"GALLEY_DRAFT_MODEL", "GALLEY_CONDENSE_MODEL"}
    assert {name for name in values if name.startswith(("BUFFER", "GALLEY"))} == models


def test_a_busy_port_is_passed_over() -> None:
    first = choose(["a"], {})
    import socket

    with socket.socket() as busy:
        busy.bind(("127.0.0.1", first["a"]))
        busy.listen(1)

        second = choose(["a", "b"], {"a": first["a"], "b": first["a"]})

    assert first["a"] not in second.values()
    assert second["a"] != second["b"]


def test_no_outgoing_connection_is_given_a_port_that_was_chosen() -> None:
    names = [*map(str, range(30))]
    chosen = {*choose(names, {}).values()}

    assert len(chosen) == len(names)
    assert max(chosen) < 32_768


def test_a_free_port_that_is_wanted_is_taken() -> None:
    wanted = choose(["a"], {})

    assert choose(["a"], wanted) == wanted


def test_the_review_pages_are_given_no_key_of_what_they_do_not_call() -> None:
    ours = {"GALLEY_TEAM": "team.yaml", "GALLEY_PAYLOAD_KEYS": "a", "TEMPORAL_API_KEY": "b"}
    others = {"BUFFER_API_KEY": "c", "ANTHROPIC_API_KEY_FILE": "d", "A_KEY_OF_SOMEBODY": "e"}
    of_store = {"AWS_SECRET_ACCESS_KEY": "f"}
    everything = {**ours, **others, **of_store}

    def given(state_bucket: str) -> set[str]:
        found = pages_environment(everything, Settings.model_construct(state_bucket=state_bucket))
        return everything.keys() & found.keys()

    assert given("galley-state") == ours.keys()
    assert given("s3://galley-state") == {*ours, *of_store}
