"""``voice``: what reviews taught a brand."""

import json as json_text
from pathlib import Path
from typing import Annotated

import typer

from cli.commands.options import Json
from cli.errors import usage
from cli.process import run
from cli.terminal import say, show, show_json
from galley.models import Platform

voice = typer.Typer(name="voice", no_args_is_help=True)

Brand = Annotated[
    str,
    typer.Argument(
        metavar="BRAND",
        help="The persona's brand, or @ and a Buffer organization's ID. Missing: the "
        "persona's of this folder, or the only voice there is.",
    ),
]


@voice.callback()
def learning() -> None:
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
            help="What this post taught: its ID, the start of it, or <campaign>/<platform>.",
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
