"""The commands ``persona``, for the voice of a brand, and ``voice``, for its lessons."""

import json as json_text
import sys
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from textwrap import shorten
from typing import Annotated, cast

import typer
import yaml

from app.brands.lessons import TAUGHT_BY, forget_lessons, lessons_given, lessons_of
from app.brands.personas import (
    PersonaReport,
    check_answer,
    check_persona,
    draw_looks,
    write_persona,
)
from app.errors import InvalidRequestError
from cli.commands.options import Json
from cli.errors import usage
from cli.phrases import local, many
from cli.process import InterruptedCommand, connections, run
from cli.terminal import say, show, show_json
from galley.drafting.habits import habits_in
from galley.drafting.lessons import chosen
from galley.models.brand import Lesson, LessonKind, LessonPart, LookStyle, VoiceView
from galley.models.network import Platform
from workflows import ids

voice = typer.Typer(name="voice", no_args_is_help=True)
persona = typer.Typer(name="persona", no_args_is_help=True)

File = Annotated[Path, typer.Argument(metavar="FILE", help="The persona's file.", dir_okay=False)]
_DEFAULT_FILE = Path("persona.yaml")
_LINES = (
    ("voice", "How do you sound? (such as: plain, dry, curious)"),
    ("audience", "Who reads you, and what do they want to know?"),
    ("language", "Language of all posts, such as English or de (empty: the source's)"),
    ("call_to_action", "What should readers do in the end? (may be empty)"),
)
_LISTS = (
    ("do", "What do your good posts do?"),
    ("dont", "What do they never do?"),
    ("avoid", "Words that no post contains"),
    ("hashtags", "Your hashtags"),
    ("examples", "A post of yours that sounds right"),
)
_LOOK = (
    ("background", "Background of your pictures, such as navy or #0b1f3a (may be empty)"),
    ("ink", "Colour of the words on it (empty: one that is easy to read)"),
    ("accent", "Colour of bars and marks (may be empty)"),
    ("logo", "Your logo, a PNG file beside this one (may be empty)"),
)


@persona.callback()
def _persona() -> None:
    """Give all drafts of a brand one voice. One file is one brand."""


@persona.command()
def init(file: File = _DEFAULT_FILE) -> None:
    """Write a persona from your answers to a few questions.

    Example: galley persona init
    """
    if file.exists():
        raise usage(f"{file} exists: name another file, or edit it by hand.")
    if not sys.stdin.isatty():
        raise usage(
            "persona init asks questions: run it in a terminal, or copy examples/persona.yaml."
        )
    fields: dict[str, object] = {}
    try:
        for field, answer in _answers(file.parent):
            section, _, name = field.rpartition(".")
            into = fields.setdefault(section, {}) if section else fields
            cast("dict[str, object]", into)[name] = answer
    except (typer.Abort, KeyboardInterrupt):
        if fields:
            write_persona(file, fields)
            say(f"\nStopped. Your answers are kept in {file}: go on in an editor.")
        raise InterruptedCommand from None
    write_persona(file, fields)
    show(f"Written: {file}. From now on, drafts that are started in this folder have this voice.")
    say(f"Read it back: galley persona check {file}")


def _answers(folder: Path) -> Iterator[tuple[str, object]]:
    """Yield each field with its answer, checked as soon as it is given."""
    for field, question in (("brand", "Name of the brand"), *_LINES):
        if answer := _line(field, question, folder):
            yield field, answer
    for field, question in _LISTS:
        say(f"{question} (one a line; an empty line ends)")
        items: list[str] = []
        while item := typer.prompt("", default="", show_default=False, prompt_suffix="> ").strip():
            try:
                check_answer(field, [*items, item], folder)
            except InvalidRequestError as error:
                say(str(error))
                continue
            items.append(item)
            yield field, items
    for field, question in _LOOK:
        if answer := _line(f"look.{field}", question, folder):
            yield f"look.{field}", answer


def _line(field: str, question: str, folder: Path) -> object:
    """Ask until the answer can be used."""
    while True:
        typed = typer.prompt(question, default="", show_default=False).strip()
        try:
            return check_answer(field, typed, folder)
        except InvalidRequestError as error:
            say(str(error))


@persona.command("check")
def check_file(file: File = _DEFAULT_FILE, *, json: Json = False) -> None:
    """Read a persona back as the model is told it.

    Example: galley persona check persona.yaml
    """
    report = check_persona(file)
    if json:
        show_json(report.persona.model_dump(mode="json"))
        return
    for line in _persona_lines(report):
        show(line)
    for advice in report.advice:
        say(advice)


@persona.command("looks")
def looks(
    file: File = _DEFAULT_FILE,
    *,
    out: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The picture to write, a WebP.")
    ] = Path("looks.webp"),
    json: Json = False,
) -> None:
    """Draw sample cards in your colours: a row for each look that a persona can start from.

    The looks are plain, editorial and bold; name one as look.style in the persona.

    Example: galley persona looks
    """
    sheet = draw_looks(check_persona(file).persona)
    try:
        out.write_bytes(sheet)
    except OSError as error:
        raise usage(f"{out} cannot be written ({error.strerror}): name another file.") from None
    if json:
        show_json({"file": str(out), "looks": list(LookStyle)})
    else:
        show(f"{out}: a row each for {', '.join(LookStyle)}.")


def _persona_lines(report: PersonaReport) -> Iterator[str]:
    """Yield the model's instructions, then the look of the pictures."""
    yield report.prompt
    for platform, note in report.persona.networks.items():
        yield f"\nOn {platform}: {note}"
    look, palette = report.look, report.palette
    if look is None or palette is None:
        return
    yield (
        f"\nPictures: {palette.ink} on {palette.background}, marks in {palette.accent}"
        f"{', with a logo' if look.logo else ''}"
    )
    yield from (f"Font: {name}" for name in look.fonts)


Brand = Annotated[
    str,
    typer.Argument(
        metavar="BRAND",
        help="The persona's brand, or @ and a Buffer organization's ID. Missing: the brand of "
        "this folder's persona, or the only one that has a voice.",
    ),
]


@voice.callback()
def _voice() -> None:
    """Show and forget the lessons that your reviews taught a brand."""


@voice.command("show")
def show_lessons(
    brand: Brand = "",
    *,
    used: Annotated[
        str,
        typer.Option(
            metavar="DIGEST", help="The lessons that a draft was given, as `show` names them."
        ),
    ] = "",
    platform: Annotated[
        Platform | None,
        typer.Option(
            metavar="NETWORK", help="Only the lessons that a draft for this network would get."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Show the lessons of a brand, the newest first.

    Example: galley voice show "The Proof Room" --platform x
    """
    if used and brand:
        raise usage("--used names the lessons by itself: leave the brand out.")
    opened = connections()
    view = run(lessons_given(opened, used) if used else lessons_of(opened, brand))
    lessons = view.lessons[::-1]
    if platform is not None:
        lessons = chosen(lessons, platform)
    if json:
        show_json(view.model_copy(update={"lessons": lessons}).model_dump(mode="json"))
    else:
        _print_lessons(view, lessons)


def _print_lessons(view: VoiceView, lessons: Sequence[Lesson]) -> None:
    show(f"{ids.voice_id(view.brand)} · {many(len(lessons), 'lesson')}")
    for habit in habits_in(lessons):
        show(habit)
    for lesson in lessons:
        part = "" if lesson.part is LessonPart.TEXT else f" · {lesson.part}"
        show(
            f"\n{local(lesson.learned_at)} · {lesson.kind.words} · {lesson.platform}{part} "
            f"· {lesson.post_key} revision {lesson.revision}"
        )
        if lesson.reason:
            show(f"  Reason: {lesson.reason}")
        for line in taught(lesson):
            show(f"  {line}")
    if not lessons:
        say(f"This brand has no lessons yet: {TAUGHT_BY}")


_AROUND = 4
"""Words before and after a change, which say where it is."""
_LONGEST = 160
"""Letters of a draft that was not taken."""


def taught(lesson: Lesson) -> Iterator[str]:
    """Yield the words that an edit changed; of a draft not taken, its beginning."""
    if lesson.kind is not LessonKind.EDITED:
        for sign, text in (("-", lesson.before), ("+", lesson.after)):
            if text:
                yield shorten(f"{sign} {text}", _LONGEST, placeholder=" …")
        return
    before, after = lesson.before.split(), lesson.after.split()
    changes = SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(_AROUND)
    for group in changes:
        (_, old, _, new, _), (_, _, old_end, _, new_end) = group[0], group[-1]
        yield f"- {_passage(before, old, old_end)}"
        yield f"+ {_passage(after, new, new_end)}"


def _passage(words: Sequence[str], start: int, end: int) -> str:
    ahead, behind = ("… " if start else ""), (" …" if end < len(words) else "")
    return f"{ahead}{' '.join(words[start:end])}{behind}"


@voice.command()
def forget(
    brand: Brand = "",
    *,
    post: Annotated[
        str,
        typer.Option(
            metavar="ID",
            help="The lessons of this post: its ID, the start of it, or <campaign>/<network>.",
        ),
    ] = "",
    everything: Annotated[bool, typer.Option("--all", help="All lessons of this brand.")] = False,
    json: Json = False,
) -> None:
    """Forget lessons. They are not learned again from the same posts.

    Example: galley voice forget --post 3f2a/x
    """
    if bool(post) == everything:
        raise usage("Say which lessons to forget: --post ID, or --all.")
    done = run(forget_lessons(connections(), brand, post))
    if json:
        show_json({"brand": done.brand, "forgotten": done.count})
        return
    show(f"Forgotten: {many(done.count, 'lesson')} of {done.brand}")
    say("Campaigns that were started before keep the lessons they were given.")


@voice.command()
def export(
    brand: Brand = "",
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", dir_okay=False, help="A new file; .json or .yaml."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Write the lessons of a brand into a file, as YAML or JSON.

    Example: galley voice export -o lessons.yaml
    """
    if output is not None and output.exists():
        raise usage(f"{output} exists: name another file.")
    view = run(lessons_of(connections(), brand)).model_dump(mode="json")
    if json or (output is not None and output.suffix == ".json"):
        text = json_text.dumps(view, ensure_ascii=False, indent=2) + "\n"
    else:
        text = yaml.safe_dump(view, allow_unicode=True, sort_keys=False, width=88)
    if output is None:
        show(text.rstrip("\n"))
        return
    output.write_text(text, encoding="utf-8")
    show(f"Written: {output} ({many(len(view['lessons']), 'lesson')})")
