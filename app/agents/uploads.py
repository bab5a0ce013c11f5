"""Files that agents send from elsewhere: announced, bounded, looked at, and used once.

The servers of ``agents`` call it. The bytes are staged under their hash once the sandbox has
decoded them as a picture or film, so nothing else is ever kept, or served to anybody.
"""

import hashlib
import re
import secrets
from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
from pydantic import ValidationError

from app.campaigns.attachments import GivenFile, attach
from app.connections import Connections
from app.errors import ConflictError, InvalidRequestError, NotFoundError
from galley.clients.storage import ObjectStore
from galley.models.agents import AgentMark, AgentUpload
from galley.models.media import StagedAsset

MOST_BYTES = 200_000_000
"""Of one file: the largest that a network takes by way of Buffer is smaller once it is fitted."""
_UPLOADS, _JSON = "agents/uploads/", "application/json"
_SENT_WITHIN = timedelta(minutes=15)
_USED_WITHIN = timedelta(days=1)
_TICKET = re.compile(r"galley_upload_(?P<id>[0-9]{8}-[0-9a-f]{16})_(?P<secret>[A-Za-z0-9_-]{43})")
_ID = re.compile(r"[0-9]{8}-[0-9a-f]{16}")


@dataclass(frozen=True)
class PreparedUpload:
    """A place for one file, and the secret with which it may be sent, shown this once."""

    kept: AgentUpload
    ticket: str


async def prepare_upload(connections: Connections, agent: AgentMark, size: int) -> PreparedUpload:
    """Return a place for a file of so many bytes; those of earlier days are forgotten."""
    state, now, secret = connections.state, datetime.now(UTC), secrets.token_urlsafe(32)
    oldest = f"{_UPLOADS}{now - 2 * _USED_WITHIN:%Y%m%d}"
    for name in await state.names(_UPLOADS):
        if name < oldest:
            await state.delete(name)
    kept = AgentUpload(
        # The day begins it, so that a list of names tells which are old.
        id=f"{now:%Y%m%d}-{secrets.token_hex(8)}",
        agent=agent,
        most_bytes=size,
        sha256=_hash(secret),
        sent_until=now + _SENT_WITHIN,
        used_until=now + _USED_WITHIN,
    )
    await state.put_if_absent(_name(kept.id), _data(kept), _JSON)
    return PreparedUpload(kept, f"galley_upload_{kept.id}_{secret}")


async def holder_of_ticket(state: ObjectStore, upload: str, ticket: str) -> AgentMark | None:
    """Return whose ticket for this one upload it is; ``None`` for any other."""
    found = _TICKET.fullmatch(ticket)
    if found is None or found["id"] != upload:
        return None
    kept, _ = await _read(state, upload)
    is_right = kept is not None and secrets.compare_digest(kept.sha256, _hash(found["secret"]))
    return kept.agent if kept and is_right and kept.sent_until > datetime.now(UTC) else None


async def receive_upload(
    connections: Connections,
    agent: AgentMark,
    upload: str,
    sent: AsyncIterable[bytes],
    slots: AbstractAsyncContextManager[object],
) -> AgentUpload:
    """Keep the bytes of a file that was announced, if they are a picture or film.

    ``slots`` is entered while they are decoded.

    Raises:
        NotFoundError: This agent has announced no such file, or too long ago.
        ConflictError: It is there already.
        InvalidRequestError: It is larger than announced, or nothing that may go out.
    """
    kept, version = await _own(connections.state, agent, upload)
    if kept.asset is not None:
        raise ConflictError("This file has been received: use the upload, or prepare another.")
    if kept.sent_until < datetime.now(UTC):
        raise NotFoundError("The time for this upload is over: prepare another.")
    with TemporaryDirectory(prefix="galley-upload-") as folder:
        path = Path(folder) / "file"
        size = 0
        async with await anyio.open_file(path, "xb") as file:
            async for chunk in sent:
                size += len(chunk)
                if size > kept.most_bytes:
                    raise InvalidRequestError(
                        f"The file has more than the {kept.most_bytes:,} bytes that were announced."
                    )
                await file.write(chunk)
        async with slots:
            [found] = await attach(connections, (GivenFile(path, name="The file"),))
    done = kept.model_copy(update={"asset": found.asset})
    if not await connections.state.replace(_name(upload), _data(done), _JSON, version):
        raise ConflictError("This file has been received: use the upload, or prepare another.")
    return done


async def find_uploads(
    connections: Connections, agent: AgentMark, uploads: Iterable[str]
) -> list[StagedAsset]:
    """Return what an agent has sent, and not used yet.

    Raises:
        NotFoundError: It has sent no such file, or used it.
    """
    found = [await _own(connections.state, agent, one) for one in uploads]
    return [_usable(kept) for kept, _ in found]


@asynccontextmanager
async def using_uploads(
    connections: Connections, agent: AgentMark, uploads: Sequence[str]
) -> AsyncGenerator[list[StagedAsset]]:
    """Lend what an agent has sent, which is used up unless the body fails.

    Raises:
        NotFoundError: It has sent no such file, or used it.
    """
    if len({*uploads}) != len(uploads):
        raise InvalidRequestError("An upload is used once: name each one time.")
    state, used = connections.state, list[AgentUpload]()
    try:
        for one in uploads:
            used.append(await _use(state, agent, one))
        yield [one.asset for one in used if one.asset]
    except BaseException:
        with anyio.CancelScope(shield=True):
            for kept in used:
                _, version = await state.read_versioned(_name(kept.id))
                await state.replace(_name(kept.id), _data(kept), _JSON, version)
        raise


async def _use(state: ObjectStore, agent: AgentMark, upload: str) -> AgentUpload:
    kept, version = await _own(state, agent, upload)
    _usable(kept)
    used = kept.model_copy(update={"is_used": True})
    if not await state.replace(_name(upload), _data(used), _JSON, version):
        raise NotFoundError(_GONE)
    return kept


_GONE = "There is no such upload of yours, or it was used, or it is too old: prepare another."


def _usable(kept: AgentUpload) -> StagedAsset:
    if kept.asset is None:
        raise ConflictError("The file of this upload has not been sent yet: send it first.")
    if kept.is_used:
        raise NotFoundError(_GONE)
    return kept.asset


async def _own(state: ObjectStore, agent: AgentMark, upload: str) -> tuple[AgentUpload, str]:
    kept, version = await _read(state, upload)
    is_own = kept is not None and kept.agent.name == agent.name
    if kept is None or not is_own or kept.used_until < datetime.now(UTC):
        raise NotFoundError(_GONE)
    return kept, version


async def _read(state: ObjectStore, upload: str) -> tuple[AgentUpload | None, str]:
    # The name is part of a path in the bucket.
    if _ID.fullmatch(upload) is None:
        return None, ""
    data, version = await state.read_versioned(_name(upload))
    try:
        return (AgentUpload.model_validate_json(data) if data else None), version
    except ValidationError:
        return None, version


def _name(upload: str) -> str:
    return f"{_UPLOADS}{upload}.json"


def _data(kept: AgentUpload) -> bytes:
    return kept.model_dump_json().encode()


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
