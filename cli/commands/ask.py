"""The command ``review``: every post that waits for a person, one after the other."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Annotated

import typer

from app.campaigns.follow import Watched
from app.connections import Connections
from app.errors import NoWorkerError
from app.posts.directory import NEEDS_A_PERSON, PostRow
from app.posts.short_names import short_name
from app.posts.views import read_view
from app.review.inbox import PostSearch, list_inbox
from cli.commands.options import Platforms
from cli.errors import usage
from cli.input.words import network_named
from cli.local.board import Board
from cli.local.demonstration import AskEach
from cli.phrases import many
from cli.process import connections, reviewer, run
from cli.terminal import say
from galley.models.campaign import PlannedPost
from galley.models.network import Platform
from galley.models.post import PostState, PostView

_AGAIN = 1.0
"""Seconds between two looks for a draft that is written anew."""


def review(
    campaign: Annotated[
        str, typer.Argument(metavar="CAMPAIGN", help="Only posts of this one. Missing: all.")
    ] = "",
    *,
    platform: Platforms = None,
) -> None:
    """Show each draft that waits for you, with its pictures, and ask for a decision.

    The one that is due next comes first. What is skipped goes on waiting, and so does what is
    left at `q` or Ctrl-C; `?` says what each answer does. A new draft is asked about in its turn.

    Example: galley review
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise usage("review asks questions: run it in a terminal, or decide by approve and reject.")
    opened = connections()
    networks = frozenset(map(network_named, platform or ()))
    with Board(sys.stdout) as board:
        run(_review(opened, board, campaign, networks))


@dataclass
class Round:
    """The posts of one review: which were asked about, and which still wait."""

    asked: dict[str, Watched] = field(default_factory=dict[str, Watched])
    waiting: set[str] = field(default_factory=set[str])
    rows: dict[str, PostRow] = field(default_factory=dict[str, PostRow])
    """The posts that were listed, by ID."""
    decided: int = 0

    def listed(self, names: Sequence[str]) -> None:
        """Count the posts of the inbox; it may lag behind decisions on those asked about."""
        self.waiting.update(name for name in names if name not in self.asked)

    @property
    def summary(self) -> str:
        """What was decided, and what still waits."""
        left = len(self.waiting)
        waits = f"{many(left, 'post')} still {'waits' if left == 1 else 'wait'} for you"
        return (
            f"{many(self.decided, 'decision')} made; {waits if left else 'no post waits for you'}."
        )


async def _review(
    opened: Connections, board: Board, campaign: str, networks: frozenset[Platform]
) -> None:
    client = await opened.temporal()
    asks, found = AskEach(opened, client, reviewer(opened.settings), board), Round()
    try:
        async for view in _waiting(opened, campaign, networks, found):
            name = view.workflow_id
            board.draft(view, await short_name(client, found.rows[name]))
            post = found.asked.setdefault(name, _watched(view))
            found.waiting.add(name)
            if await asks.review(post, view):
                post.answered.add((view.revision, view.error))
                if not post.is_left:
                    found.decided += 1
                    found.waiting.discard(name)
            if asks.has_quit:
                break
    except asyncio.CancelledError:
        say(f"\n{found.summary}")  # the terminal wrote ^C behind the question
        raise
    say(found.summary)


async def _waiting(
    opened: Connections, campaign: str, networks: frozenset[Platform], found: Round
) -> AsyncGenerator[PostView]:
    """Yield the posts to ask about, the one due next first, until none is left.

    ``found`` holds those that were asked about, and grows meanwhile.
    """
    client, asked = await opened.temporal(), found.asked
    search = PostSearch(campaign=campaign, needs_person=True, by_due=True, platforms=networks)
    while True:
        rows = (await list_inbox(opened, search)).posts
        found.rows |= {row.workflow_id: row for row in rows}
        listed = [row.workflow_id for row in rows]
        found.listed(listed)
        is_new = is_drafting = False
        # A list may lag behind a new draft: whoever was asked about is asked again, too.
        for name in (*listed, *(one for one in asked if one not in listed)):
            post = asked.get(name)
            if post is not None and post.is_left:
                continue
            view = await read_view(client, name)
            if view is None:
                raise NoWorkerError
            is_drafting |= view.state is PostState.DRAFTING
            is_open = waits(view.state, is_listed=name in listed)
            if is_open and (post is None or (view.revision, view.error) not in post.answered):
                is_new = True
                yield view
        if is_new:
            continue
        if not is_drafting:
            return
        async with opened.progress.waiting("waiting for a new draft"):
            await asyncio.sleep(_AGAIN)


def waits(state: PostState, *, is_listed: bool) -> bool:
    """Return whether a person is to decide; a list may lag behind a decision that ended a post."""
    return state in NEEDS_A_PERSON or (is_listed and not state.is_final)


def _watched(view: PostView) -> Watched:
    plan = PlannedPost(
        workflow_id=view.workflow_id,
        platform=view.platform,
        channel_id=view.channel_id,
        channel_name=view.channel_name,
    )
    return Watched(plan, state=view.state.value, view=view)
