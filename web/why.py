"""Why a post is where it is: what is known of it, what happened, and what can be done."""

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from app.advice import Action, Advice
from app.posts.states import phase_words
from app.records.inquiry import Findings, advice, inquire
from galley.models.account import Evidence
from galley.settings import Settings
from web.post import address_of
from web.rendering import page
from web.routes import shown
from web.site import site_of, zone_of

_PLACES = {
    Action.RESUME: "/account",
    Action.SEE_STATUS: "/account",
    Action.EXAMINE: "/account",
    Action.START_AGAIN: "/start",
    Action.LIST_POSTS: "/",
    Action.LIST_LESSONS: "/account/voice",
}
"""Where actions that are not about one post are done; the others are on the page of the post."""
_HERE = {Action.EDIT: "change it: it is in review again, as you changed it"}
"""Why, where these pages do it in another way than the command."""
_BY_HAND = {Action.START_WORKER: "galley-worker", Action.START_LOCAL_STACK: "galley up"}


async def why(request: Request) -> Response:
    """Show all that is known of a post."""
    site, name = site_of(request), request.path_params["post"]
    found = await inquire(site.connections, name)
    client = await site.connections.temporal()
    zone = zone_of(request)

    def local(at: datetime) -> str:
        return f"{at.astimezone(zone):%d %b, %H:%M:%S}"

    return page(
        request,
        "why.html",
        found=found,
        stands=list(stands(found)),
        steps=[(why_here(one), *place_of(one, name)) for one in advice(found)],
        runs=[
            (workflow_id, ui_address(site.connections.settings, client.namespace, workflow_id))
            for workflow_id in (found.row.workflow_id, *found.account.workflow_ids)
        ],
        address=address_of(found.row.workflow_id),
        local=local,
        zone=zone.key,
    )


def ui_address(settings: Settings, namespace: str, workflow_id: str) -> str:
    """Return the address of a run in Temporal's UI; empty if its address is not known."""
    root = (settings.temporal_ui or "").rstrip("/")
    path = f"namespaces/{quote(namespace, safe='')}/workflows/{quote(workflow_id, safe='')}"
    return f"{root}/{path}" if root else ""


def place_of(one: Advice, name: str) -> tuple[str, str]:
    """Return where an advised action is done, and the command that does it elsewhere."""
    if one.action is None:
        return "", ""
    if one.action in _BY_HAND:
        return "", _BY_HAND[one.action]
    return _PLACES.get(one.action, address_of(name)), ""


def why_here(one: Advice) -> str:
    """Return why an action is advised, in a sentence of its own."""
    why = _HERE.get(one.action, one.why) if one.action else one.why
    return f"{why[:1].upper()}{why[1:]}"


def stands(found: Findings) -> Iterator[tuple[str, str]]:
    """Yield name and value of what is known of a post now."""
    view, kept, account = found.view, found.kept, found.account
    if view is None:
        yield "Worker", "None answers: this is what Temporal and the state bucket know."
    else:
        told = {
            "Error": view.error,
            "Notice": view.notice,
            "Waits for": view.waiting_for,
            "Buffer post": view.buffer_post_id,
            "Published": view.external_link,
        }
        yield from ((label, value) for label, value in told.items() if value)
        yield from ((problem.label, problem.message) for problem in view.problems)
        yield from (("Ignored", ignored.line) for ignored in view.ignored)
    if found.hindrance:
        yield "Fails again and again", found.hindrance
    if kept.error:
        yield "State bucket", kept.error
    elif kept.claim is None:
        yield "Claim on the key", "none, so it was never on its way to Buffer"
    else:
        is_own = kept.claim.owner.startswith(f"{found.row.workflow_id}/")
        by = "by this post" if is_own else f"by another run, {kept.claim.owner}"
        yield "Claim on the key", f"{_utc(kept.claim.claimed_at)}, {by}"
    for one in kept.receipts:
        how = "by its reply" if one.evidence is Evidence.REPLY else "by reading Buffer"
        of = f" as Buffer post {one.post.id}" if one.post else ""
        yield "Receipt", f"{_utc(one.recorded_at)}, {one.kind}{of}, known {how}"
    if not account.is_answering:
        yield "Calls to Buffer", "The workflow that owns them does not answer."
        return
    yield "Calls to Buffer", phase_words(account.phase)
    if account.is_busy:
        yield "Calls to Buffer wait for", account.waiting_for
    yield from (("Paused", f"by {pause.by}. {pause.note}".rstrip()) for pause in account.pauses)


def _utc(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


ROUTES = [shown("/posts/{post}/why", why)]
