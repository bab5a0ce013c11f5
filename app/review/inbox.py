"""The inbox: posts by urgency, and one post or campaign with all there is to see.

The commands ``list`` and ``show`` print it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from temporalio.client import Client

from app.accounts.workflows import pauses_of, read_accounts
from app.connections import Connections
from app.errors import AppError, InvalidRequestError
from app.health.notifications import Undelivered, undelivered
from app.posts.directory import (
    ALARMING,
    NEEDS_A_PERSON,
    CampaignRow,
    PostRow,
    list_posts,
    named,
    reach,
)
from app.posts.views import read_campaign, read_view
from app.records.costs import CostRow, campaign_cost
from galley.models.account import Pause
from galley.models.campaign import CampaignView
from galley.models.network import Platform
from galley.models.post import PostState, PostView

_ALARMS_READ = 20
"""Posts that are asked for what went wrong; of the others the state says enough."""
_ALARMS_WITHIN = 3.0
_RUNNING = 'ExecutionStatus="Running"'


@dataclass(frozen=True)
class PostSearch:
    """Which posts are asked for; what is empty does not narrow the search."""

    state: str = ""
    campaign: str = ""
    needs_person: bool = False
    limit: int = 200
    by_due: bool = False
    """Ordered by due time, those without one last; else by urgency."""
    platforms: frozenset[Platform] = frozenset()
    """Of these networks alone; empty: of all."""
    due_from: datetime | None = None
    due_until: datetime | None = None
    """Due between these times, both included; ``None``: whenever."""

    def query(self) -> str:
        """Return the search for these posts.

        Raises:
            InvalidRequestError: There is no such state.
        """
        if self.state and self.state not in set(PostState):
            known = ", ".join(PostState)
            raise InvalidRequestError(f"{self.state!r} is not a state: choose one of {known}.")
        if self.state:
            # A run that was ended from outside still has the state it had.
            lives = not PostState(self.state).is_final
            asked = f'GalleyState="{self.state}"' + (f" AND {_RUNNING}" if lives else "")
        else:
            asked = _needing() if self.needs_person else ""
        return self.narrowed(asked)

    def narrowed(self, query: str) -> str:
        """Return a search narrowed to the networks and times that were asked for."""
        named = ", ".join(f'"{one}"' for one in sorted(self.platforms))
        wanted = (named and f"GalleyPlatform IN ({named})",)
        times = ((">=", self.due_from), ("<=", self.due_until))
        due = (f'GalleyDueAt {sign} "{_utc(at)}"' for sign, at in times if at)
        return " AND ".join(filter(None, (query, *wanted, *due)))

    def ordered(self, rows: Iterable[PostRow]) -> list[PostRow]:
        """Return the posts in the order that was asked for, no more than the limit."""
        if self.by_due:
            rows = sorted(rows, key=lambda row: row.due_at or row.started_at)
            return sorted(rows, key=lambda row: row.due_at is None)[: self.limit]
        return sorted(rows, key=lambda row: row.urgency)[: self.limit]

    def takes(self, row: PostRow) -> bool:
        """Whether a post is one of those that were asked for."""
        if self.needs_person and not row.needs_a_person:
            return False
        if self.platforms and row.platform not in self.platforms:
            return False
        if self.state and row.state != self.state:
            return False
        begins, ends = self.due_from or row.due_at, self.due_until or row.due_at
        if begins is None or ends is None or row.due_at is None:
            return not (self.due_from or self.due_until)
        return begins <= row.due_at <= ends


@dataclass(frozen=True)
class Inbox:
    """Posts, the most urgent first, and what holds others up.

    Attributes:
        posts: Those that were asked for, with what went wrong.
        pauses: All that are in force; none where no worker answers.
        undelivered: Messages to a person that did not arrive.
    """

    posts: list[PostRow]
    pauses: list[Pause]
    undelivered: list[Undelivered]


@dataclass(frozen=True)
class ShownPost:
    """One post; ``view`` is missing where no worker answers."""

    row: PostRow
    view: PostView | None
    pauses: list[Pause]


@dataclass(frozen=True)
class ShownCampaign:
    """One campaign with its posts, the most urgent first.

    Attributes:
        row: As Temporal lists it.
        posts: With what went wrong.
        view: What it planned; missing where no worker answers.
        pauses: All that are in force.
        cost: Missing where the state bucket does not answer.
    """

    row: CampaignRow
    posts: list[PostRow]
    view: CampaignView | None
    pauses: list[Pause]
    cost: CostRow | None


async def list_inbox(connections: Connections, search: PostSearch) -> Inbox:
    """Return the posts that were asked for.

    Raises:
        InvalidRequestError: There is no such state, or the name is ambiguous.
        NotFoundError: There is no such campaign.
        AppError: The name is that of a post.
    """
    search.query()  # a state that is none is told before anybody is asked
    async with connections.progress.waiting("asking Temporal and the worker"):
        client = await connections.temporal()
        if search.campaign:
            target = await reach(connections, search.campaign)
            if target.campaign is None:
                raise AppError(f"{search.campaign!r} is a post: name its campaign.")
            rows = [row for row in target.posts if search.takes(row)]
        else:
            rows = await find_posts(lambda asked: list_posts(client, asked, search.limit), search)
        # Named again: each of several searches gave handles unique among its own.
        ordered = named(search.ordered(rows))
        posts, pauses, messages = await asyncio.gather(
            _with_alarms(client, ordered), _pauses(client), undelivered(client)
        )
    return Inbox(posts, pauses, messages)


async def show_named(connections: Connections, name: str) -> ShownPost | ShownCampaign:
    """Return the post or campaign with this name, and all there is to see of it.

    Raises:
        NotFoundError: Nothing has that name.
        InvalidRequestError: More than one thing has it.
        AppError: The campaign failed; the text is its reason.
    """
    async with connections.progress.waiting("asking Temporal and the worker"):
        target = await reach(connections, name)
        client = await connections.temporal()
        if target.campaign is None:
            row = target.posts[0]
            post, pauses = await asyncio.gather(read_view(client, row.workflow_id), _pauses(client))
            return ShownPost(row, post, pauses)
        campaign_id = target.campaign.workflow_id
        published = sum(row.state == PostState.PUBLISHED for row in target.posts)
        view, rows, pauses, cost = await asyncio.gather(
            read_campaign(client, campaign_id),
            _with_alarms(client, sorted(target.posts, key=lambda row: row.urgency)),
            _pauses(client),
            campaign_cost(connections, campaign_id, published),
        )
        return ShownCampaign(target.campaign, rows, view, pauses, cost)


async def find_posts(
    search_temporal: Callable[[str], Awaitable[list[PostRow]]], search: PostSearch
) -> list[PostRow]:
    """Return the latest posts; what is more urgent is never cut off by others.

    Args:
        search_temporal: Returns the latest posts of a query, as many as are asked for.
        search: What was asked for.
    """
    query = search.query()
    rows = await search_temporal(query)
    if search.state or len(rows) < search.limit:
        return rows
    narrowed = search.narrowed
    alarming = await search_temporal(narrowed(f"{_among(ALARMING)} AND {_RUNNING}"))
    needing = [] if search.needs_person else await search_temporal(narrowed(_needing()))
    return list({row.workflow_id: row for row in (*alarming, *needing, *rows)}.values())


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _needing() -> str:
    return f"({_among(NEEDS_A_PERSON)} OR GalleyChoices > 0) AND {_RUNNING}"


def _among(states: Iterable[PostState]) -> str:
    named = ", ".join(f'"{state}"' for state in states)
    return f"GalleyState IN ({named})"


async def _pauses(client: Client) -> list[Pause]:
    views = await read_accounts(client)
    return [pause for view in views for pause in pauses_of(view)]


async def _with_alarms(client: Client, rows: Iterable[PostRow]) -> list[PostRow]:
    """Return the rows, with what went wrong where a person has to look."""
    rows = list(rows)
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
        row.alarmed(told.get(row.workflow_id, "")) if row.state in ALARMING else row for row in rows
    ]
