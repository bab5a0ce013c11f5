"""Prompt lists: one campaign whose drafts follow the prompts."""

from pathlib import PurePath
from typing import cast

import yaml

from galley.models import SourceDocument, SourceKind
from galley.sources.identity import normalise_url
from galley.sources.text import SourceError, clean, clean_line, decode, yaml_line

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
    if PurePath(name.lower()).suffix in {".yaml", ".yml"}:
        items, title, link = _from_yaml(text, name)
    else:
        items, title, link = _from_lines(text), "", None
    prompts = tuple(_checked(items, name))
    return SourceDocument(
        kind=SourceKind.PROMPTS,
        title=title or clean_line(prompts[0], _TITLE),
        link=link,
        text="\n\n".join(prompts),
        prompts=prompts,
    )


def _from_lines(text: str) -> list[object]:
    lines = (line.strip().removeprefix("- ") for line in clean(text).split("\n"))
    return [line for line in lines if line and not line.startswith("#")]


def _from_yaml(text: str, name: str) -> tuple[list[object], str, str | None]:
    data = _load(text, name)
    title, link = "", None
    if isinstance(data, dict):
        mapping = cast("dict[object, object]", data)
        title = _title(mapping.get("title"))
        link = _link(mapping.get("link"), name)
        data = mapping.get("prompts")
    if not isinstance(data, list):
        raise SourceError(
            f"{name} is no prompt list: write a YAML list of strings or of `prompt:`."
        )
    return cast("list[object]", data), title, link


def _load(text: str, name: str) -> object:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        line = yaml_line(error)
        where = "" if line is None else f" at line {line + 1}"
        raise SourceError(f"{name} is broken{where}: mend the YAML there.") from error
    except (ValueError, RecursionError) as error:
        raise SourceError(
            f"{name} holds a value that YAML cannot read: put it in quotes."
        ) from error


def _title(value: object) -> str:
    return clean_line(value, _TITLE) if isinstance(value, str) else ""


def _link(value: object, name: str) -> str | None:
    if value is None:
        return None
    try:
        return normalise_url(value if isinstance(value, str) else "")
    except SourceError as error:
        raise SourceError(
            f"{name}: `link` is not a web address: give one like https://example.com/article."
        ) from error


def _checked(items: list[object], name: str) -> list[str]:
    if not items:
        raise SourceError(f"{name} holds no prompt: write at least one.")
    if len(items) > _MAX_PROMPTS:
        raise SourceError(f"{name} holds {len(items)} prompts: give at most {_MAX_PROMPTS}.")
    return [_prompt(item, number, name) for number, item in enumerate(items, 1)]


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
