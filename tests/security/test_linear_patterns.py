"""Every pattern that may see a stranger's text takes time in proportion to the text."""

import ast
import importlib
import inspect
import pkgutil
import re
import signal
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice, product
from types import FrameType
from typing import Any, TypeAlias, cast

import pytest

import galley.drafting
import galley.networks
import galley.sources
from galley.networks.visible import visible
from galley.redaction import terminal_safe, terminal_safe_json, unseen_characters

parser = cast("Any", importlib.import_module("re._parser"))
compiler = cast("Any", importlib.import_module("re._compiler"))
Nodes: TypeAlias = Iterable[tuple[object, Any]]
"""What Python's own parser of patterns makes of one: kinds of parts, and what is in them."""
PACKAGES = (galley.sources, galley.networks, galley.drafting)
SHORT, LONG = 6_000, 60_000
"""Characters. A multiple of the short text takes milliseconds; a square of the long one seconds."""
SUSPICIOUS, SLOW = 0.015, 0.6
"""Seconds of processor for the short text, and for the long one."""
MOST_SUSPICIOUS = 2
ENDS = ("", "\0", "\n")


def patterns_of(name: str) -> Iterator[re.Pattern[str]]:
    """Yield the patterns of a module: constants, what it makes late, and its calls of ``re``."""
    module = importlib.import_module(name)
    for value in vars(module).values():
        made = value() if _makes_a_pattern(value) else value
        if isinstance(made, re.Pattern):
            pattern = cast("re.Pattern[str] | re.Pattern[bytes]", made)
            text = pattern.pattern
            text = text if isinstance(text, str) else text.decode("latin-1")
            yield re.compile(text, pattern.flags & ~re.UNICODE)
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            match node.func.value, node.func.attr, node.args[:1]:
                case ast.Name(id="re"), called, [ast.Constant(value=str(text))]:
                    if called != "compile":
                        yield re.compile(text, re.MULTILINE)
                case _:
                    pass


def _makes_a_pattern(value: object) -> bool:
    """Whether this is a function that compiles a pattern when it is first needed."""
    if not inspect.isfunction(inspect.unwrap(cast("Callable[..., object]", value))):
        return False
    told = inspect.signature(cast("Callable[..., object]", value))
    return not told.parameters and told.return_annotation == re.Pattern[str]


def every_pattern() -> list[re.Pattern[str]]:
    names = (
        "app.campaigns.attachments",
        "galley.redaction",
        *(
            module.name
            for package in PACKAGES
            for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        ),
    )
    return list(dict.fromkeys(found for name in names for found in patterns_of(name)))


def within(kind: object, value: object) -> list[Nodes]:
    """Return what a group, a choice or a repetition is made of."""
    match str(kind), list(cast("Nodes", value)) if isinstance(value, Iterable) else []:
        case "SUBPATTERN", [*_, body]:
            return [cast("Nodes", body)]
        case "ATOMIC_GROUP", body:
            return [cast("Nodes", body)]
        case "BRANCH", [_, branches]:
            return cast("list[Nodes]", branches)
        case (("MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT"), [_, _, body]):
            return [cast("Nodes", body)]
        case _:
            return []


def samples(nodes: Nodes) -> Iterator[str]:
    """Yield a few texts that the nodes of a parsed pattern match."""
    parts = [list(islice(_one(kind, value), 4)) or [""] for kind, value in nodes]
    return ("".join(chosen) for chosen in islice(product(*parts), 12))


def _one(kind: object, value: Nodes) -> Iterator[str]:
    tried = "a0 \n\t.-/#:<*_,&\u0301"
    match str(kind):
        case "LITERAL":
            yield chr(cast("Any", value))
        case "NOT_LITERAL" | "ANY":
            yield from ("a", " ", "/")
        case "IN":
            # Places, looks around and groups again need no character of their own.
            literals = (chr(held) for one, held in value if str(one) == "LITERAL")
            yield from (one for one in (*tried, *literals) if _is_in(value, one))
        case _:
            least = 1 if "REPEAT" not in str(kind) else int(cast("Any", value)[0])
            for body in within(kind, value):
                yield from (one * max(least, 1) for one in samples(body))
            if not least:
                yield ""


def _is_in(members: Nodes, one: str) -> bool:
    pattern = parser.SubPattern(parser.State(), [(parser.IN, members)])
    return compiler.compile(pattern).fullmatch(one) is not None


def pumps(nodes: Nodes, before: str = "") -> Iterator[tuple[str, str]]:
    """Yield each part of the pattern to be repeated, and what stands before it."""
    nodes = list(nodes)
    for at, (kind, value) in enumerate(nodes):
        for head, body in product(islice(samples(nodes[:at]), 2), within(kind, value)):
            if "REPEAT" in str(kind):
                for one in islice(samples(body), 5):
                    yield from _repeated(before + head, one)
            yield from pumps(body, before + head)


def _repeated(head: str, body: str) -> Iterator[tuple[str, str]]:
    yield head, body
    # The beginning again and again: a search that runs to the end from each of them.
    yield "", head + body
    yield "", head


@contextmanager
def processor(seconds: float) -> Generator[None]:
    """Raise TimeoutError after so many seconds of processor."""

    def stop(_: int, __: FrameType | None) -> None:
        raise TimeoutError

    former = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, former)


def slow_text(pattern: re.Pattern[str]) -> str:
    """Return the beginning of a text that takes too long, and its end; empty if none does."""
    suspicious = 0
    for head, body in set(pumps(parser.parse(pattern.pattern, pattern.flags))):
        for end in ENDS if body else ():
            if is_within(pattern, head + body * (SHORT // len(body)) + end, SUSPICIOUS):
                continue
            # A pattern with a large bound is slow for many texts, and slow enough for none.
            if not is_within(pattern, head + body * (LONG // len(body)) + end, SLOW):
                return f"{head!r} + {body!r} * n + {end!r}"
            suspicious += 1
            if suspicious == MOST_SUSPICIOUS:
                return ""
    return ""


def is_within(pattern: re.Pattern[str], text: str, seconds: float) -> bool:
    try:
        with processor(seconds):
            for found in pattern.finditer(text):
                del found
            pattern.match(text)
    except TimeoutError:
        return False
    return True


def test_a_pattern_takes_time_in_proportion_to_the_text() -> None:
    patterns = every_pattern()

    assert len(patterns) > 100
    assert {one.pattern: text for one in patterns if (text := slow_text(one))} == {}


@pytest.mark.parametrize("show", [terminal_safe, terminal_safe_json, unseen_characters, visible])
@pytest.mark.parametrize("hidden", ["\ufe0f\u200d", "\u200d\ufe0f", "\u200d", "\ufe0f"])
def test_hidden_characters_beside_each_other_are_found_in_one_pass(
    show: Callable[[str], object], hidden: str
) -> None:
    with processor(SLOW):
        show("a" + hidden * LONG)

    assert len(visible("a" + hidden * SHORT)) <= len("a\ufe0f")
    assert len(unseen_characters("a" + hidden * SHORT)) == len(hidden) * SHORT
