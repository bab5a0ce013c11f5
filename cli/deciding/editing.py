"""Change drafts, from the command line or in the person's editor."""

import asyncio
import os
import shlex
import tempfile
from dataclasses import dataclass
from pathlib import Path

from app.posts.names import reach
from app.posts.views import read_view
from cli.deciding.decisions import (
    NO_WORKER,
    Verdict,
    current_draft,
    send,
    undecided,
)
from cli.deciding.edit_page import as_page, from_page
from cli.deciding.verdicts import confirmed_by_buffer, report
from cli.terminal.clip_edges import edges_of
from cli.terminal.connections import connections, reviewer
from cli.terminal.failures import CommandError, usage
from cli.terminal.output import say
from cli.terminal.process import PATIENCE, run
from cli.terminal.telling import telling
from galley.models import (
    Decision,
    DecisionKind,
    Draft,
    DraftEdit,
    MediaMaker,
    PostView,
)
from galley.models.clip import Clip
from galley.platforms.registry import rules_for
from galley.settings import Settings

_ROUNDS = 20
"""Times that a page is given back with what is wrong on it."""
_TOO_LONG = {"text_length", "spoiler_length"}
_MENDING = "# Galley cannot take this: "


def edit_posts(  # noqa: PLR0913 -- the options of an edit
    name: str,
    *,
    text: list[str] | None,
    file: Path | None,
    clip: str | None,
    remake_media: bool,
    note: str,
    pick: int | None,
    split: bool,
    approve: bool,
    json: bool,
) -> None:
    """Carry out ``edit``; with ``approve`` what fits is approved in one go.

    With ``split`` a text that is too long becomes a thread; ``pick`` names the variant
    that is changed.
    """
    if text and file:
        raise usage("Give the text once: --text or --file, not both.")
    items = [file.read_text().strip()] if file else text
    if clip and (items or split):
        raise usage("--clip moves the edges alone: change the text by a second edit.")
    if remake_media and (items or split or clip):
        raise usage("--remake-media keeps the words: change them by a second edit.")
    edges = edges_of(clip) if clip else None
    wishes = _Wishes(
        items,
        note,
        pick,
        split=split,
        approve=approve,
        clip=edges,
        remake_media=remake_media,
    )
    report(run(_edit(name, wishes)), json=json)


@dataclass(frozen=True)
class _Wishes:
    items: list[str] | None
    note: str
    pick: int | None
    split: bool
    approve: bool
    clip: Clip | None = None
    remake_media: bool = False


async def _edit(name: str, wishes: _Wishes) -> list[Verdict]:
    reached = connections()
    target = await reach(reached, name)
    client = await reached.temporal()
    posts = await undecided(client, target)
    if target.is_campaign:
        _refuse_for_many(wishes)
    by, verdicts = reviewer(Settings()), list[Verdict]()
    for post in posts:
        view = await read_view(client, post.workflow_id)
        draft = current_draft(view, wishes.pick) if view else None
        if view is None or draft is None:
            raise CommandError(NO_WORKER if view is None else "There is no draft yet.")
        change = await _change(view, draft, wishes)
        if change is None:
            continue
        decision = Decision(
            kind=DecisionKind.EDIT,
            revision=view.revision,
            by=by,
            note=wishes.note,
            edit=change,
            pick=wishes.pick,
        )
        async with telling("waiting for the edit to be checked, and drawn anew"):
            verdict = await send(client, post.workflow_id, decision)
            if wishes.approve and verdict.ok and not verdict.problems:
                approval = _approval(verdict, decision)
                verdict = await send(client, post.workflow_id, approval)
        verdicts.append(verdict)
    if not verdicts:
        raise CommandError("Nothing was changed, so nothing was sent.")
    if wishes.approve:
        return await confirmed_by_buffer(client, verdicts)
    return verdicts


def _refuse_for_many(wishes: _Wishes) -> None:
    if wishes.items:
        raise usage("One text cannot fit every network: name one post to edit.")
    if wishes.clip:
        raise usage("A clip is cut for one post: name the post to edit.")
    if wishes.pick is not None:
        raise usage("A pick is about the variants of one post: name the post.")


def require_clip(view: PostView) -> None:
    """Raise ``CommandError`` where a post has no clip whose edges could be moved."""
    shown = view.proposal or view
    if view.is_making_media:
        raise CommandError("Its clip is still being cut: try again in a moment.")
    if shown.media_by is not MediaMaker.CLIP:
        raise usage(
            f"This post has no clip but a {shown.media_by}: start with --media clip."
        )


async def _change(view: PostView, draft: Draft, wishes: _Wishes) -> DraftEdit | None:
    if wishes.items:
        return given(wishes.items, draft, split=wishes.split)
    if wishes.clip:
        require_clip(view)
        return DraftEdit(clip=wishes.clip)
    if wishes.remake_media:
        return DraftEdit(remake_media=True)
    if not wishes.split:
        return await edit_in_editor(view, wishes.pick)
    if why := why_not_split(view, wishes.pick):
        say(f"{view.platform}: {why}")
        return None
    return DraftEdit(split=True)


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


def _approval(verdict: Verdict, edit: Decision) -> Decision:
    """Return the approval of the revision that an edit made."""
    approval = {"kind": DecisionKind.APPROVE, "revision": verdict.revision}
    return edit.model_copy(update={**approval, "edit": None, "pick": None})


def given(items: list[str], draft: Draft, *, split: bool = False) -> DraftEdit:
    """Return the edit that puts ``items`` in place of the text or the thread."""
    wish = True if split else None
    if len(items) > 1:
        return DraftEdit(thread=tuple(items), text=items[0], split=wish)
    if draft.thread:
        return DraftEdit(thread=(items[0],), text=items[0], split=wish)
    return DraftEdit(text=items[0], split=wish)


async def edit_in_editor(view: PostView, pick: int | None = None) -> DraftEdit | None:
    """Let the person change the draft in ``$VISUAL`` or ``$EDITOR``.

    ``pick`` is the number of the variant, where there are several.

    Returns:
        What was changed, or ``None`` if nothing was.

    A value that cannot be used leads back into the editor, with what is wrong.

    Raises:
        CommandError: There is no editor, or what it left cannot be read.
    """
    draft = current_draft(view, pick)
    if draft is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / f"{view.platform}.md"
        page.write_text(as_page(draft, view.platform))
        for _ in range(_ROUNDS):
            given_back = page.read_text()
            await _open_editor(page)
            try:
                return from_page(_without_mending(page), draft, view.platform)
            except CommandError as error:
                if page.read_text() == given_back:
                    raise
                _give_back(page, str(error))
    raise CommandError("The page was not mended, so nothing was changed.")


def _give_back(page: Path, why: str) -> None:
    """Write what is wrong under the first line, where YAML takes it for a comment."""
    first, line_end, rest = _without_mending(page).partition("\n")
    page.write_text(f"{first}{line_end}{_MENDING}{why}\n{rest}")


def _without_mending(page: Path) -> str:
    lines = page.read_text().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(_MENDING))


async def _open_editor(page: Path) -> None:
    editor = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    # Ctrl-C inside the editor is the editor's.
    PATIENCE.is_deaf = True
    try:
        process = await asyncio.create_subprocess_exec(*editor, str(page))
        code = await process.wait()
    except FileNotFoundError as error:
        raise usage(
            f"There is no editor {editor[0]!r}: set EDITOR, or give --text or --file."
        ) from error
    finally:
        PATIENCE.is_deaf = False
    if code:
        raise CommandError("The editor failed, so nothing was changed.")
