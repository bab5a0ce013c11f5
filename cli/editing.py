"""Change drafts, from the command line or in the person's editor."""

import asyncio
import os
import re
import shlex
import tempfile
from pathlib import Path
from typing import cast

import yaml

from cli.deciding import (
    NO_WORKER,
    Verdict,
    current_draft,
    reviewer,
    send,
    undecided,
)
from cli.failures import CommandError, usage
from cli.process import PATIENCE, run
from cli.temporal import reach, read_view
from cli.verdicts import confirmed_by_buffer, report
from galley.models import Decision, DecisionKind, Draft, DraftEdit, PostView
from galley.settings import Settings

_FIELDS = ("title", "headline", "alt_text", "link", "board")
_ITEM = "\n\n--- next item ---\n\n"
_RULE = "---\n"


def edit_posts(  # noqa: PLR0913 -- the options of an edit
    name: str,
    *,
    text: list[str] | None,
    file: Path | None,
    note: str,
    approve: bool,
    json: bool,
) -> None:
    """Carry out ``edit``; with ``approve`` what fits is approved in one go."""
    if text and file:
        raise usage("Give the text once: --text or --file, not both.")
    items = [file.read_text().strip()] if file else text
    report(run(_edit(name, items, note, approve=approve)), json=json)


async def _edit(
    name: str, items: list[str] | None, note: str, *, approve: bool
) -> list[Verdict]:
    client, target = await reach(name)
    posts = await undecided(client, target)
    if items and target.is_campaign:
        raise usage("One text cannot fit every network: name one post to edit.")
    by, verdicts = reviewer(Settings()), list[Verdict]()
    for post in posts:
        view = await read_view(client, post.workflow_id)
        draft = current_draft(view) if view else None
        if view is None or draft is None:
            raise CommandError(NO_WORKER if view is None else "There is no draft yet.")
        change = given(items, draft) if items else await edit_in_editor(view)
        if change is None:
            continue
        decision = Decision(
            kind=DecisionKind.EDIT,
            revision=view.revision,
            by=by,
            note=note,
            edit=change,
        )
        verdict = await send(client, post.workflow_id, decision)
        if approve and verdict.ok and not verdict.problems:
            verdict = await send(client, post.workflow_id, _approval(verdict, decision))
        verdicts.append(verdict)
    if not verdicts:
        raise CommandError("Nothing was changed, so nothing was sent.")
    return await confirmed_by_buffer(client, verdicts) if approve else verdicts


def _approval(verdict: Verdict, edit: Decision) -> Decision:
    """Return the approval of the revision that an edit made."""
    approval = {"kind": DecisionKind.APPROVE, "revision": verdict.revision}
    return edit.model_copy(update={**approval, "edit": None})


def given(items: list[str], draft: Draft) -> DraftEdit:
    """Return the edit that puts ``items`` in place of the text or the thread."""
    if len(items) > 1:
        return DraftEdit(thread=tuple(items), text=items[0])
    if draft.thread:
        return DraftEdit(thread=(items[0],), text=items[0])
    return DraftEdit(text=items[0])


async def edit_in_editor(view: PostView) -> DraftEdit | None:
    """Let the person change the draft in ``$VISUAL`` or ``$EDITOR``.

    Returns:
        What was changed, or ``None`` if nothing was.

    Raises:
        CommandError: There is no editor, or what it left cannot be read.
    """
    draft = current_draft(view)
    if draft is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / f"{view.platform}.md"
        page.write_text(as_page(draft))
        await _open_editor(page)
        return from_page(page.read_text(), draft)


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


def as_page(draft: Draft) -> str:
    """Return the draft as a page to edit: fields, then the text or thread items."""
    fields = {name: getattr(draft, name) for name in _FIELDS}
    head = yaml.safe_dump(fields, allow_unicode=True, sort_keys=False, width=1000)
    return f"{_RULE}{head}{_RULE}{_ITEM.join(draft.thread or (draft.text,))}\n"


def from_page(page: str, draft: Draft) -> DraftEdit | None:
    """Return what differs between an edited page and the draft.

    Raises:
        CommandError: The fields are not what they were, so nothing can be told.
    """
    parts = re.split(r"^---\n", page, maxsplit=2, flags=re.MULTILINE)
    if parts[0] or len(parts) != 3:  # noqa: PLR2004 -- nothing, the fields, the text
        raise CommandError("Keep both lines of --- around the fields; nothing changed.")
    changes: dict[str, object] = _changed_fields(parts[1], draft)
    items = tuple(item.strip() for item in parts[2].split(_ITEM.strip()))
    if draft.thread and items != draft.thread:
        changes["thread"] = tuple(item for item in items if item)
    elif not draft.thread and items != (draft.text.strip(),):
        changes["text"] = parts[2].strip()
    return DraftEdit.model_validate(changes) if changes else None


def _changed_fields(head: str, draft: Draft) -> dict[str, object]:
    try:
        found: object = yaml.safe_load(head)
    except yaml.YAMLError as error:
        raise CommandError("The fields are not valid YAML; nothing changed.") from error
    if not isinstance(found, dict):
        raise CommandError("The fields are gone from the page; nothing changed.")
    fields = cast("dict[str, object]", found)
    unknown = sorted(set(fields) - set(_FIELDS))
    if unknown:
        raise CommandError(f"There is no field {unknown[0]!r}; nothing changed.")
    return {
        name: str(value or "")
        for name, value in fields.items()
        if str(value or "") != getattr(draft, name)
    }
