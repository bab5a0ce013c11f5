"""The commands ``list`` and ``show``: posts by urgency, and one post, campaign or its facts."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any

import typer

from app.posts.directory import PostRow
from app.records.facts import FactPassage, facts_of
from app.review.inbox import PostSearch, ShownCampaign, ShownPost, list_inbox, show_named
from cli.commands.options import Json, Name
from cli.commands.records import cost_lines
from cli.phrases import local, pause_line, undelivered_words
from cli.process import connections, run
from cli.proofs import proof
from cli.terminal import say, show_json, table
from cli.terminal import show as show_line
from galley.models.draft import tally
from galley.models.post import PostView

_NO_WORKER = "No worker answers: only what Temporal lists is shown."


def list_(
    *,
    state: Annotated[
        str, typer.Option(metavar="STATE", help="Only posts in this state, such as in_review.")
    ] = "",
    campaign: Annotated[
        str, typer.Option(metavar="CAMPAIGN", help="Only posts of this campaign.")
    ] = "",
    needs_me: Annotated[
        bool, typer.Option("--needs-me", help="Only posts that wait for a person.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="At most this many.")] = 200,
    json: Json = False,
) -> None:
    """List posts: first those that need a person, then the latest.

    Marks posts that have several variants to pick from, and scheduled posts with a
    proposed edit.

    Works with no worker running; with one, it also says what went wrong.

    Example: uv run starter.py list --needs-me
    """
    search = PostSearch(state, campaign, needs_person=needs_me, limit=limit)
    inbox = run(list_inbox(connections(), search))
    for pause in inbox.pauses:
        say(pause_line(pause))
    for message in inbox.undelivered:
        say(undelivered_words(message))
    if json:
        show_json([row.model_dump(mode="json") for row in inbox.posts])
    elif inbox.posts:
        _print_rows(inbox.posts)
        if len(inbox.posts) >= limit:
            say(f"These are the first {len(inbox.posts)}; --limit shows more.")
    elif needs_me:
        say("No post needs you.")
    else:
        say("No posts. Start a campaign: uv run starter.py start SOURCE")


def show(
    name: Name,
    *,
    facts: Annotated[
        bool,
        typer.Option("--facts", help="Each fact of the draft beside its passage in the source."),
    ] = False,
    json: Json = False,
) -> None:
    """Show a post with its draft, or a campaign with its posts.

    Example: uv run starter.py show 3f2a/linkedin
    """
    if facts:
        report = run(facts_of(connections(), name))
        if json:
            show_json([one.model_dump(mode="json") for one in report.passages])
            return
        for line in fact_lines(report.view, report.passages):
            show_line(line)
        return
    shown = run(show_named(connections(), name))
    for pause in shown.pauses:
        say(pause_line(pause))
    if json:
        show_json(_as_json(shown))
    elif isinstance(shown, ShownCampaign):
        _print_campaign(shown)
    elif shown.view is not None:
        show_line(proof(shown.view))
    else:
        say(_NO_WORKER)
        _print_rows([shown.row])


def _print_rows(rows: list[PostRow]) -> None:
    """Print the posts as a table, and below it what went wrong."""
    columns = ("Network", "State", "Due", "Title", "ID")
    lines = [
        (row.platform, row.listed_state, local(row.due_at), row.title, row.workflow_id)
        for row in rows
    ]
    table(columns, lines)
    for row in rows:
        if row.alarm:
            show_line(f"{row.workflow_id} · {row.shown_state}: {row.alarm}")
    if any(row.alarm for row in rows):
        say("More about a post, and what to do: uv run starter.py why ID")


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
    _print_rows(shown.posts)
    for line in cost_lines(shown.cost) if shown.cost else ():
        show_line(line)


def fact_lines(view: PostView, found: list[FactPassage]) -> Iterator[str]:
    """Yield each fact of a draft with its passage, variant by variant."""
    if not found:
        by = view.provenance
        is_by_person = by is not None and by.is_by_person
        yield (
            "A person wrote this revision: no fact of it was looked up."
            if is_by_person
            else "The draft states no number, date, name or quotation."
        )
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


def _where(one: FactPassage) -> str:
    """Return the passage of a fact, with its place and speaker."""
    if one.origin is None:
        return "nowhere: neither the source nor you say so"
    said = f", {one.said_by}" if one.said_by else ""
    if one.said_at is not None:
        said += f" at {timedelta(seconds=int(one.said_at))}"
    passage = _one_line(f"{one.before}[{one.found}]{one.after}")
    return f"{one.origin} {one.start}-{one.end}{said}: … {passage} …"


def _one_line(text: str) -> str:
    return " ".join(text.split())
