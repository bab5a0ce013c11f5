"""The plan of a campaign, as ``start --plan`` prints it."""

from zoneinfo import ZoneInfo

from app.campaigns.plan import PlannedCampaign
from cli.terminal import say, show_json, table
from galley.models.campaign import CampaignInput, PlannedPost
from galley.models.channel import ShareMode
from workflows import ids


def print_plan(found: PlannedCampaign, *, json: bool) -> None:
    """Print when each post would go out, and why then; nothing is started."""
    start, plan = found.start, found.plan
    zone = start.options.timing.timezone
    if json:
        there = ZoneInfo(zone)
        posts = [
            {
                **post.model_dump(mode="json"),
                "due_local": post.due_at and post.due_at.astimezone(there).isoformat(),
            }
            for post in found.posts
        ]
        show_json(
            {
                "campaign_id": ids.campaign_id(start.key),
                "timezone": zone,
                "posts": posts,
                "skipped": [skipped.model_dump(mode="json") for skipped in plan.skipped],
                "notes": list(plan.notes),
                "quota": plan.quota,
                "forecast": [opening.model_dump(mode="json") for opening in plan.forecast],
            }
        )
        return
    columns = ("Network", "Channel", f"Due in {zone}", "UTC", "Why then")
    table(columns, [_row(post, start) for post in found.posts])
    for skipped in plan.skipped:
        say(f"Skipped: {skipped.platform} · {skipped.reason}")
    for note in filter(None, (plan.quota, *plan.notes)):
        say(note)
    say("Nothing was started: leave out --plan to start it.")


def _row(post: PlannedPost, start: CampaignInput) -> tuple[str, ...]:
    timing, delivery = start.options.timing, start.options.posting.delivery
    why = "; ".join(move.why for move in post.moves)
    if post.due_at is None:
        is_quiet = timing.quiet and delivery.has_due_time
        quiet = f"not in quiet hours {timing.quiet}" if is_quiet else ""
        why = "; ".join(filter(None, (quiet, why)))
        if delivery.save_to_draft:
            due = "a draft in Buffer"
        elif delivery.has_due_time or delivery.mode is ShareMode.SHARE_NOW:
            due = "as soon as approved"
        else:
            due = "in Buffer's queue"
        return post.platform.value, post.channel_name, due, "", why
    there = post.due_at.astimezone(ZoneInfo(timing.timezone))
    due, utc = f"{there:%a %Y-%m-%d %H:%M}", f"{post.due_at:%Y-%m-%d %H:%M}"
    return post.platform.value, post.channel_name, due, utc, why
