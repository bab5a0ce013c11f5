"""The rows of a table, each as the words of a campaign of its own."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

from app.campaigns.sources import GivenSource, find_recording, read_file
from cli.errors import CommandError, usage
from cli.input.campaigns import CampaignWords
from galley.models.options import MOST_VARIANTS
from galley.models.source import SourceKind, SourceSpec
from galley.sources.tables import Row, is_table, read_rows

_YES = frozenset({"yes", "true", "on", "1"})
_NO = frozenset({"no", "false", "off", "0"})


def table_of(source: str) -> bytes | None:
    """Return the bytes of a file that holds a campaign a row, else ``None``."""
    data = None if find_recording(source) else read_file(source)
    return data if data is not None and is_table(data, source) else None


def words_of_rows(words: CampaignWords, data: bytes) -> list[CampaignWords]:
    """Return the words of each row; what a row says wins over the command line.

    Raises:
        SourceError: The table cannot be read.
        CommandError: A row cannot be understood, or is the campaign of another row
            with other options; the message names the row.
    """
    name = PurePath(words.source).name
    rows = read_rows(data, name)
    found = [_of_row(words, row, name) for row in rows]
    _require_apart(rows, found, name)
    return found


def _of_row(words: CampaignWords, row: Row, name: str) -> CampaignWords:
    data = row.as_prompt_file()
    spec = SourceSpec(
        kind=SourceKind.PROMPTS,
        name=f"row {row.number} of {PurePath(name).stem}.yaml",
        upload=hashlib.sha256(data).hexdigest(),
    )
    try:
        given = dict(_given(row))
    except CommandError as error:
        raise usage(f"{name}, row {row.number}: {error}") from None
    return replace(
        words,
        given=GivenSource(spec, data),
        brief="\n".join(filter(None, (words.brief, row.notes))),
        **given,
    )


def _given(row: Row) -> Iterator[tuple[str, Any]]:
    """Yield the options that the row has a value for."""
    as_typed = (
        *("channels", "platforms", "start_at", "every", "timezone", "quiet", "gap"),
        *("form", "media", "card", "approve", "mode"),
    )
    found = ((name, getattr(row, name)) for name in as_typed)
    yield from ((name, value) for name, value in found if value)
    if row.variants:
        yield "variants", _number("variants", row.variants, MOST_VARIANTS)
    if row.edition:
        yield "edition", _number("edition", row.edition, 1000)
    if row.narrate:
        yield "narrate", _truth("narrate", row.narrate)
    if row.persona:
        yield "persona", Path(row.persona)
    if row.threads:
        yield "threads", _truth("threads", row.threads)


def _number(column: str, text: str, most: int) -> int:
    number = int(text) if text.isascii() and text.isdecimal() else 0
    if not 1 <= number <= most:
        raise usage(f"{column} is a number from 1 to {most}, not {text!r}.")
    return number


def _truth(column: str, text: str) -> bool:
    word = text.casefold()
    if word not in _YES | _NO:
        raise usage(f"{column} is yes or no, not {text!r}.")
    return word in _YES


def _require_apart(rows: tuple[Row, ...], found: list[CampaignWords], name: str) -> None:
    """Refuse rows that would be one campaign, and say different things of it."""
    known: dict[tuple[str, int], Row] = {}
    for row, one in zip(rows, found, strict=True):
        upload = one.given.spec.upload if one.given else None
        first = known.setdefault((upload or "", one.edition), row)
        if first.model_copy(update={"number": row.number}) != row:
            raise usage(
                f"{name}, row {row.number}: prompt, title and link are those of row "
                f"{first.number}, and the rest differs: give it the edition "
                f"{one.edition + 1}, or make one row of both."
            )
