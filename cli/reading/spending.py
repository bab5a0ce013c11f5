"""Add up what drafts cost, from the cost objects in the state bucket."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

from pydantic import BaseModel

from app.connections import open_client
from app.posts.directory import PostRow, list_posts
from app.posts.names import reach
from cli.terminal.connections import connections
from cli.terminal.failures import CommandError
from cli.terminal.output import say, show, show_json, table
from cli.terminal.process import run
from cli.terminal.proofs import clean
from galley.clients.storage import ObjectStore, StoreError
from galley.clients.stores.opening import open_state
from galley.costs.budget import taken_by_brand, taken_of
from galley.costs.prices import dollars, known_prices
from galley.costs.spending import MEDIA, Spending, campaign_folder, spending_of
from galley.models import Ceilings, DayBook, PieceForm
from galley.settings import Settings, ceilings_of
from workflows import ids

PUBLISHED = "published"
_SOURCE = "source"
"""Where a campaign keeps what condensing its source cost, beside its channels."""
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
    uncached: int = 0
    """Calls that paid for the whole source although it should have been cached."""
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


def all_and_print(*, json: bool) -> None:
    """Carry out ``costs`` for every campaign."""
    rows, day = run(_all())
    if json:
        dumped = [row.model_dump(mode="json") for row in rows]
        show_json({"today": day.model_dump(mode="json"), "campaigns": dumped})
        return
    _print("Campaign", rows)
    taken, ceiling = dollars(day.taken_micros), day.ceiling_micros
    of = "no ceiling" if ceiling is None else f"of {dollars(ceiling)}"
    say(f"Set aside or spent today (UTC): {taken}, {of}")
    for brand, sum_ in day.brands.items():
        most = day.brand_ceiling_micros
        of = "no ceiling" if most is None else f"of {dollars(most)}"
        say(f"  {clean(brand)}: {dollars(sum_)}, {of}")
    say(f"Prices of {known_prices().as_of}; GALLEY_BUDGET_DAY_USD sets the ceiling.")


def one_and_print(name: str, *, json: bool) -> None:
    """Carry out ``costs`` for the posts of one campaign."""
    rows = run(_one(name))
    if json:
        show_json([row.model_dump(mode="json") for row in rows])
        return
    _print("Post", rows)


async def _all() -> tuple[list[CostRow], DayRow]:
    settings = Settings()
    state = _state_bucket(settings)
    posts = await list_posts(await open_client())
    names = _grouped(await state.names("costs/"), depth=2)
    published = Counter(p.campaign_id for p in posts if p.state == PUBLISHED)
    titles = {post.campaign_id: post.title for post in posts}
    rows = [
        _row(
            _run_id(key),
            spending_of(own),
            titles.get(ids.campaign_id(key), ""),
            published[ids.campaign_id(key)],
        )
        for key, own in names.items()
    ]
    rows.sort(key=lambda row: row.micros, reverse=True)
    return rows, await _today(state, ceilings_of(settings))


async def _one(name: str) -> list[CostRow]:
    target = await reach(connections(), name)
    if target.campaign is None:
        raise CommandError(f"{name!r} is a post: name its campaign.")
    key = target.campaign.workflow_id.partition(":")[2]
    state = _state_bucket(Settings())
    names = _grouped(await state.names(campaign_folder(key)), depth=3)
    posts = sorted(target.posts, key=lambda post: post.platform)
    rows = [_post_row(post, names) for post in posts]
    if _SOURCE in names:
        told = spending_of(names[_SOURCE])
        rows.append(_row(target.campaign.workflow_id, told, "the source, condensed", 0))
    if heard := names.get(_TRANSCRIPTION):
        rows.append(_row(_TRANSCRIPTION, spending_of(heard), "the recording", 0))
    return rows


async def campaign_cost(workflow_id: str, published: int) -> CostRow | None:
    """Return what a campaign cost; ``None`` if the state bucket does not answer."""
    key = workflow_id.partition(":")[2]
    try:
        names = await _state_bucket(Settings()).names(campaign_folder(key))
    except StoreError:
        return None
    return _row(workflow_id, spending_of(names), "", published)


def cost_lines(row: CostRow) -> list[str]:
    """Return a campaign's cost in a line, and one more if the cache did not help."""
    more = " and more" if row.has_unknown else ""
    each = row.micros_per_published
    published = "" if each is None else f", {dollars(each)} a published post"
    cost = f"Cost: {dollars(row.micros)}{more} in {row.calls} calls{published}"
    return [cost, *uncached_lines([row])] if row.calls else []


def _post_row(post: PostRow, names: dict[str, list[str]]) -> CostRow:
    media = names.get(f"{post.channel_id}{MEDIA}", [])
    own = spending_of([*names.get(post.channel_id, []), *media])
    is_published = int(post.state == PUBLISHED)
    return _row(post.workflow_id, own, post.platform, is_published)


def _row(name: str, told: Spending, title: str, published: int) -> CostRow:
    return CostRow(
        id=name,
        title=title,
        calls=told.calls,
        micros=told.micros,
        lost_micros=told.lost,
        has_unknown=told.has_unknown,
        uncached=told.uncached,
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


def _print(what: str, rows: list[CostRow]) -> None:
    if not rows:
        show("Nothing was paid for yet.")
        return
    table(
        (what, "Calls", "Cost", "Lost of it", "Published", "A published post", ""),
        [
            (
                row.id,
                str(row.calls),
                dollars(row.micros) + (" and more" if row.has_unknown else ""),
                dollars(row.lost_micros),
                str(row.published),
                "" if not row.published else dollars(row.micros_per_published),
                clean(row.title)[:50],
            )
            for row in rows
        ],
    )
    for line in uncached_lines(rows):
        show(line)


def _run_id(key: str) -> str:
    """Return the workflow ID of a campaign, or of a longer text, by its key."""
    is_piece = key.rpartition("-")[2] in set(PieceForm)
    return ids.piece_id(key) if is_piece else ids.campaign_id(key)


def uncached_lines(rows: Iterable[CostRow]) -> list[str]:
    """Return a sentence for each row whose drafts did not share the source."""
    return [
        f"{row.id}: {row.uncached} of the later drafts did not find the source in the "
        "model's cache and paid its full price; `show` of the post says more."
        for row in rows
        if row.uncached
    ]


def _state_bucket(settings: Settings) -> ObjectStore:
    return open_state(settings)
