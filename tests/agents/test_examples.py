"""The examples for programs do what they say, on a real server."""

import asyncio
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from app.connections import Connections
from app.posts.views import read_view
from galley.models.post import PostView
from tests.agents.conftest import Api
from tests.agents.test_uploads import picture
from tests.end_to_end.stack import ROOT
from tests.end_to_end.texts import article, link
from tests.end_to_end.waiting import until

pytestmark = [pytest.mark.server]

EXAMPLES = ROOT / "examples" / "agents"
_BODY = re.compile(r"=\{\{ JSON\.stringify\(\{url: \$json\.link, (?P<rest>.*)\}\) \}\}")


async def run(api: Api, *words: str) -> str:
    environment = {"PATH": os.environ["PATH"], "GALLEY_URL": api.url, "GALLEY_TOKEN": api.propose}
    done = await asyncio.create_subprocess_exec(
        *words, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, error = await done.communicate()
    assert done.returncode == 0, error.decode()
    return out.decode()


@pytest.mark.timeout(400)
async def test_the_example_for_curl_starts_a_campaign_with_a_picture(
    api: Api, opened: Connections, tmp_path: Path
) -> None:
    source, shown = tmp_path / "a.md", tmp_path / "a.png"
    source.write_text(article("Seahouses"))
    shown.write_bytes(picture())
    posts = (await run(api, str(EXAMPLES / "campaign.sh"), str(source), str(shown))).split()

    async def views() -> list[PostView]:
        read = [await read_view(await opened.temporal(), post) for post in posts]
        return [view for view in read if view is not None]

    async def are_staged() -> bool:
        return all(view.staged for view in await views())

    # Films of other tests may stand in the same queue.
    await until(are_staged, seconds=300)
    assert {view.platform for view in await views()} == {"x", "linkedin"}
    assert {view.staged[0].alt_text for view in await views()} == {"Chosen by hand."}


async def test_the_examples_in_python_propose_a_text(
    api: Api, opened: Connections, tmp_path: Path
) -> None:
    source = tmp_path / "b.md"
    source.write_text(article("Beadnell"))
    text = f"Beadnell has kept a tide table since 1874. {link('Beadnell')}"
    script = str(EXAMPLES / "campaign.py")
    said = [await run(api, sys.executable, script, str(source), text) for _ in range(2)]
    post = said[0].split()[0]
    view = await read_view(await opened.temporal(), post)
    shorter = f"Beadnell has a tide table. {link('Beadnell')}"
    await run(api, sys.executable, str(EXAMPLES / "over_mcp.py"), post, shorter)
    later = await read_view(await opened.temporal(), post)

    assert said[0] == said[1]
    assert later is not None
    assert later.draft is not None
    assert (later.draft.text, later.revision) == (shorter, 3)
    assert view is not None
    assert view.draft is not None
    assert (view.draft.text, view.revision) == (text, 2)


async def test_the_example_for_n8n_sends_what_the_api_takes(api: Api, campaign: str) -> None:
    """Carry out its nodes as n8n would, for one item of a feed."""
    flow: dict[str, Any] = json.loads((EXAMPLES / "n8n.json").read_text())
    nodes = {one["name"]: one for one in flow["nodes"]}
    first = nodes[flow["connections"]["New item"]["main"][0][0]["node"]]["parameters"]
    second = nodes[flow["connections"]["Start campaign"]["main"][0][0]["node"]]["parameters"]
    written = _BODY.fullmatch(first["jsonBody"])
    assert written is not None
    networks = json.loads(written["rest"].removeprefix("networks: "))
    async with api.client() as http:
        body = {"url": link("Beadnell"), "networks": networks}
        begun = await http.request(first["method"], _path(first["url"]), json=body)
        # The item's page is on no network of the tests, so another campaign is waited for.
        address = second["url"].replace("{{ $json.campaign }}", campaign)
        waited = await http.request(second["method"], _path(address))

    assert (begun.status_code, waited.status_code) == (202, 200)
    assert begun.json()["campaign"].startswith("campaign:")
    assert waited.json()["campaign"] == campaign


def _path(address: str) -> str:
    return address.removeprefix("=").removeprefix("http://127.0.0.1:9704")
