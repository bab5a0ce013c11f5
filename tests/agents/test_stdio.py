"""The MCP server over standard input and output: a whole campaign, and reading alone."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import jsonschema
import pytest
from mcp import Client

from agents.verbs import VERBS
from app.agents.audit import calls_of
from app.connections import Connections
from app.posts.views import read_view
from app.review.decisions import DecisionRequest, decide
from galley.models.agents import Scope
from galley.models.post import PostState, PostView
from galley.models.review import DecisionKind
from tests.agents.conftest import are_in_review, stdio_server
from tests.end_to_end.stack import Stack
from tests.end_to_end.texts import article, link
from tests.end_to_end.waiting import until
from tests.forking import Order, Piped

pytestmark = [pytest.mark.server]

Call = Callable[..., Awaitable[dict[str, Any]]]
HOUR = timedelta(hours=1)


async def caller_of(client: Client) -> Call:
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}

    async def call(name: str, **arguments: object) -> dict[str, Any]:
        found = await client.call_tool(name, arguments)
        assert not found.is_error, found.content
        jsonschema.validate(found.structured_content, tools[name].output_schema or {})
        return cast("dict[str, Any]", found.structured_content)

    return call


async def view_of(opened: Connections, post: str) -> PostView:
    view = await read_view(await opened.temporal(), post)
    assert view is not None
    return view


async def test_an_agent_prepares_and_a_person_lets_out(stack: Stack, opened: Connections) -> None:
    start_at = (datetime.now(UTC) + HOUR).replace(microsecond=0)
    asked = {"text": article("Boulmer"), "networks": ["x", "bluesky"]}
    asked |= {"start_at": start_at.isoformat(), "model": "m-1"}
    async with Client(stdio_server(stack)) as client:
        call = await caller_of(client)
        plan = await call("plan_campaign", **asked)
        begun = await call("start_campaign", **asked)
        again = await call("start_campaign", **asked)
        campaign = begun["campaign"]
        await until(lambda: are_in_review(opened, campaign, 2))
        report = await call("wait_for_campaign", campaign=campaign)
        post = next(one["post"] for one in report["posts"] if one["network"] == "x")
        words = f"Boulmer has kept a tide table since 1874. {link('Boulmer')}"
        edited = await call("propose_edit", post=post, text=words, why="shorter", model="m-1")
        moved = await call(
            "propose_time", post=post, due_at=(start_at + HOUR).isoformat(), model="m-1"
        )
        other = f"{campaign.removeprefix('campaign:')}/bluesky"
        await call("request_draft", post=other, note="lead with the clerk", model="m-1")
        shown = await stack.cli("show", post)

        # A person approves what the agent wrote, and the agent proposes once more.
        [approved] = await decide(opened, post, DecisionRequest(DecisionKind.APPROVE), by="kim")
        await until(lambda: is_in(opened, post, PostState.SCHEDULED))
        later = await call("propose_edit", post=post, text=f"{words} See the ledger.")
        unmoved = await view_of(opened, post)
        now = await stack.cli("reschedule", post, "--mode", "shareNow")
        await until(lambda: is_in(opened, post, PostState.PUBLISHED))
        results = await call("read_results", campaign=campaign)
        costs = await call("read_costs", campaign=campaign)

    assert plan["campaign"] == campaign
    assert {one["network"] for one in plan["posts"]} == {"x", "bluesky"}
    assert (begun["is_new"], again["is_new"]) == (True, False)
    assert edited["shown"]["written_by"]["untrusted_text"] == "agent:tester (m-1)"
    assert edited["shown"]["problems"] == []
    assert (moved["shown"]["state"], approved.ok) == ("in_review", True)
    assert "Agent: agent:tester (m-1) proposed other words or media: shorter" in shown.out
    assert "Drafter: agent:tester (m-1)" in shown.out
    assert later["shown"]["proposal"]["written_by"]["untrusted_text"].startswith("agent:tester")
    assert unmoved.draft is not None
    assert unmoved.draft.text == words
    assert now.code == 0
    [published] = results["published"]
    assert published["text"]["untrusted_text"] == words
    assert costs["lines"]
    kept = await calls_of(opened, f"{datetime.now(UTC):%Y-%m-%d}", "tester")
    assert {one.tool for one in kept} >= {"start_campaign", "propose_edit", "propose_time"}
    assert campaign in {one.target for one in kept}
    assert "tide table" not in json.dumps([one.model_dump(mode="json") for one in kept])


async def is_in(opened: Connections, post: str, state: PostState) -> bool:
    return (await view_of(opened, post)).state is state


ABOUT: dict[str, Any] = {"protocolVersion": "2025-06-18", "capabilities": {}}
ASKED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("initialize", {**ABOUT, "clientInfo": {"name": "tests", "version": "1"}}),
    ("tools/list", {}),
    ("tools/call", {"name": "start_campaign", "arguments": {"text": "Hello."}}),
)


def test_a_server_that_only_reads_has_the_tools_that_read_and_no_other(stack: Stack) -> None:
    words = ("mcp", "--agent", "tester", "--read-only")
    process = Piped(Order("starter", words, stack.folder, stack.environment))
    told: list[dict[str, Any]] = []
    try:
        for number, (method, params) in enumerate(ASKED):
            order = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
            process.stdin.write(f"{json.dumps(order)}\n")
            process.stdin.flush()
            told.append(json.loads(process.stdout.readline())["result"])
    finally:
        process.communicate(timeout=60)

    readers = {one.name for one in VERBS.values() if one.scope is Scope.READ}
    assert {one["name"] for one in told[1]["tools"]} == readers
    assert told[2]["isError"]
    assert "scope propose" in str(told[2]["content"])
