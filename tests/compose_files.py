"""The compose files, read as they stand, with every variable at its default."""

import re
from pathlib import Path
from typing import Any, cast

import yaml

ROOT = Path(__file__).parents[1]
LOCAL = "docker-compose.yml"
LIVE = "docker-compose.live.yml"
CLUSTER = "docker-compose.cluster.yml"
OBSERVE = "docker-compose.observe.yml"
ENCRYPTION = "docker-compose.encryption.yml"
WEB = "docker-compose.web.yml"
AGENTS = "docker-compose.agents.yml"
_VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(?:(:-|:\?)((?:[^${}]|\$\{[^}]*\})*))?\}")


def text_of(name: str) -> str:
    return (ROOT / name).read_text()


def services_of(name: str) -> dict[str, dict[str, Any]]:
    """Return the services of a file by name."""
    loaded = cast("dict[str, Any]", yaml.safe_load(text_of(name)))
    return cast("dict[str, dict[str, Any]]", loaded["services"])


def required_variables(name: str) -> dict[str, str]:
    """Return the variables that have to be set, with what is said if they are not."""
    found = _VARIABLE.findall(text_of(name))
    return {variable: said for variable, kind, said in found if kind == ":?"}


def defaults(name: str) -> dict[str, str]:
    """Return the variables that may be set, with what they are otherwise."""
    found = _VARIABLE.findall(text_of(name))
    return {variable: value for variable, kind, value in found if kind == ":-"}
