"""What stands between the dashes at the top of a Markdown file."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import cast

import yaml
from frontmatter.default_handlers import YAMLHandler

from galley.sources.errors import SourceError
from galley.sources.identity import normalise_url
from galley.sources.plain import clean_line, yaml_line

_MAX_CHARACTERS = 20_000
_MAX_TAGS = 30
_LINE = 300
_KEY = re.compile(r"[\w-]+\s*:")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")


@dataclass(frozen=True)
class FrontMatter:
    """The keys Galley knows: title, link, author, date, language, tags."""

    title: str = ""
    link: str | None = None
    author: str | None = None
    published_at: datetime | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()


def split_front_matter(text: str, name: str) -> tuple[FrontMatter, str]:
    """Return the front matter and the rest.

    A file that merely opens with a rule of dashes has no front matter.

    Raises:
        SourceError: The front matter is broken; the message names the line.
    """
    handler = YAMLHandler()
    opening = re.match(r"---+[^\S\n]*\n", text)
    if opening is None:
        return FrontMatter(), text
    claims = bool(_KEY.match(text[opening.end() :].lstrip()))
    try:
        head, body = handler.split(text)
    except ValueError as error:
        if claims:
            raise SourceError(
                f"{name}: the front matter is not closed: put a line of three dashes "
                "after it."
            ) from error
        return FrontMatter(), text
    if len(head) > _MAX_CHARACTERS:
        raise SourceError(
            f"{name}: the front matter is longer than {_MAX_CHARACTERS:,} characters: "
            "shorten it."
        )
    line = text[: text.index(head, opening.end() - 1)].count("\n") + 1
    data = _mapping(handler, head, name, line) if claims or not head.strip() else None
    return (FrontMatter(), text) if data is None else (_known(data, name), body)


def _mapping(
    handler: YAMLHandler, head: str, name: str, first_line: int
) -> dict[str, object] | None:
    try:
        data: object = handler.load(head)
    except yaml.YAMLError as error:
        where = first_line + (yaml_line(error) or 0)
        raise SourceError(
            f"{name}: the front matter is broken at line {where}: mend the YAML there."
        ) from error
    except (ValueError, RecursionError) as error:
        raise SourceError(
            f"{name}: the front matter holds a value that YAML cannot read: put it in "
            "quotes."
        ) from error
    if data is None:
        return {}
    if not isinstance(data, dict):
        return None
    pairs = cast("dict[object, object]", data).items()
    return {key.lower(): value for key, value in pairs if isinstance(key, str)}


def _known(data: dict[str, object], name: str) -> FrontMatter:
    return FrontMatter(
        title=_line(data.get("title")),
        link=_link(data, name),
        author=_joined(data.get("author", data.get("authors"))) or None,
        published_at=_instant(data.get("date", data.get("published"))),
        language=language_tag(data.get("language", data.get("lang"))),
        tags=_tags(data.get("tags")),
    )


def _line(value: object) -> str:
    """Return a scalar as one line; containers, which may be bombs, as nothing."""
    return clean_line(str(value), _LINE) if isinstance(value, (str, int, float)) else ""


def _lines(value: object) -> list[str]:
    values: list[object] = (
        cast("list[object]", value) if isinstance(value, list) else [value]
    )
    return [line for line in (_line(item) for item in values[:_MAX_TAGS]) if line]


def _joined(value: object) -> str:
    return clean_line(", ".join(_lines(value)), _LINE)


def _tags(value: object) -> tuple[str, ...]:
    names = value.split(",") if isinstance(value, str) else value
    tags = (tag.lstrip("#").strip() for tag in _lines(names))
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def _link(data: dict[str, object], name: str) -> str | None:
    for key in ("canonical_url", "canonical", "link", "url"):
        value = _line(data.get(key))
        if not value:
            continue
        try:
            return normalise_url(value)
        except SourceError as error:
            raise SourceError(
                f"{name}: `{key}` in the front matter is not a web address: give one "
                "like https://example.com/article."
            ) from error
    return None


def _instant(value: object) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    return None


def language_tag(value: object) -> str | None:
    """Return a BCP 47 tag, or ``None`` for anything else."""
    if not isinstance(value, str) or not _LANGUAGE.fullmatch(value.strip()):
        return None
    return value.strip().replace("_", "-")
