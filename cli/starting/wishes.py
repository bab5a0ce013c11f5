"""What a person asks of a campaign, and the workflow input it becomes."""

import getpass
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from cli.starting.making import card_of, maker_of, narrated
from cli.starting.posting import PostingWishes, posting_of
from cli.terminal.failures import usage
from cli.terminal.networks import network_named
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
    CampaignInput,
    CampaignOptions,
    Form,
    MediaOptions,
    PersonaRef,
    ReviewPolicy,
    SourceSpec,
    Timing,
)
from galley.settings import Settings
from galley.sources.identity import identity_of
from galley.sources.plain import MAX_BYTES, MAX_PDF_BYTES
from workflows import ids


@dataclass(frozen=True)
class Wishes:
    """The arguments of ``start`` and ``demo``, as typed."""

    source: str
    channels: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    brief: str = ""
    start_at: str = ""
    every: str = ""
    timezone: str = ""
    quiet: str = ""
    gap: str = ""
    slots: bool = False
    edition: int = 1
    variants: int = 1
    form: str = "post"
    media: str = "card"
    card: str = ""
    narrate: bool = False
    approve: str = "ask"
    posting: PostingWishes = field(default_factory=PostingWishes)
    persona: Path | None = None
    transcript: Path | None = None
    spec: SourceSpec | None = None
    """The item of a feed or the row of a table; ``source`` is then the whole."""
    data: bytes | None = field(default=None, repr=False)
    """The row as a file of its own, where ``spec`` names its upload."""


def read_file(argument: str) -> bytes | None:
    """Return the bytes of the file called ``argument``, or ``None`` if it is a URL.

    Raises:
        CommandError: The file is there, but cannot be read or is too large.
    """
    path = Path(argument).expanduser()
    try:
        if not path.exists():
            return None
        if path.is_dir():
            raise usage(f"{argument} is a folder: name a file in it.")
        most = MAX_PDF_BYTES if path.suffix.lower() == ".pdf" else MAX_BYTES
        with path.open("rb") as file:
            data = file.read(most + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "that is no file name"
        raise usage(f"{argument[:200]} cannot be read: {reason}.") from error
    return data


def campaign_input(
    wishes: Wishes,
    spec: SourceSpec,
    settings: Settings,
    now: datetime,
    persona: PersonaRef | None,
) -> CampaignInput:
    """Return the workflow's input.

    Raises:
        CommandError: A wish cannot be understood; exit code 2.
    """
    return CampaignInput(
        key=ids.campaign_key(identity_of(spec), wishes.edition),
        source=spec,
        edition=wishes.edition,
        options=_options(wishes, now, persona),
        publish_lead=timedelta(seconds=settings.publish_lead_seconds),
        started_by=getpass.getuser()[:120],
    )


def _options(
    wishes: Wishes, now: datetime, persona: PersonaRef | None
) -> CampaignOptions:
    form = _form(wishes)
    maker = maker_of(wishes.media, form)
    posting = posting_of(replace(wishes.posting, timed=_timed(wishes)))
    try:
        timing = _timing(wishes, now)
    except TimeError as error:
        raise usage(str(error)) from None
    return CampaignOptions(
        channels=wishes.channels,
        platforms=tuple(map(network_named, wishes.platforms)),
        brief=wishes.brief,
        persona=persona,
        form=form,
        variants=wishes.variants,
        media=MediaOptions(
            maker=maker,
            card=card_of(wishes.card, maker, form),
            narrate=narrated(maker, narrate=wishes.narrate),
        ),
        posting=posting,
        timing=timing,
        review=ReviewPolicy(approval=_approval(wishes.approve)),
    )


def _timed(wishes: Wishes) -> tuple[str, ...]:
    """Return the flags that name times."""
    given = {
        "--start-at": wishes.start_at,
        "--every": wishes.every,
        "--quiet": wishes.quiet,
        "--gap": wishes.gap,
        "--slots": wishes.slots,
    }
    return tuple(name for name, value in given.items() if value)


def _timing(wishes: Wishes, now: datetime) -> Timing:
    """Return when the posts are due; here is where no zone is named."""
    is_local = any((wishes.start_at, wishes.every, wishes.quiet, wishes.slots))
    name = wishes.timezone or (local_zone_name() if is_local else "UTC")
    zone = parse_zone(name)
    start = parse_start(wishes.start_at, now, zone) if wishes.start_at else None
    return Timing(
        start_at=start.at if start else None,
        start_wall=start.wall if start else None,
        every=parse_span(wishes.every) if wishes.every else timedelta(0),
        timezone=name,
        quiet=parse_quiet(wishes.quiet) if wishes.quiet else None,
        gap=parse_span(wishes.gap) if wishes.gap else timedelta(0),
        slots=wishes.slots,
    )


def _form(wishes: Wishes) -> Form:
    try:
        form = Form(wishes.form.strip().casefold())
    except ValueError:
        known = ", ".join(Form)
        raise usage(f"--form is one of {known}, not {wishes.form!r}.") from None
    if wishes.posting.threads and form in {Form.QUESTION, Form.CAROUSEL}:
        raise usage(f"A {form} is one post: leave --threads and --numbered away.")
    return form


def _approval(word: str) -> Approval:
    try:
        return Approval(word)
    except ValueError:
        raise usage(f"--approve is ask or auto, not {word!r}.") from None
