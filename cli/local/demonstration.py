"""One campaign from its source to confirmed posts, before a person's eyes."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.campaigns.follow import Watch, Watched
from app.campaigns.start import campaign_input, start_campaign
from app.connections import Connections
from cli.connections import connections, reviewer
from cli.errors import CommandError, ExitCode
from cli.input.campaigns import CampaignWords, campaign_request
from cli.local import record
from cli.local.board import Board, Stages, as_json, exit_code, print_table
from cli.local.parts import Part, parts_needed
from cli.local.reviewing import ApproveAll, AskEach, Reviewer
from cli.local.stack import LocalStack
from cli.process import InterruptedCommand, run
from cli.terminal import ask, say, show_json
from galley.models.post import PostView
from galley.settings import Settings

_POLL = 0.5
"""Seconds between two looks at all posts together."""
_READY_WITHIN = 60.0

Check = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Demonstration:
    """What was asked for."""

    words: CampaignWords
    is_asking: bool
    is_json: bool
    free_ports: bool


def demonstrate(asked: Demonstration) -> ExitCode:
    """Carry out ``demo``; returns its exit code."""
    try:
        return run(_demonstrate(asked))
    except InterruptedCommand:
        source = asked.words.source
        say(
            "Stopped; nothing is lost. Go on with: uv run starter.py demo "
            f"{source}\nor keep the stack running with: uv run starter.py up"
        )
        return ExitCode.INTERRUPTED


async def _demonstrate(asked: Demonstration) -> ExitCode:
    expected = _settings()
    # What is wrong is said before anything starts.
    campaign_input(campaign_request(asked.words, expected), expected)
    stages = Stages()
    async with _stack(free_ports=asked.free_ports) as check:
        stages.reach("local stack")
        found = record.read_record()
        if found.temporal_ui:
            say(f"Temporal UI: {found.temporal_ui}")
        opened = connections()
        watch = await _begin(opened, asked)
        with Board(sys.stderr if asked.is_json else sys.stdout) as board:
            decides = await _who_decides(asked, opened, board)
            await _follow(watch, decides, board, check, stages)
        stages.reach("publishing, confirmed by Buffer")
        _report(asked, watch, stages)
        if asked.is_asking and found.temporal_ui:
            await ask(f"\nTemporal UI: {found.temporal_ui}   Enter ends the demo. ")
    return exit_code(watch, wants_all=not asked.is_asking)


def _settings() -> Settings:
    """Return the settings as they will be: a Buffer that is missing is emulated."""
    settings, given = Settings(), Settings(_env_file=".env")  # pyright: ignore[reportCallIssue] -- pydantic-settings takes it
    if Part.BUFFER not in parts_needed(given, os.environ):
        return settings
    return settings.model_copy(update={"buffer_api_url": "http://localhost"})


@asynccontextmanager
async def _stack(*, free_ports: bool) -> AsyncGenerator[Check]:
    """Use the stack of this folder, or start one for as long as we need it.

    Yields a check that raises when a part of it has stopped.
    """
    if record.is_running():
        await _wait_until_ready()
        yield _require_running
        return
    async with LocalStack(say, free_ports=free_ports) as stack:
        yield stack.check


async def _wait_until_ready() -> None:
    deadline = time.monotonic() + _READY_WITHIN
    while not record.read_record().ready:
        await _require_running()
        if time.monotonic() > deadline:
            raise CommandError("The local stack of this folder does not get ready.")
        await asyncio.sleep(_POLL)


async def _require_running() -> None:
    if not record.is_running():
        raise CommandError(
            "The local stack has stopped: run `uv run starter.py up`, then try again."
        )


async def _begin(opened: Connections, asked: Demonstration) -> Watch:
    request = campaign_request(asked.words, opened.settings)
    started = await start_campaign(opened, request)
    if started.is_new:
        say(f"Started {started.campaign_id}")
    else:
        say(
            f"Already started: this source has {started.campaign_id}. Its posts are "
            "shown; --edition 2 would post it once more."
        )
    client = await opened.temporal()
    return Watch(client, started.campaign_id, is_new=started.is_new)


async def _who_decides(asked: Demonstration, opened: Connections, board: Board) -> Reviewer:
    client, by = await opened.temporal(), reviewer(opened.settings)
    return AskEach(client, by, board) if asked.is_asking else ApproveAll(client, by)


async def _follow(
    watch: Watch, decides: Reviewer, board: Board, check: Check, stages: Stages
) -> None:
    """Show and decide until every post is settled."""
    while True:
        await check()
        waiting = await watch.refresh()
        stages.look(watch)
        board.update(watch)
        for post in waiting:
            if post.view is not None:
                await _decide(post, post.view, decides, board)
        if watch.is_settled:
            return
        await asyncio.sleep(_POLL)


async def _decide(post: Watched, view: PostView, decides: Reviewer, board: Board) -> None:
    board.draft(view)
    if await decides.review(post, view):
        post.answered.add((view.revision, view.error))
    else:
        post.look_at = 0


def _report(asked: Demonstration, watch: Watch, stages: Stages) -> None:
    if asked.is_json:
        show_json(as_json(watch))
    else:
        print_table(watch)
    if watch.is_new:
        for line in stages.lines():
            say(line)
