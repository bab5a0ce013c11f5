"""The inbox: what needs a person, by due time, found by filters and words, and decided in bulk."""

from collections.abc import Mapping
from functools import partial
from math import ceil
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from galley.models.network import Platform
from web.forms import number as number_in
from web.rendering import page
from web.routes import shown
from web.site import session_of, site_of
from web.waiting import FILTERS, Entry, Filters, narrowed

_ROWS = 50
_LONGEST_SEARCH = 200


async def inbox(request: Request) -> Response:
    """Show the posts that wait for a person; a script asks for the list alone."""
    filters = filters_of(request)
    entries = await entries_of(request, is_fresh=True)
    found, narrowing = narrowed(entries, filters)
    pages = max(1, ceil(len(found) / _ROWS))
    number = max(1, min(number_in(request.query_params.get("page", "1")), pages))
    rows = found[(number - 1) * _ROWS : number * _ROWS]
    return page(
        request,
        "parts/list.html" if "fx-request" in request.headers else "inbox.html",
        rows=rows,
        total=len(entries),
        count=len(found),
        number=number,
        pages=pages,
        filters=filters,
        narrowing=narrowing,
        address=partial(_address, filters),
        narrowed_by=in_address(filters.query),
        pending=site_of(request).sending.of,
        is_partial=site_of(request).waiting.is_partial,
    )


async def entries_of(request: Request, *, is_fresh: bool = False) -> list[Entry]:
    """Return the posts that wait; of a team, those of the person's brands and networks."""
    site = site_of(request)
    entries, team = await site.waiting.entries(is_fresh=is_fresh), site.team
    person = team.person(session_of(request).person) if team else None
    if team is None or person is None:
        return entries
    return [
        one
        for one in entries
        if one.row.platform in set(Platform)
        and person.is_for(team.brand_of(one.row.channel_id), Platform(one.row.platform))
    ]


def filters_of(request: Request) -> Filters:
    """Return what the address of the inbox, or of a post opened from it, narrows the list to."""
    given = {name: request.query_params.get(name, "") for name in (*FILTERS, "words")}
    return Filters(**{name: value[:_LONGEST_SEARCH] for name, value in given.items()})


def _address(filters: Filters, page: int = 1) -> str:
    return "/" + in_address(filters.query | ({"page": str(page)} if page > 1 else {}))


def in_address(query: Mapping[str, str]) -> str:
    """Return parameters as the end of an address; empty without any."""
    return f"?{urlencode(query)}" if query else ""


ROUTES = [shown("/", inbox)]
