"""Carry out ``show --facts``."""

from app.posts.names import reach
from app.posts.views import read_view
from cli.reading.fact_passages import FactPassage, fact_lines, passages_of
from cli.reading.grounds import read_grounds
from cli.terminal.connections import connections
from cli.terminal.failures import CommandError, usage
from cli.terminal.output import show, show_json
from cli.terminal.process import run
from cli.terminal.proofs import clean
from cli.terminal.telling import telling
from galley.clients.stores.opening import open_state
from galley.models import PostView
from galley.settings import Settings


def facts_and_print(name: str, *, json: bool) -> None:
    """Print each fact of a post's draft beside the passage it was found in."""
    view, found = run(_facts(name))
    if json:
        show_json([one.model_dump(mode="json") for one in found])
    else:
        for line in fact_lines(view, found):
            show(clean(line))


async def _facts(name: str) -> tuple[PostView, list[FactPassage]]:
    async with telling("asking the worker, and reading the source"):
        reached = connections()
        target = await reach(reached, name)
        client = await reached.temporal()
        if target.is_campaign:
            raise usage(f"{name!r} is a campaign: name one of its posts with --facts.")
        view = await read_view(client, target.posts[0].workflow_id)
        if view is None:
            raise CommandError("No worker answers: start one with `uv run worker.py`.")
        held = await read_grounds(client, open_state(Settings()), view)
        found = passages_of(view, held.document, held.grounds, numbered=held.numbered)
    return view, found
