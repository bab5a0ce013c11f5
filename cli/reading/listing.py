"""List posts, and say what went wrong with those that need a person."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from temporalio.client import Client

from app.accounts.workflows import pauses_of, read_accounts
from app.connections import open_client
from app.notifications import undelivered
from app.posts.directory import ALARMING, NEEDS_A_PERSON, PostRow, list_posts
from app.posts.names import reach
from app.posts.views import read_view
from cli.render.status import undelivered_words
from cli.terminal.connections import connections
from cli.terminal.failures import CommandError, usage
from cli.terminal.output import say, show, show_json, table
from cli.terminal.pauses import pause_line
from cli.terminal.process import run
from cli.terminal.proofs import clean, local
from cli.terminal.telling import telling
from galley.models import PostState

_ALARMS_READ = 20
"""Posts that are asked for what went wrong; of the others the state says enough."""
_ALARMS_WITHIN = 3.0
_RUNNING = 'ExecutionStatus="Running"'


@dataclass(frozen=True)
class Listing:
    """What ``list`` was asked for."""

    state: str
    campaign: str
    needs_me: bool
    limit: int

    def query(self) -> str:
        """Return the search for these posts.

        Raises:
            CommandError: There is no such state.
        """
        if self.state and self.state not in set(PostState):
            known = ", ".join(PostState)
            raise usage(f"{self.state!r} is not a state: choose one of {known}.")
        if self.state:
            # A run that was ended from outside still has the state it had.
            lives = not PostState(self.state).is_final
            return f'GalleyState="{self.state}"' + (f" AND {_RUNNING}" if lives else "")
        return _needing() if self.needs_me else ""

    def takes(self, row: PostRow) -> bool:
        """Whether a post is one of those that were asked for."""
        if self.needs_me and not row.needs_a_person:
            return False
        return not self.state or row.state == self.state


def list_and_print(listing: Listing, *, json: bool) -> None:
    """Carry out ``list``."""
    listing.query()  # a state that is none is told before anybody is asked
    rows, told = run(_list(listing))
    for line in told:
        say(line)
    if json:
        show_json([row.model_dump(mode="json") for row in rows])
    elif rows:
        print_rows(rows)
        if len(rows) >= listing.limit:
            say(f"These are {len(rows)}; --limit shows more.")
    elif listing.needs_me:
        say("Nothing needs you.")
    else:
        say("No posts. Start a campaign: uv run starter.py start SOURCE")


async def _list(listing: Listing) -> tuple[list[PostRow], list[str]]:
    async with telling("asking Temporal and the worker"):
        if listing.campaign:
            reached = connections()
            target = await reach(reached, listing.campaign)
            client = await reached.temporal()
            if target.campaign is None:
                raise CommandError(
                    f"{listing.campaign!r} is a post: name its campaign."
                )
            rows = [row for row in target.posts if listing.takes(row)]
        else:
            client = await open_client()
            rows = await found(
                lambda asked: list_posts(client, asked, listing.limit), listing
            )
        ordered = sorted(rows, key=lambda row: row.urgency)[: listing.limit]
        alarmed, paused, messages = await asyncio.gather(
            with_alarms(client, ordered), paused_lines(client), undelivered(client)
        )
        return alarmed, [*paused, *(undelivered_words(one) for one in messages)]


async def found(
    search: Callable[[str], Awaitable[list[PostRow]]], listing: Listing
) -> list[PostRow]:
    """Return the latest posts; what is more urgent is never cut off by others.

    Args:
        search: Returns the latest posts of a query, as many as are asked for.
        listing: What was asked for.
    """
    query = listing.query()
    rows = await search(query)
    if listing.state or len(rows) < listing.limit:
        return rows
    alarming = await search(f"{_among(ALARMING)} AND {_RUNNING}")
    needing = [] if listing.needs_me else await search(_needing())
    return list({row.workflow_id: row for row in (*alarming, *needing, *rows)}.values())


def _needing() -> str:
    return f"({_among(NEEDS_A_PERSON)} OR GalleyChoices > 0) AND {_RUNNING}"


def _among(states: Iterable[PostState]) -> str:
    named = ", ".join(f'"{state}"' for state in states)
    return f"GalleyState IN ({named})"


async def paused_lines(client: Client) -> list[str]:
    """Return a line for each pause in force; none where no worker answers."""
    views = await read_accounts(client)
    return [pause_line(pause) for view in views for pause in pauses_of(view)]


async def with_alarms(client: Client, rows: Iterable[PostRow]) -> list[PostRow]:
    """Return the rows, with what went wrong where a person has to look."""
    asked = [row.workflow_id for row in rows if row.state in ALARMING][:_ALARMS_READ]
    told: dict[str, str] = {}

    async def ask(workflow_id: str) -> None:
        view = await read_view(client, workflow_id)
        told[workflow_id] = (view.error or view.notice) if view else ""

    try:
        async with asyncio.timeout(_ALARMS_WITHIN):
            await asyncio.gather(*(ask(one) for one in asked))
    except TimeoutError:
        pass  # Then the state alone has to say it.
    return [
        row.alarmed(told.get(row.workflow_id, "")) if row.state in ALARMING else row
        for row in rows
    ]


def print_rows(rows: list[PostRow]) -> None:
    """Print the posts as a table, and below it what went wrong."""
    columns = ("Network", "State", "Due", "Title", "ID")
    lines = [
        (
            row.platform,
            row.listed_state,
            local(row.due_at),
            clean(row.title),
            row.workflow_id,
        )
        for row in rows
    ]
    table(columns, lines)
    for row in rows:
        if row.alarm:
            show(clean(f"{row.workflow_id} · {row.shown_state}: {row.alarm}"))
