"""``channels`` lists every organization that the key reaches, each by its own run."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from pytest_httpserver import HTTPServer
from temporalio.client import Client
from werkzeug import Request, Response

from activities.publishing.memory import AccountRemembering
from galley.clients.buffer.client import BufferClient
from tests.bounded_worker import BoundedWorker
from tests.cli.running import starter
from tests.clients.buffer_answers import KEY, LIMITS, channel_json, publishing_of
from tests.memory_store import MemoryStore
from workflows import ids
from workflows.account.workflow import AccountWorkflow

pytestmark = pytest.mark.server

NAMES = ("Galley Press", "Proof House")


def organization_id(name: str) -> str:
    return f"id-{name.split(maxsplit=1)[0].lower()}"


class TwoOrganizations:
    """A Buffer whose key reaches two organizations; counts what it is asked."""

    def __init__(self, server: HTTPServer) -> None:
        self.asked: list[str] = []
        self.url = server.url_for("/")
        server.expect_request("/").respond_with_handler(self._answer)

    def _answer(self, request: Request) -> Response:
        body = request.get_json()
        operation = str(body["operationName"])
        wanted = body["variables"].get("input", {}).get("organizationId")
        self.asked.append(f"{operation} {wanted or ''}".strip())
        reached = [{"id": organization_id(name), "name": name} for name in NAMES]
        data: dict[str, object] = {"account": {"organizations": reached}}
        if operation == "ListChannels":
            channel = channel_json(id=f"of-{wanted}", name=f"of {wanted}")
            data["channels"] = [channel]
        answer = json.dumps({"data": data})
        return Response(answer, headers=LIMITS, content_type="application/json")


@pytest.fixture(name="buffer")
async def _buffer(httpserver: HTTPServer, temporal: Client) -> AsyncIterator[TwoOrganizations]:
    buffer = TwoOrganizations(httpserver)
    client = BufferClient(buffer.url, KEY, timeout=10, user_agent="galley/test")
    worker = BoundedWorker(
        temporal,
        task_queue=ids.TASK_QUEUE,
        workflows=[AccountWorkflow],
        activities=[
            publishing_of(client).list_channels,
            AccountRemembering(MemoryStore()).remember_account,
        ],
    )
    async with worker:
        yield buffer
        for name in NAMES:
            account = ids.account_id(organization_id(name))
            await temporal.get_workflow_handle(account).terminate()
    await client.aclose()


async def channels(
    folder: Path, temporal: Client, buffer: TwoOrganizations, *options: str, chosen: str = ""
) -> CompletedProcess[str]:
    """Run ``starter.py channels`` beside the worker of this test."""
    told = await asyncio.to_thread(
        starter,
        folder,
        "channels",
        *options,
        TEMPORAL_ADDRESS=temporal.service_client.config.target_host,
        BUFFER_API_URL=buffer.url,
        BUFFER_API_KEY=KEY,
        GALLEY_BUFFER_ORGANIZATION=chosen,
    )
    assert told.returncode == 0, told.stderr
    return told


async def test_every_organization_is_listed_and_read_anew_only_when_asked(
    tmp_path: Path, temporal: Client, buffer: TwoOrganizations
) -> None:
    first = json.loads((await channels(tmp_path, temporal, buffer, "--json")).stdout)
    again = await channels(tmp_path, temporal, buffer, "--json")
    cached = list(buffer.asked)
    await channels(tmp_path, temporal, buffer, "--json", "--refresh")

    assert json.loads(again.stdout) == first
    found = first["organizations"]
    assert [one["organization_name"] for one in found] == list(NAMES)
    assert [[c["name"] for c in one["channels"]] for one in found] == [
        ["of id-galley"],
        ["of id-proof"],
    ]
    assert [one["is_used"] for one in found] == [False, False]
    reads = ["ListChannels id-galley", "ListChannels id-proof"]
    assert sorted(cached) == [*reads, "ListOrganizations", "ListOrganizations"]
    assert sorted(buffer.asked[len(cached) :]) == [*reads, "ListOrganizations"]


async def test_which_organization_campaigns_use_is_told(
    tmp_path: Path, temporal: Client, buffer: TwoOrganizations
) -> None:
    unclear = await channels(tmp_path, temporal, buffer)
    chosen = await channels(tmp_path, temporal, buffer, chosen="id-proof")
    lost = await channels(tmp_path, temporal, buffer, chosen="id-other")

    setting = "GALLEY_BUFFER_ORGANIZATION"
    choices = "Galley Press (id-galley), Proof House (id-proof)."
    assert unclear.stdout.splitlines()[0].startswith("Organization")
    assert "Proof House" in unclear.stdout
    assert f"Set {setting} to the id of one of {choices}" in unclear.stderr
    assert "Campaigns use Proof House (id-proof)." in chosen.stderr
    assert f"{setting} is id-other, which this key does not reach" in lost.stderr
