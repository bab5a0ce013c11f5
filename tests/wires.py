"""The names that stand in running histories, as the code has them."""

import ast
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import NoneType
from typing import Any, cast, get_args, get_type_hints

from temporalio.common import SearchAttributeKey

from activities import interfaces
from galley import models
from galley.publishing.job.record import JobPhase
from workflows import ids
from workflows.account.workflow import AccountWorkflow
from workflows.campaign.workflow import CampaignWorkflow
from workflows.clips import ClipsWorkflow
from workflows.feed import FeedWorkflow
from workflows.notifications import AttentionWorkflow, NotificationWorkflow
from workflows.piece import PieceWorkflow
from workflows.post.workflow import PostWorkflow
from workflows.records import AuditWorkflow
from workflows.voice import VoiceWorkflow

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Handler:
    """A signal, update or query of a workflow; ``model`` is its input's type."""

    kind: str
    name: str
    about: str
    model: type | None

    @property
    def takes(self) -> str:
        """The input's type by name; empty if there is none."""
        return self.model.__name__ if self.model else ""


def workflow_types() -> tuple[type, ...]:
    """Return the workflows, in the order a source meets them."""
    return (
        FeedWorkflow,
        PieceWorkflow,
        ClipsWorkflow,
        CampaignWorkflow,
        PostWorkflow,
        AccountWorkflow,
        VoiceWorkflow,
        AttentionWorkflow,
        NotificationWorkflow,
        AuditWorkflow,
    )


def handlers(workflow_type: type) -> tuple[Handler, ...]:
    """Return what a workflow can be sent."""
    found = _definition(workflow_type, "__temporal_workflow_definition")
    return tuple(
        _handler(kind, one)
        for kind, by_name in (
            ("signal", found.signals),
            ("update", found.updates),
            ("query", found.queries),
        )
        for one in by_name.values()
        # A dynamic one takes every name that no other takes.
        if one.name is not None
    )


def workflow_name(workflow_type: type) -> str:
    """Return the name a workflow is registered under."""
    return str(_definition(workflow_type, "__temporal_workflow_definition").name)


def activity_interfaces() -> tuple[type, ...]:
    """Return the classes workflows call activities by."""
    return tuple(
        one
        for one in vars(interfaces).values()
        if inspect.isclass(one) and one.__module__ == interfaces.__name__
    )


def methods_of(interface: type) -> tuple[Callable[..., object], ...]:
    """Return the abstract methods of an activity interface, in order."""
    return tuple(
        cast("Callable[..., object]", one)
        for one in vars(interface).values()
        if getattr(one, "__isabstractmethod__", False)
    )


def activity_names(functions: tuple[Callable[..., object], ...]) -> tuple[str, ...]:
    """Return the names activities are registered under."""
    key = "__temporal_activity_definition"
    return tuple(str(_definition(one, key).name) for one in functions)


def search_attributes() -> tuple[str, ...]:
    """Return the names and types of the search attributes."""
    keys = vars(ids).values()
    return tuple(
        f"{key.name} {key.indexed_value_type.name.title()}"
        for key in cast("list[Any]", keys)
        if isinstance(key, SearchAttributeKey)
    )


def enums() -> tuple[type[StrEnum], ...]:
    """Return the enumerations whose values are written into histories."""
    modules = [import_module(one.name) for one in iter_modules(models.__path__, "galley.models.")]
    shared = {name: one for module in modules for name, one in vars(module).items()}
    known = [
        one
        for _, one in sorted(shared.items())
        if inspect.isclass(one) and issubclass(one, StrEnum) and one is not StrEnum
    ]
    return (*known, JobPhase)


def error_types() -> set[str]:
    """Return the error types that stand as text in the code that raises them."""
    found: set[str] = set()
    for room in ("activities", "workflows"):
        for file in (ROOT / room).rglob("*.py"):
            found |= set(_types_given(ast.parse(file.read_text())))
    return found


def _types_given(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _makes_an_error(ast.unparse(node.func)):
            for given in node.keywords:
                is_type = given.arg in {"type", "kind"}
                if is_type and isinstance(given.value, ast.Constant):
                    yield str(given.value.value)


def _makes_an_error(name: str) -> bool:
    names = {"final", "failure", "self._team.require", "self._team.admit"}
    return "ApplicationError" in name or name in names


def wire_names() -> list[str]:
    """Return every name on the wire, one a line, sorted."""
    lines = {f"attribute {one}" for one in search_attributes()}
    for kind in workflow_types():
        name = workflow_name(kind)
        lines |= {f"workflow {name}"}
        lines |= {f"{one.kind} {name}.{one.name}" for one in handlers(kind)}
    for interface in activity_interfaces():
        lines |= {f"activity {n}" for n in activity_names(methods_of(interface))}
    lines |= {f"value {one.__name__}.{value}" for one in enums() for value in one}
    return sorted(lines | {f"error {one}" for one in error_types()})


def _definition(owner: object, key: str) -> Any:  # noqa: ANN401 - the SDK's own, private
    return vars(owner)[key]


def _handler(kind: str, found: Any) -> Handler:  # noqa: ANN401 - the SDK's own, private
    function = cast("Callable[..., object]", found.fn)
    hints = get_type_hints(function)
    hints.pop("return", None)
    # An input that may be left out is shown by what it is when it is not, and of
    # several the first: the others may always be left out.
    models = [
        one for hint in hints.values() for one in get_args(hint) or [hint] if one is not NoneType
    ]
    return Handler(kind, str(found.name), str(found.description), *models[:1] or [None])
