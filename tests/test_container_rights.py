"""What no container of ours may do, whichever compose file it stands in."""

import re
from typing import Any, cast

import pytest

from tests.compose_files import CLUSTER, ENCRYPTION, LOCAL, OBSERVE, services_of

_ALL = [
    pytest.param(service, id=f"{file}:{name}")
    for file in (LOCAL, CLUSTER, OBSERVE, ENCRYPTION)
    for name, service in sorted(services_of(file).items())
    # One without an image is changed there, and stands whole in another file.
    if "image" in service
]
_OURS = ("galley:worker", "galley:local")
"""Images that end as a user with a number (tests/test_compose.py)."""
_NO_ROOT = re.compile(r"[1-9]\d*:[1-9]\d*|postgres")
_REFUSED = {"privileged", "cap_add", "pid", "ipc", "devices", "network_mode", "userns_mode"}

each = pytest.mark.parametrize("service", _ALL)


def _is_over_soon(service: dict[str, Any]) -> bool:
    return service["restart"] in {"no", "on-failure:5"}


@each
def test_has_the_least_rights(service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["pids_limit"] <= 1024
    assert not _REFUSED & service.keys()


@each
def test_is_not_root(service: dict[str, Any]) -> None:
    if service["image"] in _OURS:
        assert "user" not in service
    else:
        assert _NO_ROOT.fullmatch(service["user"])


@each
def test_listens_to_this_machine_only(service: dict[str, Any]) -> None:
    for port in cast("list[str]", service.get("ports", [])):
        assert re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port)


@each
def test_sees_files_of_the_machine_only_to_read(service: dict[str, Any]) -> None:
    for volume in cast("list[str]", service.get("volumes", [])):
        assert "docker.sock" not in volume
        is_named = re.fullmatch(r"[a-z]+", volume.partition(":")[0])
        assert is_named or volume.endswith(":ro")


@each
def test_tells_its_health_unless_it_is_over_soon(service: dict[str, Any]) -> None:
    check = cast("dict[str, Any]", service.get("healthcheck", {}))
    if _is_over_soon(service):
        assert check == {"disable": True}
        return
    assert service["restart"] == "unless-stopped"
    # Our own image brings the check of a worker.
    assert "test" in check or service["image"] == "galley:worker"


@each
def test_cannot_fill_the_disk_with_its_log(service: dict[str, Any]) -> None:
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}


@each
def test_is_waited_for_in_order(service: dict[str, Any]) -> None:
    wanted = {"service_healthy", "service_completed_successfully"}
    for one in cast("dict[str, Any]", service.get("depends_on", {})).values():
        assert one["condition"] in wanted
