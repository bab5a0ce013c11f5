"""What people do with a post: decide on its draft, edit it, and change it after its approval.

Each act names the digest of what the person saw; an approval and a rejection wait some seconds,
in which they can be taken back.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from app.errors import InvalidRequestError, NotFoundError
from app.review.changes import change, sign
from app.review.decisions import DecisionRequest, DecisionResult, confirmed_by_buffer, send
from app.review.edits import current_draft
from galley.models.channel import QueuePosition, ShareMode
from galley.models.draft import Draft, DraftEdit
from galley.models.network import extras_for
from galley.models.post import PostState, PostView
from galley.models.review import ChangeKind, ChangeRequest, Decision, DecisionKind
from galley.networks.rules import unify_newlines
from galley.review.decisions import why_not
from web.phrases import change_words, decision_words, named
from web.post import address_of
from web.sending import DONE
from web.site import act, post_named, session_of, site_of, tell, to, view_of
from web.text import known, number, own_address

_LONGEST_NOTE = 4000
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


def text_of(form: FormData, name: str) -> str:
    """Return a field of a form as a browser means it; files are none."""
    found = form.get(name)
    return unify_newlines(found).strip() if isinstance(found, str) else ""


def number_of(form: FormData, name: str) -> int:
    """Return a field of a form as a number; 0 if it is none."""
    return number(text_of(form, name))


async def begin(request: Request, view: PostView, said: Decision) -> bool:
    """Send a decision on its way, or tell why it does not count; return whether it may count."""
    site, session = site_of(request), session_of(request)
    if held := site.sending.of(view.workflow_id):
        at = f"{held.at:%H:%M:%S} UTC"
        before = f"{held.person} decided before you ({DONE[held.kind]}, {at})"
        tell(request, f"Nothing was decided: {before}. {named(view)} shows what comes of it.")
        return False
    refusal = why_not(said, view, None)
    why = refusal.message if refusal else ""
    if not why and said.kind is DecisionKind.APPROVE:
        why = site.why_no_right(view, said.by)
    if why:
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
        is_open = isinstance(result, str) or not result.ok or _waits_again(result)
        if is_open:
            site.waiting.returned(view.workflow_id)
        session.unsent.pop(view.workflow_id, None)
        session.tell(decision_words(said, result, named(view)))

    site.waiting.decided(view.workflow_id)
    if said.kind in _WAITS:
        session.unsent[view.workflow_id] = said.note
        site.sending.hold(view.workflow_id, said.kind, said.by, carry_out, told, session.link)
    else:
        await site.sending.now(view.workflow_id, said.kind, said.by, carry_out, told)
    return True


def _waits_again(result: DecisionResult) -> bool:
    return result.state in {PostState.IN_REVIEW, PostState.HELD, PostState.ERROR}


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
    view = await view_of(request)
    pick = number_of(form, "pick") or None
    draft = current_draft(view, pick)
    if draft is None:
        raise InvalidRequestError("There is no draft to edit yet.")
    changes = edit_of(form, draft, view)
    if changes is None:
        tell(request, "Nothing was changed, so nothing was sent.")
        return to(address_of(view.workflow_id))
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
    return to(address_of(view.workflow_id))


_FIELDS = ("title", "headline", "alt_text", "link", "board")


def edit_of(form: FormData, draft: Draft, view: PostView) -> DraftEdit | None:
    """Return what a form changes of a draft; ``None``: nothing."""
    changes: dict[str, object] = {
        name: given
        for name in _FIELDS
        if name in form and (given := text_of(form, name)) != getattr(draft, name)
    }
    items = [unify_newlines(one).strip() for one in form.getlist("item") if isinstance(one, str)]
    items = [one for one in items if one]
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


async def alter(request: Request, form: FormData) -> Response:
    """Give a post another time, take it back, move it in the queue, or publish it after all."""
    kind, name = known(ChangeKind, request.path_params["kind"], NotFoundError), post_named(request)
    due_at, mode = None, ShareMode.CUSTOM_SCHEDULED
    if kind is ChangeKind.RESCHEDULE:
        due_at, mode = time_of(form)
    is_move = kind is ChangeKind.MOVE
    place = known(QueuePosition, text_of(form, "position")) if is_move else None
    asked = ChangeRequest(
        kind=kind,
        by=_by(request),
        note=text_of(form, "note")[:_LONGEST_NOTE],
        due_at=due_at,
        mode=mode,
        position=place,
        digest=text_of(form, "digest") if kind is ChangeKind.RESCHEDULE else "",
    )
    site = site_of(request)
    signed = sign(site.settings_of(asked.by), name, asked)
    result = await change(await site.connections.temporal(), name, signed)
    tell(request, change_words(kind, result))
    return to(own_address(text_of(form, "next"), address_of(name)))


def time_of(form: FormData) -> tuple[datetime | None, ShareMode]:
    """Return the due time of a form, or the place in Buffer's queue.

    Raises:
        InvalidRequestError: It names no time, or a zone that there is not.
    """
    mode = known(ShareMode, text_of(form, "mode") or ShareMode.CUSTOM_SCHEDULED)
    if mode is not ShareMode.CUSTOM_SCHEDULED:
        return None, mode
    try:
        zone = ZoneInfo(text_of(form, "zone") or "UTC")
        at = datetime.fromisoformat(text_of(form, "at"))
    except (ValueError, ZoneInfoNotFoundError, OSError):
        raise InvalidRequestError("Give the time as a day and an hour.") from None
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC), mode


ROUTES = [
    act("/posts/{post}/edit", edit),
    act("/posts/{post}/undo", undo),
    act("/posts/{post}/change/{kind}", alter),
    act("/posts/{post}/{kind}", decide),
]
