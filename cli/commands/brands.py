"""Brands: ``persona``, the voice that drafts are given, and ``voice``, what reviews taught."""

import json as json_text
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from cli.commands.options import Json
from cli.errors import usage
from cli.process import run
from cli.terminal import say, show, show_json
from galley.models.network import Platform

voice = typer.Typer(name="voice", no_args_is_help=True)
persona = typer.Typer(name="persona", no_args_is_help=True)

File = Annotated[Path, typer.Argument(metavar="FILE", help="The persona's file.", dir_okay=False)]
_DEFAULT_FILE = Path("persona.yaml")
_LINES = (
    ("voice", "How do you sound? (such as: plain, dry, curious)"),
    ("audience", "Who reads you, and what do they want to know?"),
    ("language", "Language of all posts, such as en or de (empty: the source's)"),
    ("call_to_action", "What shall readers do in the end? (may be empty)"),
)
_LISTS = (
    ("do", "What do good posts of yours do?"),
    ("dont", "What do they never do?"),
    ("avoid", "Words that stand in no post"),
    ("hashtags", "Hashtags that are yours"),
    ("examples", "A post of yours that sounds right"),
)
_LOOK = (
    ("background", "Background of your pictures, such as #0b1f3a (may be empty)"),
    ("ink", "Colour of the words on it (empty: what can be read)"),
    ("accent", "Colour of bars and marks (may be empty)"),
    ("logo", "Your logo, a PNG file beside this one (may be empty)"),
)


@persona.callback()
def _persona() -> None:
    """Give all drafts of a brand one voice. One file is one brand."""


@persona.command()
def init(file: File = _DEFAULT_FILE) -> None:
    """Ask for what makes the voice, and write it into a file to work on.

    Example: uv run starter.py persona init
    """
    from app.brands.personas import write_persona

    if file.exists():
        raise usage(f"{file} exists: name another file, or edit it by hand.")
    if not sys.stdin.isatty():
        raise usage(
            "persona init asks questions: run it in a terminal, or copy examples/persona.yaml."
        )
    write_persona(file, _answers())
    show(f"Written: {file}. Drafts have this voice from now on in this folder.")
    say(f"Read it back: uv run starter.py persona check {file}")


@persona.command("check")
def check_file(file: File = _DEFAULT_FILE, *, json: Json = False) -> None:
    """Read a persona back as the model is told it.

    Example: uv run starter.py persona check persona.yaml
    """
    from app.brands.personas import check_persona
    from cli.render.brands import print_persona

    report = check_persona(file)
    if json:
        show_json(report.persona.model_dump(mode="json"))
    else:
        print_persona(report)


def _answers() -> dict[str, object]:
    """Ask for every field of a persona."""
    fields: dict[str, object] = {"brand": typer.prompt("Name of the brand")}
    for field, question in _LINES:
        fields[field] = _line(question)
    for field, question in _LISTS:
        fields[field] = list(_several(question))
    fields["look"] = {field: answer for field, question in _LOOK if (answer := _line(question))}
    return fields


def _line(question: str) -> str:
    return typer.prompt(question, default="", show_default=False).strip()


def _several(question: str) -> Iterator[str]:
    say(f"{question} (one a line; an empty line ends)")
    while answer := typer.prompt("", default="", show_default=False, prompt_suffix="> "):
        yield answer.strip()


Brand = Annotated[
    str,
    typer.Argument(
        metavar="BRAND",
        help="The persona's brand, or @ and a Buffer organization's ID. Missing: the "
        "persona's of this folder, or the only voice there is.",
    ),
]


@voice.callback()
def _voice() -> None:
    """Show and forget what your reviews taught about a brand."""


@voice.command("show")
def show_lessons(
    brand: Brand = "",
    *,
    used: Annotated[
        str, typer.Option(metavar="DIGEST", help="What a draft was given, as `show` names it.")
    ] = "",
    platform: Annotated[
        Platform | None,
        typer.Option(metavar="NETWORK", help="Only what a draft for this network would be given."),
    ] = None,
    json: Json = False,
) -> None:
    """Show the lessons of a brand, the newest first.

    Example: uv run starter.py voice show "The Proof Room" --platform x
    """
    from app.brands.lessons import lessons_given, lessons_of
    from cli.connections import connections
    from cli.render.brands import print_lessons
    from galley.drafting.lessons import chosen

    if used and brand:
        raise usage("--used names the lessons by itself: leave the brand out.")
    if used:
        view = run(lessons_given(connections(), used))
    else:
        view = run(lessons_of(connections(), brand))
    lessons = view.lessons[::-1]
    if platform is not None:
        lessons = chosen(lessons, platform)
    if json:
        shown = view.model_copy(update={"lessons": lessons})
        show_json(shown.model_dump(mode="json"))
    else:
        print_lessons(view, lessons)


@voice.command()
def forget(
    brand: Brand = "",
    *,
    post: Annotated[
        str,
        typer.Option(
            metavar="ID",
            help="What this post taught: its ID, the start of it, or <campaign>/<network>.",
        ),
    ] = "",
    everything: Annotated[
        bool, typer.Option("--all", help="All that this brand was taught.")
    ] = False,
    json: Json = False,
) -> None:
    """Forget lessons. They are not learned again from the same posts.

    Example: uv run starter.py voice forget --post 3f2a/x
    """
    from app.brands.lessons import forget_lessons
    from cli.connections import connections

    if bool(post) == everything:
        raise usage("Say what to forget: --post KEY, or --all.")
    done = run(forget_lessons(connections(), brand, post))
    if json:
        show_json({"brand": done.brand, "forgotten": done.count})
        return
    count = f"{done.count} lesson{'' if done.count == 1 else 's'}"
    show(f"Forgotten: {count} of {done.brand}")
    say("Campaigns that were started before keep what they were given.")


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
    """Write the lessons of a brand out, as YAML unless JSON is asked for.

    Example: uv run starter.py voice export -o lessons.yaml
    """
    import yaml

    from app.brands.lessons import lessons_of
    from cli.connections import connections

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
    show(f"Written: {output} ({len(view['lessons'])} lessons)")
