"""The options of ``start``, ``demo`` and ``feeds add`` as typed, and as typed requests.

They stand on the command line, in a file of options, or in the rows of a table.
"""

import getpass
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePath
from typing import Any

from pydantic import ValidationError

from app.brands.personas import find_persona
from app.campaigns.attachments import GivenFile, pictures_in
from app.campaigns.sources import (
    GivenSource,
    find_recording,
    read_file,
    read_source,
    read_transcript,
    with_transcript,
)
from app.campaigns.start import CampaignRequest, misfits
from app.feeds import LATEST_CHECK, SOONEST_CHECK, FeedRequest
from app.option_file import read_options
from cli.errors import CommandError, usage
from cli.input.attachments import named_files
from cli.input.words import (
    TimeError,
    choice,
    local_zone_name,
    network_named,
    parse_quiet,
    parse_span,
    parse_start,
    parse_zone,
)
from galley.models.channel import Delivery, SchedulingType, ShareMode
from galley.models.media import CardKind, MediaMaker
from galley.models.options import (
    MOST_VARIANTS,
    Approval,
    CampaignOptions,
    Form,
    MediaOptions,
    PostingOptions,
    ReviewPolicy,
)
from galley.models.schedule import Timing
from galley.models.source import SourceKind, SourceSpec
from galley.sandbox.pool import waited_for
from galley.settings import Settings
from galley.sources.confined import read_confined
from galley.sources.tables import Row, is_table, read_rows
from workflows.post.media import BUILT

_YES = frozenset({"yes", "true", "on", "1"})
_NO = frozenset({"no", "false", "off", "0"})
_MARKDOWN = frozenset({".md", ".markdown"})


@dataclass(frozen=True)
class CampaignWords:
    """The arguments of ``start``, ``demo`` and ``feeds add``, as typed."""

    source: str
    channels: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    brief: str = ""
    persona: Path | None = None
    transcript: Path | None = None
    edition: int = 1
    approve: str = "ask"
    # Text and media
    form: str = "post"
    variants: int = 1
    media: str = "card"
    card: str = ""
    narrate: bool = False
    attach: tuple[str, ...] = ()
    alt: tuple[str, ...] = ()
    threads: bool = False
    numbered: bool = False
    # Times
    start_at: str = ""
    every: str = ""
    timezone: str = ""
    quiet: str = ""
    gap: str = ""
    slots: bool = False
    # Buffer
    options: Path | None = None
    mode: str = ""
    draft: bool = False
    needs_approval: bool = False
    reminder: bool = False
    # A source that has been read already
    given: GivenSource | None = field(default=None, repr=False)
    """The item of a feed or the row of a table; ``source`` is then the whole."""


def campaign_request(words: CampaignWords, settings: Settings) -> CampaignRequest:
    """Return the request; reads the source, the persona and the options file.

    Raises:
        CommandError: A word cannot be understood; exit code 2.
        InvalidRequestError: A file cannot be read, or a value in it cannot be used.
        SourceError: The source cannot be used.
    """
    if words.given is None:
        source = read_source(words.source, words.transcript)
    elif words.transcript is None:
        source = words.given
    else:
        source = with_transcript(words.given, read_transcript(words.transcript, None))
    return CampaignRequest(
        source=source,
        options=campaign_options(words, datetime.now(UTC)),
        persona=find_persona(words.persona, settings),
        edition=words.edition,
        started_by=getpass.getuser(),
        files=given_files(words),
    )


def given_files(words: CampaignWords) -> tuple[GivenFile, ...]:
    """Return the files that are attached; for a Markdown file, perhaps its own pictures.

    Raises:
        CommandError: A file is not there, or the words exclude each other; exit code 2.
    """
    if not words.attach:
        return _own_pictures(words) if words.media == MediaMaker.SOURCE else ()
    if words.media != MediaMaker.CARD or words.card:
        raise usage("Attached files take the place of other media: leave --media and --card away.")
    return named_files(words.attach, words.alt)


def unused_pictures(words: CampaignWords) -> int:
    """Return how many pictures of a Markdown file on this machine nobody asked to post."""
    is_default = words.media == MediaMaker.CARD and not (words.attach or words.card)
    return len(_own_pictures(words)) if is_default and words.given is None else 0


def _own_pictures(words: CampaignWords) -> tuple[GivenFile, ...]:
    own = Path(words.source)
    is_markdown = own.suffix.lower() in _MARKDOWN and own.is_file()
    return tuple(pictures_in(own)) if is_markdown else ()


def feed_request(
    words: CampaignWords, settings: Settings, *, check_every: str, burst: int, backlog: int
) -> FeedRequest:
    """Return the request to follow a feed: ``source`` of the words is its address.

    Raises:
        CommandError: A word cannot be understood; exit code 2.
        InvalidRequestError: The persona cannot be used.
    """
    try:
        every = parse_span(check_every)
    except TimeError as error:
        raise usage(f"--check-every: {error}") from None
    if not SOONEST_CHECK <= every <= LATEST_CHECK:
        raise usage("--check-every is between 1m and 31d.")
    return FeedRequest(
        url=words.source,
        every=every,
        options=campaign_options(words, datetime.now(UTC)),
        burst=burst,
        backlog=backlog,
        persona=find_persona(words.persona, settings),
        started_by=getpass.getuser(),
    )


def campaign_options(words: CampaignWords, now: datetime) -> CampaignOptions:
    """Return the options of a campaign, but for its persona.

    Args:
        words: As typed.
        now: The present, aware, for times such as "in 2h".

    Raises:
        CommandError: A word cannot be understood; exit code 2.
        InvalidRequestError: The options file cannot be used.
    """
    form = choice(Form, words.form, "--form")
    # A file of options serves all forms; who types the flag means this campaign.
    is_thread = words.threads or words.numbered
    if is_thread and form in {Form.QUESTION, Form.CAROUSEL}:
        raise usage(f"A {form} is one post: leave --threads and --numbered away.")
    return CampaignOptions(
        channels=words.channels,
        platforms=tuple(map(network_named, words.platforms)),
        brief=words.brief,
        form=form,
        variants=words.variants,
        media=MediaOptions(
            maker=choice(MediaMaker, words.media, "--media", BUILT - {MediaMaker.ATTACHED}),
            card=choice(CardKind, words.card, "--card") if words.card else None,
            narrate=words.narrate,
        ),
        posting=posting_options(words),
        timing=_timing(words, now),
        review=ReviewPolicy(approval=choice(Approval, words.approve, "--approve")),
    )


def _timing(words: CampaignWords, now: datetime) -> Timing:
    """Return the due times; without a named zone, they are in this machine's."""
    is_local = any((words.start_at, words.every, words.quiet, words.slots))
    name = words.timezone or (local_zone_name() if is_local else "UTC")
    try:
        zone = parse_zone(name)
        start = parse_start(words.start_at, now, zone) if words.start_at else None
        return Timing(
            start_at=start.at if start else None,
            start_wall=start.wall if start else None,
            every=parse_span(words.every) if words.every else timedelta(0),
            timezone=name,
            quiet=parse_quiet(words.quiet) if words.quiet else None,
            gap=parse_span(words.gap) if words.gap else timedelta(0),
            slots=words.slots,
        )
    except TimeError as error:
        raise usage(str(error)) from None


def posting_options(words: CampaignWords) -> PostingOptions:
    """Return the options of the file and the flags together; a flag wins.

    Raises:
        CommandError: They cannot be understood, or exclude each other; exit code 2.
        InvalidRequestError: The file cannot be read, or a value in it cannot be used.
    """
    found = PostingOptions()
    if words.options is not None:
        found = read_options(words.options, PostingOptions)
        for platform, message in misfits(found.networks):
            raise usage(f"{words.options}: networks.{platform}: {message}")
    numbered = words.numbered or found.numbered
    return PostingOptions(
        delivery=_delivery(words, found.delivery),
        threads=words.threads or found.threads or numbered,
        numbered=numbered,
        link_cards=found.link_cards,
        networks=found.networks,
    )


def _delivery(words: CampaignWords, in_file: Delivery) -> Delivery:
    reminder = SchedulingType.NOTIFICATION
    try:
        return Delivery(
            mode=choice(ShareMode, words.mode, "--mode") if words.mode else in_file.mode,
            save_to_draft=words.draft or in_file.save_to_draft,
            needs_approval=words.needs_approval or in_file.needs_approval,
            scheduling_type=reminder if words.reminder else in_file.scheduling_type,
        )
    except ValidationError as error:
        why = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise usage(f"{why[:1].upper()}{why[1:]}: leave one of them away.") from None


# Rows of a table


def table_of(source: str) -> bytes | None:
    """Return the bytes of a table that has a campaign in each row; else ``None``."""
    data = None if find_recording(source) else read_file(source)
    return data if data is not None and is_table(data, source) else None


def words_of_rows(words: CampaignWords, data: bytes) -> list[CampaignWords]:
    """Return the words of each row; a value in the row wins over the command line.

    Raises:
        SourceError: The table cannot be read.
        CommandError: A row cannot be understood, or is the campaign of another row
            with other options; the message names the row.
    """
    name = PurePath(words.source).name
    rows = waited_for(read_confined(tuple[Row, ...], read_rows, data, name))
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
