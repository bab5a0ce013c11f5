"""The command line: ``uv run starter.py --help``."""

import sys
from pathlib import Path

import typer
from dotenv import load_dotenv

from cli.commands.auth import auth
from cli.commands.campaigns import start
from cli.commands.changes import move, redrive, reschedule, retract
from cli.commands.check import check
from cli.commands.clips import clips
from cli.commands.containers import container
from cli.commands.costs import costs
from cli.commands.decisions import approve, edit, regenerate, reject
from cli.commands.demo import demo
from cli.commands.erase import erase
from cli.commands.export import export
from cli.commands.feeds import feeds
from cli.commands.inbox import list_, show
from cli.commands.keys import keys
from cli.commands.media import media
from cli.commands.notify import notify
from cli.commands.pauses import pause, resume
from cli.commands.persona import persona
from cli.commands.pieces import write
from cli.commands.service import channels, doctor
from cli.commands.setup import setup
from cli.commands.status import status
from cli.commands.up import up
from cli.commands.voice import voice
from cli.commands.why import why
from cli.terminal.failures import CommandError, ExitCode
from cli.terminal.output import say
from cli.terminal.process import InterruptedCommand, leave
from cli.terminal.translation import explain

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
app.command()(erase)
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
