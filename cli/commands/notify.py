"""``notify``: tell a person what needs one."""

import typer

from cli.commands.options import Json

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
