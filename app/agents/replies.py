"""Replies to requests with an idempotency key: who repeats a request gets the first reply.

The HTTP API calls it. Kept are hashes of the client's key and of the request, and the reply without
the words of posts.
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import AwareDatetime, JsonValue, ValidationError

from app.errors import ConflictError, InvalidRequestError
from galley.clients.storage import ObjectStore
from galley.models.agents import AgentMark
from galley.models.base import Model

_JSON = "application/json"
_WORKS_FOR = timedelta(minutes=3)
"""After that, whoever holds the key is taken for dead."""


_NOT_KEPT = frozenset({"shown", "ticket"})
Reply = dict[str, JsonValue]


class _Kept(Model):
    request: str
    at: AwareDatetime
    reply: Reply | None = None
    """``None``: the request is being carried out."""


class KeyReusedError(InvalidRequestError):
    """The key was used for another request."""


async def once(
    state: ObjectStore,
    agent: AgentMark,
    key: str,
    request: dict[str, Any],
    carry_out: Callable[[], Awaitable[Reply]],
) -> tuple[Reply, bool]:
    """Return the reply to a request, and whether it is that of an earlier one.

    A request that failed leaves nothing, so that it can be tried again.

    Raises:
        KeyReusedError: The key belongs to another request.
        ConflictError: The same request is being carried out.
    """
    given = json.dumps(request, sort_keys=True, default=str).encode()
    kept = _Kept(request=hashlib.sha256(given).hexdigest(), at=datetime.now(UTC))
    name = f"agents/replies/{agent.name}/{hashlib.sha256(key.encode()).hexdigest()}.json"
    if not await state.put_if_absent(name, _data(kept), _JSON):
        found, version = await _read(state, name)
        if found is not None and found.request != kept.request:
            raise KeyReusedError("This idempotency key belongs to another request: use a new one.")
        if found is not None and found.reply is not None:
            return found.reply, True
        is_alive = found is not None and kept.at - found.at < _WORKS_FOR
        if is_alive or not await state.replace(name, _data(kept), _JSON, version):
            raise ConflictError("The same request is being carried out: repeat it in a minute.")
    try:
        reply = await carry_out()
    except BaseException:
        await asyncio.shield(state.delete(name))
        raise
    _, version = await state.read_versioned(name)
    # Without the post that it shows: what is erased later must not stay here. Nor may a secret.
    slim = {name: None if name in _NOT_KEPT else it for name, it in reply.items()}
    done = kept.model_copy(update={"reply": slim})
    await state.replace(name, _data(done), _JSON, version)
    return reply, False


async def _read(state: ObjectStore, name: str) -> tuple[_Kept | None, str]:
    data, version = await state.read_versioned(name)
    try:
        return (_Kept.model_validate_json(data) if data else None), version
    except ValidationError:
        return None, version


def _data(kept: _Kept) -> bytes:
    return kept.model_dump_json().encode()
