"""The overview of the commands, and their help in chapters; ``starter.py`` uses both.

Thirty commands, or thirty options, are too many for one list. A command's module is imported
when the command is asked for, so that the overview and a quick command load no client library.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any, ClassVar, NamedTuple, cast

import typer
from typer.core import TyperCommand, TyperGroup

_OPTIONS = "Options"
_MARGINS = 6

Rows = dict[str, list[tuple[str, str]]]


class Entry(NamedTuple):
    """A command in the overview; ``about`` is the first sentence of its help.

    In its module of ``cli.commands``, a function or a group has the command's name, or that
    and an underscore where the name is a built-in's.
    """

    name: str
    module: str
    about: str
    is_hidden: bool = False


class Overview(TyperGroup):
    """The program's commands by chapter; a subclass lists them."""

    chapters: ClassVar[Mapping[str, Sequence[Entry]]]

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 -- as typer has it
        super().__init__(**attributes)
        entries = [entry for chapter in self.chapters.values() for entry in chapter]
        self.commands = cast("Any", _Commands(entries))

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 -- as typer has it
        """Write each command with its sentence, the names of all chapters in one column."""
        del ctx
        widest = max(map(len, self.commands))
        rows: Rows = {
            chapter: [(one.name.ljust(widest), one.about) for one in entries if not one.is_hidden]
            for chapter, entries in self.chapters.items()
        }
        _write((chapter for chapter, shown in rows.items() if shown), rows, formatter)


class _Commands(Mapping[str, Any]):
    """The commands by name; each is imported when it is looked up."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = {entry.name: entry for entry in entries}

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 -- typer's own, untyped
        entry = self._entries[name]
        module = import_module(f"cli.commands.{entry.module}")
        found = getattr(module, f"{name}_", None) or getattr(module, name)
        # The callback makes a group of it, so that one command keeps its name.
        program = typer.Typer(add_completion=False, rich_markup_mode=None, callback=lambda: None)
        if isinstance(found, typer.Typer):
            for command in found.registered_commands:
                command.cls = InChapters
            program.add_typer(found, name=name, hidden=entry.is_hidden)
        else:
            program.command(name, cls=InChapters, hidden=entry.is_hidden)(found)
        return cast("Any", typer.main.get_command(program)).commands[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


class InChapters(TyperCommand):
    """A command that lists its options by chapter, those without a chapter last.

    An option names its chapter as typer has it, by ``rich_help_panel``.
    """

    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ANN401 -- as typer has it
        """Name its arguments without braces."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]

    def format_help_text(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 -- as typer has it
        """Leave the example on one line, so that it can be copied."""
        whole = self.help
        self.help = str(whole).replace("Example: ", "\b\nExample: ")
        super().format_help_text(ctx, formatter)
        self.help = whole

    def format_options(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 -- as typer has it
        """Write the arguments, then the options by chapter."""
        rows: Rows = {}
        for one in self.get_params(ctx):
            record = one.get_help_record(ctx)
            if record is None:
                continue
            name, about = record
            chapter = getattr(one, "rich_help_panel", None) or _OPTIONS
            if one.param_type_name == "argument":
                name, chapter = name.partition(" ")[0], "Arguments"
            rows.setdefault(chapter, []).append((name, about))
        # False sorts before True: the options of every command, such as --json, come last.
        _write(sorted(rows, key=_OPTIONS.__eq__), rows, formatter)


def _write(chapters: Iterable[str], rows: Rows, formatter: Any) -> None:  # noqa: ANN401 -- as typer has it
    for chapter in chapters:
        with formatter.section(chapter):
            formatter.write_dl(rows[chapter])
