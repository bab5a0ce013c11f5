"""Several posts at once: each is shown whole, and what was shown is approved, by its digest."""

import asyncio
from dataclasses import dataclass

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from app.posts.views import read_view
from app.review.decisions import DecisionRequest
from galley.models.post import PostView
from galley.models.review import DecisionKind
from galley.review.approvers import why_not_approve
from galley.review.decisions import may_be_approved
from web.decisions import begin
from web.forms import number
from web.offers import Offer, offers_of
from web.post import address_of
from web.rendering import page
from web.routes import act, shown, tell, to
from web.site import session_of, site_of

_MOST = 25
"""Posts that a person really looks at; the rest stay in the inbox."""


@dataclass(frozen=True)
class Shown:
    """One post of several; ``why_not`` says why it is approved on a page of its own."""

    view: PostView
    offer: Offer | None
    why_not: str
    address: str


async def together(request: Request) -> Response:
    """Show the selected posts, each with all that would leave."""
    names = request.query_params.getlist("post")
    chosen = [one for one in dict.fromkeys(names) if one.startswith("post:")][:_MOST]
    posts = [_shown(request, view) for view in await _read(request, chosen)]
    return page(request, "together.html", posts=posts, left_out=max(0, len(names) - _MOST))


async def _read(request: Request, names: list[str]) -> list[PostView]:
    client = await site_of(request).connections.temporal()
    found = await asyncio.gather(*(read_view(client, one) for one in names))
    return [one for one in found if one is not None]


def _shown(request: Request, view: PostView) -> Shown:
    offers = offers_of(view)
    offer = offers[0] if len(offers) == 1 else None
    return Shown(view, offer, _why_not(request, view, offer), address_of(view.workflow_id))


def _why_not(request: Request, view: PostView, offer: Offer | None) -> str:
    """Return why a post is not approved together with others; empty if it may be."""
    if not may_be_approved(view):
        return "There is nothing to approve."
    if site_of(request).sending.of(view.workflow_id):
        return "Somebody is deciding on it right now."
    if offer is None:
        return "It has several variants: choose one on its page."
    if offer.misfits:
        return "The network would refuse it."
    if offer.claims:
        return f"{offer.claims[0].message} Look at it on its page."
    return why_not_approve(site_of(request).team, view, session_of(request).person)


async def approve(request: Request, form: FormData) -> Response:
    """Approve the posts that were shown and are still selected."""
    seen = dict(_seen(one) for one in form.getlist("seen") if isinstance(one, str))
    count = 0
    for view in await _read(request, [*seen][:_MOST]):
        revision, digest = seen[view.workflow_id]
        asked = DecisionRequest(DecisionKind.APPROVE, "", revision, None, digest)
        decision = asked.blind(revision, digest, session_of(request).person)
        count += await begin(request, view, decision)
    if count:
        tell(request, f"{count} approved. Each can be taken back on its page for some seconds.")
    return to("/")


def _seen(field: str) -> tuple[str, tuple[int, str]]:
    """Return ID, revision and digest of a post that was shown."""
    name, _, rest = field.partition(" ")
    revision, _, digest = rest.partition(" ")
    return name, (number(revision), digest)


ROUTES = [shown("/together", together), act("/together/approve", approve)]
