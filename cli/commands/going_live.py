"""``setup live``: the keys of outside services, asked for one at a time and checked when typed."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from dotenv import set_key

from app.accounts.workflows import organizations
from app.connections import Connections, open_client
from app.health.examination import examine_part
from app.health.findings import Level
from cli.errors import explain, usage
from cli.process import InterruptedCommand, run
from cli.terminal import TerminalProgress, say, show
from galley.settings import Settings

_FILE = Path(".env")
_SEVERAL = 2


@dataclass(frozen=True)
class Step:
    """One thing to ask for.

    Attributes:
        about: What it is for, and where to get it.
        names: The settings, in the order in which they are asked for.
        part: What ``doctor`` calls that which checks them.
        is_secret: Whether nothing is shown of what is typed.
    """

    about: str
    names: tuple[str, ...]
    part: str
    is_secret: bool = True


_STEPS = (
    Step(
        "Buffer publishes the posts. Make a key at https://publish.buffer.com/settings/api",
        ("BUFFER_API_KEY",),
        "buffer",
    ),
    Step(
        "Claude writes the drafts. Make a key at https://platform.claude.com; without one, drafts "
        "are sentences of the source",
        ("ANTHROPIC_API_KEY",),
        "anthropic",
    ),
    Step(
        "Pictures and films need two buckets of Google's, or of the S3 protocol as s3://NAME: a "
        "private one and a public one (docs/how-to-media-store.md). Without them, posts without "
        "media go out",
        ("GALLEY_STATE_BUCKET", "GALLEY_MEDIA_BUCKET"),
        "media bucket",
        is_secret=False,
    ),
    Step(
        "Replicate generates pictures and videos. Make a token at https://replicate.com/account",
        ("REPLICATE_API_TOKEN",),
        "generated media",
    ),
)


def set_up_live() -> None:
    """Ask for each thing that going live needs, and write what works into ``.env``.

    Raises:
        CommandError: There is no terminal to ask on.
        InterruptedCommand: Ctrl-C; what was checked until then is written.
    """
    if not sys.stdin.isatty():
        raise usage("setup live asks questions: run it in a terminal, or write .env by hand.")
    say(f"Enter alone leaves a thing as it is. What works is written to {_FILE.resolve()}.")
    try:
        for number, step in enumerate(_STEPS, 1):
            say(f"\n{number} of {len(_STEPS)}. {step.about}.")
            _take(step)
    except (typer.Abort, KeyboardInterrupt):
        say("\nStopped. What was written stays.")
        raise InterruptedCommand from None
    show("That is all. Next: galley up, then galley channels in another terminal.")


def _take(step: Step) -> None:
    """Ask until the values work, or nothing is typed."""
    while given := dict(_typed(step)):
        if step.part == "buffer":
            try:
                given |= _chosen_organization(_with(given).settings)
            except Exception as error:
                if (told := explain(error)) is None:
                    raise
                say(str(told))
                continue
        finding = run(examine_part(_with(given), step.part))
        say(f"{finding.part}: {finding.message}")
        if finding.level is not Level.FAILED:
            for name, value in given.items():
                write_setting(name, value)
            return


def _typed(step: Step) -> Iterator[tuple[str, str]]:
    for name in step.names:
        typed = typer.prompt(name, default="", show_default=False, hide_input=step.is_secret)
        if not typed.strip():
            return  # Of several, all are needed.
        yield name, typed.strip()


def _with(given: dict[str, str]) -> Connections:
    """Return connections for the settings of ``.env`` with these, without the local stack's."""
    fields: dict[str, Any] = {
        name.removeprefix("GALLEY_").lower(): value for name, value in given.items()
    }
    settings = Settings(_env_file=_FILE, **fields)  # pyright: ignore[reportCallIssue] -- pydantic-settings takes it
    return Connections(settings, open_client, TerminalProgress())


def _chosen_organization(settings: Settings) -> dict[str, str]:
    """Return the setting for one of several organizations; none if the key reaches one.

    Raises:
        AppError: Buffer refuses the key, or does not answer.
    """
    reached = run(organizations(settings))
    if len(reached) < _SEVERAL:
        return {}
    for number, one in enumerate(reached, 1):
        say(f"  {number}  {one.name} ({one.id})")
    typed = ""
    while not typed.isdecimal() or not 0 < int(typed) <= len(reached):
        typed = typer.prompt("Number of the one to publish for")
    return {"GALLEY_BUFFER_ORGANIZATION": reached[int(typed) - 1].id}


def write_setting(name: str, value: str, file: Path = _FILE) -> None:
    """Write a setting into a file that only its owner reads."""
    file.touch(mode=0o600)
    file.chmod(0o600)  # One that was there may be open to others.
    set_key(file, name, value)
