"""Propose another text for a post over MCP, as an agent does.

GALLEY_TOKEN=galley_… python over_mcp.py post:… "A better text."
"""

import asyncio
import os
import sys

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client


async def main(post: str, text: str) -> None:
    """Ask for the edit, and print what to do next."""
    headers = {"Authorization": f"Bearer {os.environ['GALLEY_TOKEN']}"}
    address = f"{os.environ.get('GALLEY_URL', 'http://127.0.0.1:9704')}/mcp"
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as http,
        Client(streamable_http_client(address, http_client=http)) as client,
    ):
        asked = {"post": post, "text": text, "why": "shorter", "model": "none"}
        done = await client.call_tool("propose_edit", asked)
        if done.is_error:
            sys.exit(done.content[0].text)
        print(post, done.structured_content["next"])


asyncio.run(main(*sys.argv[1:]))
