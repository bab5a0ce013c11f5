"""What docker-compose.cluster.yml and docker-compose.live.yml promise.

``tests/compose.sh`` has Docker read both; the images of the cluster it does not start.
"""

import re
import subprocess
from typing import Any, cast

import pytest
import yaml

from cli.local.parts import Part
from emulators.launch import temporal_binary
from galley.settings import SECRETS, Settings
from tests.compose_files import (
    CLUSTER,
    LIVE,
    ROOT,
    defaults,
    required_variables,
    services_of,
    text_of,
)
from workflows.ids import Queue, queues_named

_CLUSTER = services_of(CLUSTER)
_LIVE = services_of(LIVE)
_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|PWD")
_KEYS = {name for secret in SECRETS.values() for name in (secret, f"{secret}_FILE")}
_WORKERS = ("worker", "media-worker", "speech-worker")


def _environments() -> list[tuple[str, str, str]]:
    return [
        (name, variable, str(value))
        for name, service in sorted(_CLUSTER.items())
        for variable, value in cast("dict[str, str]", service["environment"]).items()
    ]


@pytest.mark.parametrize(("service", "variable", "value"), _environments())
def test_no_secret_has_a_default(service: str, variable: str, value: str) -> None:
    if value and _SECRET.search(variable):
        assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", value), service


@pytest.mark.parametrize("variable", sorted(required_variables(CLUSTER)))
def test_what_is_missing_is_asked_for_in_words(variable: str) -> None:
    said = required_variables(CLUSTER)[variable]
    assert said.startswith(f"set {variable} in .env, ")
    for page in re.findall(r"docs/[\w-]+\.md", said):
        assert (ROOT / page).is_file()


def test_the_cluster_runs_what_the_tests_run_on() -> None:
    told = subprocess.run(  # noqa: S603 -- the program of our own lock
        [temporal_binary(), "--version"], capture_output=True, text=True, check=True
    ).stdout
    server, ui = re.findall(r"(?:Server|UI) ([\d.]+)", told)
    assert defaults(CLUSTER)["TEMPORAL_VERSION"] == server
    assert defaults(CLUSTER)["TEMPORAL_UI_VERSION"] == ui


def test_schema_and_server_are_of_one_version() -> None:
    tags = {
        str(_CLUSTER[name]["image"]).partition(":")[2]
        for name in ("temporal", "temporal-schema", "temporal-namespace")
    }
    assert len(tags) == 1


def test_no_image_is_whatever_is_newest() -> None:
    for service in _CLUSTER.values():
        assert ":" in service["image"]
        assert not service["image"].endswith("latest")


def test_only_temporal_reaches_the_database() -> None:
    near = {n for n, s in _CLUSTER.items() if "database" in s.get("networks", [])}
    assert near == {"postgresql", "temporal-schema", "temporal"}
    assert _CLUSTER["postgresql"]["networks"] == ["database"]
    networks = cast("dict[str, Any]", yaml.safe_load(text_of(CLUSTER)))["networks"]
    assert networks["database"]["internal"] is True
    assert "ports" not in _CLUSTER["postgresql"]


def test_the_cluster_is_prepared_in_order() -> None:
    def after(name: str) -> set[str]:
        return {*_CLUSTER[name].get("depends_on", {})}

    assert after("temporal-schema") == {"postgresql"}
    assert after("temporal") == {"postgresql", "temporal-schema"}
    assert after("temporal-namespace") == {"temporal"}
    assert after("setup") == {"temporal-namespace"}
    assert after("worker") == after("media-worker") == after("speech-worker") == {"setup"}


def test_the_cluster_serves_every_queue() -> None:
    served = [queues_named(_CLUSTER[name]["environment"]["GALLEY_QUEUES"]) for name in _WORKERS]
    assert sorted(queue for queues in served for queue in queues) == sorted(Queue)


def test_the_database_is_healthy_only_once_it_answers_by_address() -> None:
    """The image sets itself up with a server that listens on its socket alone."""
    check = cast("list[str]", _CLUSTER["postgresql"]["healthcheck"]["test"])
    assert "--host=127.0.0.1" in check


def test_temporal_is_given_the_file_it_does_not_start_without() -> None:
    (mounted,) = _CLUSTER["temporal"]["volumes"]
    here, there, rights = mounted.split(":")
    assert there == _CLUSTER["temporal"]["environment"]["DYNAMIC_CONFIG_FILE_PATH"]
    assert rights == "ro"
    loaded = yaml.safe_load((ROOT / here).read_text())
    assert all("value" in one for values in loaded.values() for one in values)


def test_only_real_services_are_beside_the_cluster() -> None:
    assert not {str(part) for part in Part if part is not Part.TEMPORAL} & {*_CLUSTER}


@pytest.mark.parametrize("key", ["BUFFER_API_KEY", "ANTHROPIC_API_KEY"])
def test_setup_asks_for_a_key_that_comes_neither_from_env_nor_from_a_file(key: str) -> None:
    script = str(_CLUSTER["setup"]["command"][-1]).replace("$$", "$").replace("exec", "echo")
    keys = {"BUFFER_API_KEY": "x", "ANTHROPIC_API_KEY": "x"}

    def ends(**more: str) -> subprocess.CompletedProcess[str]:
        left = {name: value for name, value in keys.items() if name != key}
        return subprocess.run(  # noqa: S603 - the script of our own file
            ["/bin/sh", "-euc", script],
            env=left | more,
            capture_output=True,
            text=True,
            check=False,
        )

    assert f"set {key} or {key}_FILE in .env" in ends().stderr
    for given in ({key: "x"}, {f"{key}_FILE": "/run/secrets/key"}):
        assert ends(**given).stdout == "python starter.py setup\n"


def test_a_door_stands_before_the_ui_and_nobody_reaches_the_http_api() -> None:
    assert {n for n, s in _CLUSTER.items() if "8233" in str(s.get("ports"))} == {"temporal-ui-door"}
    assert "ports" not in _CLUSTER["temporal-ui"]
    assert "--to=http://temporal-ui:8080" in _CLUSTER["temporal-ui-door"]["command"]
    dynamic = yaml.safe_load((ROOT / "deploy" / "temporal-dynamic.yaml").read_text())
    assert dynamic["frontend.httpAllowedHosts"] == [{"value": ["closed.invalid"]}]


def test_no_key_is_forced_into_a_container() -> None:
    """Beside one that comes from a file, its variable would be an error."""
    assert [(name, key) for name, key, value in _environments() if key in _KEYS and value] == []


@pytest.mark.parametrize("text", [text_of(CLUSTER), text_of(LIVE)])
def test_every_setting_that_is_named_exists(text: str) -> None:
    known = {
        str(choice)
        for field in Settings.model_fields.values()
        for choice in getattr(field.validation_alias, "choices", [])
    } | {f"{name}_FILE" for name in SECRETS.values()}
    named = re.findall(r"\b(?:GALLEY|BUFFER|ANTHROPIC|STORAGE)_[A-Z_]*[A-Z]\b", text)
    assert set(named) <= known


def test_live_means_that_no_emulator_runs_unless_it_is_asked_for() -> None:
    off = {name for name, service in _LIVE.items() if service.get("profiles") == ["local"]}
    assert off == {str(part) for part in Part if part is not Part.TEMPORAL}
    assert _LIVE["setup"]["command"][-2:] == ["--local", Part.TEMPORAL]
