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
        bool,
        typer.Option("--no-browser", help="Only print the URL to open."),
    ] = False,
    json: Json = False,
) -> None:
    """Authorize the app BUFFER_CLIENT_ID, in the browser, and keep its tokens.

    Waits five minutes. Posts that were held for want of it go on when they are approved
    again.

    Example: uv run starter.py auth login
    """
    from cli.health.authorization import log_in

    log_in(port=port, browser=not no_browser, json=json)


@auth.command()
def status(*, json: Json = False) -> None:
    """Say how Buffer is reached, and how long that holds.

    The exit code is 4 if there is no way.

    Example: uv run starter.py auth status
    """
    from cli.health.authorization import show_status

    show_status(json=json)


@auth.command()
def logout(*, json: Json = False) -> None:
    """Forget the tokens of the app; workers stop publishing at once.

    Example: uv run starter.py auth logout
    """
    from cli.health.authorization import log_out

    log_out(json=json)
