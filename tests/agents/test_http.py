"""MCP over streamable HTTP and the HTTP API, on one server with real tokens."""

import asyncio
import sys
from typing import Any

import httpx2
import jsonschema
import pytest
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp.types import TextResourceContents

from agents.mcp_server import RESOURCES
from agents.prompts import PROMPTS
from agents.verbs import VERBS
from app.agents.access import make_token, revoke_token, stop_agents
from app.agents.access import resume_agents as resume
from app.connections import Connections
from galley.models.agents import Scope
from tests.agents.conftest import Api
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


async def test_every_tool_that_reads_answers_as_its_schema_says(api: Api, campaign: str) -> None:
    post = f"{campaign.removeprefix('campaign:')}/x"
    given = arguments_of(post, campaign)
    told: list[str | None] = []

    async def heard(progress: float, total: float | None, message: str | None) -> None:
        del progress, total
        told.append(message)

    async with api.mcp(api.read) as http:
        transport = streamable_http_client(f"{api.url}/mcp", http_client=http)
        async with Client(transport) as client:
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            for name, arguments in given.items():
                jsonschema.validate(arguments, tools[name].input_schema)
                found = await client.call_tool(name, arguments, progress_callback=heard)
                assert not found.is_error, (name, found.content)
                jsonschema.validate(found.structured_content, tools[name].output_schema or {})
            refused = await client.call_tool("start_campaign", {"text": "Hello."})
            wrong = await client.call_tool("read_post", {"post": "no such post!"})
            resources = {one.uri for one in (await client.list_resources()).resources}
            source = await client.read_resource(f"galley://posts/{post.replace('/', '%2F')}/source")
            prompts = {one.name for one in (await client.list_prompts()).prompts}
            prompt = await client.get_prompt("improve_post", {"post": post, "wish": "shorter"})
            with pytest.raises(MCPError, match="no resource"):
                await client.read_resource("galley://../etc/passwd")

    readers = {one.name for one in VERBS.values() if one.scope is Scope.READ}
    assert {*tools} == readers == {*given}
    assert any("drafts written" in (one or "") for one in told)
    assert refused.is_error
    assert "scope propose" in str(refused.content)
    assert wrong.is_error
    assert "Next:" in str(wrong.content)
    assert resources == {*RESOURCES}
    assert isinstance(source.contents[0], TextResourceContents)
    assert "tide table" in source.contents[0].text
    assert prompts == {*PROMPTS}
    assert "shorter" in str(prompt.messages[0].content)
    with pytest.raises((MCPError, httpx2.HTTPError, ExceptionGroup)):
        async with (
            api.mcp("nobody") as http,
            Client(streamable_http_client(f"{api.url}/mcp", http_client=http)),
        ):
            pass


async def test_a_campaign_is_started_once_whoever_repeats_the_request(api: Api) -> None:
    body = {"text": article("Howick"), "networks": ["x"], "model": "m-2"}
    async with api.client() as http:
        first = await http.post("/v1/campaigns", json=body, headers={"Idempotency-Key": "k-1"})
        again = await http.post("/v1/campaigns", json=body, headers={"Idempotency-Key": "k-1"})
        other = await http.post(
            "/v1/campaigns", json={**body, "edition": 2}, headers={"Idempotency-Key": "k-1"}
        )
        same = await http.post("/v1/campaigns", json=body)

    assert (first.status_code, again.status_code) == (202, 202)
    assert (first.json()["is_new"], again.json()) == (True, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert other.status_code == 422
    assert (same.status_code, same.json()["is_new"]) == (202, False)


@pytest.mark.parametrize("key", ["", "two words", "caf\xe9", "k" * 201], ids=repr)
async def test_a_key_that_the_description_forbids_is_refused(api: Api, key: str) -> None:
    body = {"text": article("Howick"), "networks": ["x"], "model": "m-2"}
    headers = [(b"Idempotency-Key", key.encode("latin-1"))]
    async with api.client() as http:
        answer = await http.post("/v1/campaigns", json=body, headers=headers)

    assert answer.status_code == 422


async def test_pages_follow_each_other_until_the_last(api: Api, campaign: str) -> None:
    seen: list[str] = []
    async with api.client(api.read) as http:
        # With a boolean, which the link has to say as a request does.
        place = f"/v1/posts?limit=1&needs_a_person=true&campaign={campaign}"
        while place:
            answer = await http.get(place)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            seen += [one["post"] for one in page["posts"]]
            assert bool(page["next_after"]) == ("link" in answer.headers)
            place = answer.links.get("next", {}).get("url", "")

    assert len(seen) == len({*seen}) == 2


async def test_pages_of_the_calendar_show_each_post_once(api: Api, campaign: str) -> None:
    seen: list[str] = []
    async with api.client(api.read) as http:
        begins: str | None = "2000-01-01T00:00:00Z"
        while begins:
            answer = await http.get("/v1/calendar", params={"begins": begins, "limit": 1})
            assert answer.status_code == 200, answer.text
            page = answer.json()
            seen += [one["post"] for one in page["posts"] if one["campaign"] == campaign]
            begins = page["next_begins"]

    assert len(seen) == len({*seen}) == 2


@pytest.mark.parametrize(
    ("method", "path", "more", "status"),
    [
        ("GET", "/v1/posts", {"headers": {"Authorization": "Bearer galley_0_0"}}, 401),
        ("GET", "/v1/posts", {"headers": {"Authorization": ""}}, 401),
        ("GET", "/v1/posts", {"headers": {"Host": "evil.example"}}, 403),
        ("GET", "/v1/posts", {"headers": {"Origin": "http://localhost:3000"}}, 403),
        ("GET", "/v1/nothing", {}, 404),
        ("GET", "/v1/posts/nothing", {}, 404),
        ("DELETE", "/v1/posts", {}, 405),
        ("GET", "/mcp", {"headers": {"Accept": "text/event-stream"}}, 405),
        ("POST", "/v1/campaigns", {"content": b"x" * 2_000_000}, 413),
        ("POST", "/v1/checks", {"content": b"network=x"}, 415),
        ("POST", "/v1/checks", {"json": {"network": "myspace", "text": ""}}, 422),
        ("POST", "/v1/checks", {"json": {"network": "x", "text": "a", "by": "kim"}}, 422),
        ("GET", "/v1/posts", {"params": {"limit": "many"}}, 422),
    ],
)
async def test_what_is_not_carried_out_is_a_problem_that_says_what_to_do(
    api: Api, method: str, path: str, more: dict[str, Any], status: int
) -> None:
    async with api.client() as http:
        answer = await http.request(method, path, **more)

    told = answer.json()
    assert answer.status_code == told["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert told["detail"]
    assert told["next"]
    assert "galley_" not in answer.text


async def test_a_revoked_token_and_stopped_agents_are_refused_at_once(
    api: Api, opened: Connections
) -> None:
    token, kept = await make_token(opened, "brief", by="kim", scopes=[Scope.READ])
    async with api.client(token) as http:
        before = await http.get("/v1/calendar")
        await stop_agents(opened, "kim", "a look")
        during = await http.get("/v1/calendar")
        await resume(opened)
        after = await http.get("/v1/calendar")
        await revoke_token(opened, kept.id)
        revoked = await http.get("/v1/calendar")

    codes = [one.status_code for one in (before, during, after, revoked)]
    assert codes == [200, 403, 200, 401]
    assert "kim has stopped all agents" in during.json()["detail"]


async def test_no_token_is_kept_but_as_a_hash(api: Api, opened: Connections) -> None:
    state = opened.state
    kept = [await state.get(name) for name in await state.names("agents/")]

    assert len(kept) > 2
    for token in (api.read, api.propose):
        secret = token[-43:].encode()
        assert not [one for one in kept if one and secret in one]


async def test_no_request_gets_an_answer_that_is_not_described(api: Api, campaign: str) -> None:
    """Have schemathesis send what the description allows, and what it forbids."""
    words = [sys.executable, "-m", "schemathesis.cli", "run", f"{api.url}/v1/openapi.json"]
    words += ["--header", f"Authorization: Bearer {api.propose}", "--no-color", "--seed", "1"]
    # That a source, a file or a network refuses what has the right form stands in no schema.
    words += ["--exclude-checks", "positive_data_acceptance"]
    words += ["--checks", "all", "--phases", "examples,fuzzing", "--max-examples", "3"]
    words += ["--suppress-health-check", "all", "--continue-on-failure"]
    done = await asyncio.create_subprocess_exec(
        *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await done.communicate()

    assert campaign
    assert done.returncode == 0, out.decode()[-30000:]
