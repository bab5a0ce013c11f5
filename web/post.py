"""The page of one post: what would leave, on what it rests, who decided what, and the acts."""

import asyncio
import json
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from app.errors import AppError, app_error
from app.records.facts import FactPassage, facts_of_view
from app.records.history import post_happenings
from app.text_check import check_text
from galley.models.media import MediaKind
from galley.models.network import Platform
from galley.models.post import PostState, PostView
from galley.models.review import ChangeKind, ChangeRequest, DecisionKind
from galley.models.team import AGENT, Team
from galley.review.approvers import either, others_who_may, still_needed, why_not_approve
from galley.review.changes import ON_ITS_WAY, STAYS_OUT
from galley.review.decisions import may_be_approved, own_media
from web.forms import known
from web.inbox import entries_of, filters_of, in_address
from web.offers import differences, offers_of
from web.rendering import page
from web.routes import act, shown
from web.site import Site, post_named, session_of, site_of, view_of
from web.text import words
from web.waiting import matching

_FACTS_WITHIN = 1.0
"""Seconds; later the page shows the draft without its passages."""
_FACTS_KEPT, _MOST_FACTS = 30.0, 200
"""Seconds in which a page that is loaded again reads no source, and posts of which that holds."""
_MOVING = frozenset({PostState.DRAFTING, PostState.PUBLISHING, PostState.SENT})


@dataclass(frozen=True)
class Deed:
    """One thing that somebody did with a post."""

    at: datetime | None
    who: str
    what: str
    note: str = ""


@dataclass(frozen=True)
class Acts:
    """What can be done with a post as it stands."""

    approve: bool
    edit: bool
    regenerate: bool
    reject: bool
    reschedule: bool
    retract: bool
    redrive: bool
    link: bool
    """Whether this person may show it to a client, who decides in their name."""
    why_not_approve: str
    """Why this person may not approve, where the team's policy says so."""
    may_not: list[str]
    """What else the team lets others do, and whom; it is not offered."""


async def post(request: Request) -> Response:
    """Show one post."""
    view = await view_of(request)
    passages, no_facts = await passages_of(request, view)
    offers = offers_of(view, passages)
    revision, changed = differences(view)
    site, own = site_of(request), own_media(view)
    team = site.team
    return page(
        request,
        "post.html",
        view=view,
        offers=offers,
        no_facts=no_facts,
        revision_before=revision,
        changed=changed,
        still_needed=still_needed(team, view),
        acts=_acts(team, view, session_of(request).person),
        pending=site.sending.of(view.workflow_id),
        unsent=session_of(request).unsent.get(view.workflow_id, ""),
        unsent_edit=session_of(request).edits.get(view.workflow_id, (0, [])),
        deeds=_deeds(view),
        mark=_mark(request, view),
        is_moving=_is_moving(request, view),
        address=address_of(view.workflow_id),
        narrowed_by=in_address(filters_of(request).query),
        around=await _around(request, view.workflow_id),
        people=[one.name for one in team.people if not one.has(AGENT)] if team else [],
        has_own_media=bool(own),
        pictures=[(n, one) for n, one in enumerate(own, 1) if one.kind is MediaKind.IMAGE],
        canonical=[_pretty(one.proof.canonical) for one in offers],
        media_notes=(view.proposal or view).media_notes,
        leaving=_leaving(site, view),
    )


@dataclass(frozen=True)
class Leaving:
    """What is said of the contents of a post, above them."""

    title: str
    stays_out: bool
    """Whether none of it leaves, and it has no time any more."""


def _leaving(site: Site, view: PostView) -> Leaving:
    pending = site.sending.of(view.workflow_id)
    is_rejected = pending is not None and pending.kind is DecisionKind.REJECT and not view.proposal
    stays_out = view.state in STAYS_OUT or is_rejected
    is_out = view.state in {PostState.PUBLISHED, PostState.SENT, PostState.HANDED_TO_PERSON}
    title = "What Buffer got" if is_out else "What Buffer will get"
    return Leaving("What it held" if stays_out else title, stays_out)


def address_of(workflow_id: str) -> str:
    """Return the address of the page of a post."""
    return f"/posts/{quote(workflow_id, safe='')}"


async def passages_of(request: Request, view: PostView) -> tuple[list[FactPassage], str]:
    """Return each fact with its passage, or why there are none."""
    has_facts = view.facts or any(one.facts for one in view.variants)
    if not has_facts:
        return [], ""
    site, now = site_of(request), time.monotonic()
    key = (view.workflow_id, view.revision, view.digest)
    read_at, passages = site.passages.get(key, (float("-inf"), []))
    if now - read_at < _FACTS_KEPT:
        return passages, ""
    try:
        async with asyncio.timeout(_FACTS_WITHIN):
            found = (await facts_of_view(site.connections, view)).passages
    except TimeoutError:
        return [], "The source did not answer in time: load the page again to see its passages."
    except AppError as error:
        return [], str(error)
    while len(site.passages) >= _MOST_FACTS:
        del site.passages[next(iter(site.passages))]
    site.passages[key] = (now, found)
    return found, ""


_RIGHTS = {
    DecisionKind.EDIT: "edit it",
    DecisionKind.REGENERATE: "ask for a new draft",
    DecisionKind.REJECT: "reject it",
    ChangeKind.RESCHEDULE: "reschedule it",
}
"""Acts that need a right of the team's, beside the approval."""


def _acts(team: Team | None, view: PostView, person: str) -> Acts:
    """Return what this person may do; a later press is judged once more."""
    in_review, on_its_way = view.state is PostState.IN_REVIEW, view.state in ON_ITS_WAY
    is_free = view.change is None or view.change.kind is not ChangeKind.RETRACT
    is_stuck = view.state in {PostState.HELD, PostState.ERROR}
    offered = {
        DecisionKind.EDIT: (in_review or on_its_way) and is_free,
        DecisionKind.REGENERATE: in_review or view.is_making_media,
        DecisionKind.REJECT: in_review
        or view.is_making_media
        or is_stuck
        or (on_its_way and view.proposal is not None),
        ChangeKind.RESCHEDULE: (in_review or on_its_way) and is_free,
    }
    others = {kind: others_who_may(team, view, kind, person) for kind in offered}
    by_whom: dict[str, list[str]] = defaultdict(list)
    for kind, whom in others.items():
        if offered[kind] and whom is not None:
            by_whom[either(whom) or "nobody"].append(_RIGHTS[kind])
    may_now = {kind: is_it and others[kind] is None for kind, is_it in offered.items()}
    approvers = others_who_may(team, view, DecisionKind.APPROVE, person)
    return Acts(
        approve=may_be_approved(view) and is_free,
        edit=may_now[DecisionKind.EDIT],
        regenerate=may_now[DecisionKind.REGENERATE],
        reject=may_now[DecisionKind.REJECT],
        reschedule=may_now[ChangeKind.RESCHEDULE],
        # To stop a post in a hurry needs no right.
        retract=(on_its_way or is_stuck) and is_free,
        redrive=view.state is PostState.ERROR and is_free,
        link=approvers is None,
        why_not_approve=why_not_approve(team, view, person)
        if approvers is None
        else f"{person} may not approve it: {either(approvers) or 'nobody'} may.",
        may_not=[f"{person} may not {either(what)}: {whom} may." for whom, what in by_whom.items()],
    )


_DEEDS = {
    DecisionKind.APPROVE: "approved revision {}",
    DecisionKind.EDIT: "edited revision {}",
    DecisionKind.REGENERATE: "asked for a new draft of revision {}",
    DecisionKind.REJECT: "rejected revision {}",
}


def _deeds(view: PostView) -> list[Deed]:
    """Return who decided and asked for what, the latest first."""
    found = [
        Deed(one.at, one.by, _DEEDS[one.kind].format(one.revision), one.note)
        for one in view.decisions
    ]
    found += [Deed(one.at, one.by, _asked(one), one.note) for one in view.changes]
    # What has no time was heard before times were kept.
    return sorted(found, key=lambda one: one.at or datetime.min.replace(tzinfo=UTC), reverse=True)


def _asked(request: ChangeRequest) -> str:
    if request.kind is ChangeKind.RESCHEDULE:
        to = f"{request.due_at:%Y-%m-%d %H:%M} UTC" if request.due_at else words(request.mode)
        return f"asked for another time: {to}"
    return f"asked to {words(request.kind)} it"


def _mark(request: Request, view: PostView) -> str:
    """Return what changes whenever the page would show something else."""
    pending = site_of(request).sending.of(view.workflow_id)
    parts = (
        view.state,
        view.revision,
        view.digest[:12],
        len(view.decisions) + len(view.changes) + len(view.ignored) + len(view.comments),
        int(view.is_making_media),
        view.change.change_id if view.change else 0,
        pending.kind if pending else "",
    )
    return ".".join(map(str, parts))


def _is_moving(request: Request, view: PostView) -> bool:
    """Whether something will happen by itself in the next seconds."""
    is_pending = site_of(request).sending.of(view.workflow_id) is not None
    return view.state in _MOVING or view.is_making_media or view.change is not None or is_pending


async def news(request: Request) -> Response:
    """Tell a page that is open whether the post is another than it shows."""
    view = await view_of(request)
    mark = _mark(request, view)
    if mark == request.query_params.get("mark"):
        return Response(status_code=204)
    last = view.decisions[-1] if view.decisions else None
    who = f"{last.by} {_DEEDS[last.kind].format(last.revision)}." if last else ""
    address = address_of(view.workflow_id) + in_address(filters_of(request).query)
    return page(request, "parts/news.html", who=who, address=address)


async def history(request: Request) -> Response:
    """Show all that happened to a post, from the histories of Temporal."""
    client, name = await site_of(request).connections.temporal(), post_named(request)
    try:
        happenings = await post_happenings(client, name)
    except Exception as error:
        known = app_error(error)
        if known is None:
            raise
        return page(request, "parts/history.html", happenings=[], why=str(known))
    return page(request, "parts/history.html", happenings=happenings, why="")


async def count(request: Request, form: FormData) -> Response:
    """Count a text that somebody types, as its network counts; nothing is kept."""
    platform = known(Platform, str(form.get("platform", "")))
    items = [str(one) for one in form.getlist("item")]
    reports = [check_text(platform, one) for one in items]
    return page(request, "parts/count.html", reports=reports)


async def _around(request: Request, workflow_id: str) -> tuple[str, str]:
    """Return the addresses of the posts before and after it in the inbox; empty: none.

    The inbox is that which the person came from, with the same filters.
    """
    filters = filters_of(request)
    ids = [one.workflow_id for one in matching(await entries_of(request), filters)]
    at = ids.index(workflow_id) if workflow_id in ids else None
    before, after = ("", "".join(ids[:1]))
    if at is not None:
        before, after = "".join(ids[at - 1 : at]), "".join(ids[at + 1 : at + 2])
    narrowed_by = in_address(filters.query)
    shown = (address_of(one) + narrowed_by if one else "" for one in (before, after))
    return next(shown), next(shown)


def _pretty(canonical: bytes) -> str:
    return json.dumps(json.loads(canonical), ensure_ascii=False, indent=2)


ROUTES = [
    shown("/posts/{post}", post),
    shown("/posts/{post}/news", news, is_polled=True),
    shown("/posts/{post}/history", history),
    act("/count", count),
]
