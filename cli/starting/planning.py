"""Show what a campaign would do, and start nothing."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from app.accounts.directory import read_directory, read_outlook
from app.campaigns.plan import busy_times
from app.connections import open_client
from cli.starting.submission import prepare
from cli.starting.wishes import Wishes
from cli.terminal.failures import usage
from cli.terminal.output import say, show_json, table
from cli.terminal.process import run
from cli.terminal.proofs import clean
from galley.models import AskLimits, CampaignInput, Outlook, PlannedPost, ShareMode
from galley.schedule.plan import PlanError
from galley.schedule.selection import SelectionError
from galley.settings import Settings
from workflows import ids
from workflows.planning import CampaignPlan, plan_within_limits, shown


def plan_and_print(wishes: Wishes, *, json: bool) -> None:
    """Carry out ``start --plan``."""
    start, found = run(_plan(wishes))
    posts = [shown(start.key, one) for one in found.posts]
    if json:
        show_json(_as_json(start, posts, found))
        return
    zone = start.options.timing.timezone
    columns = ("Network", "Channel", f"Due in {zone}", "UTC", "Why then")
    table(columns, [_row(post, start) for post in posts])
    for skipped in found.skipped:
        say(clean(f"Skipped: {skipped.platform} · {skipped.reason}"))
    for note in filter(None, (found.quota, *found.notes)):
        say(clean(note))
    say("Nothing was started: leave out --plan to start it.")


async def _plan(wishes: Wishes) -> tuple[CampaignInput, CampaignPlan]:
    settings = Settings()
    start = prepare(wishes, settings).start
    client = await open_client()
    start = start.beside(await busy_times(client, start))
    directory = await read_directory(client, settings)

    async def ask(task: AskLimits) -> Outlook:
        return await read_outlook(client, settings, task)

    try:
        return start, await plan_within_limits(start, directory, _now, ask)
    except (SelectionError, PlanError) as error:
        raise usage(str(error)) from None


def _now() -> datetime:
    return datetime.now(UTC)


def _row(post: PlannedPost, start: CampaignInput) -> tuple[str, ...]:
    timing = start.options.timing
    why = "; ".join(move.why for move in post.moves)
    if post.due_at is None:
        is_quiet = timing.quiet and start.options.posting.delivery.has_due_time
        quiet = f"not in quiet hours {timing.quiet}" if is_quiet else ""
        due, utc = _undated(start), ""
        why = "; ".join(filter(None, (quiet, why)))
    else:
        local = post.due_at.astimezone(ZoneInfo(timing.timezone))
        due, utc = f"{local:%a %Y-%m-%d %H:%M}", f"{post.due_at:%Y-%m-%d %H:%M}"
    return post.platform.value, clean(post.channel_name), due, utc, clean(why)


def _undated(start: CampaignInput) -> str:
    delivery = start.options.posting.delivery
    if delivery.save_to_draft:
        return "a draft in Buffer"
    if delivery.has_due_time or delivery.mode is ShareMode.SHARE_NOW:
        return "as soon as approved"
    return "in Buffer's queue"


def _as_json(
    start: CampaignInput, posts: list[PlannedPost], found: CampaignPlan
) -> dict[str, object]:
    timing = start.options.timing
    zone = ZoneInfo(timing.timezone)
    return {
        "campaign_id": ids.campaign_id(start.key),
        "timezone": timing.timezone,
        "posts": [
            {
                **post.model_dump(mode="json"),
                "due_local": post.due_at and post.due_at.astimezone(zone).isoformat(),
            }
            for post in posts
        ],
        "skipped": [skipped.model_dump(mode="json") for skipped in found.skipped],
        "notes": list(found.notes),
        "quota": found.quota,
        "forecast": [opening.model_dump(mode="json") for opening in found.forecast],
    }
