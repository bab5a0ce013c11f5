"""The commands ``up`` and ``demo``: everything on this machine."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

import galley
from cli.commands.options import (
    CardOption,
    Channels,
    Edition,
    FormOption,
    FreePorts,
    MediaOption,
    Narrate,
    Platforms,
    Threads,
    Variants,
    WebPort,
)
from cli.errors import usage
from cli.local import record
from cli.local.stack import LocalStack, running_already
from cli.process import InterruptedCommand, run
from cli.terminal import say, show, show_json


def up(
    *,
    json: Annotated[
        bool, typer.Option("--json", help="Print the addresses as one JSON object.")
    ] = False,
    free_ports: FreePorts = False,
    web_port: WebPort = None,
) -> None:
    """Keep the local stack running until Ctrl-C.

    Starts every service that your settings lack: Temporal with its UI, a store for
    media, emulators of Buffer, Anthropic and Replicate, and a worker. Its data stays in
    .galley/.

    Example: galley up
    """
    try:
        run(_keep_up(json=json, free_ports=free_ports, web_port=web_port))
    except InterruptedCommand:
        say("The local stack has stopped. Its data is kept in .galley/.")


async def _keep_up(*, json: bool, free_ports: bool, web_port: int | None) -> None:
    if record.is_running():
        found = record.read_record()
        say(running_already(found))
        if web_port not in {None, own := found.ports.get("web")}:
            say(f"Its pages stay at http://127.0.0.1:{own}: stop it, then --web-port moves them.")
        if json:
            show_json(found.addresses)
        return
    async with LocalStack(say, free_ports=free_ports, web_port=web_port) as stack:
        review = record.review_address(stack.record)
        if json:
            show_json(stack.record.addresses | {"review": review})
        else:
            show(f"Review: {review}")
            show(f"Temporal UI: {stack.record.temporal_ui or 'your own'}")
            show(f"Posts in Buffer: {stack.record.buffer or 'your own account'}")
            show("Logs: .galley/logs/   Stop: Ctrl-C")
        sys.stdout.flush()  # a program that reads this through a pipe need not wait
        while True:
            await stack.check()
            await asyncio.sleep(0.3)


def _shipped_article() -> Path:
    """Return the article of the examples: of this checkout, or of the installed package."""
    package = Path(galley.__file__).parent
    places = (package / "examples", package.parent / "examples")
    found = next(place for place in places if place.is_dir())
    return found / "article.md"


def demo(  # noqa: PLR0913 -- the options of a campaign
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="A URL, or a Markdown, text or prompt file. Missing: an article of Galley's own.",
        ),
    ] = "",
    *,
    approve: Annotated[
        str | None,
        typer.Option(
            metavar="HOW",
            help="ask for a decision on each draft, or approve all of them. "
            "Missing: ask, on a terminal.",
        ),
    ] = None,
    channel: Channels = None,
    platform: Platforms = None,
    form: FormOption = "post",
    variants: Variants = 1,
    media: MediaOption = "card",
    card: CardOption = "",
    narrate: Narrate = False,
    edition: Edition = 1,
    threads: Threads = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object; all else goes to stderr.")
    ] = False,
    free_ports: FreePorts = False,
) -> None:
    """Take one source all the way to posts, on this machine.

    Publishes in the local stack, where services without keys are emulated.

    Uses the stack that runs in this folder, or starts one and stops it at the end.
    The exit code is 0 only if every approved post was confirmed; with --approve all, also
    only if all posts were approved.

    Example: galley demo https://example.com/article --approve all
    """
    # `up`, which lives for as long as the stack, needs nothing of this.
    from cli.input.campaigns import CampaignWords
    from cli.local.demonstration import Demonstration, demonstrate

    if approve not in {None, "ask", "all"}:
        raise usage(f"--approve is ask or all, not {approve!r}.")
    if approve != "all" and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise usage(
            "There is no terminal to ask for decisions on: add --approve all, or run "
            "it in a terminal."
        )
    words = CampaignWords(
        source=source or str(_shipped_article()),
        channels=tuple(channel or ()),
        platforms=tuple(platform or ()),
        form=form,
        variants=variants,
        media=media,
        card=card,
        narrate=narrate,
        edition=edition,
        threads=threads,
    )
    code = demonstrate(
        Demonstration(words=words, is_asking=approve != "all", is_json=json, free_ports=free_ports)
    )
    raise typer.Exit(code)
