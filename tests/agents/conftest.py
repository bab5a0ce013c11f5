"""One stack for all tests of agents, and campaigns on it."""

import socket
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, cast

import httpx
import httpx2
import pytest
import uvicorn
from mcp.client.stdio import StdioServerParameters
from temporalio.client import Client

from agents.http_api import create_app
from agents.slow_clients import SlowClientProtocol
from app.agents.access import make_token
from app.campaigns.follow import until_planned
from app.campaigns.sources import read_source
from app.campaigns.start import CampaignRequest, start_campaign
from app.connections import Connections
from app.posts.directory import list_posts
from galley.models.agents import Scope
from galley.models.network import Platform
from galley.models.options import CampaignOptions
from galley.models.post import PostState
from galley.models.schedule import Timing
from galley.settings import Settings
from tests.end_to_end.stack import ROOT, Stack
from tests.end_to_end.texts import article
from tests.end_to_end.waiting import until
from tests.serving import running


@pytest.fixture(scope="package")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Run every server and a worker; they are killed at the end."""
    folder = tmp_path_factory.mktemp("agents")
    named = folder / "given"
    named.mkdir()
    # The files of this folder share one process, and so the day of one agent.
    plenty = {"GALLEY_AGENT_CALLS_A_MINUTE": "100000", "GALLEY_AGENT_DAY_USD": "1000"}
    stack = Stack(folder, GALLEY_AGENT_FOLDER=str(named), **plenty)
    try:
        await stack.start()
        yield stack
    finally:
        stack.close()


@pytest.fixture(scope="package")
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


class Api(NamedTuple):
    """A running server, and tokens for it."""

    url: str
    propose: str
    read: str

    def client(self, token: str | None = None) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {self.propose if token is None else token}"}
        return httpx.AsyncClient(base_url=self.url, headers=headers, trust_env=False, timeout=60)

    def mcp(self, token: str) -> httpx2.AsyncClient:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx2.AsyncClient(headers=headers, trust_env=False, timeout=60)


@pytest.fixture(name="api", scope="package")
async def _api(opened: Connections) -> AsyncIterator[Api]:
    tokens = [
        (await make_token(opened, name, by="kim", scopes=scopes))[0]
        for name, scopes in (("proposer", tuple(Scope)), ("reader", (Scope.READ,)))
    ]
    door = socket.create_server(("127.0.0.1", 0))
    app = create_app(opened, "test")
    config = uvicorn.Config(app, http=SlowClientProtocol, log_level="warning")
    async with running(config, door):
        yield Api(f"http://127.0.0.1:{door.getsockname()[1]}", *tokens)


def stdio_server(stack: Stack, *options: str) -> StdioServerParameters:
    """Return how a client starts the server, as its settings name it."""
    words = [str(ROOT / "starter.py"), "mcp", "--agent", "tester", *options]
    return StdioServerParameters(command=sys.executable, args=words, env=stack.environment)


@pytest.fixture(scope="package")
async def campaign(opened: Connections, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Start a person's campaign whose drafts are asked about, and suggested for."""
    return await campaign_of(opened, "Craster", tmp_path_factory.mktemp("sources"))


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
