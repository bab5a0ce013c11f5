"""The tree keeps the shape that the architecture says it has."""

import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, cast, get_args

import pytest
from pydantic import BaseModel, SecretStr
from temporalio.client import Client

from activities import interfaces
from activities.drafting import assembly
from galley.clients.buffer.client import BufferClient
from galley.drafting.prompt_files import load_prompts
from galley.media.plan import rendering_for
from galley.models.base import Model
from galley.models.network import Platform
from galley.networks.registry import rules_for
from galley.publishing.job.state import AccountInput
from galley.settings import Settings
from tests import wires
from tests.pages import PRODUCT, ROOT

GENERATED = ROOT / "galley" / "clients" / "buffer" / "generated"
ROOMS = [*(ROOT / name for name in PRODUCT), ROOT / "bench"]
ENTRIES = [ROOT / "worker.py", ROOT / "starter.py"]
PRODUCT_FILES = [
    *ENTRIES,
    *(f for room in ROOMS for f in room.rglob("*.py") if GENERATED not in f.parents),
]
TEST_FILES = sorted((ROOT / "tests").rglob("*.py"))
WORKFLOW_MODULES = sorted(
    ".".join(file.relative_to(ROOT).with_suffix("").parts)
    for file in (ROOT / "workflows").rglob("*.py")
    if file.stem != "__init__"
)
ACTIVITY_ROOMS = sorted((ROOT / "activities").glob("*/__init__.py"))
OUTSIDE = [
    "httpx",
    "anthropic",
    "replicate",
    "google.auth",
    "google.cloud",
    "requests",
    "sqlite3",
    "PIL",
    "typst",
    "trafilatura",
    "galley.clients",
    "galley.media",
    "galley.settings",
    "galley.sources",
    "emulators",
    "cli",
]
_LOADED = """
import importlib, json, sys
loaded = {}
for name in sys.argv[1:]:
    before = set(sys.modules)
    importlib.import_module(name)
    loaded[name] = sorted(set(sys.modules) - before)
print(json.dumps(loaded))
"""
# Written so that this file does not hold the words it looks for.
_UNWANTED = {
    "patches a part": r"\bmock[.]patch|\bmonkeypatch[.]setattr|unittest[.]mock",
    # The images install the packages of Galley, and not Galley.
    "asks for the version of an installed Galley": r"""\bversion\(["']galley["']""",
    "skips a test": r"pytest[.](?:mark[.])?(?:skip|skipif|xfail|importorskip)\b",
    "leaves work undone": r"\b(?:TO[D]O|FIX[M]E|XX[X]|HA[C]K)\b",
}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())


# Sizes and names


@pytest.mark.parametrize(
    ("files", "most"), [(PRODUCT_FILES, 400), (TEST_FILES, 600)], ids=["product", "tests"]
)
def test_no_file_is_too_long(files: list[Path], most: int) -> None:
    assert {named(f): lines(f) for f in files if lines(f) > most} == {}


def test_no_module_is_a_drawer_for_leftovers() -> None:
    drawers = {"helpers", "helper", "utils", "util", "common", "misc", "base_utils"}
    found = [f for f in [*PRODUCT_FILES, *TEST_FILES] if f.stem.strip("_") in drawers]

    assert [named(f) for f in found] == []


def test_every_room_has_a_room_of_tests() -> None:
    rooms = {file.parent.name for file in (ROOT / "galley").glob("*/__init__.py")}
    rooms |= {"activities", "app", "cli", "emulators", "observability", "web", "workflows"}
    there = {room.name for room in (ROOT / "tests").iterdir() if room.is_dir()}

    assert sorted(rooms - there) == []


@pytest.mark.parametrize("what", _UNWANTED)
def test_nothing_in_the_tree(what: str) -> None:
    pattern = re.compile(_UNWANTED[what])
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "Makefile"]
    found = [
        f"{named(file)}:{number}"
        for file in [*PRODUCT_FILES, *TEST_FILES, *pages, ROOT / "pyproject.toml"]
        for number, line in enumerate(file.read_text().splitlines(), start=1)
        if pattern.search(line)
    ]

    assert found == [], what


def test_the_application_layer_reads_no_environment_and_ends_nothing() -> None:
    """A face gives it settings and names: a page serves many people at once."""
    of_a_face = re.compile(
        r"\bSettings\(\)|\bos\.(?:environ|getenv)|\bgetpass\b|(?<![\w.])(?:print|input)\("
        r"|\bsys\.(?:std\w+|argv|exit)|\bSystemExit\b|\bExitCode\b"
    )
    layer = [file for file in PRODUCT_FILES if named(file).startswith("app/")]

    assert layer
    assert [named(file) for file in layer if of_a_face.search(file.read_text())] == []


def test_the_application_layer_names_no_command_and_no_flag_of_a_face() -> None:
    """It advises actions as data; ``temporal`` and ``tcld`` are commands of no face."""
    of_a_face = re.compile(r"starter\.py|\bgalley [a-z]+[ `]|(?<![\w-])--[a-z]")
    of_temporal = re.compile(
        r"temporal |tcld |workflow delete|--(?:queues|retention|search-attr|name|type|build)"
    )
    found = [
        f"{named(file)}:{number}"
        for file in PRODUCT_FILES
        if named(file).startswith("app/")
        for number, line in enumerate(file.read_text().splitlines(), start=1)
        if of_a_face.search(line) and not of_temporal.search(line)
    ]

    assert found == []


def test_a_package_file_holds_its_sentence_and_nothing_else() -> None:
    packages = [f for f in PRODUCT_FILES if f.name == "__init__.py"]
    others = [f for f in packages if named(f) != "galley/settings/__init__.py"]

    assert [named(f) for f in others if lines(f) != 1] == []


# Activities


@pytest.fixture
async def registered() -> AsyncIterator[list[Callable[..., object]]]:
    """Wire the activities as the worker does, to addresses where nobody answers."""
    from workers.wiring import activities_of
    from workflows.ids import Queue

    nowhere = "http://127.0.0.1:9"
    settings = Settings.model_construct(storage_emulator_host=nowhere, anthropic_base_url=nowhere)
    buffer = BufferClient(nowhere, "no-key", timeout=1, user_agent="galley-test")
    client = await Client.connect("127.0.0.1:9", lazy=True)
    yield activities_of(client, settings, tuple(Queue), buffer)
    await buffer.aclose()


def test_every_interface_method_has_exactly_one_registered_implementation(
    registered: list[Callable[..., object]],
) -> None:
    implemented = [
        (interface.__name__, name)
        for activity in registered
        for interface in type(cast("Any", activity).__self__).__mro__
        if interface.__module__ == interfaces.__name__
        for name in wires.activity_names((cast("Any", activity).__func__,))
    ]
    wanted = [
        (interface.__name__, name)
        for interface in wires.activity_interfaces()
        for name in wires.activity_names(wires.methods_of(interface))
    ]

    assert sorted(implemented) == sorted(wanted)
    assert len(registered) == len(wanted)


# Platforms


@pytest.mark.parametrize("platform", Platform)
def test_every_platform_has_rules_a_prompt_and_media(platform: Platform) -> None:
    rules = rules_for(platform)
    made = rendering_for(platform)

    assert rules.platform is platform
    assert platform in load_prompts().networks
    assert (made.kind if made else None) == rules.required_media


# What a workflow loads


def test_no_workflow_module_loads_anything_that_reaches_out() -> None:
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", _LOADED, *WORKFLOW_MODULES],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = cast("dict[str, list[str]]", json.loads(done.stdout))
    rooms = [f"activities.{f.parent.name}" for f in ACTIVITY_ROOMS]
    forbidden = {*OUTSIDE, *rooms}

    assert {m: found for m in loaded if (found := sorted(forbidden & {*loaded[m]}))} == {}


def test_the_list_of_what_must_not_be_loaded_is_real() -> None:
    """Loading an activity does load what a workflow must not."""
    names = {assembly.__name__, "galley.clients"}

    assert names <= set(sys.modules)


# Secrets


def test_no_model_that_a_workflow_sees_holds_a_secret() -> None:
    seen = {AccountInput, *subclasses(Model)}
    secrets = [
        f"{model.__name__}.{name}"
        for model in seen
        for name, field in model.model_fields.items()
        if SecretStr in parts(field.annotation)
    ]

    assert secrets == []


def test_a_secret_in_a_model_would_be_found() -> None:
    assert SecretStr in parts(Settings.model_fields["buffer_api_key"].annotation)


def subclasses(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for one in kind.__subclasses__():
        yield one
        yield from subclasses(one)


def parts(annotation: object) -> set[object]:
    """Return an annotation and everything it is made of."""
    inner = [parts(one) for one in get_args(annotation)]
    return {annotation}.union(*inner) if _is_hashable(annotation) else set()


def _is_hashable(annotation: object) -> bool:
    return getattr(annotation, "__hash__", None) is not None
