"""The inbox: what needs a person, by due time, found by filters and words, and decided in bulk."""

from functools import partial
from math import ceil
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from galley.models.network import Platform
from web.site import page, session_of, shown, site_of
from web.text import number as number_in
from web.waiting import FILTERS, Entry, Filters, narrowed

_ROWS = 50
_LONGEST_SEARCH = 200


async def inbox(request: Request) -> Response:
    """Show the posts that wait for a person; a script asks for the list alone."""
    filters = _filters(request)
    entries = await entries_of(request)
    found, narrowing = narrowed(entries, filters)
    pages = max(1, ceil(len(found) / _ROWS))
    number = max(1, min(number_in(request.query_params.get("page", "1")), pages))
    rows = found[(number - 1) * _ROWS : number * _ROWS]
    # After "back" the browser wants the whole page.
    is_part = "hx-request" in request.headers
    is_part = is_part and "hx-history-restore-request" not in request.headers
    return page(
        request,
        "parts/list.html" if is_part else "inbox.html",
        rows=rows,
        total=len(entries),
        count=len(found),
        number=number,
        pages=pages,
        filters=filters,
        narrowing=narrowing,
        address=partial(_address, filters),
        held=site_of(request).sending.of,
        is_partial=site_of(request).waiting.is_partial,
    )


async def entries_of(request: Request) -> list[Entry]:
    """Return the posts that wait; of a team, those of the person's brands and networks."""
    site = site_of(request)
    entries = await site.waiting.entries()
    person = site.team.person(session_of(request).person) if site.team else None
    if site.team is None or person is None:
        return entries
    team = site.team
    return [
        one
        for one in entries
        if one.row.platform in set(Platform)
        and person.is_for(team.brand_of(one.row.channel_id), Platform(one.row.platform))
    ]


def _filters(request: Request) -> Filters:
    given = {name: request.query_params.get(name, "") for name in (*FILTERS, "words")}
    return Filters(**{name: value[:_LONGEST_SEARCH] for name, value in given.items()})


def _address(filters: Filters, page: int = 1) -> str:
    query = filters.query | {"page": str(page) if page > 1 else ""}
    return "/?" + urlencode({name: value for name, value in query.items() if value})


ROUTES = [shown("/", inbox)]
