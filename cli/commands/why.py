"""``why``."""

from cli.commands.options import Json, Name
from cli.process import run
from cli.terminal import show, show_json


def why(name: Name, *, json: Json = False) -> None:
    """Say all that is known of one post, and what can be done.

    Reads and changes nothing. Without a worker it tells what Temporal and the state
    bucket know.

    Example: uv run starter.py why 3f2a/linkedin
    """
    from app.records.inquiry import inquire
    from cli.connections import connections
    from cli.render.dossier import as_json, dossier

    found = run(inquire(connections(), name))
    if json:
        show_json(as_json(found))
    else:
        show(dossier(found))
