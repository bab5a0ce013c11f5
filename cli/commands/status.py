"""``status``."""

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
