"""Links for clients: signed, for one campaign, until a day; they approve or ask for changes.

Whoever holds a link may use it, without an account. Where a team is set, the person who made the
link stands for what the client decides: it is signed as theirs, and the note says whose word it is.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.errors import InvalidRequestError, NotFoundError
from app.posts.directory import list_posts
from app.posts.views import read_view
from app.review.decisions import DecisionRequest
from galley.models.post import PostState, PostView
from galley.models.review import Decision, DecisionKind
from galley.review.decisions import may_be_approved
from galley.review.signatures import why_no_right
from web.access import COOKIE, Link
from web.decisions import begin
from web.door import enter
from web.forms import number_of, text_of
from web.offers import Offer, offers_of
from web.post import address_of
from web.rendering import page
from web.routes import act, shown, tell, to
from web.sending import PendingDecision
from web.site import session_of, site_of, view_of

_LONGEST = timedelta(days=60)
_MOST = 40
"""Posts of a campaign: eleven networks, some with several channels."""


async def make(request: Request, form: FormData) -> Response:
    """Make a link to the campaign of a post, and show it once."""
    site, view = site_of(request), await view_of(request)
    client, days = text_of(form, "client")[:80], number_of(form, "days")
    by = session_of(request).person
    if site.links is None:
        raise InvalidRequestError("Links for clients need the setting GALLEY_WEB_LINKS_SECRET.")
    wanted = Decision(kind=DecisionKind.APPROVE, revision=0, digest="", by=by)
    if site.team and (why := why_no_right(site.team, wanted, view.channel_id, view.platform)):
        tell(request, f"No link was made: {why.message}")
        return to(address_of(view.workflow_id))
    if not client or not 0 < days <= _LONGEST.days:
        tell(request, f"Name the client, and give 1 to {_LONGEST.days} days.")
        return to(address_of(view.workflow_id))
    until = datetime.now(UTC) + timedelta(days=days)
    link = Link(campaign=view.campaign_id, client=client, by=by, until=until)
    address = f"{site.address}/client/{site.links.make(link)}"
    back = address_of(view.workflow_id)
    return page(request, "link.html", address=address, link=link, back=back)


async def arrive(request: Request) -> Response:
    """Let the holder of a link in; whoever signed in as a person is asked first."""
    site, link = site_of(request), _named(request)
    before = site.sessions.find(request.cookies.get(COOKIE, ""))
    if link is not None and before is not None and before.link is None:
        request.state.session = before
        return page(request, "enter.html", link=link)
    return _let_in(request, link)


async def arrive_after_all(request: Request, form: FormData) -> Response:
    """End the session of a person, who wants to see what a client sees."""
    del form
    return _let_in(request, _named(request))


def _named(request: Request) -> Link | None:
    site = site_of(request)
    return site.links.read(request.path_params["token"], site.team) if site.links else None


def _let_in(request: Request, link: Link | None) -> Response:
    if link is None:
        why = "This link has expired or is incomplete. Ask whoever sent it for a new one."
        return page(request, "trouble.html", 404, said=why)
    return enter(request, f"{link.client} (client)", "/client", link)


@dataclass(frozen=True)
class ClientPost:
    """A post as a client sees it."""

    view: PostView
    offers: list[Offer]
    is_open: bool
    is_pending: bool
    """Whether this client's decision can still be taken back."""


async def client(request: Request) -> Response:
    """Show the posts of the campaign that the link is about."""
    site = site_of(request)
    temporal = await site.connections.temporal()
    # The campaign stands in a link that we signed: nobody can put other words into the search.
    rows = await list_posts(temporal, f'GalleyCampaign="{_link(request).campaign}"', _MOST)
    views = await asyncio.gather(*(read_view(temporal, row.workflow_id) for row in rows))
    posts = [
        ClientPost(
            view, offers, is_open(view, site.sending.of(view.workflow_id)), _pending(request, view)
        )
        for view in views
        if view and (offers := offers_of(view))
    ]
    # In the same order after a decision: the next press is at a place that the reader has seen.
    posts.sort(key=lambda one: (one.view.platform, one.view.channel_name))
    is_moving = any(
        one.is_pending or one.view.state in {PostState.DRAFTING, PostState.PUBLISHING}
        for one in posts
    )
    return page(request, "client.html", posts=posts, is_moving=is_moving)


def _link(request: Request) -> Link:
    link = session_of(request).link
    if link is None:
        raise NotFoundError("This page is for clients: you see the campaign in your inbox.")
    return link


def _by(request: Request) -> str:
    """Return who decides: with a team the person who made the link, whose signature counts."""
    return _link(request).by if site_of(request).team else session_of(request).person


def _pending(request: Request, view: PostView) -> bool:
    pending = site_of(request).sending.of(view.workflow_id)
    return (
        pending is not None and not pending.is_sent and pending.is_of(_by(request), _link(request))
    )


def is_open(view: PostView, pending: PendingDecision | None) -> bool:
    """Whether a client may decide: a post that stopped after its approval is the team's alone."""
    return may_be_approved(view) and view.state is PostState.IN_REVIEW and pending is None


async def decide(request: Request, form: FormData) -> Response:
    """Approve a post, or ask for changes, as a client."""
    person, view = session_of(request).person, await view_of(request)
    if request.path_params["what"] not in {"approve", "changes"}:
        raise NotFoundError("There is no such page.")
    is_approval = request.path_params["what"] == "approve"
    kind = DecisionKind.APPROVE if is_approval else DecisionKind.REGENERATE
    _link(request)
    if not is_open(view, site_of(request).sending.of(view.workflow_id)):
        tell(request, "Nothing was decided: this post does not wait for you any more.")
        return to("/client")
    note = text_of(form, "note")[:3800]
    if kind is DecisionKind.REGENERATE and not note:
        tell(request, "Say what should be different.")
        return to("/client")
    asked = DecisionRequest(
        kind,
        f"{person}: {note}" if note else f"{person}, by a link",
        number_of(form, "revision"),
        (number_of(form, "pick") or None) if is_approval else None,
        text_of(form, "digest"),
    )
    said = asked.blind(asked.revision or 0, asked.digest, _by(request))
    is_begun = await begin(request, view, said)
    # Back to the post, with what can be taken back; what went wrong stands at the top.
    return to(f"/client#{view.workflow_id}" if is_begun else "/client")


async def undo(request: Request, form: FormData) -> Response:
    """Take back what a client decided some seconds ago."""
    del form
    site, view = site_of(request), await view_of(request)
    if site.sending.take_back(view.workflow_id, _by(request), _link(request)):
        site.waiting.returned(view.workflow_id)
        tell(request, "Taken back: nothing was decided.")
    else:
        tell(request, "It is too late to take that back: write to whoever sent you the link.")
    return to("/client")


ROUTES = [
    act("/posts/{post}/link", make),
    shown("/client", client, for_clients=True),
    act("/client/posts/{post}/undo", undo, for_clients=True),
    act("/client/posts/{post}/{what}", decide, for_clients=True),
    Route("/client/{token}", arrive, methods=["GET"]),
    act("/client/{token}", arrive_after_all),
]
