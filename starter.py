"""The command line: ``uv run starter.py --help``."""

import sys
from pathlib import Path

import typer
from dotenv import load_dotenv

from cli.auth import auth
from cli.campaigns import start
from cli.changes import move, redrive, reschedule, retract
from cli.check import check
from cli.clips import clips
from cli.containers import container
from cli.costs import costs
from cli.decisions import approve, edit, regenerate, reject
from cli.demo import demo
from cli.export import export
from cli.failures import CommandError, ExitCode
from cli.feeds import feeds
from cli.inbox import list_, show
from cli.keys import keys
from cli.media import media
from cli.notify import notify
from cli.output import say
from cli.pauses import pause, resume
from cli.persona import persona
from cli.pieces import write
from cli.process import InterruptedCommand, leave
from cli.service import channels, doctor
from cli.setup import setup
from cli.status import status
from cli.translation import explain
from cli.up import up
from cli.voice import voice
from cli.why import why

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    rich_markup_mode=None,
)


@app.callback()
def galley() -> None:
    """Turn one source into reviewed posts on eleven networks, each published once."""


app.command()(demo)
app.command()(up)
app.command()(start)
app.command()(write)
app.command()(clips)
app.command("list")(list_)
app.command()(show)
app.command()(approve)
app.command()(edit)
app.command()(regenerate)
app.command()(reject)
app.command()(why)
app.command()(export)
app.command()(reschedule)
app.command()(move)
app.command()(retract)
app.command()(redrive)
app.command()(pause)
app.command()(resume)
app.command()(channels)
app.command()(check)
app.command()(costs)
app.command()(status)
app.command()(doctor)
app.command()(setup)
app.add_typer(auth)
app.add_typer(feeds)
app.add_typer(keys)
app.add_typer(media)
app.add_typer(notify)
app.add_typer(persona)
app.add_typer(voice)
app.add_typer(container, hidden=True)


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
        told = error if isinstance(error, CommandError) else explain(error)
        if told is None:
            sys.excepthook(type(error), error, error.__traceback__)
            return ExitCode.FAILED
        say(str(told))
        return told.code
    return ExitCode.DONE


if __name__ == "__main__":
    main()
