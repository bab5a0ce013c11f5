"""What the files promise that are put beside a stack: metrics, and encryption."""

from typing import Any, cast

import pytest
import yaml

from cli.commands.keys import UI_ORIGINS
from tests.compose_files import (
    AGENTS,
    CLUSTER,
    ENCRYPTION,
    LOCAL,
    OBSERVE,
    ROOT,
    WEB,
    defaults,
    services_of,
    text_of,
)

_OBSERVE = services_of(OBSERVE)
_ENCRYPTION = services_of(ENCRYPTION)
_PROMETHEUS = cast(
    "dict[str, Any]", yaml.safe_load((ROOT / "deploy" / "prometheus.yml").read_text())
)
_GRAFANA = ROOT / "deploy" / "grafana"


def _changed(services: dict[str, dict[str, Any]]) -> set[str]:
    return {name for name, service in services.items() if "image" not in service}


def _mounted(service: dict[str, Any]) -> dict[str, str]:
    pairs = [volume.split(":")[:2] for volume in service["volumes"]]
    return {inside: here for here, inside in pairs if here.startswith("./")}


@pytest.mark.parametrize("stack", [CLUSTER, LOCAL])
@pytest.mark.parametrize("added", [AGENTS, ENCRYPTION, OBSERVE, WEB])
def test_what_is_added_fits_both_stacks(stack: str, added: str) -> None:
    there, here = services_of(stack), services_of(added)
    assert _changed(here) <= there.keys()
    assert not (here.keys() - _changed(here)) & there.keys()


def test_no_added_image_is_whatever_is_newest() -> None:
    versions = defaults(OBSERVE)
    assert versions.keys() == {"PROMETHEUS_VERSION", "GRAFANA_VERSION"}
    for version in versions.values():
        assert version.count(".") == 2


def test_every_worker_is_scraped_where_it_exports() -> None:
    (job,) = _PROMETHEUS["scrape_configs"]
    (found,) = job["dns_sd_configs"]
    assert {*found["names"]} == _changed(_OBSERVE)
    for name in found["names"]:
        address = _OBSERVE[name]["environment"]["GALLEY_METRICS_ADDRESS"]
        assert address == f"0.0.0.0:{found['port']}"


def test_prometheus_is_given_its_configuration_and_the_alerts() -> None:
    mounted = _mounted(_OBSERVE["prometheus"])
    (rules,) = _PROMETHEUS["rule_files"]
    assert mounted[rules] == "./docs/observability/galley.rules.yml"
    told = dict(word.split("=", 1) for word in _OBSERVE["prometheus"]["command"])
    assert mounted[told["--config.file"]] == "./deploy/prometheus.yml"
    assert f"prometheus:{told['--storage.tsdb.path']}" in (_OBSERVE["prometheus"]["volumes"])


def test_grafana_finds_the_dashboard_and_prometheus() -> None:
    mounted = _mounted(_OBSERVE["grafana"])
    assert mounted["/etc/grafana/provisioning"] == "./deploy/grafana"
    provided = yaml.safe_load((_GRAFANA / "dashboards" / "galley.yaml").read_text())
    folder = provided["providers"][0]["options"]["path"]
    home = _OBSERVE["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home.startswith(f"{folder}/")
    assert (ROOT / mounted[home]).is_file()
    source = yaml.safe_load((_GRAFANA / "datasources" / "prometheus.yaml").read_text())
    assert source["datasources"][0]["url"] == "http://prometheus:9090"


def test_who_measures_reaches_the_workers_and_not_temporal() -> None:
    for name in ("prometheus", "prometheus-door", "grafana"):
        assert _OBSERVE[name]["networks"] == ["metrics"]
    for name in _changed(_OBSERVE):
        assert _OBSERVE[name]["networks"] == ["default", "metrics"]
    for stack in (LOCAL, CLUSTER):
        assert all("metrics" not in one.get("networks", []) for one in services_of(stack).values())


def test_no_page_reaches_grafana_or_prometheus_under_another_name() -> None:
    assert _OBSERVE["grafana"]["environment"]["GF_SERVER_ENFORCE_DOMAIN"] == "true"
    published = {name for name, service in _OBSERVE.items() if "ports" in service}
    assert published == {"grafana", "prometheus-door"}
    assert "emulators.proxy" in _OBSERVE["prometheus-door"]["command"]


def test_nobody_is_an_administrator_of_grafana() -> None:
    told = _OBSERVE["grafana"]["environment"]
    assert told["GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"] == "true"
    assert told["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"
    assert not [name for name in told if "PASSWORD" in name]


def test_keys_and_token_come_as_files_to_those_that_need_them() -> None:
    given = {name: service["secrets"] for name, service in _ENCRYPTION.items()}
    keys = ["payload-keys"]
    assert given == {
        "setup": keys,
        "worker": keys,
        "media-worker": keys,
        "speech-worker": keys,
        "codec": [*keys, "codec-token"],
    }
    for name, service in _ENCRYPTION.items():
        files = {*service["environment"].values()}
        assert files == {f"/run/secrets/{one}" for one in given[name]}


def test_the_codec_server_is_apart_and_answers_the_ui_of_this_machine() -> None:
    codec = _ENCRYPTION["codec"]
    assert codec["networks"] == ["codec"]
    assert "env_file" not in codec
    assert "--name=localhost" in codec["command"]
    (port,) = codec["ports"]
    assert port == "127.0.0.1:8234:8234"
    (ui,) = [p.rsplit(":", 1)[0] for p in services_of(LOCAL)["temporal"]["ports"]]
    assert f"http://{ui}" in UI_ORIGINS


@pytest.mark.parametrize("added", [AGENTS, ENCRYPTION, OBSERVE, WEB])
def test_the_line_that_adds_it_names_it(added: str) -> None:
    assert f"COMPOSE_FILE={LOCAL}:{added}" in text_of(added)


def test_the_review_pages_get_no_key_of_a_service_that_they_do_not_call() -> None:
    web = services_of(WEB)["web"]
    keys = {"BUFFER_API_KEY", "ANTHROPIC_API_KEY", "REPLICATE_API_TOKEN", "BUFFER_CLIENT_SECRET"}
    assert {name for name, value in web["environment"].items() if value == ""} >= keys
    assert set(web["secrets"]) == {"web-oidc-client-secret", "web-links-secret"}


def test_the_review_pages_are_published_to_the_proxy_of_this_machine_alone() -> None:
    web = services_of(WEB)["web"]
    assert web["ports"] == ["127.0.0.1:9703:9703"]
    assert web["command"][-1] == "--host=0.0.0.0"
    assert web["read_only"] is True


def test_the_door_of_agents_is_published_to_this_machine_alone_and_asks_no_model() -> None:
    agents = services_of(AGENTS)["agents"]
    unneeded = {"ANTHROPIC_API_KEY", "REPLICATE_API_TOKEN", "GALLEY_CODEC_TOKEN"}
    assert {name for name, value in agents["environment"].items() if value == ""} >= unneeded
    assert agents["ports"] == ["127.0.0.1:9704:9704"]
    assert (agents["read_only"], agents["cap_drop"]) == (True, ["ALL"])
