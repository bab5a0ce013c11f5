"""Help in chapters: thirty commands, or thirty options, are too many for one list.

A command or option names its chapter as typer has it, by ``rich_help_panel``.
"""

from collections.abc import Iterable
from typing import Any

from typer import Typer
from typer.core import TyperCommand, TyperGroup

_COMMANDS = "Commands"
_OPTIONS = "Options"
_MARGINS = 6

Rows = dict[str, list[tuple[str, str]]]


class Chapters(TyperGroup):
    """A group that lists its commands under their chapters."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 -- as typer has it
        """Write them, the names of all chapters in one column."""
        found = [(name, self.get_command(ctx, name)) for name in self.commands]
        shown = [(name, one) for name, one in found if one and not one.hidden]
        widest = max(len(name) for name, _ in shown)
        rows: Rows = {}
        for name, one in shown:
            about = one.get_short_help_str(formatter.width - _MARGINS - widest)
            chapter = getattr(one, "rich_help_panel", None) or _COMMANDS
            rows.setdefault(chapter, []).append((name.ljust(widest), about))
        _write(rows, rows, formatter)


class InChapters(TyperCommand):
    """A command that lists its options under their chapters, its own ones last."""

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
        """Write them, what every command has at the end."""
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
        _write(sorted(rows, key=_OPTIONS.__eq__), rows, formatter)


def explain_in_chapters(app: Typer) -> None:
    """Have every command of a program, and of its groups, explain itself so."""
    for command in app.registered_commands:
        command.cls = InChapters
    for group in app.registered_groups:
        if group.typer_instance is not None:
            explain_in_chapters(group.typer_instance)


def _write(chapters: Iterable[str], rows: Rows, formatter: Any) -> None:  # noqa: ANN401 -- as typer has it
    for chapter in chapters:
        with formatter.section(chapter):
            formatter.write_dl(rows[chapter])
