"""Edits of drafts: a new text, another split, other edges of a clip, new or own media.

The command ``edit`` calls :func:`edit_posts`, with an editor for the person. A face without one,
such as a web page or an agent, gives a request that says all, and an editor that is never asked.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from app.campaigns.attachments import GivenFile, attach, look_at
from app.connections import Connections
from app.errors import ConflictError, InvalidRequestError, NoWorkerError
from app.posts.directory import reach
from app.posts.media import read_medium
from app.posts.views import read_view
from app.review.decisions import (
    DecisionRequest,
    DecisionResult,
    Look,
    confirmed_by_buffer,
    send,
    undecided,
    with_needed,
)
from app.review.messages import sign
from galley.media.confined import confined
from galley.media.errors import MediaError
from galley.media.pictures import crop_picture
from galley.models.draft import Draft, DraftEdit
from galley.models.media import Attachment, Clip, MediaEdit, MediaKind, MediaMaker, Replacement
from galley.models.network import Platform
from galley.models.options import MediaOptions
from galley.models.post import PostView
from galley.models.review import Decision, DecisionKind
from galley.networks.registry import rules_for
from galley.review.decisions import own_media, why_no_pick
from galley.review.proof import proof_of

_TOO_LONG = {"text_length", "spoiler_length"}

Editor = Callable[[PostView, int | None], Awaitable[DraftEdit | None]]
"""Lets a person change a draft, of a variant by its number; ``None``: unchanged."""


@dataclass(frozen=True)
class MediaRequest:
    """A person's pictures and films for posts in review, or for a proposal: what comes, what goes.

    A file lies on this machine. A web page or an agent writes what it was sent into a file of its
    own first, and names that: its name and type are not believed, it is decoded in the sandbox.
    Numbers count the media of one post from 1, as ``show`` does.
    """

    attach: tuple[GivenFile, ...] = ()
    """Put after those that stay; a card that Galley drew makes room for them."""
    replace: tuple[tuple[int, GivenFile], ...] = ()
    remove: tuple[int, ...] = ()
    is_new: bool = False
    """Nothing that was there stays; without files, the post goes out without media."""

    @property
    def files(self) -> tuple[GivenFile, ...]:
        """All files, in the order in which :func:`attach` returns them."""
        return (*self.attach, *(file for _, file in self.replace))

    @property
    def is_about_one(self) -> bool:
        """Whether it names media of one post by their numbers."""
        return bool(self.replace or self.remove)

    def on(self, platform: Platform, attached: tuple[Attachment, ...]) -> MediaEdit | None:
        """Return it as a change of one post; ``None``: no file is for that network."""
        count = len(self.attach)
        added = MediaOptions(attached=attached[:count]).attached_for(platform)
        if count and not added and not self.is_about_one:
            return None
        numbered = zip(self.replace, attached[count:], strict=True)
        return MediaEdit(
            is_new=self.is_new,
            removed=self.remove,
            replaced=tuple(
                Replacement(number=number, asset=one.asset) for (number, _), one in numbered
            ),
            added=added,
        )


@dataclass(frozen=True)
class EditRequest:
    """The change of a draft; without any, the person is given an editor.

    Raises:
        InvalidRequestError: Two changes exclude each other.
    """

    items: tuple[str, ...] = ()
    """The new text, or the items of a thread."""
    note: str = ""
    pick: int | None = None
    """The number of the variant that is changed."""
    split: bool = False
    """Make a thread of a text that is too long."""
    clip: Clip | None = None
    """The new edges of the clip."""
    remake_media: bool = False
    media: MediaRequest | None = None
    """Own pictures and films; a new text may come with them."""
    approve: bool = False
    """Approve the result too, if it fits."""

    def __post_init__(self) -> None:
        if self.clip and (self.items or self.split):
            raise InvalidRequestError(
                "Moving the edges of a clip keeps the text: change the text by a second edit."
            )
        if self.remake_media and (self.items or self.split or self.clip):
            raise InvalidRequestError(
                "Making media anew keeps the text: change the text by a second edit."
            )
        if self.media and (self.split or self.clip or self.remake_media or self.pick):
            raise InvalidRequestError(
                "Own media go with a new text or alone, and are those of every variant: make the "
                "other change by a second edit."
            )


Cut = tuple[float, float, float, float]
"""The parts of a picture that are cut off, from 0 to 1: at the left, top, right and bottom."""


async def cropped(
    connections: Connections, view: PostView, number: int, cut: Cut, folder: Path
) -> MediaRequest:
    """Return the request that puts a part of a picture in its place; the folder keeps the part.

    What is cropped is the picture as it was given: the post's network gets it fitted anew.

    Raises:
        InvalidRequestError: The post has no such picture of its own, or nothing would be left.
        AppError: The picture is gone from the store.
    """
    present = own_media(view)
    asset = present[number - 1] if 0 < number <= len(present) else None
    if asset is None or asset.kind is not MediaKind.IMAGE:
        raise InvalidRequestError("It has no such picture. A card that Galley drew is not cropped.")
    read = await read_medium(connections, view, number, asset)
    try:
        part = await confined(crop_picture, read.data, cut)
    except MediaError as error:
        raise InvalidRequestError(str(error)) from None
    file = folder / "cropped.jpg"
    await asyncio.to_thread(file.write_bytes, part)
    return MediaRequest(replace=((number, GivenFile(file, alt_text=asset.alt_text)),))


async def edit_posts(
    connections: Connections,
    name: str,
    request: EditRequest,
    editor: Editor,
    *,
    by: str,
    look: Look,
) -> list[DecisionResult]:
    """Edit a post, or one after the other of a campaign that wait for a decision.

    ``look`` shows a result before it is approved too. Files are looked at before anything else,
    and all are refused if one cannot be used.

    Raises:
        NotFoundError: Nothing has that name.
        InvalidRequestError: The edit is about one post, and a campaign was named; the post has
            no such variant or clip; or a file cannot be used.
        ConflictError: Nothing was changed, or nothing can be now.
        AppError: No worker answers.
    """
    files = request.media.files if request.media else ()
    seen = await look_at(files)
    target, client = await reach(connections, name), await connections.temporal()
    posts = await undecided(client, target)
    if target.is_campaign:
        _refuse_for_many(request)
    attached = await attach(connections, files, seen)
    results = list[DecisionResult]()
    for post in posts:
        view = await read_view(client, post.workflow_id)
        if view is None:
            raise NoWorkerError("No worker answers for this post.")
        edit = await _edit(connections, view, request, editor, attached)
        if edit is not None:
            result = await _send(connections, view, edit, request, by)
            results.append(await _approve_too(connections, result, request, by, look))
    if not results:
        raise ConflictError("Nothing was changed, so nothing was sent.")
    if request.approve:
        results = await confirmed_by_buffer(connections, results)
        return with_needed(connections.settings, results)
    return results


async def _send(
    connections: Connections, view: PostView, edit: DraftEdit, request: EditRequest, by: str
) -> DecisionResult:
    client, proof = await connections.temporal(), proof_of(view, request.pick)
    decision = Decision(
        kind=DecisionKind.EDIT,
        revision=view.revision,
        digest=proof.digest if proof else "",
        by=by,
        note=request.note,
        edit=edit,
        pick=request.pick,
    )
    waiting = "waiting for the edit to be checked, and drawn anew"
    async with connections.progress.waiting(waiting):
        signed = sign(connections.settings, view.workflow_id, decision)
        return await send(client, view.workflow_id, signed)


async def _approve_too(
    connections: Connections, result: DecisionResult, request: EditRequest, by: str, look: Look
) -> DecisionResult:
    """Approve the revision that an edit made, if that was asked for, it fits and was shown."""
    edited = result.view
    if not request.approve or edited is None or result.problems or not await look([edited]):
        return result
    approval = DecisionRequest(DecisionKind.APPROVE, request.note).on(edited, by)
    signed = sign(connections.settings, edited.workflow_id, approval)
    return await send(await connections.temporal(), edited.workflow_id, signed)


def _refuse_for_many(request: EditRequest) -> None:
    if request.items:
        raise InvalidRequestError("One text cannot fit every network: name one post to edit.")
    if request.clip:
        raise InvalidRequestError("A clip is cut for one post: name the post to edit.")
    if request.pick is not None:
        raise InvalidRequestError("A pick is about the variants of one post: name the post.")
    if request.media and request.media.is_about_one:
        raise InvalidRequestError("Numbers are of the media of one post: name the post.")


async def _edit(
    connections: Connections,
    view: PostView,
    request: EditRequest,
    editor: Editor,
    attached: tuple[Attachment, ...],
) -> DraftEdit | None:
    draft = current_draft(view, request.pick)
    if draft is None:
        raise ConflictError("There is no draft yet.")
    if request.items or request.media:
        edit = DraftEdit()
        if request.items:
            edit = given(request.items, draft, split=request.split)
        media = request.media.on(view.platform, attached) if request.media else None
        return edit.with_media(media) if media or request.items else None
    if request.clip:
        require_clip(view)
        return DraftEdit(clip=request.clip)
    if request.remake_media:
        return DraftEdit(remake_media=True)
    if not request.split:
        return await editor(view, request.pick)
    if why := why_not_split(view, request.pick):
        connections.progress.note(f"{view.platform}: {why}")
        return None
    return DraftEdit(split=True)


def current_draft(view: PostView, pick: int | None = None) -> Draft | None:
    """Return the draft that an edit would change: a proposed one, if there is one.

    Raises:
        ConflictError: ``pick`` is not the number of a variant that is in review.
    """
    if pick is None:
        return view.proposal.draft if view.proposal else view.draft
    wanted = Decision(kind=DecisionKind.EDIT, revision=view.revision, by="the command", pick=pick)
    if why := why_no_pick(wanted, view):
        raise ConflictError(why)
    return view.variants[pick - 1].draft


def given(items: tuple[str, ...], draft: Draft, *, split: bool = False) -> DraftEdit:
    """Return the edit that puts ``items`` in place of the text or the thread."""
    first, splits = items[0], True if split else None
    if draft.thread or len(items) > 1:
        return DraftEdit(thread=items, text=first, split=splits)
    return DraftEdit(text=first, split=splits)


def require_clip(view: PostView) -> None:
    """Refuse a post that has no clip whose edges could be moved.

    Raises:
        ConflictError: The clip is still being cut.
        InvalidRequestError: The post has no clip.
    """
    shown = view.proposal or view
    if view.is_making_media:
        raise ConflictError("Its clip is still being cut: try again in a moment.")
    if shown.media_by is not MediaMaker.CLIP:
        raise InvalidRequestError(
            f"This post has no clip but a {shown.media_by}, so it has no edges to move."
        )


def why_not_split(view: PostView, pick: int | None = None) -> str | None:
    """Return why no thread can be made of a draft, or ``None``."""
    rules = rules_for(view.platform)
    if rules.max_thread == 1:
        return f"{rules.name} has no threads."
    problems = view.proposal.problems if view.proposal else view.problems
    if pick is not None and view.variants:
        problems = view.variants[pick - 1].problems
    if all(problem.rule not in _TOO_LONG for problem in problems):
        return "the text fits already."
    return None
