"""Start a campaign from the page: source, brand, networks and times, with the plan shown before."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from app.brands.personas import find_persona
from app.campaigns.plan import PlannedCampaign, campaign_of, plan_campaign
from app.campaigns.sources import GivenSource, upload
from app.campaigns.start import CampaignRequest, campaign_input, start_campaign
from app.connections import Connections
from app.errors import AppError, InvalidOptionError, InvalidRequestError, app_error
from galley.models.media import MediaMaker
from galley.models.network import Platform
from galley.models.options import MOST_VARIANTS, CampaignOptions, Form, MediaOptions, PostingOptions
from galley.models.schedule import QuietHours, Timing
from galley.sources.identity import is_recording, spec_for
from web.rendering import page
from web.routes import act, shown, tell, to
from web.site import session_of, site_of, zone_of
from web.text import words

_EVERY = {
    "0": "all at once",
    "0.5": "every 30 minutes",
    "1": "hourly",
    "3": "every 3 hours",
    "6": "every 6 hours",
    "24": "daily",
    "48": "every 2 days",
    "168": "weekly",
}
_GAPS = {"0": "none", "1": "1 hour", "4": "4 hours", "12": "12 hours", "24": "1 day"}
_MAKERS = {
    MediaMaker.CARD: "a card, where a network needs a picture",
    MediaMaker.SOURCE: "pictures of the source",
    MediaMaker.NONE: "none",
}
_FORMS = {
    Form.POST: "a post",
    Form.THREAD: "a thread, where there are threads",
    Form.QUESTION: "a question with answers",
    Form.CAROUSEL: "a carousel of slides",
}


@dataclass(frozen=True)
class Filled:
    """A form as it was filled in; ``upload`` and ``name`` are of a file that is stored already."""

    fields: Mapping[str, str]
    platforms: tuple[str, ...] = ()

    def get(self, name: str, usual: str = "") -> str:
        """Return a field, or what it usually holds."""
        return self.fields.get(name, usual)


async def start_page(request: Request) -> Response:
    """Show the empty form."""
    return _form(request, Filled({}))


def _form(
    request: Request,
    filled: Filled,
    plan: PlannedCampaign | None = None,
    why: str = "",
    before: str = "",
    status: int = 200,
) -> Response:
    zone = zone_of(request)

    def local(at: datetime) -> datetime:
        return at.astimezone(zone)

    try:
        persona = find_persona(None, site_of(request).connections.settings)
    except AppError:
        persona = None
    return page(
        request,
        "start.html",
        status,
        filled=filled,
        plan=plan,
        why=why,
        before=before,
        edition=plan.start.edition if plan else 1,
        persona=persona,
        platforms=list(Platform),
        every=_EVERY,
        gaps=_GAPS,
        makers=_MAKERS,
        forms=_FORMS,
        most_variants=MOST_VARIANTS,
        zone=zone.key,
        local=local,
    )


async def start(request: Request, form: FormData) -> Response:
    """Show the plan of what was filled in, or start it."""
    filled = Filled(
        {name: value for name, value in form.items() if isinstance(value, str)},
        tuple(str(one) for one in form.getlist("platform")),
    )
    connections = site_of(request).connections
    try:
        source = await _source(connections, form)
        asked = CampaignRequest(
            source=source,
            options=options_of(filled, zone_of(request)),
            persona=find_persona(None, connections.settings) if "persona" in form else None,
            edition=_whole(filled.get("edition", "1")),
            started_by=session_of(request).person,
        )
        if "start" in form:
            begun = await start_campaign(connections, asked)
            if not begun.is_new:
                tell(request, "This source was started before: here is its campaign.")
            return to(f"/campaigns/{begun.campaign_id}")
        plan = await plan_campaign(connections, campaign_input(asked, connections.settings))
        before = await campaign_of(connections, plan.start)
        # The file is kept, so that the person need not choose it again to start.
        await upload(source, connections)
    except Exception as error:
        known = app_error(error)
        if known is None:
            raise
        is_option = isinstance(known, InvalidOptionError)
        why = known.told(_option_words) if is_option else str(known)
        return _form(request, filled, why=why, status=400)
    kept = {"upload": source.spec.upload or "", "name": source.spec.name}
    return _form(request, Filled({**filled.fields, **kept}, filled.platforms), plan, before=before)


def _option_words(name: str) -> str:
    return words(name.rpartition(".")[2])


async def _source(connections: Connections, form: FormData) -> GivenSource:
    """Return the source of a form: a file, a text, or an address.

    Raises:
        InvalidRequestError: There is none, or the file cannot be used.
    """
    given, text, url = form.get("file"), str(form.get("text", "")), str(form.get("url", "")).strip()
    if isinstance(given, UploadFile) and given.filename:
        if is_recording(given.filename):
            raise InvalidRequestError("Give the address of a recording: files here are texts.")
        return _of_bytes(given.filename, await given.read())
    if text.strip():
        return _of_bytes("text.md", text.encode())
    if url:
        return GivenSource(spec_for(url, None))
    name, kept = str(form.get("name", "")), str(form.get("upload", ""))
    if kept.isalnum() and name:
        data = await connections.state.get(f"uploads/{kept}")
        # Another object's name would make a campaign of what nobody here uploaded.
        if data is not None and hashlib.sha256(data).hexdigest() == kept:
            return _of_bytes(name, data)
    raise InvalidRequestError("Give an address, a file or a text.")


def _of_bytes(name: str, data: bytes) -> GivenSource:
    return GivenSource(spec_for(name.replace("\\", "/").rpartition("/")[2][:200], data), data)


def options_of(filled: Filled, zone: ZoneInfo) -> CampaignOptions:
    """Return the options of a form.

    Raises:
        InvalidRequestError: A value cannot be used.
    """
    try:
        quiet_from, quiet_to = filled.get("quiet_from"), filled.get("quiet_to")
        wall = datetime.fromisoformat(at) if (at := filled.get("start_at")) else None
        form = Form(filled.get("form", Form.POST))
        return CampaignOptions(
            platforms=tuple(Platform(one) for one in filled.platforms),
            brief=filled.get("brief").strip(),
            form=form,
            variants=_whole(filled.get("variants", "1")),
            media=MediaOptions(maker=MediaMaker(filled.get("media", MediaMaker.CARD))),
            posting=PostingOptions(threads=form is Form.THREAD),
            timing=Timing(
                start_at=wall.replace(tzinfo=zone).astimezone(UTC) if wall else None,
                start_wall=wall,
                every=timedelta(hours=float(filled.get("every", "0"))),
                timezone=zone.key,
                quiet=QuietHours(
                    start=time.fromisoformat(quiet_from), end=time.fromisoformat(quiet_to)
                )
                if quiet_from and quiet_to
                else None,
                gap=timedelta(hours=float(filled.get("gap", "0"))),
                slots="slots" in filled.fields,
            ),
        )
    except ValidationError as error:
        first = error.errors()[0]
        field = " ".join(words(str(part)) for part in first["loc"])
        raise InvalidRequestError(f"{field}: {first['msg']}.") from None
    except ValueError as error:
        raise InvalidRequestError(f"This form cannot be read: {error}.") from None


def _whole(text: str) -> int:
    """Return a number of a form.

    Raises:
        InvalidRequestError: It is none.
    """
    try:
        return max(1, int(text or "1"))
    except ValueError:
        raise InvalidRequestError("Variants and edition are whole numbers.") from None


ROUTES = [shown("/start", start_page), act("/start", start)]
