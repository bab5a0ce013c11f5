"""The command line: ``uv run starter.py --help``."""

import sys
from pathlib import Path

import typer
from dotenv import load_dotenv

from cli.commands.auth import auth
from cli.commands.brands import persona, voice
from cli.commands.campaigns import start
from cli.commands.check import check
from cli.commands.clips import clips
from cli.commands.containers import container
from cli.commands.feeds import feeds
from cli.commands.health import channels, doctor, notify, setup, status
from cli.commands.inbox import list_, show
from cli.commands.keys import keys
from cli.commands.local import demo, up
from cli.commands.pauses import pause, resume
from cli.commands.pieces import write
from cli.commands.records import costs, erase, export, media, why
from cli.commands.review import (
    approve,
    edit,
    move,
    redrive,
    regenerate,
    reject,
    reschedule,
    retract,
)
from cli.errors import ExitCode, explain
from cli.help import Chapters, explain_in_chapters
from cli.process import InterruptedCommand, leave
from cli.terminal import say

app = typer.Typer(
    cls=Chapters,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    rich_markup_mode=None,
    epilog="Exit codes: 0 done, 1 failed, 2 wrong usage, 3 an outside service refused "
    "or does not answer, 4 not authorised, 130 interrupted. More: docs/how-to.md.",
)


@app.callback()
def galley() -> None:
    """Turn one source into reviewed posts on eleven networks, each published once.

    New here? uv run starter.py demo takes an article all the way, on this machine
    alone: no account, no key, and nothing goes out. Then read docs/tutorial.md.
    """


# The chapters of the help
_TRY = "Try it"
_BEGIN = "Begin something, in your voice"
_REVIEW = "Look at drafts, and decide"
_CHANGE = "Change your mind after approval"
_ASK = "Find out how it is"
_OTHERS = "Run it for others"

app.command(rich_help_panel=_TRY)(demo)
app.command(rich_help_panel=_TRY)(up)
app.command(rich_help_panel=_TRY)(doctor)
app.command(rich_help_panel=_BEGIN)(start)
app.command(rich_help_panel=_BEGIN)(write)
app.command(rich_help_panel=_BEGIN)(clips)
app.command("list", rich_help_panel=_REVIEW)(list_)
app.command(rich_help_panel=_REVIEW)(show)
app.command(rich_help_panel=_REVIEW)(approve)
app.command(rich_help_panel=_REVIEW)(edit)
app.command(rich_help_panel=_REVIEW)(regenerate)
app.command(rich_help_panel=_REVIEW)(reject)
app.command(rich_help_panel=_CHANGE)(reschedule)
app.command(rich_help_panel=_CHANGE)(move)
app.command(rich_help_panel=_CHANGE)(retract)
app.command(rich_help_panel=_CHANGE)(redrive)
app.command(rich_help_panel=_CHANGE)(pause)
app.command(rich_help_panel=_CHANGE)(resume)
app.command(rich_help_panel=_ASK)(status)
app.command(rich_help_panel=_ASK)(why)
app.command(rich_help_panel=_ASK)(costs)
app.command(rich_help_panel=_ASK)(channels)
app.command(rich_help_panel=_ASK)(check)
app.command(rich_help_panel=_OTHERS)(setup)
app.command(rich_help_panel=_OTHERS)(export)
app.command(rich_help_panel=_OTHERS)(erase)
app.add_typer(feeds, rich_help_panel=_BEGIN)
app.add_typer(persona, rich_help_panel=_BEGIN)
app.add_typer(voice, rich_help_panel=_BEGIN)
app.add_typer(auth, rich_help_panel=_OTHERS)
app.add_typer(notify, rich_help_panel=_OTHERS)
app.add_typer(keys, rich_help_panel=_OTHERS)
app.add_typer(media, rich_help_panel=_OTHERS)
app.add_typer(container, hidden=True)
explain_in_chapters(app)


def main() -> None:
    """Run the command line and leave with its exit code."""
    load_dotenv(Path(".env"))
    leave(_run())


def _run() -> int:
    try:
        app()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else ExitCode.FAILED
    except (InterruptedCommand, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 -- told in one sentence, or in full
        told = explain(error)
        if told is None:
            sys.excepthook(type(error), error, error.__traceback__)
            return ExitCode.FAILED
        say(str(told))
        return told.code
    return ExitCode.DONE


if __name__ == "__main__":
    main()
