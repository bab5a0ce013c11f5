"""The options of ``start`` as typed, and the request for a campaign they make."""

import getpass
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from app.brands.personas import find_persona
from app.campaigns.sources import (
    GivenSource,
    read_source,
    read_transcript,
    with_transcript,
)
from app.campaigns.start import CampaignRequest
from app.feeds import LATEST_CHECK, SOONEST_CHECK, FeedRequest
from app.option_file import read_options
from cli.terminal.failures import usage
from cli.terminal.networks import network_named
from cli.terminal.proofs import clean
from cli.terminal.times import (
    TimeError,
    local_zone_name,
    parse_quiet,
    parse_span,
    parse_start,
    parse_zone,
)
from galley.models import (
    Approval,
    CampaignOptions,
    Channel,
    Delivery,
    Draft,
    Form,
    MediaMaker,
    MediaOptions,
    PostingOptions,
    ReviewPolicy,
    SchedulingType,
    ShareMode,
    Timing,
)
from galley.models.card import CardKind
from galley.platforms.extras import extras_problems
from galley.platforms.registry import rules_for
from galley.settings import Settings
from workflows.post_media import BUILT


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
    words: CampaignWords,
    settings: Settings,
    *,
    check_every: str,
    burst: int,
    backlog: int,
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
    form = _form(words)
    return CampaignOptions(
        channels=words.channels,
        platforms=tuple(map(network_named, words.platforms)),
        brief=words.brief,
        form=form,
        variants=words.variants,
        media=_media(words, form),
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
    is_thread = words.threads or words.numbered
    if is_thread and form in {Form.QUESTION, Form.CAROUSEL}:
        raise usage(f"A {form} is one post: leave --threads and --numbered away.")
    return form


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


# Pictures and films


def _media(words: CampaignWords, form: Form) -> MediaOptions:
    maker = maker_of(words.media, form)
    if words.narrate and maker is not MediaMaker.SHORT:
        raise usage("--narrate reads a film of words aloud: add --media short.")
    return MediaOptions(
        maker=maker, card=card_of(words.card, maker, form), narrate=words.narrate
    )


def maker_of(word: str, form: Form) -> MediaMaker:
    """Return who makes the media.

    Raises:
        CommandError: There is no such maker, or not in this version, or it cannot
            make what the form needs; exit code 2.
    """
    known = ", ".join(maker for maker in MediaMaker if maker in BUILT)
    try:
        maker = MediaMaker(word.strip().casefold())
    except ValueError:
        raise usage(f"--media is one of {known}, not {word!r}.") from None
    if maker not in BUILT:
        raise usage(f"--media {maker} is not in this version: choose one of {known}.")
    if form is Form.CAROUSEL and maker is not MediaMaker.CARD:
        raise usage("The slides of a carousel are drawn: leave --media away.")
    return maker


def card_of(word: str, maker: MediaMaker, form: Form) -> CardKind | None:
    """Return which card is drawn; ``None`` where none was asked for.

    Raises:
        CommandError: There is no such card, or something else is drawn; exit code 2.
    """
    if not word:
        return None
    try:
        card = CardKind(word.strip().casefold())
    except ValueError:
        raise usage(f"--card is one of {', '.join(CardKind)}, not {word!r}.") from None
    if maker is not MediaMaker.CARD:
        raise usage(f"--card draws a card and --media {maker} none: leave one away.")
    if form is Form.CAROUSEL:
        raise usage("The slides of a carousel are drawn: leave --card away.")
    return card


# How posts go out


def posting_options(words: CampaignWords) -> PostingOptions:
    """Return what the options file and the flags say together; a flag counts more.

    Raises:
        CommandError: They cannot be understood, or not be kept; exit code 2.
        InvalidRequestError: The file cannot be read, or a value in it not be used.
    """
    found = PostingOptions()
    if words.options is not None:
        found = read_options(words.options, PostingOptions)
        _refuse_misfits(words.options, found)
    numbered = words.numbered or found.numbered
    delivery = _delivery(words, found.delivery)
    _refuse_times(delivery, words)
    return PostingOptions(
        delivery=delivery,
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


def _refuse_times(delivery: Delivery, words: CampaignWords) -> None:
    """Refuse times where Buffer, or a person, decides when a post goes out."""
    given = {
        "--start-at": words.start_at,
        "--every": words.every,
        "--quiet": words.quiet,
        "--gap": words.gap,
        "--slots": words.slots,
    }
    timed = [name for name, value in given.items() if value]
    if delivery.has_due_time or not timed:
        return
    why = f"With --mode {delivery.mode} Buffer decides when a post goes out"
    if delivery.save_to_draft:
        why = "A draft in Buffer has no time; a person schedules it there"
    raise usage(f"{why}: leave {' and '.join(timed)} away, or choose another mode.")


def _refuse_misfits(file: Path, found: PostingOptions) -> None:
    """Say now, and not at every draft, what no text could mend."""
    for extras in found.networks.given:
        rules = rules_for(extras.platform)
        channel = Channel(id="", name=rules.name, platform=extras.platform)
        # The link of the source is not known yet; a button may lead to it.
        plain = Draft(text="-", link="https://example.com", extras=extras)
        drawn = [rules.required_media] if rules.required_media else []
        for problem in extras_problems(plain, channel, drawn):
            raise usage(clean(f"{file}: networks.{extras.platform}: {problem.message}"))
