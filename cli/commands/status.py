"""``status``."""

from cli.commands.options import Json


def status(*, json: Json = False) -> None:
    """Say whether Galley is healthy and what needs you, worst first.

    Counts through Temporal and asks the workers: Buffer is not called. The exit code
    is 0 while nothing is broken, drafts that wait for you included; 1 if something is
    broken or posts are stuck; 3 if Temporal does not answer.

    Example: uv run starter.py status
    """
    from cli.health.status_page import look_and_print

    look_and_print(json=json)
