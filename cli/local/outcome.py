"""What a demo ends with: the table, the JSON object, the exit code."""

import time
from typing import Any

from app.campaigns.follow import Watch, Watched
from cli.errors import ExitCode
from cli.render.proofs import clean, local
from cli.terminal import show, table
from galley.models import PostState

_CONFIRMED = {PostState.PUBLISHED, PostState.SENT, PostState.HANDED_TO_PERSON}
"""Where a post is that Buffer has done its part for."""


def as_json(watch: Watch) -> dict[str, Any]:
    """Return the object that ``demo --json`` prints."""
    return {
        "campaign_id": watch.campaign_id,
        "posts": [_post(post) for post in watch.posts.values()],
    }


def _post(post: Watched) -> dict[str, Any]:
    view = post.view
    draft = view.draft if view else None
    due_at = view.due_at if view else post.plan.due_at
    return {
        "platform": post.plan.platform.value,
        "channel_id": post.plan.channel_id,
        "workflow_id": post.plan.workflow_id,
        "state": post.state,
        "text": draft.text if draft else "",
        "due_at": due_at.isoformat() if due_at else None,
        "buffer_post_id": view.buffer_post_id if view else None,
        "media": [
            {"url": asset.url, "mime": asset.mime, "sha256": asset.sha256}
            for asset in (view.media if view else ())
        ],
        "error": error_of(post),
    }


def error_of(post: Watched) -> str | None:
    """Return why a post is not where it should be."""
    if post.view is None or post.state in _CONFIRMED:
        return None
    problems = " ".join(problem.message for problem in post.view.problems)
    return post.view.error or problems or None


def print_table(watch: Watch) -> None:
    """Print where every post ended."""
    columns = ("Network", "State", "Due", "Buffer post", "Public media")
    table(
        columns,
        [
            (
                post.plan.platform.value,
                post.state,
                local(post.view.due_at if post.view else None),
                (post.view.buffer_post_id or "") if post.view else "",
                " ".join(asset.url for asset in post.view.media) if post.view else "",
            )
            for post in watch.posts.values()
        ],
    )
    for post in watch.posts.values():
        if said := error_of(post):
            show(clean(f"{post.plan.platform}: {said}"))


def exit_code(watch: Watch, *, wants_all: bool) -> ExitCode:
    """Return 0 if every approved post, and at least one, was confirmed.

    Args:
        watch: The settled campaign.
        wants_all: Whether all were to be approved: one left in review is then a
            failure.
    """
    released = [post for post in watch.posts.values() if post.is_released]
    left = [p for p in watch.posts.values() if p.state == PostState.IN_REVIEW]
    if any(post.state == PostState.REFUSED for post in released):
        return ExitCode.REFUSED
    confirmed = all(post.state in _CONFIRMED for post in released)
    if released and confirmed and not (wants_all and left):
        return ExitCode.DONE
    return ExitCode.FAILED


class Stages:
    """How long each stage of a campaign took, as seen from here."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._reached: dict[str, float] = {}

    def look(self, watch: Watch) -> None:
        """Note which stages are now behind."""
        states = [post.state for post in watch.posts.values()]
        if not states:
            return
        self.reach("source and channels")
        drafted = [s not in {"", PostState.DRAFTING} for s in states]
        if any(drafted):
            self.reach("first draft")
        if all(drafted):
            self.reach("all drafts and media")
        if all(s not in {"", "drafting", "in_review", "publishing"} for s in states):
            self.reach("review, re-hosting, scheduling")

    def reach(self, stage: str) -> None:
        """Note that ``stage`` is behind, unless it was noted before."""
        self._reached.setdefault(stage, time.monotonic())

    def lines(self) -> list[str]:
        """Return one line a stage, and the whole."""
        before, lines = self._began, list[str]()
        for stage, at in self._reached.items():
            lines.append(f"{stage:32} {at - before:6.1f} s")
            before = at
        return [*lines, f"{'in all':32} {before - self._began:6.1f} s"]
