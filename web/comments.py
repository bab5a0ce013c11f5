"""Comments on a post: what people say to each other about it, beside the decisions."""

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from app.errors import InvalidRequestError
from app.review.comments import UntoldError, comment
from web.forms import own_address, text_of
from web.post import address_of
from web.routes import act, tell, to
from web.site import post_named, session_of, site_of, view_of


async def say(request: Request, form: FormData) -> Response:
    """Keep a comment, and have the people told whom it mentions."""
    site, name, by = site_of(request), post_named(request), session_of(request).person
    back = own_address(text_of(form, "next"), address_of(name))
    await view_of(request)  # whoever may not see a post says nothing on it
    try:
        view = await comment(
            site.connections,
            name,
            text_of(form, "comment"),
            by=by,
            settings=site.settings_of(by),
            team=site.team,
        )
    except (InvalidRequestError, UntoldError) as error:
        tell(request, str(error))
        return to(back)
    told = ", ".join(view.comments[-1].mentions)
    tell(
        request, f"Your comment is saved; it mentions {told}." if told else "Your comment is saved."
    )
    return to(f"{back}#comments")


ROUTES = [act("/posts/{post}/comment", say)]
