"""Decisions by links and buttons of messages: one for each person and proof, whatever the message.

The state bucket knows them: an object that is created once, so that of two clicks at the same
time, on however many replicas of the pages, one decides.
"""

import contextlib
import hashlib
import json
from datetime import UTC, datetime, timedelta

from pydantic import AwareDatetime, BaseModel

from app.connections import Connections
from app.review.decisions import DecisionResult, confirmed_by_buffer, send
from app.review.messages import sign
from galley.clients.storage import ObjectStore, StoreError
from galley.models.review import Decision, DecisionKind
from galley.review.links import DecisionLink
from galley.settings import Settings

_JSON = "application/json"
_IN_HAND = timedelta(minutes=3)
"""Longer than a decision takes: whoever began one and has not ended it by then has died."""


class UsedLink(BaseModel):
    """What became of a person's links about one proof."""

    by: str
    kind: DecisionKind
    at: AwareDatetime
    is_done: bool = False
    """Whether it decided; else somebody is deciding by it just now."""


async def used(state: ObjectStore, link: DecisionLink, by: str) -> UsedLink | None:
    """Return what became of a link; ``None``: it has not decided yet."""
    held = await state.get(_name(link, by))
    found = UsedLink.model_validate_json(held) if held else None
    return None if found is None or _is_left(found) else found


def _name(link: DecisionLink, by: str) -> str:
    # Not by the token: every letter about a proof has another one.
    about = json.dumps([link.post, link.revision, link.digest, by])
    digest = hashlib.sha256(about.encode()).hexdigest()
    return f"decisions/links/{digest}.json"


async def decide_once(
    connections: Connections, settings: Settings, link: DecisionLink, said: Decision
) -> DecisionResult | UsedLink:
    """Decide by a link, unless it is used up; one that decided nothing can be used again.

    Args:
        connections: To Temporal and the state bucket.
        settings: By which the person's decisions are signed.
        link: The link.
        said: The decision, unsigned.

    Raises:
        AppError: The key cannot be used, or a service does not answer.
    """
    signed = sign(settings, link.post, said)
    state, client = connections.state, await connections.temporal()
    name, mark = _name(link, said.by), UsedLink(by=said.by, kind=said.kind, at=datetime.now(UTC))
    if before := await _taken(state, name, mark):
        return before
    try:
        result = await send(client, link.post, signed)
    except BaseException:
        await state.delete(name)
        raise
    if not result.ok:
        await state.delete(name)
        return result
    # It counts, whatever becomes of the mark: the post itself refuses a second one.
    with contextlib.suppress(StoreError):
        _, version = await state.read_versioned(name)
        await state.replace(name, _written(mark, is_done=True), _JSON, version)
    if said.kind is DecisionKind.APPROVE:
        return (await confirmed_by_buffer(connections, [result]))[0]
    return result


async def _taken(state: ObjectStore, name: str, mark: UsedLink) -> UsedLink | None:
    """Take a link in hand; return what somebody else did with it before, or ``None``."""
    if await state.put_if_absent(name, _written(mark), _JSON):
        return None
    held, version = await state.read_versioned(name)
    found = UsedLink.model_validate_json(held) if held else mark
    # Whoever began and died has decided nothing, or the post tells who was first.
    if _is_left(found):
        return None if await state.replace(name, _written(mark), _JSON, version) else found
    return found


def _is_left(found: UsedLink) -> bool:
    return not found.is_done and datetime.now(UTC) - found.at > _IN_HAND


def _written(mark: UsedLink, *, is_done: bool = False) -> bytes:
    return mark.model_copy(update={"is_done": is_done}).model_dump_json().encode()
