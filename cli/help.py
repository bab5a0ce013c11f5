"""The overview of the commands, and their help in chapters; ``starter.py`` uses both.

Thirty commands, or thirty options, are too many for one list. A command's module is imported
when the command is asked for, so that the overview and a quick command load no client library.
"""

import gc
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Annotated, Any, ClassVar, NamedTuple, cast

import typer
from typer.core import (
    CompletionItem,  # pyright: ignore[reportPrivateImportUsage] -- it has no public name
    TyperCommand,
    TyperGroup,
)

from cli.errors import usage
from cli.terminal import show

_OPTIONS = "Options"
_FROM_TO, _FROM = re.compile(r"\b(\d+)<=x<=(\d+)(?=\]$)"), re.compile(r"\bx>=(\d+)(?=\]$)")
"""A range, as it stands at the end of an option's help."""
_ENDS = (
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 an outside service refused or does not "
    "answer, 4 not authorised, 130 interrupted."
)

Rows = dict[str, list[tuple[str, str]]]


class Entry(NamedTuple):
    """A command in the overview; ``about`` is the first sentence of its help.

    In its module of ``cli.commands``, or of another face if it has a dot, a function or a group
    has the command's name, or that and an underscore where the name is a built-in's.
    """

    name: str
    module: str
    about: str
    is_hidden: bool = False


class Overview(TyperGroup):
    """The program's commands by chapter; a subclass lists them."""

    chapters: ClassVar[Mapping[str, Sequence[Entry]]]
    everyday: ClassVar[Sequence[str]]
    """Commands of the first page."""
    topics: ClassVar[Mapping[str, str]]
    """Words for ``help``, each with its chapter."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 -- as typer has it
        super().__init__(**attributes)
        entries = [entry for chapter in self.chapters.values() for entry in chapter]
        self.commands = cast("Any", _Commands(entries))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 -- as typer has it
        """Return a command; ``admin`` holds those of its topic, and ``help`` explains all."""
        if cmd_name == "help":
            return _command("help", _help, is_hidden=True)
        if cmd_name == "admin":
            return self._admin()
        return super().get_command(ctx, cmd_name)

    def _admin(self) -> Any:  # noqa: ANN401 -- typer's own, untyped
        """Return the group of the commands for whoever runs Galley for others."""
        chapter = self.topics["admin"]

        class Admin(Overview):
            chapters: ClassVar = {chapter: self.chapters[chapter]}
            everyday: ClassVar = ()
            topics: ClassVar = {"admin": chapter}

        return _command(
            "admin",
            typer.Typer(cls=Admin, help=f"{chapter}.", no_args_is_help=True),
            is_hidden=True,
        )

    def get_params(self, ctx: Any) -> Any:  # noqa: ANN401 -- as typer has it
        """Return its options; those for a shell's completion are not on the first page."""
        found = cast("Any", super().get_params(ctx))
        for one in found:
            one.hidden = one.hidden or one.name in {"install_completion", "show_completion"}
        return found

    def shell_complete(self, ctx: Any, incomplete: str) -> list[CompletionItem]:  # noqa: ANN401 -- as typer has it
        """Return the words that may come next; no command is imported for it."""
        if incomplete.startswith("-"):
            return super(TyperGroup, self).shell_complete(ctx, incomplete)
        return [
            CompletionItem(one.name, help=one.about)
            for entries in self.chapters.values()
            for one in entries
            if one.name.startswith(incomplete) and not one.is_hidden
        ]

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 -- as typer has it
        """Write the commands of every day, and the topics under which the others stand."""
        del ctx
        if not self.everyday:
            self.write_topics(self.topics, formatter)
            return
        about = {one.name: one.about for chapter in self.chapters.values() for one in chapter}
        rows: Rows = {
            "Every day": [(name, about[name]) for name in self.everyday],
            "All commands, by topic": [
                (f"help {topic}", ", ".join(name for name, _ in self._shown(topic)))
                for topic in self.topics
            ],
        }
        _write(rows, _aligned(rows), formatter)

    def write_topics(self, topics: Iterable[str], formatter: Any) -> None:  # noqa: ANN401 -- as typer has it
        """Write each command of some topics with its sentence."""
        rows: Rows = {self.topics[topic]: self._shown(topic) for topic in topics}
        _write(rows, _aligned(rows), formatter)

    def _shown(self, topic: str) -> list[tuple[str, str]]:
        entries = self.chapters[self.topics[topic]]
        return [(one.name, one.about) for one in entries if not one.is_hidden]


def _help(
    context: typer.Context,
    topic: Annotated[
        str, typer.Argument(metavar="TOPIC", help="A topic or a command. Missing: all topics.")
    ] = "",
) -> None:
    """List all commands, or those of a topic; or explain a command.

    Example: galley help change
    """
    root = context.find_root()
    overview = cast("Overview", root.command)
    if topic and topic not in overview.topics:
        command = overview.get_command(root, topic)
        if command is None:
            topics = ", ".join(overview.topics)
            raise usage(f"{topic!r} is no command, and no topic of {topics}.")
        show(command.get_help(type(root)(command, info_name=topic, parent=root)).rstrip())
        return
    formatter = root.make_formatter()
    overview.write_topics([topic] if topic else overview.topics, formatter)
    show(formatter.getvalue().strip("\n"))
    if not topic:
        show("\n" + _ENDS)


def _aligned(rows: Rows) -> Rows:
    """Return the rows of all chapters with names of one width."""
    widest = max(len(name) for shown in rows.values() for name, _ in shown)
    return {
        chapter: [(name.ljust(widest), about) for name, about in shown]
        for chapter, shown in rows.items()
    }


class _Commands(Mapping[str, Any]):
    """The commands by name; each is imported when it is looked up."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = {entry.name: entry for entry in entries}

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 -- typer's own, untyped
        entry = self._entries[name]
        place = entry.module if "." in entry.module else f"cli.commands.{entry.module}"
        module = sys.modules.get(place) or _imported(place)
        found = getattr(module, f"{name}_", None) or getattr(module, name)
        return _command(name, found, is_hidden=entry.is_hidden)

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def _imported(place: str) -> ModuleType:
    """Import a command's module with all it needs, of which nothing is garbage.

    The collector would look through it again and again, for a tenth of the time.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        return import_module(place)
    finally:
        gc.freeze()
        if collects:
            gc.enable()


def _command(name: str, found: Any, *, is_hidden: bool) -> Any:  # noqa: ANN401 -- typer's own, untyped
    """Return the command of a function or of a group."""
    # The callback makes a group of it, so that one command keeps its name.
    program = typer.Typer(add_completion=False, rich_markup_mode=None, callback=lambda: None)
    if isinstance(found, typer.Typer):
        for command in found.registered_commands:
            command.cls = InChapters
        program.add_typer(found, name=name, hidden=is_hidden)
    else:
        program.command(name, cls=InChapters, hidden=is_hidden)(found)
    return cast("Any", typer.main.get_command(program)).commands[name]


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
            rows.setdefault(chapter, []).append((name, _in_words(about)))
        # False sorts before True: the options of every command, such as --json, come last.
        _write(sorted(rows, key=_OPTIONS.__eq__), rows, formatter)


def _in_words(about: str) -> str:
    """Return an option's help with its range as people write it: ``1 to 5`` for ``1<=x<=5``."""
    return _FROM.sub(r"at least \1", _FROM_TO.sub(r"\1 to \2", about))


def _write(chapters: Iterable[str], rows: Rows, formatter: Any) -> None:  # noqa: ANN401 -- as typer has it
    for chapter in chapters:
        with formatter.section(chapter):
            formatter.write_dl(rows[chapter])
