"""The walks of docs/architecture.md: every file is there, and an earlier one leads to it."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from bench.structure import ROOT, product_structure
from starter import Commands

PAGE = (ROOT / "docs" / "architecture.md").read_text()
WALKS = {
    "### From a URL to a draft in review": 45,
    "### From an approval to confirmed in Buffer": 32,
}
"""The heading of each walk, and the most files that it may take."""
CHANGES = "### To change X, touch these files"
MARKS = {
    "a second approver": r"[Aa]pprov|Decision",
    "a file format as a source": r"\bPDF\b",
    "another drafting model": r"claude|[Aa]nthropic|draft_model",
}
"""What each file of a row of the table holds, where one word tells."""
INTERFACES = "activities.interfaces"
_STOP = re.compile(
    r"^\d+\. \[`(?P<path>[^`]+)`\]\(\.\./(?P<link>[^)]+)\): (?P<said>.+)$", re.MULTILINE
)
_LINK = re.compile(r"\[`(?P<path>[^`]+)`\]\(\.\./(?P<link>[^)]+)\)")
_ROOMS = (
    *("app", "cli", "web", "agents", "workers", "observability", "workflows", "activities"),
    *("galley", "emulators"),
)
_SCHEMA = "schema.graphql"
"""Buffer's own, which names every network."""


@cache
def modules() -> dict[str, str]:
    """Return the name of each module, by its path."""
    return {str(file.relative_to(ROOT)): name for name, file in product_structure().files.items()}


def section(heading: str) -> str:
    """Return what stands under a heading of the page, up to the next heading."""
    _, _, rest = PAGE.partition(f"{heading}\n")
    assert rest, f"the page has no {heading!r}"
    return re.split(r"^#+ ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def stops(heading: str) -> list[str]:
    """Return the files of a walk, in order."""
    return [found["path"] for found in _STOP.finditer(section(heading))]


def rows() -> dict[str, list[str]]:
    """Return the files of each row of the table of changes."""
    found = re.findall(r"^\| ([^|]+) \| ([^|]+) \|", section(CHANGES), re.MULTILINE)
    return {what: [m["path"] for m in _LINK.finditer(files)] for what, files in found[2:]}


# Walks


@pytest.mark.parametrize("heading", WALKS)
def test_a_walk_is_numbered_and_every_line_of_it_is_a_file(heading: str) -> None:
    numbered = re.findall(r"^\d+\. ", section(heading), re.MULTILINE)
    walked = stops(heading)

    assert walked[0] == "starter.py"
    assert len(walked) == len(numbered) == len(set(walked))
    assert [path for path in walked if path not in modules()] == []


@pytest.mark.parametrize(("heading", "most"), WALKS.items())
def test_a_walk_is_no_longer_than_it_should_be(heading: str, most: int) -> None:
    walked = stops(heading)

    assert len(walked) <= most
    assert f"{len(walked)} files" in section(heading)


@pytest.mark.parametrize("heading", WALKS)
def test_an_earlier_file_leads_to_each(heading: str) -> None:
    walked = [modules()[path] for path in stops(heading)]
    lost = [
        name
        for at, name in enumerate(walked)
        if at and not any(leads(earlier, name) for earlier in walked[:at])
    ]

    assert lost == []


def leads(earlier: str, later: str) -> bool:
    """Tell whether a reader of one module comes from it to another."""
    return (
        later in product_structure().imports[earlier]
        or bool(interfaces_used(earlier) & interfaces_implemented(later))
        or bool(texts_of(earlier) & handlers_of(later))
        or (earlier == "starter" and later in commands_of_starter())
        # A client of the model answers what this module asks; workers/wiring.py joins them.
        or (earlier == "galley.drafting.answers" and earlier in product_structure().imports[later])
    )


def commands_of_starter() -> set[str]:
    """Return the modules that starter.py names, and imports when a command is asked for."""
    entries = (entry for chapter in Commands.chapters.values() for entry in chapter)
    return {f"cli.commands.{entry.module}" for entry in entries}


def interfaces_used(module: str) -> set[str]:
    """Return the interfaces of activities that a workflow imports."""
    nodes = ast.walk(product_structure().trees[module])
    imports = (n for n in nodes if isinstance(n, ast.ImportFrom) and n.module == INTERFACES)
    return {alias.name for one in imports for alias in one.names}


def interfaces_implemented(module: str) -> set[str]:
    """Return the interfaces that the classes of a module implement."""
    nodes = ast.walk(product_structure().trees[module])
    bases = (base for node in nodes if isinstance(node, ast.ClassDef) for base in node.bases)
    imported = interfaces_used(module)
    return {base.id for base in bases if isinstance(base, ast.Name)} & imported


def texts_of(module: str) -> set[str]:
    """Return the texts of an activity; other modules reach no workflow by the name of a handler."""
    if not module.startswith("activities."):
        return set()
    nodes = ast.walk(product_structure().trees[module])
    return {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def handlers_of(module: str) -> set[str]:
    """Return the signals and updates of the workflow that a module defines."""
    nodes = ast.walk(product_structure().trees[module])
    return {
        node.name
        for node in nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and any("workflow.signal" in d or "workflow.update" in d for d in decorators(node))
    }


def decorators(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    return [ast.unparse(one) for one in node.decorator_list]


def test_a_step_that_nothing_leads_to_would_be_found() -> None:
    assert leads("starter", "cli.commands.campaigns")
    assert leads("workflows.post.steps", "activities.drafting.drafts")
    assert leads("activities.publishing.account", "workflows.account.workflow")
    assert not leads("workflows.post.steps", "activities.sources.feeds")
    assert not leads("galley.sources.identity", "workflows.account.workflow")


# Changes


def test_every_file_to_touch_is_there() -> None:
    touched = rows()

    assert len(touched) >= 6
    assert [
        path for files in touched.values() for path in files if not (ROOT / path).exists()
    ] == []
    assert [what for what, files in touched.items() if not files] == []


def test_a_new_network_touches_the_files_that_name_one() -> None:
    named = {path for path in written_files() if names(path, "mastodon")}

    assert sorted(rows()["a network"]) == sorted(named)


def test_a_new_source_kind_touches_the_files_that_name_one() -> None:
    product = [path for path in modules() if not path.startswith("bench/")]
    named = {path for path in product if "SourceKind.PDF" in (ROOT / path).read_text()}

    assert sorted(rows()["a file format as a source"]) == sorted(
        named | {"galley/models/source.py"}
    )


@pytest.mark.parametrize(("what", "mark"), MARKS.items())
def test_a_file_to_touch_is_about_what_is_added(what: str, mark: str) -> None:
    touched = rows()[what]

    assert [path for path in touched if not re.search(mark, (ROOT / path).read_text())] == []


def test_a_new_page_for_reviewers_touches_the_pages_alone() -> None:
    assert [path for path in rows()["a page for reviewers"] if not path.startswith("web/")] == []


def written_files() -> Iterator[str]:
    """Yield every file of the product that people write, texts for the model among them."""
    yield from (path for path in modules() if not path.startswith(("bench/", "docs/")))
    for room in _ROOMS:
        for file in (ROOT / room).rglob("*"):
            path = str(file.relative_to(ROOT))
            is_text = file.suffix in {".md", ".toml", ".css", ".js", ".html", ".graphql"}
            if is_text and file.name != _SCHEMA:
                yield path


def names(path: str, word: str) -> bool:
    """Tell whether a file names a word: in code, but in no comment or docstring."""
    file = ROOT / path
    if word in path:
        return True
    if file.suffix != ".py":
        return word in file.read_text().lower()
    return any(word in text.lower() for text in _code(file))


def _code(file: Path) -> Iterator[str]:
    """Yield the names and texts of a module, without its docstrings."""
    before = tokenize.NEWLINE
    for token in tokenize.generate_tokens(io.StringIO(file.read_text()).readline):
        is_docstring = token.type == tokenize.STRING and before in {
            tokenize.NEWLINE,
            tokenize.INDENT,
            tokenize.DEDENT,
            tokenize.NL,
        }
        if token.type in {tokenize.NAME, tokenize.STRING} and not is_docstring:
            yield token.string
        if token.type not in {tokenize.COMMENT, tokenize.NL}:
            before = token.type
