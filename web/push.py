"""Notifications on this device: a browser asks for them, and asks for no more."""

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from app.errors import InvalidRequestError
from app.health.notifications import push_key, subscribe_browser, unsubscribe_browser
from web.forms import text_of
from web.rendering import page
from web.routes import act, shown
from web.site import session_of, site_of


async def offer(request: Request) -> Response:
    """Show what a person can ask for; a part of the account page, with the key browsers need."""
    key = await push_key(site_of(request).connections)
    return page(request, "parts/push.html", key=key)


async def begin(request: Request, form: FormData) -> Response:
    """Keep the address that a browser got from its push service."""
    endpoint, p256dh, auth = (text_of(form, one) for one in ("endpoint", "p256dh", "auth"))
    try:
        await subscribe_browser(
            site_of(request).connections,
            session_of(request).person,
            endpoint,
            p256dh,
            auth,
            titles="titles" in form,
        )
    except InvalidRequestError as error:
        return PlainTextResponse(str(error), 400)
    return Response(status_code=204)


async def end(request: Request, form: FormData) -> Response:
    """Forget the address of a browser of this person."""
    person, endpoint = session_of(request).person, text_of(form, "endpoint")
    await unsubscribe_browser(site_of(request).connections, person, endpoint)
    return Response(status_code=204)


ROUTES = [shown("/account/push", offer), act("/account/push", begin), act("/account/push/end", end)]
