"""The verbs that propose for a post: words, media, a time, a new draft. A person decides."""

import asyncio
from typing import Annotated

from pydantic import Field

from agents.posts import view_of
from agents.shapes import Id, ModelName, PostName, ShownPost, When, shown
from agents.verbs import Caller, verb
from app.agents.access import open_folder
from app.agents.suggestions import Suggested
from app.agents.suggestions import propose_edit as send_edit
from app.agents.suggestions import propose_time as send_time
from app.agents.suggestions import request_draft as send_request
from app.agents.uploads import using_uploads
from app.campaigns.attachments import GivenFile, attach
from app.errors import InvalidRequestError
from galley.models.agents import Scope
from galley.models.base import Model
from galley.models.draft import DraftEdit
from galley.models.media import MediaEdit, MediaMaker
from galley.models.post import PostView

_PAID = {MediaMaker.IMAGE, MediaMaker.VIDEO, MediaMaker.AVATAR, MediaMaker.SHORT}
"""Makers that cost money each time that a text changes."""
_TEXT = 20_000

Reason = Annotated[
    str, Field(max_length=2000, description="Why, in a sentence or two; reviewers read it.")
]


class SuggestionAnswer(Model):
    """What became of a suggestion: it waits for a person."""

    post: Id
    is_done: bool = Field(description="No: it is being drawn or written; read_post shows it later.")
    shown: ShownPost | None
    next: str


def _answer(found: Suggested) -> SuggestionAnswer:
    view = found.view
    return SuggestionAnswer(
        post=found.post,
        is_done=view is not None,
        shown=shown(view) if view else None,
        next="It waits for a person, who decides with `galley review`. Tell them."
        if view
        else "Read it with read_post in a minute; then a person decides.",
    )


class ProposeEdit(Model):
    """Request of ``propose_edit``."""

    post: PostName
    text: str | None = Field(default=None, max_length=_TEXT, description="The whole new text.")
    thread: tuple[Annotated[str, Field(max_length=_TEXT)], ...] | None = Field(
        default=None, max_length=25, description="The posts of a thread, in the place of text."
    )
    title: str | None = Field(default=None, max_length=500)
    headline: str | None = Field(default=None, max_length=500, description="On its card.")
    alt_text: str | None = Field(default=None, max_length=2000)
    why: Reason = ""
    model: ModelName = ""


@verb("POST", "/v1/posts/{post}/edits", Scope.PROPOSE)
async def propose_edit(caller: Caller, asked: ProposeEdit) -> SuggestionAnswer:
    """Propose other words for a post. They become a new revision that a person reviews.

    Each number, name, date and quotation is looked up in the source, and links, accounts and
    hashtags that nobody gave keep the draft from being approved. After approval the approved
    words stand until a person approves yours.
    """
    names = ("text", "thread", "title", "headline", "alt_text")
    edit = DraftEdit(**{name: getattr(asked, name) for name in names})
    if not edit.model_dump(exclude_none=True):
        raise InvalidRequestError("Give the text, the thread, or another field to change.")
    view = await view_of(caller, asked.post)
    await _admit(caller, view, is_paid=view.media_by in _PAID)
    return _answer(await send_edit(caller.connections, caller.agent, view, edit, asked.why))


class AttachMedia(Model):
    """Request of ``attach_media``."""

    post: PostName
    file: str = Field(
        default="", max_length=500, description="A picture or film in the open folder, or:"
    )
    upload: str = Field(
        default="", max_length=40, description="One that you sent, as prepare_upload names it."
    )
    alt_text: str = Field(default="", max_length=2000, description="What it shows.")
    is_new: bool = Field(default=False, description="It takes the place of all media there.")
    why: Reason = ""
    model: ModelName = ""


@verb("POST", "/v1/posts/{post}/media", Scope.PROPOSE)
async def attach_media(caller: Caller, asked: AttachMedia) -> SuggestionAnswer:
    """Propose a picture or film for a post in review: one that you sent, or of the open folder."""
    connections, agent = caller.connections, caller.agent
    if bool(asked.file) == bool(asked.upload):
        raise InvalidRequestError("Give one: file or upload.")
    uploads = [asked.upload] if asked.upload else []
    async with using_uploads(connections, agent, uploads) as added:
        view = await view_of(caller, asked.post)
        await _admit(caller, view)
        if asked.file:
            with open_folder(connections.settings) as copied:
                path = await asyncio.to_thread(copied, asked.file)
                given = GivenFile(path, name="The file")
                added += [one.asset for one in await attach(connections, (given,))]
        media = tuple(one.model_copy(update={"alt_text": asked.alt_text}) for one in added)
        edit = DraftEdit(media=MediaEdit(is_new=asked.is_new, added=media))
        return _answer(await send_edit(connections, agent, view, edit, asked.why))


class ProposeTime(Model):
    """Request of ``propose_time``."""

    post: PostName
    due_at: When = Field(description="ISO 8601, with an offset.")
    why: Reason = ""
    model: ModelName = ""


@verb("POST", "/v1/posts/{post}/times", Scope.PROPOSE)
async def propose_time(caller: Caller, asked: ProposeTime) -> SuggestionAnswer:
    """Propose another time. Nothing moves that a person approved, until a person approves this."""
    view = await view_of(caller, asked.post)
    await _admit(caller, view)
    due_at = asked.due_at.replace(microsecond=0)
    return _answer(await send_time(caller.connections, caller.agent, view, due_at, asked.why))


class RequestDraft(Model):
    """Request of ``request_draft``."""

    post: PostName
    note: str = Field(
        min_length=1,
        max_length=2000,
        description="What the next draft should do better, or another angle. It is no source: "
        "facts and links of it do not count.",
    )
    model: ModelName = ""


@verb("POST", "/v1/posts/{post}/drafts", Scope.PROPOSE)
async def request_draft(caller: Caller, asked: RequestDraft) -> SuggestionAnswer:
    """Ask for a new draft of a post in review, guided by your note. It costs money."""
    view = await view_of(caller, asked.post)
    await _admit(caller, view, is_paid=True)
    return _answer(await send_request(caller.connections, caller.agent, view, asked.note))


async def _admit(caller: Caller, view: PostView, *, is_paid: bool = False) -> None:
    key = view.campaign_id.removeprefix("campaign:") if is_paid else ""
    await caller.limits.admit_suggestion(caller.agent, view.workflow_id, paid_key=key)
