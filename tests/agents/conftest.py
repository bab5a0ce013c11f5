"""One stack for all tests of agents, and campaigns on it."""

import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from mcp.client.stdio import StdioServerParameters
from temporalio.client import Client

from app.campaigns.follow import until_planned
from app.campaigns.sources import read_source
from app.campaigns.start import CampaignRequest, start_campaign
from app.connections import Connections
from app.posts.directory import list_posts
from galley.models.network import Platform
from galley.models.options import CampaignOptions
from galley.models.post import PostState
from galley.models.schedule import Timing
from galley.settings import Settings
from tests.end_to_end.stack import ROOT, Stack
from tests.end_to_end.texts import article
from tests.end_to_end.waiting import until


@pytest.fixture(scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Run every server and a worker; they are killed at the end."""
    folder = tmp_path_factory.mktemp("agents")
    named = folder / "given"
    named.mkdir()
    stack = Stack(folder, GALLEY_AGENT_FOLDER=str(named), GALLEY_AGENT_CALLS_A_MINUTE="100000")
    try:
        await stack.start()
        yield stack
    finally:
        stack.close()


@pytest.fixture(scope="session")
def opened(stack: Stack) -> Connections:
    """Return connections to the stack; nothing is read from this process's settings."""
    return connections_to(stack)


def connections_to(stack: Stack, **more: str) -> Connections:
    """Return connections with other settings than the stack's."""
    pauses = "GALLEY_RECONCILE_PAUSES"  # JSON, as only an environment has it
    named = {name: it for name, it in stack.environment.items() if name != pauses}
    given = cast("dict[str, Any]", {**named, **more, "_env_file": None})

    async def connect() -> Client:
        return stack.client

    return Connections(Settings(**given), connect)


def stdio_server(stack: Stack, *options: str) -> StdioServerParameters:
    """Return how a client starts the server, as its settings name it."""
    words = [str(ROOT / "starter.py"), "mcp", "--agent", "tester", *options]
    return StdioServerParameters(command=sys.executable, args=words, env=stack.environment)


async def campaign_of(opened: Connections, town: str, folder: Path) -> str:
    """Start a person's campaign on two networks; return its ID once its drafts are written."""
    file = folder / f"{town}.md"
    file.write_text(article(town))
    options = CampaignOptions(
        platforms=(Platform.X, Platform.LINKEDIN),
        timing=Timing(start_at=datetime.now(UTC) + timedelta(hours=1)),
    )
    request = CampaignRequest(read_source(str(file)), options, started_by="kim")
    started = await start_campaign(opened, request)
    await until_planned(opened, started.campaign_id)
    await until(lambda: are_in_review(opened, started.campaign_id, 2))
    return started.campaign_id


async def are_in_review(opened: Connections, campaign: str, count: int) -> bool:
    """Whether so many posts of a campaign wait for a person."""
    rows = await list_posts(await opened.temporal(), f'GalleyCampaign="{campaign}"')
    return [row.state for row in rows] == [PostState.IN_REVIEW] * count
