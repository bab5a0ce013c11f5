"""Voice and persona: what the model is told of a brand, its look, and the lessons of reviews."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from app.brands.lessons import lessons_of
from app.brands.personas import draw_sample, find_persona, look_advice
from app.errors import AppError, NotFoundError
from galley.drafting.persona import persona_block
from web.account import or_why
from web.rendering import page
from web.routes import shown
from web.security import MEDIA_POLICY
from web.site import site_of

_SAMPLE = "Publish once, even when the answer is lost."


async def voice(request: Request) -> Response:
    """Show the persona, a live sample of its look, and the lessons of reviews."""
    site = site_of(request)
    persona, persona_why = None, ""
    try:
        persona = find_persona(None, site.connections.settings)
    except AppError as error:
        persona_why = str(error)
    brand = request.query_params.get("brand", "")
    lessons, why = await or_why(lessons_of(site.connections, brand))
    advice = list(look_advice(persona.look)) if persona else []
    return page(
        request,
        "voice.html",
        persona=persona,
        persona_why=persona_why,
        prompt=persona_block(persona) if persona else "",
        advice=advice,
        lessons=lessons,
        why=why,
        words=_sample_words(request),
    )


async def sample(request: Request) -> Response:
    """Show the card of the words that were typed; a part of the page."""
    return page(request, "parts/sample.html", words=_sample_words(request))


async def sample_card(request: Request) -> Response:
    """Draw a card in the look of the persona."""
    persona = find_persona(None, site_of(request).connections.settings)
    if persona is None:
        raise NotFoundError("There is no persona: write one with `galley persona init`.")
    data = await asyncio.to_thread(draw_sample, persona, _sample_words(request))
    return Response(data, media_type="image/png", headers={"Content-Security-Policy": MEDIA_POLICY})


def _sample_words(request: Request) -> str:
    return " ".join(request.query_params.get("words", "").split())[:240] or _SAMPLE


ROUTES = [
    shown("/account/voice", voice),
    shown("/account/voice/sample", sample),
    shown("/account/voice/sample.png", sample_card),
]
