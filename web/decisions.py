"""Decisions on a draft: approve, reject, have a new one written, edit it, and take that back.

Each names the digest of what the person saw; an approval and a rejection wait some seconds, in
which they can be taken back.
"""

from contextlib import suppress
from datetime import UTC, datetime

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from app.errors import InvalidRequestError, NotFoundError, ServiceError
from app.review.decisions import DecisionRequest, DecisionResult, confirmed_by_buffer, send
from app.review.edits import current_draft
from app.review.messages import sign
from galley.models.draft import Draft, DraftEdit
from galley.models.network import extras_for
from galley.models.post import PostView
from galley.models.review import Decision, DecisionKind
from galley.networks.rules import unify_newlines
from galley.review.approvers import still_needed, why_not_approve
from galley.review.decisions import why_not
from galley.review.signatures import why_no_right
from web.forms import known, number_of, own_address, text_of
from web.phrases import decision_words, named
from web.post import address_of
from web.routes import act, tell, to
from web.sending import DONE
from web.site import Site, post_named, session_of, site_of, view_of

_LONGEST_NOTE = 4000
_MOST_EDITS = 20
"""Of one session that are kept until their posts take them."""
_WAITS = frozenset({DecisionKind.APPROVE, DecisionKind.REJECT})
"""Decisions that can be taken back for some seconds."""


async def decide(request: Request, form: FormData) -> Response:
    """Approve, reject, or have a new draft written."""
    kind = known(DecisionKind, request.path_params["kind"], NotFoundError)
    view = await view_of(request)
    pick = number_of(form, "pick") or None
    asked = DecisionRequest(
        kind,
        text_of(form, "note")[:_LONGEST_NOTE],
        number_of(form, "revision"),
        pick if kind is DecisionKind.APPROVE else None,
        text_of(form, "digest"),
    )
    await begin(request, view, asked.blind(asked.revision or 0, asked.digest, _by(request)))
    return to(own_address(text_of(form, "next"), address_of(view.workflow_id)))


def _by(request: Request) -> str:
    return session_of(request).person


def why_undecided(site: Site, view: PostView, said: Decision) -> str:
    """Return why a decision cannot count now, or ``""``."""
    if pending := site.sending.of(view.workflow_id):
        at = f"{pending.at:%H:%M:%S} UTC"
        return f"{pending.person} decided before you ({DONE[pending.kind]}, {at})."
    refusal, team = why_not(said, view, None), site.team
    if refusal is None and team is not None:
        refusal = why_no_right(team, said, view.channel_id, view.platform)
    if refusal is not None:
        return refusal.message
    return why_not_approve(site.team, view, said.by) if said.kind is DecisionKind.APPROVE else ""


async def begin(request: Request, view: PostView, said: Decision) -> bool:
    """Send a decision on its way, or tell why it does not count; return whether it may count."""
    site, session = site_of(request), session_of(request)
    if why := why_undecided(site, view, said):
        tell(request, f"Nothing was decided on {named(view)}: {why}")
        return False
    connections, settings = site.connections, site.settings_of(said.by)
    # Signed now, when the person decides; a wrong key is told at once.
    signed = sign(settings, view.workflow_id, said)

    async def carry_out() -> DecisionResult:
        result = await send(await connections.temporal(), view.workflow_id, signed)
        if said.kind is DecisionKind.APPROVE:
            return (await confirmed_by_buffer(connections, [result]))[0]
        return result

    def told(result: DecisionResult | str) -> None:
        site.waiting.took(view.workflow_id, result)
        session.unsent.pop(view.workflow_id, None)
        if isinstance(result, DecisionResult) and result.ok:
            session.edits.pop(view.workflow_id, None)
        after = result.view if isinstance(result, DecisionResult) else None
        needed = None
        # The decision counted, though the team file may have become unusable since.
        with suppress(ServiceError):
            needed = still_needed(site.team, after) if after else None
        session.tell(decision_words(said, result, named(view), needed))

    site.waiting.decided(view.workflow_id)
    if said.kind in _WAITS:
        session.unsent[view.workflow_id] = said.note
        site.sending.hold(view.workflow_id, said.kind, said.by, carry_out, told, session.link)
    else:
        await site.sending.now(view.workflow_id, said.kind, said.by, carry_out, told)
    return True


async def undo(request: Request, form: FormData) -> Response:
    """Take back a decision that has not been sent yet."""
    site, name = site_of(request), request.path_params["post"]
    if site.sending.take_back(name, _by(request)):
        site.waiting.returned(name)
        tell(request, "Taken back: nothing was decided.")
    else:
        tell(request, "It is too late to take that back: it has been sent. Retract the post.")
    return to(own_address(text_of(form, "next"), address_of(name)))


async def edit(request: Request, form: FormData) -> Response:
    """Put other words in place of a draft's; the post is in review again."""
    # Before anything is asked: what a person typed is still there if nobody answers.
    edits = session_of(request).edits
    edits[post_named(request)] = number_of(form, "pick"), items_of(form)
    while len(edits) > _MOST_EDITS:
        del edits[next(iter(edits))]
    view = await view_of(request)
    back = own_address(text_of(form, "next"), address_of(view.workflow_id))
    pick = number_of(form, "pick") or None
    draft = current_draft(view, pick)
    if draft is None:
        raise InvalidRequestError("There is no draft to edit yet.")
    changes = edit_of(form, draft, view)
    if changes is None:
        session_of(request).edits.pop(view.workflow_id, None)
        tell(request, "Nothing was changed, so nothing was sent.")
        return to(back)
    said = Decision(
        kind=DecisionKind.EDIT,
        revision=number_of(form, "revision"),
        digest=text_of(form, "digest"),
        by=_by(request),
        note=text_of(form, "note")[:_LONGEST_NOTE],
        edit=changes,
        pick=pick,
        at=datetime.now(UTC),
    )
    await begin(request, view, said)
    return to(back)


def items_of(form: FormData) -> list[str]:
    """Return the text of a form, or the posts of a thread; empty ones are left out."""
    given = (unify_newlines(one).strip() for one in form.getlist("item") if isinstance(one, str))
    return [one for one in given if one]


_FIELDS = ("title", "headline", "alt_text", "link", "board")


def edit_of(form: FormData, draft: Draft, view: PostView) -> DraftEdit | None:
    """Return what a form changes of a draft; ``None``: nothing."""
    changes: dict[str, object] = {
        name: given
        for name in _FIELDS
        if name in form and (given := text_of(form, name)) != getattr(draft, name)
    }
    items = items_of(form)
    if items and items != [*(draft.thread or (draft.text,))]:
        is_thread = bool(draft.thread) or len(items) > 1
        changes["text"] = items[0]
        if is_thread:
            changes["thread"] = tuple(items)
    if "first_comment" in form:
        extras = draft.extras or extras_for(view.platform)
        given = text_of(form, "first_comment")
        if hasattr(extras, "first_comment") and given != getattr(extras, "first_comment", ""):
            changes["extras"] = extras.model_copy(update={"first_comment": given})
    if "split" in form:
        changes["split"] = True
    if "remake_media" in form:
        changes["remake_media"] = True
    return DraftEdit.model_validate(changes) if changes else None


ROUTES = [
    act("/posts/{post}/edit", edit),
    act("/posts/{post}/undo", undo),
    act("/posts/{post}/{kind}", decide),
]
