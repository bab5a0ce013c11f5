"""Mutants of the core, with a fixed sample, and the tests that should kill them: ``make mutants``.

Cosmic Ray makes the mutants: it knows the operators and their places, and changes one place at a
time. They live in a copy of the checkout. ``MUTANTS=40`` says how many; the sample is the same in
each run, and a larger one holds the smaller.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.report import machine

ROOT = Path(__file__).parents[1]
CORE = ("galley/publishing/job", "galley/publishing/post", "galley/publishing/quota.py")
TESTS = ("tests/publishing", "-m", "not server")
_STAGES = ("not runTest", "runTest")
"""State machines take most of the time, and kill what the others leave."""
_KINDS = (
    "core/ReplaceComparisonOperator",
    "core/ReplaceAndWithOr",
    "core/ReplaceOrWithAnd",
    "core/ReplaceTrueWithFalse",
    "core/ReplaceFalseWithTrue",
    "core/AddNot",
    "core/NumberReplacer",
    "core/ReplaceBinaryOperator_Add_Sub",
    "core/ReplaceBinaryOperator_Sub_Add",
    "core/ReplaceBinaryOperator_Mul_Add",
    "core/ReplaceUnaryOperator_Delete_Not",
)
_SAME = {"Is", "IsNot"}
"""Comparisons by identity: here they are of None and of members, so that equality is the same."""
_LONGEST = 900.0


@dataclass(frozen=True)
class Mutant:
    """One change of one place."""

    path: str
    operator: str
    occurrence: int
    line: int

    @property
    def order(self) -> str:
        """Its place in the sample: by chance, and the same each time."""
        said = f"{self.path}:{self.operator}:{self.occurrence}"
        return hashlib.sha256(said.encode()).hexdigest()

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.operator.removeprefix('core/')}"


def mutants() -> Iterator[Mutant]:
    """Yield every mutant of the core."""
    plugins, syntax = _cosmic_ray("plugins"), _cosmic_ray("ast")
    known = [one for one in plugins.operator_names() if one.startswith(_KINDS)]
    names = [one for one in known if not set(one.split("_")) & _SAME]
    for path in _files():
        nodes = list(syntax.ast_nodes(syntax.get_ast((ROOT / path).read_text())))
        for name in names:
            operator = plugins.get_operator(name)()
            places = [at for node in nodes for at in operator.mutation_positions(node)]
            for occurrence, (begin, _) in enumerate(places):
                yield Mutant(path, name, occurrence, begin[0])


def _cosmic_ray(name: str) -> Any:  # noqa: ANN401 - a module of a library that only `make mutants` has
    return import_module(f"cosmic_ray.{name}")


def _files() -> list[str]:
    return [one for one in _listed() if one.startswith(CORE) and one.endswith(".py")]


def _listed() -> list[str]:
    listed = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True)  # noqa: S607 - of this checkout
    return [one for one in listed.splitlines() if (ROOT / one).is_file()]


def is_killed(mutant: Mutant, copy: Path) -> bool | None:
    """Whether the tests fail on it; ``None`` if it changes nothing."""
    path = copy / mutant.path
    whole = path.read_text()
    operator = _cosmic_ray("plugins").get_operator(mutant.operator)()
    mutating = _cosmic_ray("mutating")
    changed: str | None = mutating.mutate_code(whole, operator, mutant.occurrence)
    if changed is None or changed == whole:
        return None
    path.write_text(changed)
    try:
        return _tests_fail(copy)
    finally:
        path.write_text(whole)


def _tests_fail(copy: Path) -> bool:
    pytest = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    for stage in _STAGES:
        command = [*pytest, "--hypothesis-profile=mutants", *TESTS, "-k", stage]
        try:
            subprocess.run(command, cwd=copy, capture_output=True, timeout=_LONGEST, check=True)  # noqa: S603 - ours
        except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
            return True
    return False


def main() -> None:
    """Try the sample and print what survived; with REPORT, write the page there too."""
    wanted = int(os.environ.get("MUTANTS") or 40)
    known = sorted(mutants(), key=lambda one: one.order)
    copy = Path(tempfile.mkdtemp(prefix="galley-mutants-"))
    for name in _listed():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
    if _tests_fail(copy):
        sys.exit("The tests fail without any mutant: mend them first.")
    began, killed, survived = time.monotonic(), list[Mutant](), list[Mutant]()
    for mutant in known:
        if len(killed) + len(survived) >= wanted:
            break
        ended = is_killed(mutant, copy)
        if ended is not None:
            (killed if ended else survived).append(mutant)
            print(f"{'killed  ' if ended else 'SURVIVED'} {mutant}", flush=True)
    tried = len(killed) + len(survived)
    by = f"`pytest {' '.join(TESTS)}`"
    lines = [
        f"# Mutants of the core, {datetime.now(UTC):%Y-%m-%d}",
        "",
        f"{len(killed)} of {tried} killed by {by}; there are {len(known)}.",
        "",
        f"`MUTANTS={wanted} make mutants`, {time.monotonic() - began:.0f} s on {machine()}.",
        "",
        *(f"- survived: `{one}`" for one in survived),
        "",
    ]
    print("\n".join(lines))
    if target := os.environ.get("REPORT"):
        Path(target).write_text("\n".join(lines), encoding="utf-8")
    shutil.rmtree(copy)


if __name__ == "__main__":
    main()
