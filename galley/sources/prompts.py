"""Prompt lists as sources: one campaign whose drafts follow the author's prompts.

The reading activity calls it.
"""

from pathlib import PurePath
from typing import cast

from galley.models.source import SourceDocument, SourceKind
from galley.sources.identity import normalise_url
from galley.sources.text import SourceError, clean, clean_line, decode, load_yaml

_MAX_PROMPTS = 50
_MAX_CHARACTERS = 2_000
_MAX_FILE = 200_000
_TITLE = 200


def read_prompts(data: bytes, name: str) -> SourceDocument:
    """Read a prompt list.

    YAML (``.yaml``, ``.yml``): a list of strings or of ``{prompt: …}``, or a mapping
    with such a list under ``prompts`` and, if wanted, ``title`` and ``link``. Any
    other file: one prompt a line; empty lines and lines that begin with ``#`` are
    left out.

    Raises:
        SourceError: It cannot be used.
    """
    text = decode(data, name)
    if len(text) > _MAX_FILE:
        raise SourceError(f"{name} is too long for a prompt list: split it.")
    title, link = "", None
    items: list[object]
    if PurePath(name.lower()).suffix in {".yaml", ".yml"}:
        items, title, link = _from_yaml(text, name)
    else:
        # A list that was copied out of a document keeps its dashes.
        lines = (line.strip().removeprefix("- ") for line in clean(text).split("\n"))
        items = [line for line in lines if line and not line.startswith("#")]
    if not items:
        raise SourceError(f"{name} holds no prompt: write at least one.")
    if len(items) > _MAX_PROMPTS:
        raise SourceError(f"{name} holds {len(items)} prompts: give at most {_MAX_PROMPTS}.")
    prompts = tuple(_prompt(item, number, name) for number, item in enumerate(items, 1))
    return SourceDocument(
        kind=SourceKind.PROMPTS,
        title=title or clean_line(prompts[0], _TITLE),
        link=link,
        text="\n\n".join(prompts),
        prompts=prompts,
    )


def _from_yaml(text: str, name: str) -> tuple[list[object], str, str | None]:
    data = load_yaml(text, name)
    title, link = "", None
    if isinstance(data, dict):
        mapping = cast("dict[object, object]", data)
        named, address = mapping.get("title"), mapping.get("link")
        title = clean_line(named, _TITLE) if isinstance(named, str) else ""
        try:
            link = normalise_url(str(address)) if address is not None else None
        except SourceError as error:
            raise SourceError(
                f"{name}: `link` is not a web address: give one like https://example.com/article."
            ) from error
        data = mapping.get("prompts")
    if not isinstance(data, list):
        raise SourceError(
            f"{name} is no prompt list: write a YAML list of strings or of `prompt:`."
        )
    return cast("list[object]", data), title, link


def _prompt(item: object, number: int, name: str) -> str:
    if isinstance(item, dict):
        item = cast("dict[object, object]", item).get("prompt")
    text = clean(item) if isinstance(item, str) else ""
    if not text:
        raise SourceError(
            f"{name}: prompt {number} is not text: write a string or `prompt:` with it."
        )
    if len(text) > _MAX_CHARACTERS:
        raise SourceError(
            f"{name}: prompt {number} is longer than {_MAX_CHARACTERS:,} characters: shorten it."
        )
    return text
