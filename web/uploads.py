"""Pictures and films of a post: a person's own, sent by the browser, and parts of what is there.

Name and type of a file are not believed: it is decoded in the sandbox before anything is kept.
"""

import re
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from anyio import to_thread
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from app.campaigns.attachments import GivenFile, attach
from app.errors import InvalidRequestError
from app.review.edits import MediaRequest, cropped
from galley.models.draft import DraftEdit
from galley.models.post import PostView
from galley.models.review import Decision, DecisionKind
from web.decisions import begin
from web.forms import number, number_of, own_address, percent, text_of
from web.post import address_of
from web.routes import act, tell, to
from web.site import session_of, site_of, view_of

_SUFFIX = re.compile(r"\.[a-z0-9]{1,5}")


async def upload(request: Request, form: FormData) -> Response:
    """Add, replace and remove media of a post; it is in review again."""

    async def asked(view: PostView, folder: Path) -> MediaRequest:
        del view
        found = await to_thread.run_sync(_media_request, form, folder)
        if found is None:
            raise InvalidRequestError("Choose a file, or what to remove.")
        return found

    return await _edit_media(request, form, asked)


async def crop(request: Request, form: FormData) -> Response:
    """Put a part of a picture in its place; the post is in review again."""
    sides = ("left", "top", "right", "bottom")
    left, top, right, bottom = (min(percent(text_of(form, one)), 100) / 100 for one in sides)

    async def asked(view: PostView, folder: Path) -> MediaRequest:
        cut = (left, top, right, bottom)
        if not any(cut):
            raise InvalidRequestError("Choose what to cut off.")
        return await cropped(
            site_of(request).connections, view, number_of(form, "number"), cut, folder
        )

    return await _edit_media(request, form, asked)


async def _edit_media(
    request: Request, form: FormData, asked: Callable[[PostView, Path], Awaitable[MediaRequest]]
) -> Response:
    view, site = await view_of(request), site_of(request)
    address = own_address(text_of(form, "next"), address_of(view.workflow_id))
    with tempfile.TemporaryDirectory() as folder:
        try:
            changes = await asked(view, Path(folder))
            attached = await attach(site.connections, changes.files)
        except InvalidRequestError as error:
            # The person knows the file by its own name, not by ours.
            tell(request, f"Nothing was changed: {str(error).replace(f'{folder}/', '')}")
            return to(address)
    said = Decision(
        kind=DecisionKind.EDIT,
        revision=number_of(form, "revision"),
        digest=text_of(form, "digest"),
        by=session_of(request).person,
        note=text_of(form, "note")[:4000],
        edit=DraftEdit().with_media(changes.on(view.platform, attached)),
        at=datetime.now(UTC),
    )
    await begin(request, view, said)
    return to(address)


def _media_request(form: FormData, folder: Path) -> MediaRequest | None:
    """Return what the form asks for, with its files in a folder of ours; ``None``: nothing."""
    replaced: list[tuple[int, GivenFile]] = []
    added: list[GivenFile] = []
    for name, value in form.multi_items():
        if not isinstance(value, UploadFile) or not value.size:
            continue
        path = folder / f"{len(added) + len(replaced) + 1}-{_plain(value.filename or '')}"
        with path.open("wb") as file:
            shutil.copyfileobj(value.file, file)
        if name == "added":
            added.append(GivenFile(path, alt_text=text_of(form, "added_alt")))
        elif at := number(name.removeprefix("replaced.")):
            replaced.append((at, GivenFile(path, alt_text=text_of(form, f"replaced_alt.{at}"))))
    removed = tuple(filter(None, (number(str(one)) for one in form.getlist("removed"))))
    if not (added or replaced or removed):
        return None
    kept = tuple(one for one in removed if one not in dict(replaced))
    return MediaRequest(attach=tuple(added), replace=tuple(replaced), remove=kept)


def _plain(name: str) -> str:
    """Return a file's name as one that can do no harm."""
    stem, dot, suffix = name.lower().rpartition(".")
    found = _SUFFIX.fullmatch(f"{dot}{suffix}")
    return f"{re.sub(r'[^a-z0-9]+', '-', stem)[:40] or 'file'}{found[0] if found else ''}"


ROUTES = [
    act("/posts/{post}/media", upload, takes_media=True),
    act("/posts/{post}/crop", crop, takes_media=True),
]
