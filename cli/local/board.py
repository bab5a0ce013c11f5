"""Progress by channel and stage: a live table on a terminal, plain lines elsewhere."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Self, TextIO

from rich.box import SIMPLE
from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from app.campaigns.follow import Watch
from cli.render.proofs import local, proof
from galley.models import PostView
from galley.redaction import terminal_safe

_STYLES = {
    "drafting": "cyan",
    "in_review": "bold yellow",
    "publishing": "cyan",
    "scheduled": "blue",
    "pulled_back": "magenta",
    "sent": "green",
    "published": "green",
    "handed_to_person": "green",
    "held": "bold red",
    "late": "bold red",
    "error": "bold red",
    "refused": "red",
    "failed": "red",
    "retracted": "dim",
    "rejected": "dim",
    "expired": "dim",
}


class Board:
    """Where a person sees how far each post is."""

    def __init__(self, stream: TextIO) -> None:
        self._console = Console(file=stream, highlight=False, soft_wrap=True)
        self._live = Live(
            console=Console(file=stream, highlight=False),
            auto_refresh=True,
            refresh_per_second=8,
            transient=True,
        )
        self._is_live = self._console.is_terminal
        self._seen: dict[str, str] = {}
        self._skipped: set[str] = set()
        self._stage = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def say(self, message: str) -> None:
        """Write a line above the table."""
        with self.paused():
            self._console.print(Text(terminal_safe(message)))

    def draft(self, view: PostView) -> None:
        """Show a draft in full."""
        with self.paused():
            self._console.rule(style="dim")
            self._console.print(Text(terminal_safe(proof(view))))
            self._console.print()

    def update(self, watch: Watch) -> None:
        """Show how far everything is."""
        for skipped in watch.campaign.skipped if watch.campaign else ():
            if skipped.channel_id not in self._skipped:
                self._skipped.add(skipped.channel_id)
                self.say(f"Skipped: {skipped.platform} · {skipped.reason}")
        if self._is_live:
            self._live.update(_picture(watch))
            self._live.start()
            return
        if watch.stage != self._stage:
            self._stage = watch.stage
            self.say(f"… {watch.stage}")
        for workflow_id, post in watch.posts.items():
            if post.state and post.state != self._seen.get(workflow_id):
                self._seen[workflow_id] = post.state
                self.say(f"{post.plan.platform:16} {post.state}")

    @contextmanager
    def paused(self) -> Generator[None]:
        """Take the table away, so that a person or an editor has the terminal."""
        was_live = self._live.is_started
        self._live.stop()
        try:
            yield
        finally:
            if was_live:
                self._live.start()


def _picture(watch: Watch) -> Group:
    drawn = Table("Network", "Channel", "Stage", "Due", box=SIMPLE, pad_edge=False)
    for post in watch.posts.values():
        drawn.add_row(
            post.plan.platform.value,
            Text(terminal_safe(post.plan.channel_name)),
            Text(post.state or "waiting", style=_STYLES.get(post.state, "dim")),
            local(post.due_at or post.plan.due_at),
        )
    return Group(Spinner("dots", text=f" {watch.stage}"), drawn)
