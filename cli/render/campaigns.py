"""What `start`, `write` and `clips` print: campaigns, texts and clips."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from app.campaigns.plan import PlannedCampaign
from app.campaigns.start import Started
from app.clips import ClipFiles
from app.pieces import WrittenPiece
from cli.render.proofs import clean, local
from cli.terminal import say, show, show_json, table
from galley.models.campaign import CampaignInput, CampaignView, PlannedPost
from galley.models.channel import ShareMode
from workflows import ids

_REVIEW = "Review the drafts: uv run starter.py list --state in_review"


@dataclass(frozen=True)
class Begun:
    """A campaign that was started, and its view once a worker has planned it."""

    started: Started
    view: CampaignView | None

    def as_json(self) -> dict[str, object]:
        """Return what ``start --json`` prints of it."""
        told = self.view.model_dump(mode="json") if self.view else {}
        return {"campaign_id": self.started.campaign_id, "is_new": self.started.is_new, **told}


def print_begun(begun: Begun) -> None:
    """Print a campaign that was started, with its posts."""
    started, view = begun.started, begun.view
    word = "Started" if started.is_new else "Already started: this source has"
    show(f"{word} {started.campaign_id}")
    for post in view.posts if view else ():
        due = f"  {local(post.due_at)}" if post.due_at else ""
        show(f"  {post.platform:16} {post.workflow_id}{due}")
        for move in post.moves:
            say(clean(f"Timing: {post.platform} · {post.channel_name} · {move.why}"))
    if view and view.lessons:
        taught = f"{view.lessons.count} of {ids.voice_id(view.lessons.brand)}"
        say(clean(f"Lessons of earlier reviews, given to the drafts: {taught}"))
    for skipped in view.skipped if view else ():
        say(f"Skipped: {skipped.platform} · {skipped.reason}")
    for note in view.notes if view else ():
        say(clean(note))


def print_next(quota: str) -> None:
    """Say when Buffer's quota takes the posts, and where to review them."""
    if quota:
        say(quota)
    say(_REVIEW)


def print_all(begun: Sequence[Begun], *, json: bool) -> None:
    """Print several campaigns that were started."""
    if json:
        show_json([one.as_json() for one in begun])
        return
    for one in begun:
        print_begun(one)


def print_plan(found: PlannedCampaign, *, json: bool) -> None:
    """Print what a campaign would do."""
    start, plan = found.start, found.plan
    if json:
        show_json(_plan_as_json(found))
        return
    zone = start.options.timing.timezone
    columns = ("Network", "Channel", f"Due in {zone}", "UTC", "Why then")
    table(columns, [_row(post, start) for post in found.posts])
    for skipped in plan.skipped:
        say(clean(f"Skipped: {skipped.platform} · {skipped.reason}"))
    for note in filter(None, (plan.quota, *plan.notes)):
        say(clean(note))
    say("Nothing was started: leave out --plan to start it.")


def _row(post: PlannedPost, start: CampaignInput) -> tuple[str, ...]:
    timing = start.options.timing
    why = "; ".join(move.why for move in post.moves)
    if post.due_at is None:
        is_quiet = timing.quiet and start.options.posting.delivery.has_due_time
        quiet = f"not in quiet hours {timing.quiet}" if is_quiet else ""
        due, utc = _undated(start), ""
        why = "; ".join(filter(None, (quiet, why)))
    else:
        there = post.due_at.astimezone(ZoneInfo(timing.timezone))
        due, utc = f"{there:%a %Y-%m-%d %H:%M}", f"{post.due_at:%Y-%m-%d %H:%M}"
    return post.platform.value, clean(post.channel_name), due, utc, clean(why)


def _undated(start: CampaignInput) -> str:
    delivery = start.options.posting.delivery
    if delivery.save_to_draft:
        return "a draft in Buffer"
    if delivery.has_due_time or delivery.mode is ShareMode.SHARE_NOW:
        return "as soon as approved"
    return "in Buffer's queue"


def _plan_as_json(found: PlannedCampaign) -> dict[str, object]:
    start, plan = found.start, found.plan
    name = start.options.timing.timezone
    zone = ZoneInfo(name)
    return {
        "campaign_id": ids.campaign_id(start.key),
        "timezone": name,
        "posts": [
            {
                **post.model_dump(mode="json"),
                "due_local": post.due_at and post.due_at.astimezone(zone).isoformat(),
            }
            for post in found.posts
        ],
        "skipped": [skipped.model_dump(mode="json") for skipped in plan.skipped],
        "notes": list(plan.notes),
        "quota": plan.quota,
        "forecast": [opening.model_dump(mode="json") for opening in plan.forecast],
    }


def print_piece(written: WrittenPiece, output: Path | None, *, json: bool) -> None:
    """Print the text unless it is in a file, and what to check before it is used."""
    view, text = written.view, written.text
    if json:
        show_json({**view.model_dump(mode="json"), "text": text})
    elif output is None:
        show(clean(text).rstrip())
    piece = view.piece
    if piece is None or json:
        return
    for problem in piece.problems:
        say(clean(f"Check before use: {problem.message}"))
    where = f" in {output}" if output else ""
    say(clean(f"{piece.title}: {piece.words} words{where}."))


def print_clips(files: ClipFiles, *, json: bool) -> None:
    """Print the file, the edges and the reasons of each clip."""
    if json:
        show_json(files.model_dump(mode="json", by_alias=True))
        return
    for one in files.clips:
        show(clean(f"{one.file}  {one.begins}-{one.ends}  score {one.score}"))
        for reason in one.reasons:
            show(clean(f"    {reason}"))
        for note in one.notes:
            say(clean(note))
