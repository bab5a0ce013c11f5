"""``auth``: let a person authorize an app in Buffer, see it, end it."""

from typing import Annotated

import typer

from cli.commands.options import Json

auth = typer.Typer(name="auth", no_args_is_help=True)

_PORT = 8765


@auth.callback()
def authorization() -> None:
    """Reach Buffer by an app that somebody authorizes."""


@auth.command()
def login(
    *,
    port: Annotated[
        int,
        typer.Option(
            min=0,
            max=65535,
            metavar="PORT",
            help="Where the browser comes back to on this machine. The app must know "
            "http://127.0.0.1:<port>/callback; 0 takes any free one.",
        ),
    ] = _PORT,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Only print the URL to open.")
    ] = False,
    json: Json = False,
) -> None:
    """Authorize the app BUFFER_CLIENT_ID, in the browser, and keep its tokens.

    Waits five minutes. Posts that were held for want of it go on when they are approved
    again.

    Example: uv run starter.py auth login
    """
    from cli.doctor.authorization import log_in, print_granted
    from cli.process import run
    from galley.settings import Settings

    granted = run(log_in(Settings(), port, browser=not no_browser))
    print_granted(granted, json=json)


@auth.command()
def status(*, json: Json = False) -> None:
    """Say how Buffer is reached, and how long that holds.

    The exit code is 4 if there is no way.

    Example: uv run starter.py auth status
    """
    from app.health.authorization import read_access
    from cli.doctor.authorization import print_access
    from galley.settings import Settings

    print_access(read_access(Settings()), json=json)


@auth.command()
def logout(*, json: Json = False) -> None:
    """Forget the tokens of the app; workers stop publishing at once.

    Example: uv run starter.py auth logout
    """
    from app.health.authorization import forget
    from cli.doctor.authorization import print_forgotten
    from galley.settings import Settings

    print_forgotten(forget(Settings()), json=json)
