"""The MCP server over standard input and output, with the SDK's own client."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest
from mcp import Client, MCPError
from mcp.types import TextContent, TextResourceContents

from agents.mcp_server import RESOURCES
from agents.prompts import PROMPTS
from agents.verbs import VERBS
from app.connections import Connections
from galley.models.agents import Scope
from tests.agents.conftest import campaign_of, stdio_server
from tests.end_to_end.stack import Stack
from tests.end_to_end.texts import article

pytestmark = [pytest.mark.server]


def arguments_of(post: str, campaign: str) -> dict[str, dict[str, Any]]:
    """Return arguments for each tool that reads."""
    one, whole = {"post": post}, {"campaign": campaign}
    return {
        "list_channels": {},
        "check_text": {"network": "x", "text": "Out now."},
        "list_posts": {"limit": 1},
        "list_calendar": {},
        "plan_campaign": {"text": article("Newton"), "networks": ["x"]},
        "read_post": one,
        "read_facts": one,
        "read_source": {**one, "characters": 300},
        "read_campaign": whole,
        "wait_for_campaign": {**whole, "seconds": 5},
        "read_results": whole,
        "explain_post": one,
        "read_costs": {},
    }


async def test_every_tool_that_reads_answers_as_its_schema_says(
    stack: Stack, opened: Connections, tmp_path: Path
) -> None:
    campaign = await campaign_of(opened, "Alnmouth", tmp_path)
    post = f"{campaign.removeprefix('campaign:')}/x"
    given = arguments_of(post, campaign)
    readers = {one.name for one in VERBS.values() if one.scope is Scope.READ}
    told: list[str | None] = []

    async def heard(progress: float, total: float | None, message: str | None) -> None:
        del progress, total
        told.append(message)

    async with Client(stdio_server(stack, "--read-only")) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert {*tools} == readers == {*given}
        for name, arguments in given.items():
            jsonschema.validate(arguments, tools[name].input_schema)
            found = await client.call_tool(name, arguments, progress_callback=heard)
            said = [one.text for one in found.content if isinstance(one, TextContent)]
            assert not found.is_error, (name, said)
            jsonschema.validate(found.structured_content, tools[name].output_schema or {})
        refused = await client.call_tool("start_campaign", {"url": "https://example.com"})
        wrong = await client.call_tool("read_post", {"post": "no such post!"})
        resources = {one.uri: one for one in (await client.list_resources()).resources}
        source = await client.read_resource(f"galley://posts/{post.replace('/', '%2F')}/source")
        prompts = {one.name for one in (await client.list_prompts()).prompts}
        prompt = await client.get_prompt("improve_post", {"post": post, "wish": "shorter"})
        with pytest.raises(MCPError, match="no resource"):
            await client.read_resource("galley://../etc/passwd")

    assert any("drafts written" in (one or "") for one in told)
    assert refused.is_error
    assert wrong.is_error
    assert isinstance(wrong.content[0], TextContent)
    assert "Next:" in wrong.content[0].text
    assert {*resources} == {*RESOURCES}
    assert isinstance(source.contents[0], TextResourceContents)
    assert "tide table" in source.contents[0].text
    assert prompts == {*PROMPTS}
    assert "shorter" in str(prompt.messages[0].content)
