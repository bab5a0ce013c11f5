"""The command ``web``: the review pages in a browser, for the person at this machine."""

import os
import sys
from typing import Annotated

import typer

from cli.local import record
from cli.local.parts import USUAL
from cli.terminal import say, show
from galley.settings import Settings


def web(
    *,
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            metavar="N",
            help=f"Port of this machine. 0: a free one. Missing: {USUAL['web']}.",
        ),
    ] = None,
) -> None:
    """Review in the browser: prints the address that signs it in, once.

    Serves the pages until Ctrl-C; if the local stack of this folder serves them already, it only
    prints a new address. With GALLEY_WEB_ADDRESS they serve a team, beside a stack whose pages
    are yours alone: give them another --port.

    Example: galley web
    """
    of_team = Settings().team_address
    if record.is_running():
        found = record.read_record()
        own = found.ports.get("web")
        if of_team not in {None, found.web_address}:
            say(f"The local stack has pages at http://127.0.0.1:{own}; these serve your team.")
        elif address := record.review_address(found):
            show(f"Review: {address}")
            if port not in {None, own}:
                say(
                    f"The local stack serves the pages at http://127.0.0.1:{own}; --port {port} "
                    "does not move them. To move them, stop it (Ctrl-C in its terminal), and run: "
                    f"galley up --web-port {port or 'N'}"
                )
            return
    _require_a_server()
    if of_team is None:
        record.issue_web_token()  # A team needs none, and the stack's own stays good.
    say("Stop: Ctrl-C")
    sys.stderr.flush()
    # A face imports no other face: this process becomes the server.
    chosen = USUAL["web"] if port is None else port
    words = [sys.executable, "-P", "-m", "web", "--announce", f"--port={chosen}"]
    os.execv(sys.executable, words)  # noqa: S606 -- this very Python


def _require_a_server() -> None:
    """Do nothing unless every page would say that the local stack has stopped.

    Raises:
        LocalStackStoppedError: It has, and no other Temporal server is named.
    """
    # Loads Temporal's client, which the address of a stack that runs does not need.
    from galley.clients.temporal import connect_config

    connect_config()
