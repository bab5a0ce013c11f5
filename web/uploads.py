"""A person's own pictures and films for a post: sent by the browser, put in place of what is there.

Name and type of a file are not believed: it is decoded in the sandbox before anything is kept.
"""

import re
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from anyio import to_thread
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from app.campaigns.attachments import GivenFile, attach
from app.errors import InvalidRequestError
from app.review.edits import MediaRequest
from galley.models.draft import DraftEdit
from galley.models.review import Decision, DecisionKind
from web.acts import begin, number_of, text_of
from web.post import address_of
from web.site import act, session_of, site_of, tell, to, view_of
from web.text import number

_SUFFIX = re.compile(r"\.[a-z0-9]{1,5}")


async def upload(request: Request, form: FormData) -> Response:
    """Add, replace and remove media of a post; it is in review again."""
    view, site = await view_of(request), site_of(request)
    address = address_of(view.workflow_id)
    with tempfile.TemporaryDirectory() as folder:
        asked = await to_thread.run_sync(_media_request, form, Path(folder))
        if asked is None:
            tell(request, "Nothing was changed: choose a file, or what to remove.")
            return to(address)
        try:
            attached = await attach(site.connections, asked.files)
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
        edit=DraftEdit().with_media(asked.on(view.platform, attached)),
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


ROUTES = [act("/posts/{post}/media", upload)]
