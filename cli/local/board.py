"""The output of a demo: progress by channel and stage, and the end of every post."""

import sys
import time
from enum import StrEnum
from typing import Any, Self, TextIO

from rich.box import SIMPLE
from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from app.campaigns.follow import Watch, Watched
from cli.errors import ExitCode
from cli.phrases import COLOURS, local
from cli.proofs import proof
from cli.terminal import Coloured, list_rows, show, table, wrapped
from galley.models.post import PostState, PostView
from galley.redaction import terminal_safe


class Board:
    """Where a person sees how far each post is."""

    def __init__(self, stream: TextIO) -> None:
        self._console = Console(file=stream, highlight=False, soft_wrap=True)
        self._live: Live | None = None
        self._seen: dict[str, str] = {}
        self._skipped: set[str] = set()
        self._stage = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def say(self, message: str) -> None:
        """Write a line above the table."""
        self.clear()
        self._print(message)

    def draft(self, view: PostView, name: str = "") -> None:
        """Show a draft in full; ``name`` is what commands may call the post."""
        self.clear()
        self._console.rule(style="dim")
        self._print(proof(view, name=name, is_asked=True))
        self._console.print()

    def _print(self, text: str) -> None:
        width = self._console.width if self._console.is_terminal else None
        self._console.print(Text(wrapped(terminal_safe(text), width)))

    def update(self, watch: Watch) -> None:
        """Show how far everything is."""
        for skipped in watch.campaign.skipped if watch.campaign else ():
            if skipped.channel_id not in self._skipped:
                self._skipped.add(skipped.channel_id)
                self.say(f"Skipped: {skipped.platform} · {skipped.reason}")
        if self._console.is_terminal:
            self._draw(_picture(watch))
            return
        if watch.stage != self._stage:
            self._stage = watch.stage
            self.say(f"… {watch.stage}")
        for workflow_id, post in watch.posts.items():
            if post.state and post.state != self._seen.get(workflow_id):
                self._seen[workflow_id] = post.state
                self.say(f"{post.plan.platform:16} {post.state}")

    def _draw(self, picture: Group) -> None:
        if self._live is not None:
            self._live.update(picture)
            return
        # A new one each time: a `Live` that starts again erases upward as many lines as
        # it had before it stopped, which are by then the draft.
        self._live = Live(
            picture,
            console=Console(file=self._console.file, highlight=False),
            refresh_per_second=8,
            transient=True,
        )
        self._live.start(refresh=True)

    def clear(self) -> None:
        """Take the table away, so that a person or an editor has the terminal.

        The next update draws it again.
        """
        if self._live is not None:
            self._live.stop()
            self._live = None


def _picture(watch: Watch) -> Group:
    drawn = Table("Network", "Channel", "Stage", "Due", box=SIMPLE, pad_edge=False)
    for post in watch.posts.values():
        drawn.add_row(
            post.plan.platform.value,
            Text(terminal_safe(post.plan.channel_name)),
            Text(post.state or "waiting", style=COLOURS.get(post.state, "dim")),
            local(post.due_at or post.plan.due_at),
        )
    return Group(Spinner("dots", text=f" {watch.stage}"), drawn)


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
    posts = watch.posts.values()
    if sys.stdout.isatty():
        # Addresses of media would fill the terminal; the calendar's page shows the media.
        columns = ("Network", "State", "Due", "Buffer post")
        list_rows(columns, [_ended(post) for post in posts])
    else:
        table(
            ("Network", "State", "Due", "Buffer post", "Public media"),
            [(*map(str, _ended(post)), _addresses(post)) for post in posts],
        )
    for post in watch.posts.values():
        if said := error_of(post):
            show(f"{post.plan.platform}: {said}")


def _ended(post: Watched) -> tuple[str | Coloured, ...]:
    view = post.view
    state = Coloured(post.state, COLOURS.get(post.state))
    due, buffer_id = (local(view.due_at), view.buffer_post_id or "") if view else ("", "")
    return post.plan.platform.value, state, due, buffer_id


def _addresses(post: Watched) -> str:
    return " ".join(asset.url for asset in post.view.media) if post.view else ""


def exit_code(watch: Watch, *, wants_all: bool) -> ExitCode:
    """Return 0 if a draft could be written, and every approved post was confirmed.

    Args:
        watch: The settled campaign.
        wants_all: Whether all were to be approved: it is then a failure if one is left in
            review, or none was approved. A person may reject or leave them all.
    """
    posts = watch.posts.values()
    released = [post for post in posts if post.is_released]
    left = [post for post in posts if post.state == PostState.IN_REVIEW]
    confirmed = all(post.state in _CONFIRMED for post in released)
    # A post whose draft failed is in review, too: a person may have another one written.
    has_drafts = any(post.view is None or post.view.draft for post in posts)
    is_asked_for = bool(released) and not left if wants_all else has_drafts
    return ExitCode.DONE if confirmed and is_asked_for else ExitCode.FAILED


class Stage(StrEnum):
    """A stage of a demo, in order."""

    STACK = "local stack"
    SOURCE = "source and channels"
    FIRST_DRAFT = "first draft"
    DRAFTS = "all drafts and media"
    REVIEW = "review, re-hosting, scheduling"
    PUBLISHED = "publishing, confirmed by Buffer"


class Stages:
    """How long each stage of a campaign took, as seen from here."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._reached: dict[Stage, float] = {}

    @property
    def reached(self) -> tuple[Stage, ...]:
        """The stages that are behind."""
        return tuple(self._reached)

    def look(self, watch: Watch) -> None:
        """Note which stages are now behind."""
        states = [post.state for post in watch.posts.values()]
        if not states:
            return
        self.reach(Stage.SOURCE)
        drafted = [s not in {"", PostState.DRAFTING} for s in states]
        if any(drafted):
            self.reach(Stage.FIRST_DRAFT)
        if all(drafted):
            self.reach(Stage.DRAFTS)
        if all(s not in {"", "drafting", "in_review", "publishing"} for s in states):
            self.reach(Stage.REVIEW)

    def end(self, watch: Watch) -> None:
        """Note that all is settled; without a post that was let out, nothing was published."""
        if any(post.is_released and post.state in _CONFIRMED for post in watch.posts.values()):
            self.reach(Stage.PUBLISHED)

    def reach(self, stage: Stage) -> None:
        """Note that ``stage`` is behind, unless it was noted before."""
        self._reached.setdefault(stage, time.monotonic())

    def lines(self) -> list[str]:
        """Return one line a stage, and the whole."""
        before, lines = self._began, list[str]()
        for stage, at in self._reached.items():
            lines.append(f"{stage:32} {at - before:6.1f} s")
            before = at
        return [*lines, f"{'in all':32} {before - self._began:6.1f} s"]
