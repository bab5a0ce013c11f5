"""The command ``review``: every post that waits for a person, one after the other."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from typing import Annotated

import typer

from app.campaigns.follow import Watched
from app.connections import Connections
from app.posts.directory import NEEDS_A_PERSON
from app.posts.views import read_view
from app.review.inbox import PostSearch, list_inbox
from cli.commands.options import Platforms
from cli.errors import CommandError, usage
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

    What is skipped goes on waiting, and so does what is left at Ctrl-C. A new draft is
    asked about in its turn.

    Example: galley review
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise usage("review asks questions: run it in a terminal, or decide by approve and reject.")
    opened = connections()
    networks = frozenset(map(network_named, platform or ()))
    with Board(sys.stdout) as board:
        run(_review(opened, board, campaign, networks))


async def _review(
    opened: Connections, board: Board, campaign: str, networks: frozenset[Platform]
) -> None:
    client = await opened.temporal()
    asks, decided = AskEach(opened, client, reviewer(opened.settings), board), 0
    asked: dict[str, Watched] = {}
    async for view in _waiting(opened, campaign, networks, asked):
        board.draft(view)
        post = asked.setdefault(view.workflow_id, _watched(view))
        if await asks.review(post, view):
            post.answered.add((view.revision, view.error))
            decided += not post.is_left
    left = sum(post.is_left for post in asked.values())
    say(f"Nothing else waits for you. Decisions: {decided}; left: {many(left, 'post')}.")


async def _waiting(
    opened: Connections, campaign: str, networks: frozenset[Platform], asked: dict[str, Watched]
) -> AsyncGenerator[PostView]:
    """Yield the posts to ask about, the most urgent first, until none is left.

    ``asked`` holds those that were asked about, and grows meanwhile.
    """
    client = await opened.temporal()
    while True:
        inbox = await list_inbox(opened, PostSearch(campaign=campaign, needs_person=True))
        rows = [row for row in inbox.posts if not networks or row.platform in networks]
        listed = [row.workflow_id for row in rows]
        is_new = is_drafting = False
        # A list may lag behind a new draft: whoever was asked about is asked again, too.
        for name in (*listed, *(one for one in asked if one not in listed)):
            post = asked.get(name)
            if post is not None and post.is_left:
                continue
            view = await read_view(client, name)
            if view is None:
                raise CommandError("No worker answers: start one with `galley-worker`.")
            is_drafting |= view.state is PostState.DRAFTING
            is_open = name in listed or view.state in NEEDS_A_PERSON
            if is_open and (post is None or (view.revision, view.error) not in post.answered):
                is_new = True
                yield view
        if is_new:
            continue
        if not is_drafting:
            return
        async with opened.progress.waiting("waiting for a new draft"):
            await asyncio.sleep(_AGAIN)


def _watched(view: PostView) -> Watched:
    plan = PlannedPost(
        workflow_id=view.workflow_id,
        platform=view.platform,
        channel_id=view.channel_id,
        channel_name=view.channel_name,
    )
    return Watched(plan, state=view.state.value, view=view)
