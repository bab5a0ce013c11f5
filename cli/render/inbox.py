"""Posts in lists, alone and with their facts, as ``list`` and ``show`` print them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from app.posts.directory import PostRow
from app.records.facts import FactPassage, FactReport
from app.review.inbox import Inbox, PostSearch, ShownCampaign, ShownPost
from cli.render.accounts import pause_line
from cli.render.proofs import clean, local, proof
from cli.render.records import cost_lines
from cli.render.status import undelivered_words
from cli.terminal import say, show, show_json, table
from galley.models.campaign import CampaignView
from galley.models.draft import tally
from galley.models.post import PostView
from galley.models.source import BriefRef

_NO_WORKER = "No worker answers, so this is only what Temporal's list knows."


def print_inbox(inbox: Inbox, search: PostSearch, *, json: bool) -> None:
    """Print the posts that were asked for, after what holds others up."""
    for pause in inbox.pauses:
        say(pause_line(pause))
    for message in inbox.undelivered:
        say(undelivered_words(message))
    if json:
        show_json([row.model_dump(mode="json") for row in inbox.posts])
    elif inbox.posts:
        print_rows(inbox.posts)
        if len(inbox.posts) >= search.limit:
            say(f"These are {len(inbox.posts)}; --limit shows more.")
    elif search.needs_person:
        say("Nothing needs you.")
    else:
        say("No posts. Start a campaign: uv run starter.py start SOURCE")


def print_rows(rows: list[PostRow]) -> None:
    """Print the posts as a table, and below it what went wrong."""
    columns = ("Network", "State", "Due", "Title", "ID")
    lines = [
        (row.platform, row.listed_state, local(row.due_at), clean(row.title), row.workflow_id)
        for row in rows
    ]
    table(columns, lines)
    for row in rows:
        if row.alarm:
            show(clean(f"{row.workflow_id} · {row.shown_state}: {row.alarm}"))


def print_shown(shown: ShownPost | ShownCampaign, *, json: bool) -> None:
    """Print a post with its draft, or a campaign with its posts."""
    for pause in shown.pauses:
        say(pause_line(pause))
    if json:
        show_json(_as_json(shown))
    elif isinstance(shown, ShownCampaign):
        _print_campaign(shown)
    elif shown.view is not None:
        show(proof(shown.view))
    else:
        say(_NO_WORKER)
        print_rows([shown.row])


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
    if shown.view is None:
        say(_NO_WORKER)
    else:
        _print_plan(shown.view)
    print_rows(shown.posts)
    for line in cost_lines(shown.cost) if shown.cost else ():
        show(line)


def _print_plan(view: CampaignView) -> None:
    title = view.source.title if view.source else ""
    show(clean(f"{view.campaign_id} · {view.stage} · {title}"))
    if view.source and view.source.brief:
        show(_condensed(view.source.brief))
    for skipped in view.skipped:
        show(clean(f"Skipped: {skipped.platform} · {skipped.reason}"))


def _condensed(brief: BriefRef) -> str:
    left_out = f"; {brief.missing} could not be condensed" if brief.missing else ""
    return (
        f"Long source: drafts are written from a brief of {brief.points} points in "
        f"{brief.parts} parts{left_out}, and held to the whole text."
    )


def print_facts(report: FactReport, *, json: bool) -> None:
    """Print each fact of a draft beside its passage."""
    if json:
        show_json([one.model_dump(mode="json") for one in report.passages])
        return
    for line in fact_lines(report.view, report.passages):
        show(clean(line))


def fact_lines(view: PostView, found: list[FactPassage]) -> Iterator[str]:
    """Yield the facts as a person reads them, claims first."""
    if not found:
        yield _no_facts(view)
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


def _no_facts(view: PostView) -> str:
    by = view.provenance
    if by is not None and by.is_by_person:
        return "A person wrote this revision: nothing of it was looked up."
    return "The draft states no number, date, name or quotation."


def _where(one: FactPassage) -> str:
    if one.origin is None:
        return "nowhere: neither the source nor you say so"
    said = f", {one.said_by}" if one.said_by else ""
    if one.said_at is not None:
        said += f" at {timedelta(seconds=int(one.said_at))}"
    passage = _one_line(f"{one.before}[{one.found}]{one.after}")
    return f"{one.origin} {one.start}-{one.end}{said}: … {passage} …"


def _one_line(text: str) -> str:
    return " ".join(text.split())
