"""The command ``start``: a campaign of a source, of each item of a feed, or of each table row."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from shlex import quote
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from app.campaigns.follow import until_planned
from app.campaigns.plan import plan_campaign, quota_forecast
from app.campaigns.start import CampaignRequest, Started, campaign_input, start_campaign
from app.connections import Connections
from app.errors import AppError
from app.feeds import choose_items
from app.posts.directory import handles
from cli.commands.options import (
    IN_BUFFER,
    WHEN,
    WRITTEN,
    Alt,
    Approval,
    Attach,
    Brief,
    CardOption,
    Channels,
    Edition,
    FormOption,
    Gap,
    Json,
    MediaOption,
    Narrate,
    Persona,
    Platforms,
    Quiet,
    Slots,
    Source,
    Threads,
    Timezone,
    Variants,
)
from cli.errors import CommandError, explained, usage
from cli.input.attachments import alts_of
from cli.input.campaigns import (
    CampaignWords,
    campaign_request,
    table_of,
    unused_pictures,
    words_of_rows,
)
from cli.input.words import local_zone_name
from cli.phrases import local, many
from cli.plans import print_plan
from cli.process import connections, run
from cli.terminal import say, show, show_json
from galley.models.campaign import CampaignView


def start(  # noqa: PLR0913 -- the options of a campaign
    source: Source,
    *,
    channel: Channels = None,
    platform: Platforms = None,
    brief: Brief = "",
    persona: Persona = None,
    form: FormOption = "post",
    variants: Variants = 1,
    threads: Threads = False,
    numbered: Annotated[
        bool,
        typer.Option(
            "--numbered", rich_help_panel=WRITTEN, help="Threads, with a number after each post."
        ),
    ] = False,
    media: MediaOption = "card",
    card: CardOption = "",
    narrate: Narrate = False,
    attach: Attach = None,
    alt: Alt = None,
    start_at: Annotated[
        str,
        typer.Option(
            metavar="WHEN",
            rich_help_panel=WHEN,
            help="Due time of the first post: ISO 8601, 'tomorrow 9:00', 'in 2h'. "
            "Missing: as soon as it is approved.",
        ),
    ] = "",
    every: Annotated[
        str,
        typer.Option(
            metavar="SPAN",
            rich_help_panel=WHEN,
            help="Time between two posts, such as 30m or 1h30m; whole days, such as "
            "1d, keep the clock time.",
        ),
    ] = "",
    quiet: Quiet = "",
    gap: Gap = "",
    slots: Slots = False,
    timezone: Timezone = "",
    mode: Annotated[
        str,
        typer.Option(
            metavar="MODE",
            rich_help_panel=IN_BUFFER,
            help="How Buffer schedules the posts: customScheduled, at their due time; "
            "addToQueue, shareNext or shareNow, when Buffer decides.",
        ),
    ] = "",
    draft: Annotated[
        bool,
        typer.Option(
            "--draft",
            rich_help_panel=IN_BUFFER,
            help="Leave drafts in Buffer; a person posts them.",
        ),
    ] = False,
    needs_approval: Annotated[
        bool,
        typer.Option(
            "--needs-approval",
            rich_help_panel=IN_BUFFER,
            help="A person approves in Buffer as well.",
        ),
    ] = False,
    reminder: Annotated[
        bool,
        typer.Option(
            "--reminder", rich_help_panel=IN_BUFFER, help="Buffer reminds a person to post by hand."
        ),
    ] = False,
    options: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=IN_BUFFER,
            help="A YAML file: delivery, threads, and the extras of each network's posts, "
            "such as a first comment; see examples/posting.yaml.",
        ),
    ] = None,
    item: Annotated[
        str,
        typer.Option(
            metavar="ITEM",
            help="SOURCE is an RSS or Atom feed: latest, all, or an item's GUID. To "
            "follow a feed: galley feeds add.",
        ),
    ] = "",
    transcript: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="SOURCE is a recording: its transcript, a .vtt or .srt file, so that it "
            "need not be transcribed.",
        ),
    ] = None,
    edition: Edition = 1,
    approve: Approval = "ask",
    plan: Annotated[
        bool, typer.Option("--plan", help="Only show the due time of each post, and the reason.")
    ] = False,
    json: Json = False,
) -> None:
    """Start a campaign: one source, one post for each channel.

    A source that was started before starts nothing: its first campaign is shown.

    Example: galley start https://example.com/article --every 30m
    """
    words = CampaignWords(
        source=source,
        channels=tuple(channel or ()),
        platforms=tuple(platform or ()),
        brief=brief,
        persona=persona,
        transcript=transcript,
        edition=edition,
        approve=approve,
        form=form,
        variants=variants,
        media=media,
        card=card,
        narrate=narrate,
        attach=tuple(attach or ()),
        alt=alts_of(attach or [], alt or []),
        threads=threads,
        numbered=numbered,
        start_at=start_at,
        every=every,
        timezone=timezone,
        quiet=quiet,
        gap=gap,
        slots=slots,
        options=options,
        mode=mode,
        draft=draft,
        needs_approval=needs_approval,
        reminder=reminder,
    )
    _begin(words, item, plan=plan, json=json)


def _begin(words: CampaignWords, item: str, *, plan: bool, json: bool) -> None:
    """Start what the source is: an item of a feed, the rows of a table, or itself.

    Raises:
        BadParameter: A transcript is given for items of a feed.
        CommandError: A table is to be planned.
    """
    if words.transcript is not None and item:
        raise typer.BadParameter(
            "Items of a feed have transcripts of their own.", param_hint="--transcript"
        )
    rows = table_of(words.source)
    if rows is not None and plan:
        raise usage("--plan shows one campaign: give one prompt, not a table of them.")
    if rows is not None:
        run(_start_rows(words, rows, json=json))
    elif plan:
        run(_plan(words, item, json=json))
    elif item:
        run(_start_items(words, item, json=json))
    else:
        run(_start(words, json=json))


async def _plan(words: CampaignWords, item: str, *, json: bool) -> None:
    opened = connections()
    if item:
        words = (await _items(words, item, opened))[0]
    start = campaign_input(campaign_request(words, opened.settings), opened.settings)
    print_plan(await plan_campaign(opened, start), json=json)


async def _start(words: CampaignWords, *, json: bool) -> None:
    opened = connections()
    begun = await _begun(opened, campaign_request(words, opened.settings))
    if json:
        show_json(begun.as_json())
        return
    _print_begun(begun)
    if begun.started.is_new and (count := unused_pictures(words)):
        them = "picture, which no post uses: --media source posts it"
        if count > 1:
            them = "pictures, which no post uses: --media source posts them"
        say(f"{PurePath(words.source).name} shows {count} {them}.")
    _print_next(begun.view.quota if begun.view else "")


async def _start_items(words: CampaignWords, item: str, *, json: bool) -> None:
    """Start a campaign for each item of a feed, the oldest first."""
    opened = connections()
    begun = [
        await _begun(opened, campaign_request(one, opened.settings))
        for one in await _items(words, item, opened)
    ]
    await _print_all(opened, begun, json=json)


async def _items(words: CampaignWords, item: str, opened: Connections) -> list[CampaignWords]:
    chosen = await choose_items(words.source, item, opened.settings)
    return [replace(words, given=one) for one in chosen]


async def _start_rows(words: CampaignWords, rows: bytes, *, json: bool) -> None:
    """Start a campaign for each row of a table, once every row has been checked."""
    opened, begun = connections(), list[Begun]()
    requests = [_of_row(row, opened) for row in words_of_rows(words, rows)]
    await opened.temporal()
    for at, request in enumerate(requests, 1):
        say(f"Campaign {at} of {len(requests)}")
        try:
            begun.append(await _begun(opened, request))
        except AppError as error:
            say(str(explained(error)))  # The rows below it are started all the same.
    await _print_all(opened, begun, json=json)
    if missing := len(requests) - len(begun):
        raise CommandError(
            f"{missing} of {len(requests)} campaigns were not started: see the reasons above."
        )


def _of_row(words: CampaignWords, opened: Connections) -> CampaignRequest:
    """Return the request of a row; an error names the row.

    Raises:
        CommandError: The row cannot be used.
    """
    try:
        request = campaign_request(words, opened.settings)
        campaign_input(request, opened.settings)
    except (AppError, CommandError) as error:
        told = explained(error)
        row = words.given.spec.name.partition(" of ")[0] if words.given else "a row"
        said = f"{PurePath(words.source).name}, {row}: {told}"
        raise CommandError(said, told.code) from None
    return request


@dataclass(frozen=True)
class Begun:
    """A campaign that was started, and its view once a worker has planned it."""

    started: Started
    view: CampaignView | None

    def as_json(self) -> dict[str, object]:
        """Return the object that ``start --json`` prints of it."""
        told = self.view.model_dump(mode="json") if self.view else {}
        return {"campaign_id": self.started.campaign_id, "is_new": self.started.is_new, **told}


async def _begun(opened: Connections, request: CampaignRequest) -> Begun:
    """Start a campaign, and wait until its posts are planned."""
    started = await start_campaign(opened, request)
    what = "waiting for the source to be read, and the posts planned"
    try:
        async with opened.progress.waiting(what):
            return Begun(started, await until_planned(opened, started.campaign_id))
    except asyncio.CancelledError:
        name = started.campaign_id
        say(f"Stopped waiting; {name} goes on. See it: galley show {name}, end it: galley reject.")
        raise


# Results


def _print_begun(begun: Begun) -> None:
    started, view = begun.started, begun.view
    word = "Started" if started.is_new else "Already started: this source has"
    show(f"{word} {started.campaign_id}")
    if view is None:
        return
    names = handles([(view.campaign_id, one.platform, one.channel_id) for one in view.posts])
    for name, post in zip(names, view.posts, strict=True):
        due = f"  {local(post.due_at)}" if post.due_at else ""
        show(f"  {post.platform:16} {name}{due}")
        for move in post.moves:
            say(f"Timing: {post.platform} · {post.channel_name} · {move.why}")
    if view.lessons:
        taught = f"{many(view.lessons.count, 'lesson')} of your earlier reviews"
        say(f"The drafts are given {taught}: galley voice show {quote(view.lessons.brand)}")
    for skipped in view.skipped:
        say(f"Skipped: {skipped.platform} · {skipped.reason}")
    for note in view.notes:
        say(note)


def _print_next(quota: str) -> None:
    if quota:
        say(quota)
    say("Review the drafts: galley list --state in_review")


async def _print_all(opened: Connections, begun: Sequence[Begun], *, json: bool) -> None:
    """Print several campaigns, then the quota that all of them need: each alone may fit."""
    if json:
        show_json([one.as_json() for one in begun])
        return
    for one in begun:
        _print_begun(one)
    posts = [post for one in begun if one.view for post in one.view.posts]
    zone = ZoneInfo(local_zone_name())
    _print_next(await quota_forecast(opened, posts, zone) if posts else "")
