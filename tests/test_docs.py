"""The documents say what the code does."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from cli.errors import ExitCode
from cli.local.parts import USUAL, Part, local_values
from emulators.anthropic.app import FaultKind, create_app
from emulators.anthropic.recorded import load
from emulators.buffer.control import Control
from emulators.buffer.core import Emulator, Options
from galley.models.post import PostState
from tests import network_pages, pages, wires
from tests.pages import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
"""The others hold drafts, which quote commands in the middle of a sentence."""
REFERENCE = ROOT / "docs" / "reference.md"
BLOCKS: dict[tuple[str, str], Callable[[], str]] = {
    ("README.md", "rooms"): pages.rooms,
    ("docs/architecture.md", "engine"): partial(pages.rooms_of, "galley"),
    ("docs/architecture.md", "steps"): partial(
        pages.rooms_of, "activities", "interfaces.py", "edge.py", "staging.py", "predictions.py"
    ),
    ("docs/architecture.md", "app"): partial(pages.rooms_of, "app"),
    ("docs/architecture.md", "cli"): partial(pages.rooms_of, "cli"),
    ("docs/architecture.md", "contracts"): pages.contracts,
    ("docs/settings.md", "settings"): pages.settings,
    ("docs/how-to-observe.md", "metrics"): pages.metrics,
    ("docs/reference.md", "commands"): pages.commands,
    ("docs/reference.md", "workflows"): pages.workflows,
    ("docs/reference.md", "activities"): pages.activities,
    ("docs/reference.md", "values"): pages.values,
    ("docs/how-to-agents.md", "agents"): pages.agents,
    ("docs/emulators.md", "buffer-faults"): pages.buffer_faults,
    ("docs/networks.md", "texts"): network_pages.texts,
    ("docs/networks.md", "fields"): network_pages.fields,
    ("docs/networks.md", "extras"): network_pages.extras,
    ("docs/networks.md", "pictures"): network_pages.pictures,
    ("docs/networks.md", "videos"): network_pages.videos,
    ("docs/networks.md", "drawn"): network_pages.drawn,
}
_COMMAND = re.compile(r"(?<![\w/])(?:starter\.py|galley) (?P<name>[a-z]+)(?P<rest>[^`\n]*)")
_LINK = re.compile(r"\]\((?P<to>[^)\s]+)\)|(?:src|href)=\"(?P<tag>[^\"]+)\"")
_PATH = re.compile(
    r"`(?P<path>(?:app|cli|agents|galley|workflows|activities|workers|observability|emulators|tests|bench"
    r"|docs|examples|deploy)/[^`\s]*)`"
)
_BY_HAND = re.compile(r"temporal workflow (?P<what>signal|update|query)(?P<rest>[^\n]*)")


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def section(page: str, heading: str) -> str:
    """Return what stands under a heading, up to the next one of its level."""
    level = heading.partition(" ")[0]
    _, _, rest = (ROOT / page).read_text().partition(f"{heading}\n")
    assert rest, f"{page} has no {heading!r}"
    return re.split(rf"^{level} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


# What is written from the code


@pytest.mark.parametrize(("page", "block"), BLOCKS, ids=str)
def test_a_table_written_from_the_code_is_up_to_date(page: str, block: str) -> None:
    begin, end = f"<!-- begin: {block} -->\n", f"<!-- end: {block} -->"
    wanted = f"{begin}\n{BLOCKS[page, block]()}\n\n{end}"
    text = (ROOT / page).read_text()
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if os.environ.get("GALLEY_RECORD") == "1":
        text = pattern.sub(lambda _: wanted, text)
        (ROOT / page).write_text(text)

    assert pattern.findall(text) == [wanted], "GALLEY_RECORD=1 pytest tests/test_docs.py"


def test_the_post_that_the_readme_shows_is_one_that_the_demo_writes() -> None:
    shown = section("README.md", "## Try it: two commands")
    body, _, _ = shown.partition("```text\n")[2].partition("\nDrafter:")
    indented = "\n".join(line for line in body.splitlines() if not line or line[:4] == " " * 4)
    paragraphs = [" ".join(one.split()) for one in indented.split("\n\n")]
    words = [one for one in paragraphs if one and not one.startswith(("http", "#"))]
    recording = load()
    assert recording
    texts = [" ".join(one.post["body"].split()) for one in recording.posts.values()]

    assert words
    assert [text for text in texts if all(one in text for one in words)]


# Names on the wire


def listed_names() -> list[str]:
    known = (ROOT / "tests" / "wire_names.txt").read_text().split("\n")
    return [line for line in known if line and not line.startswith("#")]


def test_a_wire_name_is_never_changed_unseen() -> None:
    assert wires.wire_names() == listed_names()


@pytest.mark.parametrize("name", listed_names())
def test_a_wire_name_stands_in_the_reference(name: str) -> None:
    word = re.split(r"[ .]", name)[-1]
    if name.startswith("attribute"):
        word = name.split(" ")[1]
    elif name.startswith("workflow"):
        word = f"### {word}\n"
    text = REFERENCE.read_text()

    assert word in text if word.startswith("#") else f"`{word}`" in text


def first_columns(page: str, heading: str) -> list[tuple[str, str]]:
    """Return the name and the last cell of each row under a heading."""
    rows = re.findall(r"^\| `(.*?)` \|(?:.*\|)? ?(.*) \|$", section(page, heading), re.MULTILINE)
    return [(name, last.strip()) for name, last in rows]


def test_the_states_are_those_of_the_code_and_so_is_which_are_final() -> None:
    wanted = [(state.value, "yes" if state.is_final else "") for state in PostState]

    assert first_columns("docs/reference.md", "## States") == wanted


def test_the_search_attributes_are_those_of_the_code() -> None:
    told = section("docs/reference.md", "## Search attributes")
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|", told, re.MULTILINE)

    assert [" ".join(row) for row in rows] == list(wires.search_attributes())


def test_the_error_types_are_those_of_the_code() -> None:
    told = {name for name, _ in first_columns("docs/reference.md", "## Errors")}

    assert told == wires.error_types()


def by_hand() -> list[tuple[str, str, str]]:
    """Return each signal and update of the pages: kind, name, JSON input."""
    found: list[tuple[str, str, str]] = []
    for page in PAGES:
        text = page.read_text()
        for one in _BY_HAND.finditer(text.replace("\\\n", " ")):
            name = re.search(r"--(?:name|type) ([a-z_]+)", one["rest"])
            given = re.search(r"--input '([^']*)'", one["rest"])
            if name:
                found.append((one["what"], name[1], given[1] if given else ""))
    return found


@pytest.mark.parametrize(("kind", "name", "given"), by_hand())
def test_an_input_written_by_hand_is_one_the_workflow_takes(
    kind: str, name: str, given: str
) -> None:
    known = [
        one
        for workflow in wires.workflow_types()
        for one in wires.handlers(workflow)
        if (one.kind, one.name) == (kind, name)
    ]
    assert known, f"there is no {kind} {name}"

    if known[0].model is None:
        assert not given
    else:
        TypeAdapter[object](known[0].model).validate_json(given)


def test_the_pages_show_every_decision_by_hand() -> None:
    assert {name for _, name, _ in by_hand()} >= {
        "approve",
        "edit",
        "regenerate",
        "reject",
        "decide",
        "pause",
        "resume",
        "view",
    }


# Commands


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_a_command_that_a_page_shows_exists(page: Path) -> None:
    known = pages.sub_commands()
    for shown in _COMMAND.finditer(page.read_text()):
        if shown["name"] in {"help", "admin"}:
            continue  # they stand for others
        assert shown["name"] in known, shown[0]
        options = set(re.findall(r"--[a-z][a-z-]*", shown["rest"]))
        assert options <= pages.options_of(known[shown["name"]]) | {"--help"}, shown[0]


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_a_make_target_that_a_page_shows_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    shown = set(re.findall(r"(?:`|^\$ |^)make ([a-z-]+)", page.read_text(), re.MULTILINE))

    assert shown <= targets


def test_the_exit_codes_are_those_of_the_command_line() -> None:
    listed = re.findall(
        r"^\| (\d+) \|", section("docs/reference.md", "## Exit codes"), re.MULTILINE
    )

    assert [int(code) for code in listed] == list(ExitCode)


# The local stack


def test_the_page_of_settings_says_what_the_local_stack_sets_for_itself() -> None:
    ports = dict.fromkeys(USUAL, 1)
    values = local_values(list(Part), ports)
    told = (ROOT / "docs" / "settings.md").read_text()
    own = [f"{k}={v}" for k, v in values.items() if k.startswith("GALLEY_")]

    assert own
    assert [one for one in own if f"`{one}`" not in told] == []


def test_the_usual_ports_are_told() -> None:
    told = section("docs/emulators.md", "## In the local stack")

    assert [name for name, port in USUAL.items() if str(port) not in told] == []


# Emulators


@pytest.mark.parametrize("name", ["buffer", "anthropic"])
def test_the_options_of_an_emulator_are_those_of_its_help(name: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", f"emulators.{name}", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    told = section("docs/emulators.md", f"### Options of the {name.title()} emulator")
    option = re.compile(r"--[a-z][a-z-]+")

    assert set(option.findall(told)) == set(option.findall(done.stdout)) - {"--help"}


async def test_every_path_of_the_control_apis_is_told() -> None:
    emulator = Emulator(Options())
    paths = {route.path for route in Control(emulator).routes()}
    await emulator.close()
    paths |= {str(vars(route)["path"]) for route in create_app().routes}
    told = (ROOT / "docs" / "emulators.md").read_text()

    assert [path for path in sorted(paths) if f"{path}`" not in told] == []


def test_every_fault_of_the_anthropic_emulator_is_told() -> None:
    told = section("docs/emulators.md", "### Faults of the Anthropic emulator")

    assert set(re.findall(r"^\| `(\w+)`", told, re.MULTILINE)) == set(FaultKind)


# Paths in the code


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_a_path_that_a_page_names_is_in_the_tree(page: Path) -> None:
    named = [found["path"].rstrip("/") for found in _PATH.finditer(page.read_text())]
    # The histories of a release are there once it is released.
    to_come = ("NAME", "tests/histories/")

    assert [
        path
        for path in named
        if not any(one in path for one in to_come) and not (ROOT / path.partition("::")[0]).exists()
    ] == []


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_a_test_that_a_page_names_is_there(page: Path) -> None:
    for found in re.finditer(r"`(tests/[\w/.-]+\.py)::(\w+)`", page.read_text()):
        assert f"def {found[2]}(" in (ROOT / found[1]).read_text(), found[0]


# Links


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_an_internal_link_leads_somewhere(page: Path) -> None:
    for found in _LINK.finditer(page.read_text()):
        target = found["to"] or found["tag"]
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        goal = (page.parent / path).resolve() if path else page
        assert goal.exists(), f"{target} in {page.name}"
        if anchor:
            assert anchor in anchors(goal.read_text()), f"{target} in {page.name}"


def anchors(text: str) -> set[str]:
    """Return the anchors GitHub makes of the headings."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


def test_every_page_is_linked_to_from_another() -> None:
    linked = {
        (page.parent / (found["to"] or found["tag"]).partition("#")[0]).resolve()
        for page in PAGES
        for found in _LINK.finditer(page.read_text())
    }
    shown = {*(ROOT / "docs").rglob("*.md")}

    assert names(sorted(shown - linked)) == []


def test_every_how_to_stands_in_their_index() -> None:
    index = (ROOT / "docs" / "how-to.md").read_text()
    there = names(sorted((ROOT / "docs").glob("how-to-*.md")))

    assert [one for one in there if f"({Path(one).name})" not in index] == []


def test_each_decision_has_a_number_of_its_own() -> None:
    pages_found = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [int(page.name[:4]) for page in pages_found]

    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page.parent.name == "decisions"],
    ids=lambda page: page.stem[:4],
)
def test_a_decision_says_what_was_refused_and_what_would_change_it(page: Path) -> None:
    headings = re.findall(r"^## (.*)$", page.read_text(), re.MULTILINE)

    assert headings == ["Context", "Decision", "Refused", "What would change our mind"]
