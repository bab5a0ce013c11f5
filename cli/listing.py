"""Read posts and campaigns and print them."""

from typing import Any

from cli.addressing import Target
from cli.failures import CommandError, usage
from cli.output import say, show, show_json, table
from cli.process import run
from cli.proofs import clean, local, proof
from cli.rows import PostRow
from cli.temporal import (
    list_posts,
    open_client,
    reach,
    read_campaign,
    read_view,
)
from galley.models import CampaignView, PostState, PostView

_NO_WORKER = "No worker answers, so this is only what Temporal's list knows."


def list_and_print(*, state: str, campaign: str, limit: int, json: bool) -> None:
    """Carry out ``list``."""
    if state and state not in set(PostState):
        raise usage(f"{state!r} is not a state: choose one of {', '.join(PostState)}.")
    rows = run(_list(state, campaign, limit))
    if json:
        show_json([row.model_dump(mode="json") for row in rows])
    elif rows:
        _print_rows(rows)
    else:
        say("No posts. Start a campaign: uv run starter.py start SOURCE")


async def _list(state: str, campaign: str, limit: int) -> list[PostRow]:
    if not campaign:
        query = f'GalleyState="{state}"' if state else ""
        return await list_posts(await open_client(), query, limit)
    _, target = await reach(campaign)
    if target.campaign is None:
        raise CommandError(f"{campaign!r} is a post: name its campaign.")
    return [row for row in target.posts if not state or row.state == state][:limit]


def show_and_print(name: str, *, json: bool) -> None:
    """Carry out ``show``."""
    target, found = run(_show(name))
    if json:
        show_json(_as_json(target, found))
    elif isinstance(found, PostView):
        show(proof(found))
    elif target.campaign is None:
        say(_NO_WORKER)
        _print_rows(list(target.posts))
    else:
        _print_campaign(target, found)


async def _show(name: str) -> tuple[Target, PostView | CampaignView | None]:
    client, target = await reach(name)
    if target.campaign is not None:
        return target, await read_campaign(client, target.campaign.workflow_id)
    return target, await read_view(client, target.posts[0].workflow_id)


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
    _print_rows(list(target.posts))


def _print_rows(rows: list[PostRow]) -> None:
    columns = ("Network", "State", "Due", "Title", "ID")
    lines = [
        (row.platform, row.state, local(row.due_at), clean(row.title), row.workflow_id)
        for row in rows
    ]
    table(columns, lines)
