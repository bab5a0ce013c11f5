"""The parts of the documents that are written from the code.

Each stands in its page between ``<!-- begin: NAME -->`` and ``<!-- end: NAME -->``.
Write them anew with ``GALLEY_RECORD=1 pytest tests/test_docs.py``.
"""

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import pydantic_core
import typer.main
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

import starter
from agents.mcp_server import VERBS
from emulators.buffer.faults import KINDS
from galley import metrics as known
from galley.settings import SUBJECTS
from tests.wires import (
    activity_interfaces,
    activity_names,
    enums,
    handlers,
    methods_of,
    workflow_types,
)

ROOT = Path(__file__).parents[1]
PRODUCT = (
    "workflows",
    "activities",
    "galley",
    "app",
    "observability",
    "workers",
    "cli",
    "web",
    "agents",
    "emulators",
)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(c) for c in line)} |" for line in lines)


def _cell(text: str) -> str:
    # In code a reader would see the entity.
    parts = " ".join(text.split()).replace("|", "\\|").split("`")
    return "`".join(p if at % 2 else p.replace("<", "&lt;") for at, p in enumerate(parts))


def _code(text: object) -> str:
    return f"`{text}`"


def first_sentence(file: Path) -> str:
    """Return the first sentence of a module's docstring, without its full stop."""
    doc = ast.get_docstring(ast.parse(file.read_text())) or ""
    whole = " ".join(doc.partition("\n\n")[0].split()).replace("``", "`")
    return re.split(r"\.(?=\s|$)(?<!e\.g\.)", whole, maxsplit=1)[0]


# Rooms


def rooms() -> str:
    """Return the map of the top level."""
    files = [ROOT / name / "__init__.py" for name in PRODUCT]
    rows = [(_link(f.parent, ROOT), first_sentence(f)) for f in files]
    entries = [ROOT / "worker.py", ROOT / "starter.py"]
    rows += [(_link(f, ROOT), first_sentence(f)) for f in entries]
    return table(("Room", "What is in it"), rows)


def rooms_of(name: str, *beside: str) -> str:
    """Return the map of one of them, and of files that stand ``beside`` its rooms."""
    files = sorted((ROOT / name).glob("*/__init__.py"))
    rows = [(_link(f.parent, ROOT / "docs"), first_sentence(f)) for f in files]
    single = [ROOT / name / file for file in beside]
    rows += [(_link(f, ROOT / "docs"), first_sentence(f)) for f in single]
    return table(("Room", "What is in it"), rows)


def _link(target: Path, page_folder: Path) -> str:
    name = f"{target.relative_to(ROOT)}{'/' if target.is_dir() else ''}"
    up = "../" if page_folder != ROOT else ""
    return f"[`{name}`]({up}{name})"


def contracts() -> str:
    """Return what import-linter holds, contract by contract."""
    data = tomllib.loads((ROOT / "pyproject.toml").read_text())
    found = cast("list[dict[str, Any]]", data["tool"]["importlinter"]["contracts"])
    return "\n".join(f"- **{one['name']}.** {_contract(one)}" for one in found)


def _contract(one: dict[str, Any]) -> str:
    def names(key: str) -> str:
        return ", ".join(_code(name) for name in one[key])

    match one["type"]:
        case "layers":
            layers = [layer.replace(" | ", "`, `") for layer in one["layers"]]
            return "From the top: " + " → ".join(_code(layer) for layer in layers) + "."
        case "independence":
            return f"{names('modules')}: neither imports the other."
        case _:
            but = one.get("ignore_imports", [])
            except_for = f", except `{but[0].split(' -> ')[1]}`" if but else ""
            return (
                f"{names('source_modules')} must not import "
                f"{names('forbidden_modules')}{except_for}."
            )


# Metrics


def metrics() -> str:
    """Return every metric of Galley's own."""
    rows = [
        (
            _code(one.exported_as),
            one.kind.value,
            ", ".join(_code(label) for label in one.labels),
            one.about,
        )
        for one in known.ALL
    ]
    return table(("Name", "Kind", "Labels", "What it says"), rows)


# Settings


def settings() -> str:
    """Return every setting, a table a subject."""
    return "\n\n".join(f"## {_subject(one)}\n\n{_settings(one)}" for one in SUBJECTS)


def _subject(part: type[BaseSettings]) -> str:
    return (part.__doc__ or "").rstrip(".")


def _settings(part: type[BaseSettings]) -> str:
    rows = [
        (_code(_env(field)), _kind(field), _default(field), field.description or "")
        for field in part.model_fields.values()
    ]
    return table(("Name", "Type", "Default", "What it is"), rows)


def _env(field: FieldInfo) -> str:
    alias = cast("Any", field.validation_alias)
    return str(alias.choices[0])


def _kind(field: FieldInfo) -> str:
    text = str(field.annotation)
    if SecretStr.__name__ in text:
        return "secret"
    if "tuple" in text:
        return "JSON list"
    if "dict" in text:
        return "JSON object"
    if "bool" in text:
        return "`true` or `false`"
    is_number = any(one in text for one in ("float", "int", "Decimal"))
    return "number" if is_number else "text"


def _default(field: FieldInfo) -> str:
    value: object = field.default
    if value is None:
        return "none"
    return _code(pydantic_core.to_json(value).decode().strip('"'))


# Tools of agents


def agents() -> str:
    """Return every tool of agents, with its scope and its place in the HTTP API."""
    rows = [
        (f"`{one.name}`", one.scope.value, f"`{one.method} {one.path}`", one.about)
        for one in VERBS.values()
    ]
    return table(("Tool", "Scope", "HTTP", "What it does"), rows)


# Commands


def commands() -> str:
    """Return every sub-command with its arguments and options."""
    return "\n\n".join(
        _command(name, found) for name, found in spread(sub_commands()) if not found.hidden
    )


def spread(commands: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the commands; those of a group one by one, unless it is hidden."""
    for name, found in commands.items():
        inside = cast("dict[str, Any]", getattr(found, "commands", {}))
        if inside and not found.hidden:
            yield from ((f"{name} {one}", found) for one, found in inside.items())
        else:
            yield name, found


def sub_commands() -> dict[str, Any]:
    """Return the sub-commands of ``starter.py`` by name."""
    return cast("Any", typer.main.get_command(starter.app)).commands


def options_of(command: object) -> set[str]:
    """Return the options a sub-command takes, or those in its group."""
    found = cast("Any", command)
    whole = [found, *getattr(found, "commands", {}).values()]
    names = {
        name
        for command in whole
        for one in command.params
        for name in (*one.opts, *one.secondary_opts)
    }
    return {name for name in names if name.startswith("--")}


def _command(name: str, command: Any) -> str:  # noqa: ANN401 - typer's own, untyped
    said, _, example = str(command.help).replace("\f", "").partition("Example: ")
    arguments = [p for p in command.params if not p.opts[0].startswith("--")]
    shown = " ".join(["galley", name, *(_argument(p) for p in arguments)])
    about = "\n\n".join(_cell(part) for part in said.strip().split("\n\n") if part)
    rows = [(_option(p), _usual(p), str(p.help or "")) for p in command.params]
    parts = [f"### `{shown}`", about, f"```sh\n{_runnable(example)}\n```"]
    return "\n\n".join([*parts, table(("Option", "Default", "What it does"), rows)])


def _runnable(example: str) -> str:
    return " ".join(example.split())


def _argument(parameter: Any) -> str:  # noqa: ANN401 - typer's own, untyped
    name = str(parameter.metavar or parameter.name).upper()
    return name if parameter.required else f"[{name}]"


def _option(parameter: Any) -> str:  # noqa: ANN401 - typer's own, untyped
    if not str(parameter.opts[0]).startswith("--"):
        return _code(_argument(parameter))
    takes = "" if parameter.is_flag else f" {parameter.metavar}"
    return _code(", ".join(parameter.opts) + takes)


def _usual(parameter: Any) -> str:  # noqa: ANN401 - typer's own, untyped
    if parameter.required:
        return "required"
    usual: object = parameter.default
    return "" if usual in {None, False, ""} else _code(usual)


# Wire


def workflows() -> str:
    """Return the handlers of each workflow."""
    return "\n\n".join(_workflow(one) for one in workflow_types())


def _workflow(kind: type) -> str:
    rows = [
        (one.kind, _code(one.name), _code(one.takes) if one.takes else "", one.about)
        for one in handlers(kind)
    ]
    head = ("Kind", "Name", "Input", "What it does")
    return f"### {kind.__name__}\n\n{table(head, rows)}"


def activities() -> str:
    """Return the activities of each interface."""
    rows = [
        (
            _code(kind.__name__),
            ", ".join(_code(name) for name in activity_names(methods_of(kind))),
            " ".join(str(kind.__doc__).split()),
        )
        for kind in activity_interfaces()
    ]
    return table(("Interface", "Activities", "What they do"), rows)


def values() -> str:
    """Return the values of every enumeration on the wire."""
    rows = [(_code(one.__name__), ", ".join(_code(value) for value in one)) for one in enums()]
    return table(("Name", "Values"), rows)


def buffer_faults() -> str:
    """Return the faults the Buffer emulator can be told to have."""
    rows = [(_code(kind), about) for kind, about in KINDS.items()]
    return table(("Kind", "What happens"), rows)
