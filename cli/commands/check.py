"""`starter.py check`: would a network take this text?"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import ConfigDict, Field, ValidationError

from cli.commands.options import Json
from cli.terminal.output import show
from galley.harmless import harmless_json
from galley.models import Model, Platform

if TYPE_CHECKING:
    from galley.platforms.checking import TextReport


class _Line(Model):
    """One line of standard input. Other fields, such as a number, may stand in it."""

    model_config = ConfigDict(extra="ignore")

    platform: Platform
    text: str
    limit: int | None = Field(default=None, gt=0)


class _BadLine(Model):
    """The answer to a line that cannot be read."""

    error: str


def check(  # noqa: PLR0913 -- the options of the command
    *,
    platform: Annotated[
        Platform | None,
        typer.Option(
            "--platform", metavar="NETWORK", case_sensitive=False, help="The network."
        ),
    ] = None,
    text: Annotated[
        str | None, typer.Option("--text", metavar="TEXT", help="The final text.")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            metavar="FILE",
            help="A file holding the text; - is standard input.",
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit",
            min=1,
            metavar="N",
            help="The channel's own limit: a Mastodon server's, a paid X account's.",
        ),
    ] = None,
    split: Annotated[
        bool,
        typer.Option("--split", help="Show the posts of the thread that it becomes."),
    ] = False,
    numbered: Annotated[
        bool,
        typer.Option("--numbered", help="With --split: number the posts."),
    ] = False,
    json: Json = False,
) -> None:
    r"""Say whether a network would take a text, and why not.

    Counts as the network does. Without --text and --file, it reads JSON Lines such as
    {"platform": "x", "text": "…"} from standard input and answers each with one line
    of JSON. Exit codes: 0 it fits, 1 it does not, 2 wrong usage.

    Example: uv run starter.py check --platform x --text "Out now: https://example.com"
    """
    if text is not None and file is not None:
        raise typer.BadParameter("Give --text or --file, not both.")
    final = text if file is None else _read(file)
    if final is None:
        if platform is not None or limit is not None:
            raise typer.BadParameter("Give the text with --text or --file.")
        raise typer.Exit(_answer_lines())
    if platform is None:
        raise typer.BadParameter("Say which network with --platform.")
    if split or numbered:
        from cli.reading.parting import answer_split

        code = answer_split(platform, final, limit, numbered=numbered, json=json)
        raise typer.Exit(code)
    raise typer.Exit(_answer(platform, final, limit, json=json))


def _read(file: Path) -> str:
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return content.decode("utf-8-sig").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise typer.BadParameter(f"{file} is not a text in UTF-8.") from None
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror}.") from None


def _answer(platform: Platform, text: str, limit: int | None, *, json: bool) -> int:
    from galley.platforms.checking import check_text

    report = check_text(platform, text, limit=limit)
    show(harmless_json(report.model_dump_json()) if json else _in_words(report))
    return 0 if report.ok else 1


def _in_words(report: "TextReport") -> str:
    verdict = "fits" if report.ok else "does not fit"
    return "\n".join(
        (
            f"{report.platform}: {verdict}, {report.length:,} of {report.limit:,}.",
            f"Counted as {report.counted_as}.",
            *(f"- {problem.message}" for problem in report.problems),
        )
    )


def _answer_lines() -> int:
    from galley.platforms.checking import check_text

    if sys.stdin.isatty():
        raise typer.BadParameter(
            "Give --text or --file, or JSON Lines on standard input."
        )
    all_fit = True
    for line in _lines():
        if isinstance(line, _Line):
            report = check_text(line.platform, line.text, limit=line.limit)
            all_fit = all_fit and report.ok
            show(harmless_json(report.model_dump_json()))
        else:
            all_fit = False
            show(harmless_json(line.model_dump_json()))
        sys.stdout.flush()
    return 0 if all_fit else 1


def _lines() -> Iterator[_Line | _BadLine]:
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if not line.strip():
            continue
        try:
            yield _Line.model_validate_json(line)
        except ValidationError as error:
            yield _BadLine(error=f"Line {number}: {_what_is_wrong(error)}")


def _what_is_wrong(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    field = ".".join(map(str, first["loc"]))
    match first["type"], field:
        case "json_invalid", _:
            return 'not JSON in UTF-8: write {"platform": "x", "text": "…"}.'
        case "missing", _:
            return f'"{field}" is missing: write {{"platform": "x", "text": "…"}}.'
        case "enum", _:
            return f"no such platform: choose one of {', '.join(Platform)}."
        case _, "":
            return 'not an object: write {"platform": "x", "text": "…"}.'
        case _:
            return f'"{field[:40]}" is of the wrong kind: {first["msg"]}.'
