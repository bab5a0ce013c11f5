"""``why``."""

from cli.commands.options import Json, Name


def why(name: Name, *, json: Json = False) -> None:
    """Say all that is known of one post, and what can be done.

    Reads and changes nothing. Without a worker it tells what Temporal and the state
    bucket know.

    Example: uv run starter.py why 3f2a/linkedin
    """
    from cli.reading.dossier import inquire_and_print

    inquire_and_print(name, json=json)
