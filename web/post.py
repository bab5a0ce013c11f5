"""The page of one post: what would leave, on what it rests, who decided what, and the acts."""

import asyncio
import json
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
from galley.models.network import Platform
from galley.models.post import PostState, PostView
from galley.models.review import ChangeKind, ChangeRequest, DecisionKind
from galley.review.changes import ON_ITS_WAY
from galley.review.decisions import may_be_approved, own_media
from web.inbox import entries_of
from web.offers import differences, offers_of
from web.site import act, page, post_named, session_of, shown, site_of, view_of
from web.text import known, words

_FACTS_WITHIN = 1.0
"""Seconds; later the page shows the draft without its passages."""
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
    why_not_approve: str = ""
    """Why this person may not approve, where the team's policy says so."""


async def post(request: Request) -> Response:
    """Show one post."""
    view = await view_of(request)
    passages, no_facts = await _passages(request, view)
    offers = offers_of(view, passages)
    revision, changed = differences(view)
    site = site_of(request)
    return page(
        request,
        "post.html",
        view=view,
        offers=offers,
        no_facts=no_facts,
        revision_before=revision,
        changed=changed,
        acts=_acts(view, site.why_no_right(view, session_of(request).person)),
        held=site.sending.of(view.workflow_id),
        unsent=session_of(request).unsent.get(view.workflow_id, ""),
        deeds=_deeds(view),
        mark=_mark(request, view),
        is_moving=_is_moving(request, view),
        address=address_of(view.workflow_id),
        around=await _around(request, view.workflow_id),
        has_own_media=bool(own_media(view)),
        canonical=[_pretty(one.proof.canonical) for one in offers],
    )


def address_of(workflow_id: str) -> str:
    """Return the address of the page of a post."""
    return f"/posts/{quote(workflow_id, safe='')}"


async def _passages(request: Request, view: PostView) -> tuple[list[FactPassage], str]:
    """Return each fact with its passage, or why there are none."""
    has_facts = view.facts or any(one.facts for one in view.variants)
    if not has_facts:
        return [], ""
    try:
        async with asyncio.timeout(_FACTS_WITHIN):
            return (await facts_of_view(site_of(request).connections, view)).passages, ""
    except TimeoutError:
        return [], "The source did not answer in time: load the page again to see its passages."
    except AppError as error:
        return [], str(error)


def _acts(view: PostView, why_not: str) -> Acts:
    in_review, on_its_way = view.state is PostState.IN_REVIEW, view.state in ON_ITS_WAY
    is_free = view.change is None or view.change.kind is not ChangeKind.RETRACT
    return Acts(
        approve=may_be_approved(view) and is_free,
        edit=(in_review or on_its_way) and is_free,
        regenerate=in_review or view.is_making_media,
        reject=in_review
        or view.is_making_media
        or view.state in {PostState.HELD, PostState.ERROR}
        or (on_its_way and view.proposal is not None),
        reschedule=(in_review or on_its_way) and is_free,
        retract=(on_its_way or view.state in {PostState.HELD, PostState.ERROR}) and is_free,
        redrive=view.state is PostState.ERROR and is_free,
        why_not_approve=why_not,
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
    held = site_of(request).sending.of(view.workflow_id)
    parts = (
        view.state,
        view.revision,
        view.digest[:12],
        len(view.decisions) + len(view.changes) + len(view.ignored),
        int(view.is_making_media),
        view.change.change_id if view.change else 0,
        held.kind if held else "",
    )
    return ".".join(map(str, parts))


def _is_moving(request: Request, view: PostView) -> bool:
    """Whether something will happen by itself in the next seconds."""
    is_held = site_of(request).sending.of(view.workflow_id) is not None
    return view.state in _MOVING or view.is_making_media or view.change is not None or is_held


async def news(request: Request) -> Response:
    """Tell a page that is open whether the post is another than it shows."""
    view = await view_of(request)
    mark = _mark(request, view)
    if mark == request.query_params.get("mark"):
        return Response(status_code=204)
    last = view.decisions[-1] if view.decisions else None
    who = f"{last.by} {_DEEDS[last.kind].format(last.revision)}." if last else ""
    return page(request, "parts/news.html", who=who, address=address_of(view.workflow_id))


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
    """Return the addresses of the posts before and after it in the inbox; empty: none."""
    ids = [one.row.workflow_id for one in await entries_of(request)]
    if workflow_id not in ids:
        return "", address_of(ids[0]) if ids else ""
    at = ids.index(workflow_id)
    before = address_of(ids[at - 1]) if at else ""
    return before, address_of(ids[at + 1]) if at + 1 < len(ids) else ""


def _pretty(canonical: bytes) -> str:
    return json.dumps(json.loads(canonical), ensure_ascii=False, indent=2)


ROUTES = [
    shown("/posts/{post}", post),
    shown("/posts/{post}/news", news, is_polled=True),
    shown("/posts/{post}/history", history),
    act("/count", count),
]
