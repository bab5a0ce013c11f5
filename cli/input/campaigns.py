"""The options of ``start`` as typed, and the request for a campaign they make."""

import getpass
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from app.brands.personas import find_persona
from app.campaigns.options import misfits
from app.campaigns.sources import GivenSource, read_source, read_transcript, with_transcript
from app.campaigns.start import CampaignRequest
from app.feeds import LATEST_CHECK, SOONEST_CHECK, FeedRequest
from app.option_file import read_options
from cli.errors import usage
from cli.input.words import (
    TimeError,
    local_zone_name,
    network_named,
    parse_quiet,
    parse_span,
    parse_start,
    parse_zone,
)
from cli.render.proofs import clean
from galley.models.channel import Delivery, SchedulingType, ShareMode
from galley.models.media import CardKind, MediaMaker
from galley.models.options import (
    Approval,
    CampaignOptions,
    Form,
    MediaOptions,
    PostingOptions,
    ReviewPolicy,
)
from galley.models.schedule import Timing
from galley.settings import Settings
from workflows.post.media import BUILT


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
    # What is written and drawn
    form: str = "post"
    variants: int = 1
    media: str = "card"
    card: str = ""
    narrate: bool = False
    threads: bool = False
    numbered: bool = False
    # When
    start_at: str = ""
    every: str = ""
    timezone: str = ""
    quiet: str = ""
    gap: str = ""
    slots: bool = False
    # In Buffer
    options: Path | None = None
    mode: str = ""
    draft: bool = False
    needs_approval: bool = False
    reminder: bool = False
    # Read already
    given: GivenSource | None = field(default=None, repr=False)
    """The item of a feed or the row of a table; ``source`` is then the whole."""


def campaign_request(words: CampaignWords, settings: Settings) -> CampaignRequest:
    """Return the request; reads the source, the persona and the options file.

    Raises:
        CommandError: A word cannot be understood; exit code 2.
        InvalidRequestError: A file cannot be read, or holds what cannot be used.
        SourceError: The source cannot be used.
    """
    return CampaignRequest(
        source=_source(words),
        options=campaign_options(words, datetime.now(UTC)),
        persona=find_persona(words.persona, settings),
        edition=words.edition,
        started_by=getpass.getuser(),
    )


def feed_request(
    words: CampaignWords, settings: Settings, *, check_every: str, burst: int, backlog: int
) -> FeedRequest:
    """Return the request to follow a feed: ``source`` of the words is its address.

    Raises:
        CommandError: A word cannot be understood; exit code 2.
        InvalidRequestError: The persona cannot be used.
    """
    return FeedRequest(
        url=words.source,
        every=_interval(check_every),
        options=campaign_options(words, datetime.now(UTC)),
        burst=burst,
        backlog=backlog,
        persona=find_persona(words.persona, settings),
        started_by=getpass.getuser(),
    )


def _interval(typed: str) -> timedelta:
    try:
        every = parse_span(typed)
    except TimeError as error:
        raise usage(f"--check-every: {error}") from None
    if not SOONEST_CHECK <= every <= LATEST_CHECK:
        raise usage("--check-every is between 1m and 31d.")
    return every


def _source(words: CampaignWords) -> GivenSource:
    if words.given is None:
        return read_source(words.source, words.transcript)
    if words.transcript is None:
        return words.given
    return with_transcript(words.given, read_transcript(words.transcript, None))


def campaign_options(words: CampaignWords, now: datetime) -> CampaignOptions:
    """Return what the words say of a campaign; its persona is not among it.

    Args:
        words: As typed.
        now: The present, aware, for times such as "in 2h".

    Raises:
        CommandError: A word cannot be understood; exit code 2.
        InvalidRequestError: The options file cannot be used.
    """
    return CampaignOptions(
        channels=words.channels,
        platforms=tuple(map(network_named, words.platforms)),
        brief=words.brief,
        form=_form(words),
        variants=words.variants,
        media=MediaOptions(
            maker=_maker(words.media), card=_card(words.card), narrate=words.narrate
        ),
        posting=posting_options(words),
        timing=_timing(words, now),
        review=ReviewPolicy(approval=_approval(words.approve)),
    )


def _form(words: CampaignWords) -> Form:
    try:
        form = Form(words.form.strip().casefold())
    except ValueError:
        known = ", ".join(Form)
        raise usage(f"--form is one of {known}, not {words.form!r}.") from None
    # A file of options serves all forms; who types the flag means this campaign.
    is_thread = words.threads or words.numbered
    if is_thread and form in {Form.QUESTION, Form.CAROUSEL}:
        raise usage(f"A {form} is one post: leave --threads and --numbered away.")
    return form


def _maker(word: str) -> MediaMaker:
    try:
        return MediaMaker(word.strip().casefold())
    except ValueError:
        known = ", ".join(maker for maker in MediaMaker if maker in BUILT)
        raise usage(f"--media is one of {known}, not {word!r}.") from None


def _card(word: str) -> CardKind | None:
    """Return which card is drawn; ``None`` where none was asked for."""
    try:
        return CardKind(word.strip().casefold()) if word else None
    except ValueError:
        raise usage(f"--card is one of {', '.join(CardKind)}, not {word!r}.") from None


def _approval(word: str) -> Approval:
    try:
        return Approval(word)
    except ValueError:
        raise usage(f"--approve is ask or auto, not {word!r}.") from None


def _timing(words: CampaignWords, now: datetime) -> Timing:
    """Return when the posts are due; here is where no zone is named."""
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
    """Return what the options file and the flags say together; a flag counts more.

    Raises:
        CommandError: They cannot be understood, or not be kept; exit code 2.
        InvalidRequestError: The file cannot be read, or a value in it not be used.
    """
    found = PostingOptions()
    if words.options is not None:
        found = read_options(words.options, PostingOptions)
        for platform, message in misfits(found.networks):
            raise usage(clean(f"{words.options}: networks.{platform}: {message}"))
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
            mode=_mode(words.mode) if words.mode else in_file.mode,
            save_to_draft=words.draft or in_file.save_to_draft,
            needs_approval=words.needs_approval or in_file.needs_approval,
            scheduling_type=reminder if words.reminder else in_file.scheduling_type,
        )
    except ValidationError as error:
        why = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise usage(f"{why[:1].upper()}{why[1:]}: leave one of them away.") from None


def _mode(word: str) -> ShareMode:
    known = {mode.casefold(): mode for mode in ShareMode}
    mode = known.get(word.casefold())
    if mode is None:
        raise usage(f"--mode is {' or '.join(ShareMode)}, not {word!r}.")
    return mode
