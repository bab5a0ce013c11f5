"""Tables of campaigns: a CSV file, or the list ``campaigns`` of a YAML file.

``start FILE`` calls it. One row is one campaign: its prompt and, where the row has them, its
channels or networks, times, notes and other options.
"""

import csv
import io
import itertools
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import PurePath
from typing import cast

import yaml

from galley.models.base import Model
from galley.sources.text import SourceError, clean, clean_line, decode, load_yaml

MAX_ROWS = 500
_MAX_CHARACTERS = 2_000
_MAX_FILE = 1_000_000
_LINE = 300
# Columns that are options of ``start``, in the same words.
_OPTIONS = (
    *("start_at", "every", "timezone", "quiet", "gap"),
    *("form", "variants", "media", "card", "narrate", "persona", "threads"),
    *("mode", "approve", "edition"),
)
_COLUMNS = ("prompt", "title", "link", "notes", "channels", "platforms", *_OPTIONS)
_OPTION_LINE = 200
# Names of the columns in other spreadsheets.
_OTHER_NAMES = {
    "text": "prompt",
    "note": "notes",
    "brief": "notes",
    "channel": "channels",
    "platform": "platforms",
    "networks": "platforms",
    "time": "start_at",
    "when": "start_at",
    "zone": "timezone",
}


class Row(Model):
    """One campaign of a table; an empty option stays as the command line sets it."""

    number: int
    prompt: str
    title: str = ""
    link: str = ""
    notes: str = ""
    channels: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    start_at: str = ""
    every: str = ""
    timezone: str = ""
    quiet: str = ""
    gap: str = ""
    form: str = ""
    variants: str = ""
    media: str = ""
    card: str = ""
    narrate: str = ""
    persona: str = ""
    threads: str = ""
    mode: str = ""
    approve: str = ""
    edition: str = ""

    def as_prompt_file(self) -> bytes:
        """Return the row as a prompt list of its own; the hash of its bytes is its identity."""
        told = {"title": self.title, "link": self.link, "prompts": [self.prompt]}
        kept = {name: value for name, value in told.items() if value}
        return yaml.safe_dump(kept, allow_unicode=True, sort_keys=True).encode()


def is_table(data: bytes, name: str) -> bool:
    """Return whether a file holds campaigns, one a row."""
    lower = name.lower()
    if lower.endswith(".csv"):
        return True
    if not lower.endswith((".yaml", ".yml")):
        return False
    # A YAML file without this key is a prompt list.
    lines = data[:_MAX_FILE].splitlines()
    return any(line.startswith(b"campaigns:") for line in lines)


def read_rows(data: bytes, name: str) -> tuple[Row, ...]:
    """Read the campaigns of a table.

    Columns: ``prompt``, and, if wanted, ``title``, ``link``, ``notes``, ``channels``
    and ``platforms`` (several with semicolons between them), and ``start_at`` and
    other options of ``start``, which are taken as they stand.

    Raises:
        SourceError: It cannot be used; the message names the row.
    """
    text = decode(data, name)
    if len(text) > _MAX_FILE:
        raise SourceError(f"{name} is too long for a table of campaigns: split it.")
    is_yaml = PurePath(name.lower()).suffix in {".yaml", ".yml"}
    found = _from_yaml(text, name) if is_yaml else _from_csv(text, name)
    rows = tuple(
        _row(number, fields, name) for number, fields in itertools.islice(found, MAX_ROWS + 1)
    )
    if len(rows) > MAX_ROWS:
        raise SourceError(f"{name} has more than {MAX_ROWS} campaigns: split it.")
    if not rows:
        raise SourceError(f"{name} holds no campaign: write at least one row.")
    return rows


def _from_csv(text: str, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    # Strict, because a stray quote would swallow the rows below it.
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = [_column(title, name) for title in next(reader, ())]
        if "prompt" not in columns:
            raise SourceError(
                f"{name} has no column prompt: name the columns in its first line, "
                "such as prompt,title,platforms,start_at."
            )
        if twice := next((one for one in columns if columns.count(one) > 1), None):
            raise SourceError(f"{name} has two columns {twice}: make one of them.")
        for fields in reader:
            if not any(field.strip() for field in fields):
                continue
            if len(fields) > len(columns):
                raise SourceError(
                    f"{name}, line {reader.line_num}: there are more fields than "
                    "columns: put a text with commas in quotes."
                )
            # A row may be shorter: its last columns are empty.
            yield reader.line_num, dict(zip(columns, fields, strict=False))
    except csv.Error as error:
        raise SourceError(
            f"{name} is broken at line {reader.line_num}: mend the quotes there."
        ) from error


def _column(title: str, name: str) -> str:
    known = title.strip().casefold().replace(" ", "_")
    known = _OTHER_NAMES.get(known, known)
    if known not in _COLUMNS:
        raise SourceError(
            f"{name} has a column {clean_line(title, 40)!r} that is not known: use "
            f"{', '.join(_COLUMNS)}."
        )
    return known


def _from_yaml(text: str, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    data = load_yaml(text, name)
    is_mapping = isinstance(data, dict)
    rows = cast("Mapping[object, object]", data).get("campaigns") if is_mapping else 0
    if not isinstance(rows, list):
        raise SourceError(f"{name}: `campaigns` is no list: begin each with a dash.")
    for number, row in enumerate(cast("list[object]", rows), 1):
        if not isinstance(row, dict):
            raise SourceError(
                f"{name}: campaign {number} is no mapping: write `prompt:` and a text."
            )
        pairs = cast("dict[object, object]", row).items()
        yield number, {_column(str(key), name): _text(value) for key, value in pairs}


def _text(value: object) -> str:
    """Return a scalar, or a list of them, as text; a nested value is empty."""
    # Aliases can make a small file's nesting endless to write out.
    values = cast("list[object]", value)[:50] if isinstance(value, list) else [value]
    return ";".join(str(one) if isinstance(one, str | int | float | date) else "" for one in values)


def _row(number: int, fields: Mapping[str, str], name: str) -> Row:
    prompt = clean(fields.get("prompt", ""))
    if not prompt:
        raise SourceError(f"{name}, row {number}: the prompt is empty: write one.")
    if len(prompt) > _MAX_CHARACTERS:
        raise SourceError(
            f"{name}, row {number}: the prompt is longer than {_MAX_CHARACTERS:,} "
            "characters: shorten it."
        )
    return Row(
        number=number,
        prompt=prompt,
        title=clean_line(fields.get("title", ""), _LINE),
        link=fields.get("link", "").strip(),
        notes=clean(fields.get("notes", ""))[:_MAX_CHARACTERS],
        channels=_several(fields.get("channels", "")),
        platforms=_several(fields.get("platforms", "")),
        **{option: clean_line(fields.get(option, ""), _OPTION_LINE) for option in _OPTIONS},
    )


def _several(field: str) -> tuple[str, ...]:
    parts = (clean_line(part, _LINE) for part in field.replace("|", ";").split(";"))
    return tuple(part for part in parts if part)
