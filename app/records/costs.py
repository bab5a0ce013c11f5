"""The costs of drafts and media, added up from the cost objects in the state bucket."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

from pydantic import BaseModel

from app.connections import Connections
from app.errors import AppError
from app.posts.directory import list_posts, reach
from galley.budget.ceilings import (
    MEDIA,
    Spending,
    campaign_folder,
    spending_of,
    taken_by_brand,
    taken_of,
)
from galley.clients.storage import ObjectStore, StoreError
from galley.models.budget import Ceilings, DayBook
from galley.models.draft import PieceForm
from galley.models.post import PostState
from workflows import ids

_SOURCE = "source"
"""Where a campaign keeps what condensing its source cost, beside its channels."""
_SET = "set"
"""Where it keeps what the request for all its posts cost."""
_TRANSCRIPTION = "transcription"
"""Stands in the place of a channel among a campaign's cost objects."""


class CostRow(BaseModel):
    """One campaign, or one of its posts; amounts in millionths of a US dollar."""

    id: str
    title: str = ""
    calls: int
    micros: int
    lost_micros: int
    """Of it, calls whose reply was lost: the most they can have cost."""
    has_unknown: bool
    """Whether a model without a known price was asked: the sum is too small."""
    published: int = 0
    micros_per_published: int | None = None


class DayRow(BaseModel):
    """What of a ceiling is taken today (UTC)."""

    ceiling_micros: int | None
    taken_micros: int
    campaign_ceiling_micros: int | None
    brand_ceiling_micros: int | None = None
    brands: dict[str, int] = {}
    """What of the ceiling of each brand is taken."""


class CostReport(BaseModel):
    """What every campaign cost, and what is left of the ceilings today."""

    today: DayRow
    campaigns: list[CostRow]


async def all_costs(connections: Connections) -> CostReport:
    """Return what each campaign and longer text cost, the dearest first."""
    posts = await list_posts(await connections.temporal())
    state = connections.state
    names = _grouped(await state.names("costs/"), depth=2)
    published = Counter(p.campaign_id for p in posts if p.state == PostState.PUBLISHED)
    titles = {post.campaign_id: post.title for post in posts}
    rows = list[CostRow]()
    for key, own in names.items():
        campaign_id = ids.campaign_id(key)
        # The key of a longer text ends with its form.
        is_piece = key.rpartition("-")[2] in set(PieceForm)
        run_id = ids.piece_id(key) if is_piece else campaign_id
        title = titles.get(campaign_id, "")
        rows.append(_row(run_id, spending_of(own), title, published[campaign_id]))
    rows.sort(key=lambda row: row.micros, reverse=True)
    today = await _today(state, connections.settings.ceilings)
    return CostReport(today=today, campaigns=rows)


async def post_costs(connections: Connections, name: str) -> list[CostRow]:
    """Return what each post of a campaign cost, and its source and recording.

    Raises:
        NotFoundError: There is no such campaign.
        AppError: It is a post.
    """
    target = await reach(connections, name)
    if target.campaign is None:
        raise AppError(f"{name!r} is a post: name its campaign.")
    key = target.campaign.workflow_id.partition(":")[2]
    names = _grouped(await connections.state.names(campaign_folder(key)), depth=3)
    rows = list[CostRow]()
    for post in sorted(target.posts, key=lambda post: post.platform):
        # What generates media has a folder of its own beside the drafts of a channel.
        media = names.get(f"{post.channel_id}{MEDIA}", [])
        own = spending_of([*names.get(post.channel_id, []), *media])
        is_published = int(post.state == PostState.PUBLISHED)
        rows.append(_row(post.workflow_id, own, post.platform, is_published))
    for place, title in ((_SET, "all posts, written together"), (_SOURCE, "the source, condensed")):
        if place in names:
            told = spending_of(names[place])
            rows.append(_row(target.campaign.workflow_id, told, title, 0))
    if heard := names.get(_TRANSCRIPTION):
        rows.append(_row(_TRANSCRIPTION, spending_of(heard), "the recording", 0))
    return rows


async def campaign_cost(
    connections: Connections, workflow_id: str, published: int
) -> CostRow | None:
    """Return what a campaign cost; ``None`` if the state bucket does not answer."""
    key = workflow_id.partition(":")[2]
    try:
        names = await connections.state.names(campaign_folder(key))
    except StoreError:
        return None
    return _row(workflow_id, spending_of(names), "", published)


def _row(name: str, told: Spending, title: str, published: int) -> CostRow:
    return CostRow(
        id=name,
        title=title,
        calls=told.calls,
        micros=told.micros,
        lost_micros=told.lost,
        has_unknown=told.has_unknown,
        published=published,
        micros_per_published=told.micros // published if published else None,
    )


async def _today(state: ObjectStore, ceilings: Ceilings) -> DayRow:
    held = await state.get(f"budgets/{datetime.now(UTC):%Y-%m-%d}.json")
    book = DayBook.model_validate_json(held) if held else DayBook(day="")
    return DayRow(
        ceiling_micros=ceilings.day,
        taken_micros=taken_of(book),
        campaign_ceiling_micros=ceilings.campaign,
        brand_ceiling_micros=ceilings.brand,
        brands=taken_by_brand(book),
    )


def _grouped(names: Iterable[str], depth: int) -> dict[str, list[str]]:
    """Group object names by the last of their first ``depth`` parts."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name in names:
        parts = name.split("/")
        if len(parts) > depth:
            groups[parts[depth - 1]].append(name)
    return groups
