"""The commands ``list`` and ``show``: posts by urgency, and one post, campaign or its facts."""

import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.connections import Connections
from app.posts.directory import PostRow
from app.posts.views import read_view
from app.review.inbox import PostSearch, ShownCampaign, ShownPost, list_inbox, show_named
from cli.commands.options import Json, Name, Platforms
from cli.errors import CommandError, usage
from cli.input.words import network_named
from cli.phrases import COLOURS, day_and_time, local, pause_line, undelivered_words
from cli.process import connections, run
from cli.terminal import Coloured, list_rows, say, show_json, table
from cli.terminal import show as show_line
from galley.models.draft import tally
from galley.models.post import PostView

if TYPE_CHECKING:
    from app.records.facts import FactPassage

# Imported where they are used: `list` needs neither the facts of a draft, nor its proof, nor
# records, and each takes as long to load as the list itself.
_NO_WORKER = "No worker answers: only what Temporal lists is shown."


def list_(
    *,
    state: Annotated[
        str, typer.Option(metavar="STATE", help="Only posts in this state, such as in_review.")
    ] = "",
    campaign: Annotated[
        str, typer.Option(metavar="CAMPAIGN", help="Only posts of this campaign.")
    ] = "",
    platform: Platforms = None,
    needs_me: Annotated[
        bool, typer.Option("--needs-me", help="Only posts that wait for a person.")
    ] = False,
    by: Annotated[
        str,
        typer.Option(
            metavar="ORDER", help="urgency (what needs a person first) or due (the next first)."
        ),
    ] = "urgency",
    wide: Annotated[
        bool, typer.Option("--wide", help="Also titles, full IDs and times to the second.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="At most this many.")] = 200,
    json: Json = False,
) -> None:
    """List posts: first those that need a person, then the latest.

    One line a post, beginning with the short name that every command takes. Marks
    posts that have several variants to pick from, and scheduled posts with a proposed
    edit.

    Works with no worker running; with one, it also says what went wrong.

    Example: galley list --needs-me
    """
    if by not in {"urgency", "due"}:
        raise usage(f"--by is urgency or due, not {by!r}.")
    search = PostSearch(
        *(state, campaign, needs_me, limit, by == "due"),
        platforms=frozenset(map(network_named, platform or ())),
    )
    inbox = run(list_inbox(connections(), search))
    for pause in inbox.pauses:
        say(pause_line(pause))
    for message in inbox.undelivered:
        say(undelivered_words(message))
    if json:
        show_json([row.model_dump(mode="json") for row in inbox.posts])
    elif inbox.posts:
        print_rows(inbox.posts, wide=wide)
        if len(inbox.posts) >= limit:
            say(f"These are the first {len(inbox.posts)}; --limit shows more.")
    elif needs_me:
        say("No post needs you.")
    else:
        say("No posts. Start a campaign: galley start SOURCE")


def show(
    name: Name,
    *,
    by_hand: Annotated[
        bool,
        typer.Option(
            "--by-hand", help="Also its digest, and the lines that approve it without a worker."
        ),
    ] = False,
    facts: Annotated[
        bool,
        typer.Option("--facts", help="Each fact of the draft beside its passage in the source."),
    ] = False,
    open_: Annotated[
        bool, typer.Option("--open", help="Also open its pictures and films on this machine.")
    ] = False,
    save: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", file_okay=False, help="Also save its pictures and films there."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Show a post with its draft, or a campaign with its posts.

    Terminals that can (kitty, iTerm2, and those with sixel) show the pictures too.

    Example: galley show 3f2a/linkedin
    """
    if facts:
        from app.records.facts import facts_of

        report = run(facts_of(connections(), name))
        if json:
            show_json([one.model_dump(mode="json") for one in report.passages])
            return
        for line in fact_lines(report.view, report.passages):
            show_line(line)
        return
    opened = connections()
    shown = run(show_named(opened, name))
    for pause in shown.pauses:
        say(pause_line(pause))
    if json:
        show_json(_as_json(shown))
    elif isinstance(shown, ShownCampaign):
        _print_campaign(shown)
    elif shown.view is not None:
        from cli.proofs import proof

        show_line(proof(shown.view, name=name, is_by_hand=by_hand))
    else:
        say(_NO_WORKER)
        print_rows([shown.row])
    if open_ or save is not None:
        run(_keep_media(opened, shown, save, is_opened=open_, tell=say if json else show_line))
    elif isinstance(shown, ShownPost) and shown.view is not None and not json:
        from cli.media import draw_pictures

        run(draw_pictures(opened, shown.view))


async def _keep_media(
    opened: Connections,
    shown: ShownPost | ShownCampaign,
    folder: Path | None,
    *,
    is_opened: bool,
    tell: Callable[[str], None],
) -> None:
    """Save the media of a post, or of all posts of a campaign, and open them."""
    from app.posts.media import media_of
    from cli.media import open_files, private_folder, save

    rows = [shown.row] if isinstance(shown, ShownPost) else shown.posts
    client, place = await opened.temporal(), folder or private_folder()
    saved: list[Path] = []
    for row in rows:
        view = await read_view(client, row.workflow_id)
        if view is None:
            raise CommandError("No worker answers for its media: start one, then try again.")
        async for file in media_of(opened, view):
            saved.append(save(file, place))
            tell(f"Saved: {saved[-1]}{f' · alt text: {file.alt_text}' if file.alt_text else ''}")
    if is_opened:
        await open_files(saved)
    if not saved:
        say("There are no pictures or films.")


def print_rows(rows: list[PostRow], *, wide: bool = False) -> None:
    """Print a line a post, and below them what went wrong."""
    if wide or not sys.stdout.isatty():
        columns = ("Post", "Network", "State", "Due", "Title", "ID", "Draft")
        table(columns, [_wide(row) for row in rows])
    else:
        columns = ("Post", "State", "Due", "Draft")
        list_rows(columns, [_narrow(row) for row in rows])
    for row in rows:
        if row.alarm:
            show_line(f"{row.handle} · {row.alarm}")
    if any(row.alarm for row in rows):
        say("More about a post, and what to do: galley why ID")


def _narrow(row: PostRow) -> tuple[str | Coloured, ...]:
    # The handle ends with the network, unless the campaign has two channels there.
    name = row.handle if row.handle.endswith(row.platform) else f"{row.handle} {row.platform}"
    state = Coloured(row.listed_state, COLOURS.get(row.state))
    return name, state, day_and_time(row.due_at), row.opening or row.title


def _wide(row: PostRow) -> tuple[str, ...]:
    return (
        *(row.handle, row.platform, row.listed_state, local(row.due_at)),
        *(row.title, row.workflow_id, row.opening),
    )


def _as_json(shown: ShownPost | ShownCampaign) -> dict[str, Any]:
    if isinstance(shown, ShownPost):
        return (shown.view or shown.row).model_dump(mode="json")
    return {
        **shown.row.model_dump(mode="json"),
        **(shown.view.model_dump(mode="json") if shown.view else {}),
        "posts": [row.model_dump(mode="json") for row in shown.posts],
        "cost": shown.cost.model_dump(mode="json") if shown.cost else None,
    }


def _print_campaign(shown: ShownCampaign) -> None:
    view = shown.view
    if view is None:
        say(_NO_WORKER)
    else:
        title = view.source.title if view.source else ""
        show_line(f"{view.campaign_id} · {view.stage} · {title}")
        if view.source and (brief := view.source.brief):
            left_out = f"; {brief.missing} could not be condensed" if brief.missing else ""
            show_line(
                f"Long source: drafts are written from a brief of {brief.points} points in "
                f"{brief.parts} parts{left_out}, and checked against the whole text."
            )
        for skipped in view.skipped:
            show_line(f"Skipped: {skipped.platform} · {skipped.reason}")
    print_rows(shown.posts)
    from cli.commands.records import cost_lines

    for line in cost_lines(shown.cost) if shown.cost else ():
        show_line(line)


def fact_lines(view: PostView, found: "list[FactPassage]") -> Iterator[str]:
    """Yield each fact of a draft with its passage, variant by variant."""
    if not found:
        yield "The draft states no number, date, name or quotation."
        return
    variant = 0
    for one in found:
        if one.variant != variant:
            variant = one.variant
            yield f"Variant {variant}: {tally(view.variants[variant - 1].facts)}"
        yield f"{one.kind} · {one.place} · {_one_line(one.words)}"
        yield f"    {_where(one)}"
    if not variant:
        yield f"Facts: {tally(view.facts)}"


def _where(one: "FactPassage") -> str:
    """Return the passage of a fact, with its place and speaker."""
    if one.origin is None:
        return "nowhere: neither the source nor you say so"
    said = f", {one.said_by}" if one.said_by else ""
    if one.said_at is not None:
        said += f" at {timedelta(seconds=int(one.said_at))}"
    passage = _one_line(f"{one.before}[{one.found}]{one.after}")
    doubt = f"in doubt ({one.doubt}); the nearest passage is " if one.doubt else ""
    return f"{doubt}{one.origin} {one.start}-{one.end}{said}: … {passage} …"


def _one_line(text: str) -> str:
    return " ".join(text.split())
