"""The inbox: what needs a person, by due time."""

from starlette.requests import Request
from starlette.responses import Response

from app.review.inbox import PostSearch, list_inbox
from web.site import page, shown, site_of


async def inbox(request: Request) -> Response:
    """Show the posts that wait for a person."""
    search = PostSearch(needs_person=True, by_due=True)
    found = await list_inbox(site_of(request).connections, search)
    return page(request, "inbox.html", found=found)


ROUTES = [shown("/", inbox)]
