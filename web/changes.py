"""Changes of a post after its approval: another time, a place in the queue, back out of Buffer."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from app.errors import InvalidRequestError, NotFoundError
from app.review.changes import change
from app.review.messages import sign
from galley.models.channel import QueuePosition, ShareMode
from galley.models.review import ChangeKind, ChangeRequest
from galley.review.approvers import either, others_who_may
from web.forms import known, own_address, text_of
from web.phrases import change_words
from web.post import address_of
from web.routes import act, tell, to
from web.site import post_named, session_of, site_of

_LONGEST_NOTE = 4000


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
        by=session_of(request).person,
        note=text_of(form, "note")[:_LONGEST_NOTE],
        due_at=due_at,
        mode=mode,
        position=place,
        digest=text_of(form, "digest") if kind is ChangeKind.RESCHEDULE else "",
    )
    site, back = site_of(request), own_address(text_of(form, "next"), address_of(name))
    if kind is ChangeKind.RESCHEDULE and (team := site.team) is not None:
        others = others_who_may(team, await site.view(name), kind, asked.by)
        if others is not None:
            may = f"{either(others) or 'nobody'} may"
            tell(request, f"Nothing was changed: {asked.by} may not name a time; {may}.")
            return to(back)
    signed = sign(site.settings_of(asked.by), name, asked)
    result = await change(await site.connections.temporal(), name, signed)
    tell(request, change_words(kind, result))
    return to(back)


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


ROUTES = [act("/posts/{post}/change/{kind}", alter)]
