"""Pages from templates: ``page`` renders one, with its head, navigation and what was told."""

from datetime import datetime
from typing import Any, cast

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from app.posts.states import state_words
from web import phrases
from web.access import Session
from web.site import site_of
from web.static_files import static_address
from web.text import seen, words

NAVIGATION = [
    ("/", "Inbox"),
    ("/calendar", "Calendar"),
    ("/campaigns", "Campaigns"),
    ("/account", "Account"),
]
"""Address and name of the pages that stand in the head of each page."""


TEMPLATES = Environment(
    loader=PackageLoader("web", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def when(at: datetime | None) -> str:
    """Return a time as people read it; the script of the page makes it the browser's own."""
    return f"{at:%d %b %Y, %H:%M} UTC".lstrip("0") if at else ""


TEMPLATES.filters |= {
    "network": phrases.network,
    "seen": seen,
    "row_words": phrases.row_words,
    "state_words": state_words,
    "when": when,
    "words": words,
}


TEMPLATES.globals["static"] = static_address  # pyright: ignore[reportArgumentType] -- it declares its own globals alone


def page(request: Request, template: str, status: int = 200, **values: object) -> HTMLResponse:
    """Return a page of a template; ``base.html`` gives it head, navigation and what was told."""
    session = cast("Session | None", getattr(request.state, "session", None))
    told: list[str] = []
    # A part of a page, which a script asked for, leaves what was told to the next whole page.
    if session is not None and not template.startswith("parts/"):
        told = session.hear(request.url.path)
    shared: dict[str, Any] = {
        "session": session,
        "told": told,
        "navigation": NAVIGATION,
        "path": request.url.path,
        "is_team": site_of(request).token is None,
        "has_links": site_of(request).links is not None,
    }
    html = TEMPLATES.get_template(template).render(shared | values)
    return HTMLResponse(html, status)
