"""``status``, ``channels``, ``doctor``, ``setup`` and ``notify``."""

from typing import Annotated

import typer

from cli.commands.options import Json


def status(*, json: Json = False) -> None:
    """Say whether Galley is healthy and what needs you, worst first.

    Counts through Temporal and asks the workers: Buffer is not called. The exit code
    is 0 while nothing is broken, drafts that wait for you included; 1 if something is
    broken or posts are stuck; 3 if Temporal does not answer.

    Example: uv run starter.py status
    """
    from app.errors import ServiceError
    from app.health.status import read_status
    from cli.connections import connections
    from cli.errors import CommandError, ExitCode
    from cli.process import run
    from cli.render.status import print_status, print_unreachable

    try:
        found = run(read_status(connections()))
    except ServiceError as error:
        print_unreachable(str(error), json=json)
        message = "Nothing else can be seen without it."
        raise CommandError(message, ExitCode.REFUSED) from None
    print_status(found, json=json)


def channels(
    *,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Ask Buffer now; else at most every 15 minutes.")
    ] = False,
    json: Json = False,
) -> None:
    """List the channels in Buffer, and what each of them lacks.

    Of every organization that the key reaches.

    Example: uv run starter.py channels
    """
    from app.accounts.workflows import read_channels
    from cli.connections import connections
    from cli.process import run
    from cli.render.accounts import print_channels

    print_channels(run(read_channels(connections(), refresh=refresh)), json=json)


def doctor(
    *,
    live: Annotated[
        bool,
        typer.Option(
            "--live", help="Check what is assumed about Buffer, with drafts that are deleted."
        ),
    ] = False,
    channel: Annotated[
        str | None,
        typer.Option(
            metavar="CHANNEL",
            help="With --live: where the drafts are made, by ID, name or network; "
            "needed unless there is one channel alone.",
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="With --live: do not ask before writing.")
    ] = False,
    json: Json = False,
) -> None:
    """Check Temporal, the worker, Buffer, Anthropic and the buckets.

    Says of each what is off and what to do. With --live, checks on the account itself
    what Galley assumes about Buffer: with drafts alone, nothing is ever published.

    Example: uv run starter.py doctor --live --channel "My page"
    """
    if live:
        from cli.doctor.trial import try_and_print

        try_and_print(channel, yes=yes, json=json)
        return
    if channel is not None or yes:
        raise typer.BadParameter("--channel and --yes go with --live.")
    from app.health.examination import examine
    from cli.connections import connections
    from cli.process import run
    from cli.render.findings import print_findings

    print_findings(run(examine(connections())), json=json)


def setup(
    *,
    check: Annotated[bool, typer.Option("--check", help="Look only; change nothing.")] = False,
    json: Json = False,
) -> None:
    """Prepare a Temporal namespace, and say what is missing.

    Registers the search attributes that are not there, then looks at the retention
    and at the workers of each task queue. It may be run again at any time. Where the
    server lets nobody register, as Temporal Cloud does, it says the command that does.

    Example: uv run starter.py setup --check
    """
    from app.health.cluster import set_up
    from cli.connections import connections
    from cli.process import run
    from cli.render.findings import print_set_up

    print_set_up(run(set_up(connections(), check=check)), json=json)


notify = typer.Typer(name="notify", no_args_is_help=True)


@notify.callback()
def telling() -> None:
    """Tell a person what needs one, by webhook, e-mail or Slack."""


@notify.command("test")
def try_channels(*, json: Json = False) -> None:
    """Send a test message by every channel that is configured, and say what came back.

    A receiver that wanted no more messages (410) is tried again by it.

    Example: uv run starter.py notify test
    """
    from app.health.notifications import send_test
    from cli.connections import connections
    from cli.process import run
    from cli.render.findings import print_tried

    print_tried(run(send_test(connections())), json=json)
