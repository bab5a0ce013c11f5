"""A draft as a page in the person's editor: fields in YAML, then the text or thread.

The command ``edit`` and the demo open it.
"""

import asyncio
import os
import re
import shlex
import tempfile
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from app.option_file import models_in, value_problem
from app.review.edits import current_draft
from cli.errors import CommandError, usage
from cli.process import PATIENCE
from galley.models.draft import Draft, DraftEdit, Slide
from galley.models.network import Extras, Platform, extras_for
from galley.models.post import PostView
from galley.networks.registry import rules_for
from galley.settings import without_secrets

_ROUNDS = 20
"""Times that a page is given back with what is wrong on it."""
_MENDING = "# Galley cannot take this: "
_FIELDS = ("title", "headline", "alt_text", "link", "board")
_ITEM = "\n\n--- next item ---\n\n"
_RULE = "---\n"
_SPLIT_HELP = "# true: what is too long becomes a thread; empty: as the campaign says"
_WORDS = {"true": True, "yes": True, "false": False, "no": False, "": None}


_ODD = re.compile("[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\U0010ffff]")
"""What YAML must escape, or would take for the end of a line."""


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
        process = await asyncio.create_subprocess_exec(
            *editor, str(page), env=without_secrets(os.environ)
        )
        code = await process.wait()
    except FileNotFoundError as error:
        raise usage(
            f"There is no editor {editor[0]!r}: set EDITOR, or give --text or --file."
        ) from error
    finally:
        PATIENCE.is_deaf = False
    if code:
        raise CommandError("The editor failed, so nothing was changed.")


# The page


class _Dumper(yaml.SafeDumper):
    """Shows text of several lines as lines."""


def _lines_as_block(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    show = cast("Callable[..., yaml.ScalarNode]", cast("Any", dumper).represent_scalar)
    style = "|" if "\n" in text else None
    if _ODD.search(text):
        style = '"'
    return show("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _lines_as_block)


def as_page(draft: Draft, platform: Platform) -> str:
    """Return the draft as a page to edit."""
    fields: dict[str, object] = {name: getattr(draft, name) for name in _FIELDS}
    if draft.slides:
        fields["slides"] = [slide.model_dump() for slide in draft.slides]
    extras = _extras_of(draft, platform)
    shown = extras.model_dump(mode="json", exclude={"platform"})
    head = _dumped(fields) + _with_choices(_dumped({"extras": shown}), type(extras))
    if rules_for(platform).max_thread > 1:
        head += f"split:  {_SPLIT_HELP}\n"
    return f"{_RULE}{head}{_RULE}{_ITEM.join(draft.thread or (draft.text,))}\n"


def from_page(page: str, draft: Draft, platform: Platform) -> DraftEdit | None:
    """Return what differs between an edited page and the draft.

    Raises:
        CommandError: A field is not what it may be, so nothing is taken.
    """
    parts = re.split(r"^---\n", page, maxsplit=2, flags=re.MULTILINE)
    if parts[0] or len(parts) != 3:  # noqa: PLR2004 -- nothing, the fields, the text
        raise CommandError("Keep both lines of --- around the fields; nothing changed.")
    changes = _changed_fields(parts[1], draft, platform)
    items = tuple(item.strip() for item in parts[2].split(_ITEM.strip()))
    if draft.thread or len(items) > 1:
        if not any(items):
            raise CommandError("The whole thread is gone; nothing changed.")
        if items != draft.thread:
            changes["thread"] = tuple(item for item in items if item)
    elif items != (draft.text.strip(),):
        changes["text"] = parts[2].strip()
    return DraftEdit.model_validate(changes) if changes else None


def _changed_fields(head: str, draft: Draft, platform: Platform) -> dict[str, object]:
    try:
        found: object = yaml.safe_load(head)
    except (yaml.YAMLError, ValueError) as error:
        raise CommandError("The fields are not valid YAML; nothing changed.") from error
    if not isinstance(found, dict):
        raise CommandError("The fields are gone from the page; nothing changed.")
    fields = cast("dict[object, object]", found)
    unknown = sorted(str(name) for name in fields if name not in _KNOWN)
    if unknown:
        raise CommandError(f"There is no field {unknown[0]!r}; nothing changed.")
    changes: dict[str, object] = {
        name: _text(fields[name])
        for name in _FIELDS
        if name in fields and _text(fields[name]) != getattr(draft, name)
    }
    if "extras" in fields:
        extras = _read_extras(fields["extras"], platform)
        if extras != _extras_of(draft, platform):
            changes["extras"] = extras
    if "slides" in fields and (slides := _slides(fields["slides"])) != draft.slides:
        changes["slides"] = slides
    if (split := _split(fields.get("split"))) is not None:
        changes["split"] = split
    return changes


_KNOWN = frozenset({*_FIELDS, "slides", "extras", "split"})
_SLIDES = TypeAdapter(tuple[Slide, ...])


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _slides(value: object) -> tuple[Slide, ...]:
    try:
        return _SLIDES.validate_python(value or ())
    except ValidationError:
        raise CommandError(
            "slides: each needs a title and a text, as they stood; nothing changed."
        ) from None


def _split(value: object) -> bool | None:
    word = str(value if value is not None else "").casefold()
    if word not in _WORDS:
        raise CommandError("split: this must be true or false; nothing changed.")
    return _WORDS[word]


def _extras_of(draft: Draft, platform: Platform) -> Extras:
    is_own = draft.extras is not None and draft.extras.platform is platform
    return draft.extras if draft.extras and is_own else extras_for(platform)


def _read_extras(value: object, platform: Platform) -> Extras:
    usual = extras_for(platform)
    if value is None:
        return usual
    shape = type(usual)
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        told = value_problem(error, shape).rstrip(".")
        raise CommandError(f"extras.{told}; nothing changed.") from None


def _dumped(fields: dict[str, object]) -> str:
    return yaml.dump(fields, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1000)


def _with_choices(block: str, shape: type[BaseModel]) -> str:
    """Name the allowed words behind each field that has only some."""
    for name, field in shape.model_fields.items():
        words = [w for kind in models_in(field.annotation, StrEnum) for w in kind]
        if words and name != "platform":
            pattern = rf"(?m)^(  {name}: .*)$"
            block = re.sub(pattern, rf"\1  # {', '.join(words)}", block, count=1)
    return block
