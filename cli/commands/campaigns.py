"""``start``."""

from pathlib import Path
from typing import Annotated

import typer

from cli.commands.options import (
    IN_BUFFER,
    WHEN,
    WRITTEN,
    Approval,
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
            "--numbered", rich_help_panel=WRITTEN, help="Threads, with a number behind each post."
        ),
    ] = False,
    media: MediaOption = "card",
    card: CardOption = "",
    narrate: Narrate = False,
    start_at: Annotated[
        str,
        typer.Option(
            metavar="WHEN",
            rich_help_panel=WHEN,
            help="When the first post is due: ISO 8601, 'tomorrow 9:00', 'in 2h'. "
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
            help="Where posts go in Buffer: customScheduled, at their due time; "
            "addToQueue, shareNext or shareNow, where Buffer decides.",
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
            help="A YAML file: delivery, threads, and what each network's posts carry, "
            "such as a first comment; see examples/posting.yaml.",
        ),
    ] = None,
    item: Annotated[
        str,
        typer.Option(
            metavar="ITEM",
            help="SOURCE is an RSS or Atom feed: latest, all, or an item's GUID. To "
            "follow a feed: starter.py feeds add.",
        ),
    ] = "",
    transcript: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="SOURCE is a recording: the .vtt or .srt file of what is said in it, "
            "so that nothing is heard.",
        ),
    ] = None,
    edition: Edition = 1,
    approve: Approval = "ask",
    plan: Annotated[
        bool, typer.Option("--plan", help="Only show when each post would go out, and why.")
    ] = False,
    json: Json = False,
) -> None:
    """Start a campaign: one source, one post for each channel.

    Starting the same source twice starts nothing and shows the first campaign.

    Example: uv run starter.py start https://example.com/article --every 30m
    """
    from cli.commands.start_campaigns import start_and_print
    from cli.input.campaigns import CampaignWords

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
    if transcript is not None and item:
        raise typer.BadParameter(
            "Items of a feed have transcripts of their own.", param_hint="--transcript"
        )
    start_and_print(words, item=item, is_plan=plan, json=json)
