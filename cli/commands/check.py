"""The command ``check``: one text, or JSON Lines of texts, against the rules of a network."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from app.text_check import (
    TextReport,
    ThreadReport,
    UnreadLine,
    check_lines,
    check_text,
    check_thread,
)
from cli.commands.options import Json
from cli.terminal import show
from galley.models.base import Model
from galley.models.network import Platform
from galley.redaction import terminal_safe_json


def check(
    *,
    platform: Annotated[
        Platform | None,
        typer.Option(
            "--platform", "--network", metavar="NETWORK", case_sensitive=False, help="The network."
        ),
    ] = None,
    text: Annotated[
        str | None, typer.Option("--text", metavar="TEXT", help="The final text.")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file", metavar="FILE", help="A file holding the text; - is standard input."
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
        bool, typer.Option("--split", help="Show the posts of the thread that it becomes.")
    ] = False,
    numbered: Annotated[
        bool, typer.Option("--numbered", help="With --split: number the posts.")
    ] = False,
    json: Json = False,
) -> None:
    r"""Say whether a network would take a text, and why not.

    Counts as the network does. Without --text and --file, it reads JSON Lines such as
    {"platform": "x", "text": "…"} from standard input and answers each with one line
    of JSON. Exit codes: 0 it fits, 1 it does not, 2 wrong usage.

    Example: galley check --platform x --text "Out now: https://example.com"
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
    report: TextReport | ThreadReport
    if split or numbered:
        report = check_thread(platform, final, limit, numbered=numbered)
        words = _thread_words(report)
    else:
        report = check_text(platform, final, limit=limit)
        verdict = "fits" if report.ok else "does not fit"
        lines = (
            f"{platform}: {verdict}, {report.length:,} of {report.limit:,}.",
            f"Counted as {report.counted_as}.",
            *(f"- {problem.message}" for problem in report.problems),
        )
        words = "\n".join(lines)
    show(_as_line(report) if json else words)
    raise typer.Exit(0 if report.ok else 1)


def _read(file: Path) -> str:
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        # Editors end a file with a line end that is no part of the post.
        return content.decode("utf-8-sig").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise typer.BadParameter(f"{file} is not a text in UTF-8.") from None
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror}.") from None


def _answer_lines() -> int:
    """Answer each line of standard input at once; return the exit code."""
    if sys.stdin.isatty():
        raise typer.BadParameter("Give --text or --file, or JSON Lines on standard input.")
    all_fit = True
    for answer in check_lines(sys.stdin.buffer):
        all_fit = all_fit and not isinstance(answer, UnreadLine) and answer.ok
        show(_as_line(answer))
        sys.stdout.flush()  # the program at the other end of the pipe waits for its answer
    return 0 if all_fit else 1


def _as_line(answer: Model) -> str:
    return terminal_safe_json(answer.model_dump_json())


def _thread_words(report: ThreadReport) -> str:
    count = len(report.posts)
    shown = [
        f"[{number}/{count}, {length:,} of {report.limit:,}]\n{post}"
        for number, (post, length) in enumerate(zip(report.posts, report.lengths, strict=True), 1)
    ]
    told = [f"- {problem.message}" for problem in report.problems]
    verdict = "fits" if report.ok else "does not fit"
    head = f"{report.platform}: {verdict}, {count} post{'s' if count > 1 else ''}."
    return "\n\n".join(["\n".join([head, *told]), *shown])
