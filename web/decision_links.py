"""Decisions by a link in a message: the page that it opens, and the form that decides.

The token of a link leaves the address at once, for a cookie of these pages alone: no history of a
browser, no ``Referer`` and no log keeps it. To open a link decides nothing, as programs that
examine mail do; the form needs a token that stands on the page alone.
"""

import re
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.review.decisions import DecisionRequest, DecisionResult
from app.review.links import UsedLink, decide_once, used
from galley.clients.senders import ask_maker
from galley.models.post import PostView
from galley.models.review import DecisionKind
from galley.notifications.asks import AskMaker, is_asked
from galley.review.approvers import why_not_approve
from galley.review.changes import changed_since
from galley.review.links import DecisionLink, DecisionLinks, PictureLink
from web.access import COOKIE
from web.decisions import why_undecided
from web.forms import number_of, text_of
from web.media import medium_answer
from web.offers import offers_of
from web.post import address_of, passages_of
from web.rendering import page
from web.routes import to
from web.sending import DONE, PendingDecision
from web.site import Site, site_of

_COOKIE = "galley_decide"
_COOKIE_SECONDS = 60 * 60
_LONGEST_NOTE = 2000
_TOKEN = re.compile(r"[\w.-]{1,1500}", re.ASCII)
"""Nothing else may go into a cookie."""
_NOT_OURS = "This link has expired or is incomplete: the post's page has all that it had."


@dataclass(frozen=True)
class Opened:
    """A link that is ours, has not expired, and acts for somebody who is still there."""

    token: str
    link: DecisionLink
    links: DecisionLinks


def maker_of(site: Site) -> AskMaker:
    """Return the maker of asks, by the team as its file has it now: rights end with their entry."""
    return ask_maker(site.connections.settings, site.team)


def why_not_for(site: Site, person: str) -> str:
    """Return why these pages do not decide in this person's name, or ``""``."""
    team = site.team
    if team is not None and team.person(person) is None:
        return f"{person} is not in the team any more: this decides nothing."
    if team is not None and site.keys is None and person != site.person:
        return f"These pages sign for {site.person} alone: {person} decides elsewhere."
    return ""


async def arrive(request: Request) -> Response:
    """Take the token of a link out of the address."""
    token = str(request.path_params["token"])
    if not _TOKEN.fullmatch(token):
        raise HTTPException(404, _NOT_OURS)
    answer = to("/decide")
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.set_cookie(
        _COOKIE,
        token,
        max_age=_COOKIE_SECONDS,
        path="/decide",
        httponly=True,
        secure=site_of(request).is_secure,
        samesite="lax",
    )
    return answer


def _opened(request: Request) -> Opened:
    site = site_of(request)
    maker, token = maker_of(site), request.cookies.get(_COOKIE, "")
    link = maker.links.read(DecisionLink, token) if maker.links else None
    # The value of a button in Slack is no link: Slack alone says who pressed it.
    if maker.links is None or link is None or link.is_over or not link.by:
        raise HTTPException(404, _NOT_OURS)
    if why := why_not_for(site, link.by):
        raise HTTPException(403, why)
    session = site.sessions.find(request.cookies.get(COOKIE, ""), is_use=False)
    is_person = session is not None and session.link is None
    if maker.team and session and is_person and session.person != link.by:
        other = f"This link acts for {link.by}, and you are signed in as {session.person}"
        raise HTTPException(403, f"{other}: decide on the page of the post, in your own name.")
    return Opened(token, link, maker.links)


async def show(request: Request) -> Response:
    """Show what a link is about, and the forms to decide on it."""
    opened = _opened(request)
    return await _page(request, opened, await site_of(request).view(opened.link.post))


async def _page(
    request: Request, opened: Opened, view: PostView, status: int = 200, said: str = ""
) -> Response:
    site, link = site_of(request), opened.link
    mark = await used(site.connections.state, link, link.by)
    is_current = (view.revision, view.digest) == (link.revision, link.digest)
    passages, no_facts = await passages_of(request, view)
    pending = site.sending.of(view.workflow_id)
    is_open = is_asked(view) and is_current and mark is None and pending is None
    found = changed_since(view, link.digest, link.revision) or ()
    changes = () if is_current else tuple(one.words for one in found)
    return page(
        request,
        "decide.html",
        status,
        view=view,
        link=link,
        offers=offers_of(view, passages, "/decide/media"),
        no_facts=no_facts,
        said=said or _happened(view, mark, link, pending),
        is_open=is_open,
        is_asked=is_asked(view),
        is_current=is_current,
        changes=changes,
        why_not_approve=why_not_approve(site.team, view, link.by),
        token=opened.links.form_token(opened.token),
        address=address_of(view.workflow_id),
        has_team=site.team is not None,
    )


def _happened(
    view: PostView, mark: UsedLink | None, link: DecisionLink, pending: PendingDecision | None
) -> str:
    """Return what became of the link, or of the post without it; empty: both wait."""
    if mark is not None and not mark.is_done:
        return f"Somebody is deciding by this link just now, in the name of {mark.by}."
    if mark is not None:
        return f"This link is used up: {mark.by} {DONE[mark.kind]} it, {mark.at:%d %b, %H:%M} UTC."
    if pending is not None:
        did = f"{pending.person} {DONE[pending.kind]} it just now"
        return f"{did}: load the page again in a moment."
    if is_asked(view) or not view.decisions:
        return ""
    last = view.decisions[-1]
    who = "You" if last.by == link.by else last.by
    return f"{who} {DONE[last.kind]} it before this link was used."


async def decide(request: Request) -> Response:
    """Approve or reject by a link, once."""
    kinds = {one.value: one for one in (DecisionKind.APPROVE, DecisionKind.REJECT)}
    kind, opened = kinds.get(request.path_params["kind"]), _opened(request)
    if kind is None:
        raise HTTPException(404, "There is no such page.")
    async with request.form(max_files=0, max_fields=20) as form:
        given, digest = text_of(form, "token"), text_of(form, "digest")
        note, pick = text_of(form, "note")[:_LONGEST_NOTE], number_of(form, "pick") or None
    if not opened.links.is_form_token(opened.token, given):
        raise HTTPException(403, "This form belongs to another link: open your link again.")
    site, link, view = site_of(request), opened.link, await site_of(request).view(opened.link.post)
    if (view.revision, view.digest) != (link.revision, link.digest):
        return await _page(request, opened, view, 409)
    if kind is DecisionKind.REJECT and not note:
        return await _page(request, opened, view, 400, "Nothing was decided: say why.")
    is_approval = kind is DecisionKind.APPROVE
    asked = DecisionRequest(
        kind,
        note or "by a link in a message",
        link.revision,
        pick if is_approval else None,
        digest if is_approval else link.digest,
    )
    said = asked.on(view, link.by)
    if why := why_undecided(site, view, said):
        return await _page(request, opened, view, 409, f"Nothing was decided: {why}")
    result = await decide_once(site.connections, site.settings_of(link.by), link, said)
    if isinstance(result, DecisionResult) and not result.ok:
        view = await site.view(link.post)
        return await _page(request, opened, view, 409, f"Nothing was decided: {result.error}")
    if isinstance(result, DecisionResult):
        site.waiting.took(link.post, result)
    return to("/decide")


async def media(request: Request) -> Response:
    """Return a medium of the post that a link is about."""
    view = await site_of(request).view(_opened(request).link.post)
    return await medium_answer(request, view, request.path_params["sha256"])


async def picture(request: Request) -> Response:
    """Return one picture to whoever has its address: Slack shows it in a message."""
    links = maker_of(site_of(request)).links
    link = links.read(PictureLink, request.path_params["token"]) if links else None
    if link is None or link.is_over:
        raise HTTPException(404, "There is no such picture.")
    return await medium_answer(request, await site_of(request).view(link.post), link.sha256)


ROUTES = [
    Route("/decide", show, methods=["GET"]),
    Route("/decide/media/{sha256}", media, methods=["GET"]),
    Route("/decide/{token}", arrive, methods=["GET"]),
    Route("/decide/{kind}", decide, methods=["POST"]),
    Route("/picture/{token}", picture, methods=["GET"]),
]
