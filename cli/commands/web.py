"""The command ``web``: the review pages in a browser, for the person at this machine."""

import os
import sys
from typing import Annotated

import typer

from cli.local import record
from cli.local.parts import USUAL
from cli.terminal import say, show


def web(
    *,
    port: Annotated[
        int,
        typer.Option(min=0, max=65535, metavar="N", help="Port of this machine. 0: a free one."),
    ] = USUAL["web"],
) -> None:
    """Review in the browser: prints the address that signs it in, once.

    Serves the pages until Ctrl-C; if the local stack of this folder serves them already, it only
    prints a new address.

    Example: galley web
    """
    if record.is_running():
        address = record.review_address(record.read_record())
        if address:
            show(f"Review: {address}")
            return
    record.issue_web_token()
    say("Stop: Ctrl-C")
    sys.stderr.flush()
    # A face imports no other face: this process becomes the server.
    words = [sys.executable, "-P", "-m", "web", "--announce", f"--port={port}"]
    os.execv(sys.executable, words)  # noqa: S606 -- this very Python
