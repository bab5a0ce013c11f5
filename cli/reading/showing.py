"""Show one post with its draft, or a campaign with its posts."""

import asyncio
from dataclasses import dataclass
from typing import Any

from app.posts.names import Target, reach
from app.posts.views import read_campaign, read_view
from cli.reading.listing import paused_lines, print_rows, with_alarms
from cli.reading.spending import PUBLISHED, CostRow, campaign_cost, cost_lines
from cli.terminal.connections import connections
from cli.terminal.output import say, show, show_json
from cli.terminal.process import run
from cli.terminal.proofs import clean, proof
from cli.terminal.telling import telling
from galley.models import BriefRef, CampaignView, PostView

_NO_WORKER = "No worker answers, so this is only what Temporal's list knows."


@dataclass(frozen=True)
class _Found:
    target: Target
    view: PostView | CampaignView | None
    paused: list[str]
    cost: CostRow | None = None


def show_and_print(name: str, *, json: bool) -> None:
    """Carry out ``show``."""
    found = run(_show(name))
    for line in found.paused:
        say(line)
    if json:
        show_json(_as_json(found))
    elif isinstance(found.view, PostView):
        show(proof(found.view))
    elif found.target.campaign is None:
        say(_NO_WORKER)
        print_rows(list(found.target.posts))
    else:
        _print_campaign(found.target, found.view)
        for line in cost_lines(found.cost) if found.cost else ():
            show(line)


async def _show(name: str) -> _Found:
    async with telling("asking Temporal and the worker"):
        reached = connections()
        target = await reach(reached, name)
        client = await reached.temporal()
        if target.campaign is None:
            workflow_id = target.posts[0].workflow_id
            found, paused = await asyncio.gather(
                read_view(client, workflow_id), paused_lines(client)
            )
            return _Found(target, found, paused)
        campaign_id = target.campaign.workflow_id
        published = sum(row.state == PUBLISHED for row in target.posts)
        campaign, rows, paused, cost = await asyncio.gather(
            read_campaign(client, campaign_id),
            with_alarms(client, sorted(target.posts, key=lambda row: row.urgency)),
            paused_lines(client),
            campaign_cost(campaign_id, published),
        )
        whole = Target(target.campaign, tuple(rows))
        return _Found(whole, campaign, paused, cost)


def _as_json(found: _Found) -> dict[str, Any]:
    target, view = found.target, found.view
    if isinstance(view, PostView):
        return view.model_dump(mode="json")
    rows = [row.model_dump(mode="json") for row in target.posts]
    if target.campaign is None:
        return rows[0]
    told = view.model_dump(mode="json") if view is not None else {}
    cost = found.cost.model_dump(mode="json") if found.cost else None
    of_list = target.campaign.model_dump(mode="json")
    return {**of_list, **told, "posts": rows, "cost": cost}


def _print_campaign(target: Target, found: CampaignView | None) -> None:
    if found is None:
        say(_NO_WORKER)
    else:
        title = found.source.title if found.source else ""
        show(clean(f"{found.campaign_id} · {found.stage} · {title}"))
        if found.source and found.source.brief:
            show(_condensed(found.source.brief))
        for skipped in found.skipped:
            show(clean(f"Skipped: {skipped.platform} · {skipped.reason}"))
    print_rows(list(target.posts))


def _condensed(brief: BriefRef) -> str:
    left_out = f"; {brief.missing} could not be condensed" if brief.missing else ""
    return (
        f"Long source: drafts are written from a brief of {brief.points} points in "
        f"{brief.parts} parts{left_out}, and held to the whole text."
    )
