"""The page of one post: what would leave, why it may, and who decided what."""

from starlette.requests import Request
from starlette.responses import Response

from app.errors import NotFoundError
from app.posts.views import read_view
from galley.review.proof import particulars, proof_of
from web.site import page, shown, site_of


async def post(request: Request) -> Response:
    """Show one post."""
    client = await site_of(request).connections.temporal()
    view = await read_view(client, request.path_params["post"])
    if view is None:
        raise NotFoundError("No worker answers for this post: start one, then load it again.")
    proof = proof_of(view)
    leaves = [*particulars(proof, view.draft.board)] if proof and view.draft else []
    return page(request, "post.html", view=view, proof=proof, leaves=leaves)


ROUTES = [shown("/posts/{post}", post)]
