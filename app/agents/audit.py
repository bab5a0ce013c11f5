"""The audit of agents: every call is kept in the state bucket, refused ones too, without its words.

The servers of ``agents`` write it, and the command ``agents log`` reads it.
"""

import asyncio
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from app.agents.limits import LimitError
from app.connections import Connections
from galley.clients.storage import ObjectStore
from galley.models.agents import AgentCall, AgentMark, CallOutcome

_AUDIT = "agents/audit/"


def storable(text: str) -> str:
    """Return the text without lone halves of a pair, which JSON may name and no file can hold."""
    return text.encode(errors="replace").decode()


@asynccontextmanager
async def audited(
    state: ObjectStore, agent: AgentMark, tool: str, sha256: str
) -> AsyncGenerator[dict[str, str]]:
    """Keep what becomes of the call in the body; the body may name its ``target``."""
    told: dict[str, str] = {"target": ""}
    outcome, reason = CallOutcome.DONE, ""
    try:
        yield told
    except LimitError as error:
        outcome, reason = CallOutcome.REFUSED, error.reason.value
        raise
    except BaseException as error:
        outcome, reason = CallOutcome.FAILED, type(error).__name__
        raise
    finally:
        now = datetime.now(UTC)
        call = AgentCall(
            at=now,
            agent=agent,
            tool=storable(tool),
            target=storable(told["target"][:200]),
            outcome=outcome,
            reason=reason,
            sha256=sha256,
        )
        # A cancelled call is kept, too.
        await asyncio.shield(_keep(state, call))


async def _keep(state: ObjectStore, call: AgentCall) -> None:
    at = f"{call.at:%Y-%m-%d/%H%M%S.%f}"
    name = f"{_AUDIT}{at}-{call.agent.name}-{secrets.token_hex(4)}.json"
    await state.put_if_absent(name, call.model_dump_json().encode(), "application/json")


async def calls_of(connections: Connections, day: str, agent: str = "") -> list[AgentCall]:
    """Return the audit of a day, the oldest first; of one agent, if it is named."""
    state = connections.state
    names = await state.names(f"{_AUDIT}{day}/")
    wanted = [name for name in names if not agent or f"-{agent}-" in name]
    found = [await state.get(name) for name in wanted]
    calls = [AgentCall.model_validate_json(data) for data in found if data]
    return [one for one in calls if agent in {"", one.agent.name}]
