"""The commands that serve agents and programs: ``mcp`` over standard input and output."""

import asyncio
import sys
from typing import Annotated

import typer
from pydantic import ValidationError

from app.agents.ledger import Ledger
from app.connections import Connections, open_client
from app.errors import InvalidRequestError
from galley.models.agents import AgentMark, Scope
from galley.settings import Settings

Name = Annotated[
    str,
    typer.Option(
        "--agent", metavar="NAME", help="Name of the agent, as reviewers see it: claude-code."
    ),
]
ModelName = Annotated[
    str, typer.Option("--model", metavar="MODEL", help="Its model. Missing: as the agent says.")
]


def mcp(
    *,
    agent: Name = "local",
    model: ModelName = "",
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Only the tools that read.")
    ] = False,
) -> None:
    """Serve an agent over MCP, on standard input and output, until the client ends it.

    The agent may read and propose. No tool approves, rejects, resumes or erases.

    Example: galley mcp --agent claude-code
    """
    mark = _mark(agent, model)
    scopes = frozenset({Scope.READ} if read_only else Scope)
    asyncio.run(_serve_stdio(mark, scopes))


def _mark(agent: str, model: str) -> AgentMark:
    try:
        return AgentMark(name=agent, model=model)
    except ValidationError:
        raise InvalidRequestError(
            "An agent's name has up to 40 small letters, digits, dots and dashes: claude-code."
        ) from None


async def _serve_stdio(mark: AgentMark, scopes: frozenset[Scope]) -> None:
    from mcp.server.stdio import stdio_server

    from agents.mcp_server import build
    from agents.verbs import Caller

    opened = Connections(Settings(), open_client)
    caller = Caller(opened, mark, scopes, Ledger(opened))
    server = build(_version(), lambda _: caller)
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


def _version() -> str:
    """Return the version of Galley, which stands in its entry point."""
    return str(getattr(sys.modules.get("starter"), "__version__", ""))
