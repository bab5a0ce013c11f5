"""The pages of campaigns: all of them, and one with all its drafts side by side."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from app.accounts.workflows import scope_words
from app.campaigns.sources import GivenSource
from app.campaigns.start import submit
from app.errors import InvalidRequestError, NotFoundError
from app.posts.directory import CampaignRow, PostRow, list_campaigns, list_posts
from app.posts.views import first_input, read_view
from app.review.decisions import DecisionRequest
from app.review.inbox import ShownCampaign, show_named
from galley.budget.prices import dollars
from galley.models.campaign import CampaignInput
from galley.models.network import Platform
from galley.models.post import PostState, PostView
from galley.models.review import DecisionKind
from galley.review.changes import STAYS_OUT
from galley.review.decisions import may_be_approved
from web.decisions import begin
from web.forms import number
from web.offers import Offer, offers_of
from web.post import address_of
from web.rendering import page
from web.routes import act, shown, tell, to
from web.sending import DONE, PendingDecision
from web.site import session_of, site_of

_PAGE = 30
"""Campaigns on one page: the posts of each are listed with it."""
_MOST_POSTS = 2000
_MOST_SHOWN = 40
"""Drafts on one page: each is asked for by a query of its own."""
_AT_ONCE = 8


@dataclass(frozen=True)
class Line:
    """A campaign in the list."""

    workflow_id: str
    status: str
    started_at: datetime
    title: str
    states: Counter[str]
    platforms: tuple[str, ...]

    @property
    def waiting(self) -> int:
        """How many of its posts wait for a person."""
        return self.states[PostState.IN_REVIEW]


@dataclass(frozen=True)
class Shown:
    """A post of the campaign, with the draft that is shown of it."""

    row: PostRow
    view: PostView | None
    offer: Offer | None
    pending: PendingDecision | None
    """A decision that has not reached it yet."""

    @property
    def is_over(self) -> bool:
        """Whether nothing of it goes out: the plan holds it no more."""
        return self.row.state in STAYS_OUT

    @property
    def can_be_approved(self) -> bool:
        """Whether an approval of what is shown may count."""
        return (
            self.pending is None
            and self.view is not None
            and self.offer is not None
            and may_be_approved(self.view)
            and not self.offer.misfits
            and not self.offer.preview.media_note
        )


async def campaigns(request: Request) -> Response:
    """List the campaigns, the latest first."""
    client = await site_of(request).connections.temporal()
    first = number(request.query_params.get("from", ""))
    found = await list_campaigns(client)
    listed = found[first : first + _PAGE]
    named = ", ".join(f'"{one.workflow_id}"' for one in listed)
    posts = await list_posts(client, f"GalleyCampaign IN ({named})", _MOST_POSTS) if listed else []
    return page(
        request,
        "campaigns.html",
        campaigns=list(_lines(listed, posts)),
        newer=max(0, first - _PAGE) if first else None,
        older=first + _PAGE if len(found) > first + _PAGE else None,
    )


def _lines(found: Sequence[CampaignRow], posts: Sequence[PostRow]) -> Iterator[Line]:
    by_campaign: dict[str, list[PostRow]] = defaultdict(list)
    for post in posts:
        by_campaign[post.campaign_id].append(post)
    for one in found:
        mine = by_campaign.get(one.workflow_id, [])
        yield Line(
            one.workflow_id,
            one.status,
            one.started_at,
            next((post.title for post in mine if post.title), ""),
            Counter(post.state for post in mine),
            tuple(dict.fromkeys(post.platform for post in mine)),
        )


async def campaign(request: Request) -> Response:
    """Show a campaign: its plan, its drafts side by side, and what can be done with all."""
    found = await _campaign(request)
    posts = sorted(found.posts, key=lambda row: (row.due_at is None, row.due_at or row.started_at))
    views = await _views(request, posts[:_MOST_SHOWN])
    sending = site_of(request).sending
    drafts = [
        _shown(row, views.get(row.workflow_id), sending.of(row.workflow_id))
        for row in posts[:_MOST_SHOWN]
    ]
    there = {row.platform for row in posts}
    return page(
        request,
        "campaign.html",
        row=found.row,
        view=found.view,
        cost=found.cost,
        pauses=[one for one in found.pauses if any(p.is_covered_by(one.scope) for p in posts)],
        scope_words=scope_words,
        drafts=drafts,
        left_out=len(posts) - len(drafts),
        approvable=sum(one.can_be_approved for one in drafts),
        missing=[one for one in Platform if one not in there],
        title=_title(found, posts),
        is_planned=_is_planned(found),
        is_moving=not _is_planned(found) or any(row.state == PostState.DRAFTING for row in posts),
        dollars=dollars,
        address_of=address_of,
        done=DONE,
    )


def _title(found: ShownCampaign, posts: Sequence[PostRow]) -> str:
    source = found.view.source if found.view else None
    titles = (*(row.title for row in posts), source.title if source else "")
    return next(filter(None, titles), "A campaign that is being planned")


def _is_planned(found: ShownCampaign) -> bool:
    """Whether all posts that it gets are there: else networks without one say nothing."""
    planned = {one.workflow_id for one in found.view.posts} if found.view else set[str]()
    there = {row.workflow_id for row in found.posts}
    return found.row.status != "running" or (bool(planned) and planned <= there)


async def _campaign(request: Request) -> ShownCampaign:
    name = request.path_params["campaign"]
    found = await show_named(site_of(request).connections, name)
    if not isinstance(found, ShownCampaign):
        raise NotFoundError(f"There is no campaign {name!r}.")
    return found


async def _views(request: Request, rows: Sequence[PostRow]) -> dict[str, PostView]:
    client = await site_of(request).connections.temporal()
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(row: PostRow) -> PostView | None:
        async with gate:
            return await read_view(client, row.workflow_id)

    found = await asyncio.gather(*map(one, rows))
    return {view.workflow_id: view for view in found if view is not None}


def _shown(row: PostRow, view: PostView | None, pending: PendingDecision | None) -> Shown:
    offers = offers_of(view) if view else []
    picked = view.picked if view else 0
    # A single draft, or that of a post on its way, has no others beside it.
    at = max(picked, 1) - 1 if len(offers) > 1 else 0
    return Shown(row, view, offers[at] if offers else None, pending)


async def approve(request: Request, form: FormData) -> Response:
    """Approve exactly the drafts that were shown and chosen, each by its digest."""
    address = f"/campaigns/{request.path_params['campaign']}"
    chosen = [_chosen(str(one)) for one in form.getlist("post")]
    if not chosen:
        tell(request, "Nothing was approved: choose at least one post.")
        return to(address)
    client, by = await site_of(request).connections.temporal(), session_of(request).person
    done = 0
    for name, revision, pick, digest in chosen[:_MOST_SHOWN]:
        view = await read_view(client, name)
        if view is None:
            tell(request, f"{name} was not approved: no worker answers for it.")
            continue
        asked = DecisionRequest(DecisionKind.APPROVE, pick=pick or None)
        done += await begin(request, view, asked.blind(revision, digest, by))
    if done:
        tell(
            request,
            f"{done} of {len(chosen)} posts are approved. That takes effect in a few seconds.",
        )
    return to(address)


def _chosen(value: str) -> tuple[str, int, int, str]:
    """Return ID, revision, pick and digest of a chosen post.

    Raises:
        InvalidRequestError: The form was not made by the page.
    """
    try:
        name, revision, pick, digest = value.split(" ")
        return name, int(revision), int(pick), digest
    except ValueError:
        raise InvalidRequestError("Load the page again, then choose posts.") from None


async def add_networks(request: Request, form: FormData) -> Response:
    """Start posts of the campaign on more networks."""
    connections = site_of(request).connections
    campaign_id = (await _campaign(request)).row.workflow_id
    wanted = [Platform(str(one)) for one in form.getlist("platform") if one in set(Platform)]
    start = await first_input(await connections.temporal(), campaign_id, CampaignInput)
    if start is None or not wanted:
        raise InvalidRequestError("Choose a network that the campaign has no post on.")
    await submit(connections, start.on(tuple(wanted)), GivenSource(start.source))
    names = ", ".join(str(one) for one in wanted)
    tell(request, f"Drafts for {names} are being written: they appear here.")
    return to(f"/campaigns/{campaign_id}")


ROUTES = [
    shown("/campaigns", campaigns),
    shown("/campaigns/{campaign}", campaign),
    act("/campaigns/{campaign}/approve", approve),
    act("/campaigns/{campaign}/networks", add_networks),
]
