"""What the container files promise, read from the files themselves.

That the stack really runs is shown by ``tests/compose.sh``, which needs Docker.
"""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from typing import Any, cast

import pytest
import yaml
from pydantic import AliasChoices

from cli.commands.containers import HOSTS
from cli.local.parts import USUAL, Part
from emulators.launch import CLOSED_HTTP
from galley.settings import LOCAL_ENV, SECRETS, Settings
from tests.compose_files import CLUSTER, LOCAL, ROOT, services_of, text_of
from workers.liveness import MARGIN
from workers.queues import grace_of
from workers.wiring import needed_settings
from workflows.ids import Queue, queues_named

_DOCKERFILE = (ROOT / "Dockerfile").read_text()
_COMPOSE = text_of(LOCAL)
_GUIDE = (ROOT / "docs" / "how-to-docker.md").read_text()
_STACK = cast("dict[str, Any]", yaml.safe_load(_COMPOSE))
_SERVICES = services_of(LOCAL)
_SETTING = re.compile(r"\b(?:GALLEY|BUFFER|ANTHROPIC|STORAGE)_[A-Z_]*[A-Z]\b")
_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL", re.IGNORECASE)

_WORKERS = ("worker", "media-worker", "speech-worker")

each_service = pytest.mark.parametrize(
    "service", [pytest.param(value, id=name) for name, value in _SERVICES.items()]
)


def _ports(service: dict[str, Any]) -> list[str]:
    return cast("list[str]", service.get("ports", []))


def _workers() -> list[dict[str, Any]]:
    return [_SERVICES[name] for name in _WORKERS]


def _stages() -> dict[str, str]:
    found = re.findall(
        r"^(FROM \S+ AS (\S+)\n.*?)(?=^FROM|\Z)", _DOCKERFILE, re.MULTILINE | re.DOTALL
    )
    return {name: text for text, name in found}


def _instructions(name: str) -> list[str]:
    joined = _DOCKERFILE.replace("\\\n", " ")
    return re.findall(rf"^{name}\s+(.*)$", joined, re.MULTILINE)


@each_service
def test_no_registry_is_asked_for_our_own_image(service: dict[str, Any]) -> None:
    assert service["image"] in {"galley:worker", "galley:local"}
    assert service["pull_policy"] == "never"


def test_the_images_end_as_another_user_than_root() -> None:
    stages = _stages()
    assert re.findall(r"^USER (.*)$", stages["worker"], re.MULTILINE) == ["10001:10001"]
    assert stages["local"].startswith("FROM worker ")
    assert _DOCKERFILE.rpartition("\nFROM ")[2].startswith("worker\n")
    assert len(_instructions("USER")) == 1
    assert "--chown" not in _DOCKERFILE


def test_only_what_stands_in_for_a_service_has_the_image_with_the_emulators() -> None:
    local = {n for n, service in _SERVICES.items() if service["image"] != "galley:worker"}
    assert local == {str(part) for part in Part}


def test_both_images_are_built_once() -> None:
    built = {s["image"]: s["build"]["target"] for s in _SERVICES.values() if "build" in s}
    assert built == {"galley:worker": "worker", "galley:local": "local"}
    assert set(built.values()) <= set(_stages())
    assert sum("build" in service for service in _SERVICES.values()) == 2


def test_every_queue_is_served_and_media_apart_from_posts() -> None:
    served = [queues_named(one["environment"]["GALLEY_QUEUES"]) for one in _workers()]
    assert sorted(queue for queues in served for queue in queues) == sorted(Queue)
    posts, media, speech = served
    assert Queue.POSTS in posts
    assert (media, speech) == ((Queue.MEDIA,), (Queue.SPEECH,))


def test_media_may_not_fill_the_machine() -> None:
    for name in ("media-worker", "speech-worker"):
        assert {"cpus", "mem_limit"} <= _SERVICES[name].keys()


def test_workers_can_be_many() -> None:
    for one in _workers():
        assert not {"container_name", "hostname", "ports"} & one.keys()


def test_the_image_checks_its_worker() -> None:
    assert "GALLEY_HEALTH_FILE" in _instructions("HEALTHCHECK")[0]
    told = [one for one in _instructions("ENV") if "GALLEY_HEALTH_FILE=/tmp/" in one]
    assert len(told) == 1, "the root file system is read-only, but /tmp"


@each_service
def test_parts_are_examined_often_while_they_start_and_seldom_afterwards(
    service: dict[str, Any],
) -> None:
    check = {
        name.replace("-", "_"): value
        for name, value in re.findall(r"--([a-z-]+)=(\w+)", _instructions("HEALTHCHECK")[0])
    } | cast("dict[str, Any]", service.get("healthcheck", {}))
    if "disable" in check:
        return
    starting, running = (
        int(str(check[name]).removesuffix("s")) for name in ("start_interval", "interval")
    )
    assert starting <= 5
    assert running >= 30


def test_the_python_of_the_image_fits_the_project() -> None:
    (image,) = [line for line in _instructions("ARG") if line.startswith("PYTHON=")]
    assert re.fullmatch(r"PYTHON=python:3\.1[123]-slim-[a-z]+", image)


def test_the_lock_decides_what_is_installed() -> None:
    worker, local = [line for line in _instructions("RUN") if "uv sync" in line]
    for installs in (worker, local):
        assert {"--locked", "--no-dev"} <= set(installs.split())
    assert "$STACK" in worker
    assert "$STACK" not in local


def test_the_worker_needs_nothing_that_its_image_leaves_out() -> None:
    left_out = re.findall(r"--no-install-package (\S+?)[\s\"]", _DOCKERFILE)
    modules = {
        module
        for module, packages in packages_distributions().items()
        if {name.lower().replace("_", "-") for name in packages} <= {*left_out}
    }
    blocked = "import sys; sys.modules.update(dict.fromkeys(sys.argv[1:]))"
    # Whatever asks for one of them now gets an ImportError.
    done = subprocess.run(  # noqa: S603 -- this very Python
        [sys.executable, "-c", f"{blocked}; import worker, workers.wiring, starter", *modules],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert {"nltk", "sumy", "graphql"} <= modules
    assert done.returncode == 0, done.stderr


def test_every_extra_is_in_the_image_or_left_out_on_purpose() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    worker = re.findall(r"--extra (\S+)", _stages()["packages"])
    # A model of Whisper would be far larger than the image; a container has no keyring.
    left_out = {"local-asr", "keyring"}
    assert {*worker} | left_out == project["optional-dependencies"].keys()


def test_the_program_that_reads_the_lock_has_a_fixed_version() -> None:
    (version,) = [line for line in _instructions("ARG") if line.startswith("UV=")]
    assert re.fullmatch(r"UV=\d+\.\d+\.\d+", version)


def test_that_program_is_held_to_a_hash() -> None:
    (hashes,) = [line for line in _instructions("ARG") if line.startswith("UV_HASHES=")]
    assert len(re.findall(r"--hash=sha256:[0-9a-f]{64}\b", hashes)) == 2
    (installs,) = [line for line in _instructions("RUN") if "pip install" in line]
    assert "--require-hashes" in installs
    assert "${UV_HASHES}" in installs


def test_no_secret_stands_in_the_files() -> None:
    for service in _SERVICES.values():
        environment = cast("dict[str, object]", service.get("environment", {}))
        assert not [name for name, value in environment.items() if value and _SECRET.search(name)]
    for line in (*_instructions("ENV"), *_instructions("ARG")):
        assert not _SECRET.search(line)


def test_only_setup_and_the_workers_are_given_the_keys() -> None:
    given = {name for name, value in _SERVICES.items() if "env_file" in value}
    assert given == {"setup", *_WORKERS}
    for name in given:
        assert _SERVICES[name]["env_file"] == [{"path": ".env", "required": False}]


@pytest.mark.parametrize("file", [LOCAL, CLUSTER])
@pytest.mark.parametrize(
    ("name", "needed"), [("media-worker", set[str]()), ("speech-worker", {"REPLICATE_API_TOKEN"})]
)
def test_a_worker_of_strangers_files_is_given_no_key_it_does_not_need(
    file: str, name: str, needed: set[str]
) -> None:
    environment = services_of(file)[name]["environment"]
    kept = {"GALLEY_PAYLOAD_KEYS", *needed}
    for secret in SECRETS.values():
        for variable in (secret, f"{secret}_FILE"):
            assert (environment.get(variable) == "") is (secret not in kept), variable
    (queue,) = queues_named(environment["GALLEY_QUEUES"])
    left = needed_settings(
        Settings.model_construct().model_copy(update=dict.fromkeys(SECRETS, "x")), [queue]
    )
    assert {SECRETS[one] for one in SECRETS if getattr(left, one)} == kept


@pytest.mark.parametrize("text", [_DOCKERFILE, _COMPOSE, _GUIDE])
def test_every_setting_that_is_named_exists(text: str) -> None:
    known: set[str] = set()
    for field in Settings.model_fields.values():
        assert isinstance(field.validation_alias, AliasChoices)
        names = {str(choice) for choice in field.validation_alias.choices}
        is_secret = "SecretStr" in str(field.annotation)
        known |= names | ({f"{name}_FILE" for name in names} if is_secret else set())
    assert set(_SETTING.findall(text)) <= known


def test_every_part_of_the_local_stack_has_a_container() -> None:
    assert set(HOSTS) == set(Part)


@pytest.mark.parametrize("part", list(HOSTS))
def test_every_part_is_where_setup_says(part: Part) -> None:
    service = _SERVICES[part]
    networks = cast("dict[str, Any]", service.get("networks", {"default": {}}))
    names = {str(part), *cast("list[str]", networks["default"].get("aliases", []))}
    assert HOSTS[part] in names
    command = service["command"]
    if part is not Part.TEMPORAL:
        assert f"--port={USUAL[part]}" in command
        assert f"--name={HOSTS[part]}" in command


def test_only_pages_for_a_person_are_published() -> None:
    published = {port for service in _SERVICES.values() for port in _ports(service)}
    pages = (USUAL["temporal_ui"], USUAL[Part.GCS], USUAL[Part.BUFFER])
    assert published == {f"127.0.0.1:{port}:{port}" for port in pages}


@pytest.mark.parametrize(
    ("part", "door", "inside"),
    [
        (Part.GCS, 4443, ["-host=127.0.0.1", "-port=4444"]),
        (Part.TEMPORAL, 8233, ["--ui-ip=127.0.0.1", "--ui-port=8234"]),
    ],
)
def test_servers_that_check_nobody_stand_behind_a_door(
    part: Part, door: int, inside: list[str]
) -> None:
    command = cast("list[str]", _SERVICES[part]["command"])
    at = command.index("--")
    outside, server = command[:at], command[at + 1 :]
    assert outside[2] == "emulators.proxy"
    assert f"--port={door}" in outside
    assert f"--to=http://127.0.0.1:{inside[1].rpartition('=')[2]}" in outside
    assert {*inside} <= {*server}


def test_nobody_reaches_the_http_api_of_temporal() -> None:
    closed = "".join(CLOSED_HTTP).replace("value", "value=")
    assert closed in _SERVICES["temporal"]["command"]


def test_media_urls_hold_the_address_that_setup_gives() -> None:
    address = f"{HOSTS[Part.GCS]}:{USUAL[Part.GCS]}"
    assert f"-public-host={address}" in _SERVICES["gcs"]["command"]
    assert f"-external-url=http://{address}" in _SERVICES["gcs"]["command"]
    assert f"--allow-host={HOSTS[Part.GCS]}" in _SERVICES["buffer"]["command"]


def test_no_proxy_stands_between_the_parts() -> None:
    for service in _SERVICES.values():
        for name in ("NO_PROXY", "no_proxy"):
            direct = set(service["environment"][name].split(","))
            assert {"127.0.0.1", *HOSTS.values()} <= direct


def test_search_attributes_stand_nowhere_twice() -> None:
    assert "search-attribute" not in _COMPOSE


def test_temporal_is_examined_without_asking_dns() -> None:
    assert _SERVICES["temporal"]["environment"]["TEMPORAL_ADDRESS"] == "127.0.0.1:7233"


def test_what_must_last_is_kept_in_volumes() -> None:
    for part in (Part.TEMPORAL, Part.GCS, Part.BUFFER):
        assert f"{part}:/data" in _SERVICES[part]["volumes"]
        assert any("=/data" in word for word in _SERVICES[part]["command"])


def test_commands_read_the_addresses_that_setup_leaves() -> None:
    place = f"addresses:/app/{LOCAL_ENV.parent}"
    assert _SERVICES["setup"]["volumes"] == [place]
    for one in _workers():
        assert f"{place}:ro" in one["volumes"]


def test_a_worker_may_finish_a_call_to_buffer_or_end_itself_before_it_is_killed() -> None:
    for one in _workers():
        seconds = float(one["stop_grace_period"].removesuffix("s"))
        served = queues_named(one["environment"]["GALLEY_QUEUES"])
        assert seconds > grace_of(served) + MARGIN


def test_workers_start_after_everything_is_prepared() -> None:
    needed = _SERVICES["setup"]["depends_on"]
    waited = {"condition": "service_healthy", "required": False}
    assert needed == {str(part): waited for part in HOSTS}
    for one in _workers():
        after = one["depends_on"]
        assert after == {"setup": {"condition": "service_completed_successfully"}}


def test_the_builder_is_sent_named_files_only() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    sent = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
    assert sent == {"pyproject.toml", "uv.lock", "examples", *wheel}
