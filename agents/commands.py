"""The commands that serve agents and programs: ``mcp`` on standard input, ``api`` over HTTP."""

import asyncio
import ipaddress
import sys
from typing import Annotated

import typer

from app.agents.access import mark_agent
from app.agents.limits import AgentLimits
from app.connections import Connections, open_client
from app.errors import InvalidRequestError
from galley.models.agents import AgentMark, Scope
from galley.settings import Settings

PORT = 9704
_GRACE_SECONDS = 3
_CONNECTIONS = 800
"""Below the 1024 files that a process may commonly open."""


def mcp(
    *,
    agent: Annotated[
        str,
        typer.Option(
            "--agent", metavar="NAME", help="Name of the agent, as reviewers see it: claude-code."
        ),
    ] = "local",
    model: Annotated[
        str, typer.Option("--model", metavar="MODEL", help="Its model. Missing: as the agent says.")
    ] = "",
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Only the tools that read.")
    ] = False,
) -> None:
    """Serve an agent over MCP, which reads and proposes, and never approves.

    On standard input and output, until the client ends it.

    Example: galley mcp --agent claude-code
    """
    mark = mark_agent(agent, model)
    scopes = frozenset({Scope.READ} if read_only else Scope)
    asyncio.run(_serve_stdio(mark, scopes))


async def _serve_stdio(mark: AgentMark, scopes: frozenset[Scope]) -> None:
    from mcp.server.stdio import stdio_server

    from agents.mcp_server import build
    from agents.verbs import Caller

    opened = Connections(Settings(), open_client)
    caller = Caller(opened, mark, scopes, AgentLimits(opened))
    server = build(_version(), lambda _: caller)
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


def api(
    *,
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="N", help="Port. 0: a free one.")
    ] = PORT,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address to listen on.")
    ] = "127.0.0.1",
    name: Annotated[
        str,
        typer.Option(
            metavar="HOST", help="Host name of a proxy with TLS, through which agents come."
        ),
    ] = "",
) -> None:
    """Serve agents and programs over HTTP: MCP, and an API.

    Until Ctrl-C, MCP at /mcp and the API at /v1.

    Whoever asks needs a token of `galley agents token`. No token lets one approve.

    Example: galley api
    """
    if not name and not _is_loopback(host):
        raise InvalidRequestError(
            f"{host} can be reached from elsewhere: put a proxy with TLS before the server, and "
            "give the proxy's host name with --name."
        )
    import uvicorn

    from agents.http_api import create_app
    from agents.slow_clients import SlowClientProtocol

    app = create_app(Connections(Settings(), open_client), _version(), [name] if name else [])
    uvicorn.run(
        app,
        http=SlowClientProtocol,
        host=host,
        port=port,
        log_level="info",
        access_log=False,
        server_header=False,
        limit_concurrency=_CONNECTIONS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _version() -> str:
    """Return the version of Galley, which stands in its entry point."""
    entry = sys.modules.get("starter") or sys.modules["__main__"]
    return str(getattr(entry, "__version__", ""))
