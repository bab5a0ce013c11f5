"""Show one post with its draft, or a campaign with its posts."""

import asyncio
from typing import Any

from cli.addressing import Target
from cli.listing import paused_lines, print_rows, with_alarms
from cli.output import say, show, show_json
from cli.process import run
from cli.proofs import clean, proof
from cli.telling import telling
from cli.temporal import reach, read_campaign, read_view
from galley.models import CampaignView, PostView

_NO_WORKER = "No worker answers, so this is only what Temporal's list knows."
_Found = tuple[Target, PostView | CampaignView | None, list[str]]


def show_and_print(name: str, *, json: bool) -> None:
    """Carry out ``show``."""
    target, found, paused = run(_show(name))
    for line in paused:
        say(line)
    if json:
        show_json(_as_json(target, found))
    elif isinstance(found, PostView):
        show(proof(found))
    elif target.campaign is None:
        say(_NO_WORKER)
        print_rows(list(target.posts))
    else:
        _print_campaign(target, found)


async def _show(name: str) -> _Found:
    async with telling("asking Temporal and the worker"):
        client, target = await reach(name)
        if target.campaign is None:
            workflow_id = target.posts[0].workflow_id
            found, paused = await asyncio.gather(
                read_view(client, workflow_id), paused_lines(client)
            )
            return target, found, paused
        campaign, rows, paused = await asyncio.gather(
            read_campaign(client, target.campaign.workflow_id),
            with_alarms(client, sorted(target.posts, key=lambda row: row.urgency)),
            paused_lines(client),
        )
        return Target(target.campaign, tuple(rows)), campaign, paused


def _as_json(target: Target, found: PostView | CampaignView | None) -> dict[str, Any]:
    if isinstance(found, PostView):
        return found.model_dump(mode="json")
    rows = [row.model_dump(mode="json") for row in target.posts]
    if target.campaign is None:
        return rows[0]
    told = found.model_dump(mode="json") if found is not None else {}
    return {**target.campaign.model_dump(mode="json"), **told, "posts": rows}


def _print_campaign(target: Target, found: CampaignView | None) -> None:
    if found is None:
        say(_NO_WORKER)
    else:
        title = found.source.title if found.source else ""
        show(clean(f"{found.campaign_id} · {found.stage} · {title}"))
        for skipped in found.skipped:
            show(clean(f"Skipped: {skipped.platform} · {skipped.reason}"))
    print_rows(list(target.posts))
