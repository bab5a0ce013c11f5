"""Figures of the product's structure: ``python -m bench.structure [--one-importer]``.

Counts what the size rules of CONTRIBUTING.md are about: files, lines, modules that one
module imports, private functions called once, comment lines, and import circles.
``tests/test_structure.py`` holds the tree to them.
"""

import ast
import sys
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = (
    *("app", "cli", "web", "agents", "workers", "observability", "workflows", "activities"),
    *("galley", "emulators", "bench"),
)
CEILING = 400
"""Lines of the longest file."""
_GENERATED = ROOT / "galley" / "clients" / "buffer" / "generated"


def product_files() -> list[Path]:
    """Return every Python file of the product but the generated client, sorted."""
    rooms = (file for room in ROOMS for file in (ROOT / room).rglob("*.py"))
    files = {*rooms, *ROOT.glob("*.py"), *(ROOT / "docs").glob("*.py")}
    return sorted(file for file in files if _GENERATED not in file.parents)


@dataclass(frozen=True)
class Structure:
    """The product's modules by dotted name, each with its syntax tree."""

    files: dict[str, Path]
    trees: dict[str, ast.Module]

    @classmethod
    def read(cls) -> "Structure":
        """Parse every product file."""
        files = {_dotted(file): file for file in product_files()}
        trees = {name: ast.parse(file.read_text()) for name, file in files.items()}
        return cls(files, trees)

    @cached_property
    def imports(self) -> dict[str, set[str]]:
        """Which product modules each module imports, anywhere in it."""
        found: dict[str, set[str]] = {}
        for name, tree in self.trees.items():
            every = (m for node in ast.walk(tree) for m in self._imported(node))
            found[name] = {module for module in every if module != name}
        return found

    @cached_property
    def importers(self) -> dict[str, set[str]]:
        """Which modules import each module; packages and entry points are left out."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for name, modules in self.imports.items():
            for module in modules:
                found[module].add(name)
        return {
            name: found[name]
            for name, file in self.files.items()
            if file.name not in {"__init__.py", "__main__.py"} and found[name]
        }

    @cached_property
    def circles(self) -> list[list[str]]:
        """Modules that import one another, by imports that run when they load."""
        loaded = {
            name: {m for node in _at_load(tree.body) for m in self._imported(node)}
            for name, tree in self.trees.items()
        }
        reach = {name: _reachable(name, loaded) for name in loaded}
        return sorted(
            {
                tuple(sorted({name, *(m for m in reach[name] if name in reach[m])}))
                for name in loaded
                if name in reach[name]
            }
        )  # pyright: ignore[reportReturnType] -- tuples, so that they can be sorted

    def _imported(self, node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                if full in self.files:
                    yield full
                elif node.module in self.files:
                    yield node.module
        elif isinstance(node, ast.Import):
            yield from (one.name for one in node.names if one.name in self.files)


@cache
def product_structure() -> Structure:
    """Return the structure of the tree as it is, parsed once."""
    return Structure.read()


def _dotted(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _at_load(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that run when a module is loaded."""
    for node in body:
        yield node
        # Imports in functions run later, and make no circle.
        if isinstance(node, ast.With | ast.Try):
            yield from _at_load(node.body)


def _reachable(start: str, edges: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    rest = [start]
    while rest:
        for module in edges.get(rest.pop(), ()):
            # Circles would make this endless.
            if module not in found:
                found.add(module)
                rest.append(module)
    return found


def private_calls(structure: Structure) -> Counter[int]:
    """Count the private functions by how often their own file names them."""
    counts: Counter[int] = Counter()
    for tree in structure.trees.values():
        used = Counter(
            node.id if isinstance(node, ast.Name) else node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Name | ast.Attribute)
        )
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                name = node.name
                if name.startswith("_") and not name.startswith("__"):
                    counts[used[name]] += 1
    return counts


def comment_lines(files: list[Path]) -> int:
    """Count the lines that hold a comment which is no directive of a linter."""
    count = 0
    for file in files:
        with file.open("rb") as source:
            for token in tokenize.tokenize(source.readline):
                text = token.string.lstrip("# ")
                is_directive = text.startswith(("noqa", "pyright", "type:"))
                count += token.type == tokenize.COMMENT and not is_directive
    return count


def main() -> None:
    """Print the figures, a line each."""
    structure = Structure.read()
    files = list(structure.files.values())
    lines = sum(len(file.read_text().splitlines()) for file in files)
    importers = structure.importers
    once = sorted(name for name, by in importers.items() if len(by) == 1)
    calls = private_calls(structure)
    over = [f for f in files if len(f.read_text().splitlines()) > CEILING]
    print(f"product files           {len(files)}")
    print(f"lines                   {lines}")
    print(f"files over 400 lines    {len(over)}")
    print(f"modules imported once   {len(once)} of {len(importers)}", end=" ")
    print(f"({len(once) / len(importers):.0%})")
    print(f"private functions used once in their file  {calls[1]}", end=" ")
    print(f"of {calls.total()} ({calls[1] / calls.total():.0%})")
    print(f"comment lines           {comment_lines(files) / lines:.1%}")
    print(f"import circles          {len(structure.circles)}")
    for circle in structure.circles:
        print(f"  {' -> '.join(circle)}")
    if "--one-importer" in sys.argv:
        for name in once:
            print(f"  {name} <- {', '.join(importers[name])}")


if __name__ == "__main__":
    main()
