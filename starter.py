"""The command line: ``uv run starter.py --help``."""

import sys
from pathlib import Path

import typer
from dotenv import load_dotenv

from cli.failures import CommandError, ExitCode
from cli.process import InterruptedCommand, leave
from cli.up import up

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    rich_markup_mode=None,
)


@app.callback()
def galley() -> None:
    """Turn one source into reviewed posts on eleven networks, each published once."""


app.command()(up)


def main() -> None:
    """Run the command line and leave with its exit code."""
    load_dotenv(Path(".env"))
    leave(_run())


def _run() -> int:
    try:
        app()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else ExitCode.FAILED
    except CommandError as error:
        sys.stderr.write(f"{error}\n")
        return error.code
    except (InterruptedCommand, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    return ExitCode.DONE


if __name__ == "__main__":
    main()
