"""One word, one meaning: the glossary names what is there, and no old name comes back."""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache

import pytest

from bench.structure import ROOT, product_structure

GLOSSARY = (ROOT / "docs" / "glossary.md").read_text()
BANNED = {
    "beating": "heartbeat",
    "cargo": "snapshot",
    "desk": "queue, reads",
    "harmless": "terminal_safe",
    "outbox": "publishing: the post's state machine, or the job queue",
    "outsider": "public_fetch",
    "purse": "budget",
    "shelf": "cache, store",
    "standing": "active pause",
    "tidings": "PostNotifier",
    "wish": "change request, options",
    "wishes": "options",
}
"""What no name of the product holds, and what says it instead."""
_ROW = re.compile(r"^\| (?P<word>[^|]+?) \| ", re.MULTILINE)
_CODE = re.compile(
    r"`(?P<name>[A-Z][a-z]+(?:[A-Z][a-z]+)+|(?:galley|workflows|activities)/[\w./]+)`"
)


def parts(name: str) -> list[str]:
    """Split a name of any style into its words, in small letters."""
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)]


def names_of(tree: ast.Module) -> Iterator[str]:
    """Yield every name that a module gives: classes, functions, arguments, variables."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                yield node.name
            case ast.arg():
                yield node.arg
            case ast.Name(ctx=ast.Store()):
                yield node.id
            case ast.Attribute(ctx=ast.Store()):
                yield node.attr
            case _:
                pass


@cache
def names_by_part() -> dict[str, list[str]]:
    """Return the names of the product that hold each word, with their modules."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for module, tree in product_structure().trees.items():
        for name in (*names_of(tree), module.rpartition(".")[2]):
            for word in parts(name):
                found[word].append(f"{module}.{name}")
    return found


def glossary_words() -> list[str]:
    heads = {"Word", "---"}
    return [word for word in _ROW.findall(GLOSSARY) if word not in heads]


@pytest.mark.parametrize("banned", BANNED)
def test_no_name_of_the_product_holds(banned: str) -> None:
    assert names_by_part().get(banned, []) == [], f"say {BANNED[banned]}"


def test_each_word_of_the_glossary_has_one_meaning() -> None:
    counts = Counter(word.casefold() for word in glossary_words())

    assert [word for word, count in counts.items() if count > 1] == []


def test_what_the_glossary_names_in_code_is_there() -> None:
    classes = {
        node.name
        for tree in product_structure().trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    modules = set(product_structure().files)
    missing = [
        name
        for name in _CODE.findall(GLOSSARY)
        if name not in classes
        and name.rstrip("/").removesuffix(".py").replace("/", ".") not in modules
    ]

    assert missing == []


def test_a_banned_word_would_be_found() -> None:
    tree = ast.parse("class OrdersPurse:\n    def beatingOn(self, SHELF_LIFE): self.wishes = 1")
    found = {word for name in names_of(tree) for word in parts(name)} & set(BANNED)

    assert found == {"purse", "beating", "shelf", "wishes"}
