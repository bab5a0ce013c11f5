"""Who may call as an agent, and what it may name: tokens, the kill switch, the open folder.

The command ``agents`` makes tokens and turns the switch; the servers of ``agents`` ask here.
"""

import hashlib
import os
import re
import secrets
import shutil
import stat
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import BinaryIO

from pydantic import ValidationError

from app.connections import Connections
from app.errors import InvalidRequestError, NotFoundError
from galley.clients.storage import ObjectStore, StoreDeniedError
from galley.media.recording import MAX_BYTES
from galley.models.agents import AgentMark, AgentsStopped, AgentToken, Scope
from galley.settings import Settings

_TOKENS = "agents/tokens/"
_STOPPED = "agents/stopped.json"
_JSON = "application/json"
_TOKEN = re.compile(r"galley_(?P<id>[0-9a-f]{12})_(?P<secret>[A-Za-z0-9_-]{43})")
_SAFELY = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC


async def make_token(
    connections: Connections,
    name: str,
    *,
    by: str,
    scopes: Sequence[Scope],
    model: str = "",
    lasts: timedelta | None = None,
) -> tuple[str, AgentToken]:
    """Return a new token, which is shown this once, and what is kept of it.

    Raises:
        InvalidRequestError: No agent can be called so.
    """
    key, secret, now = secrets.token_hex(6), secrets.token_urlsafe(32), datetime.now(UTC)
    try:
        kept = AgentToken(
            id=key,
            name=name,
            model=model,
            scopes=tuple(dict.fromkeys(scopes)),
            sha256=_hash(secret),
            made_at=now,
            made_by=by,
            expires_at=now + lasts if lasts else None,
        )
    except ValidationError as error:
        raise unusable_mark(error) from None
    await connections.state.put_if_absent(f"{_TOKENS}{key}.json", _data(kept), _JSON)
    return f"galley_{key}_{secret}", kept


def mark_agent(name: str, model: str) -> AgentMark:
    """Return the mark of an agent as a person names it.

    Raises:
        InvalidRequestError: No agent, or no model, can be called so.
    """
    try:
        return AgentMark(name=name, model=model)
    except ValidationError as error:
        raise unusable_mark(error) from None


def unusable_mark(error: ValidationError) -> InvalidRequestError:
    """Return which of an agent's names cannot be used."""
    if any(one["loc"] == ("model",) for one in error.errors()):
        return InvalidRequestError("A model's name has up to 80 characters.")
    return InvalidRequestError(
        "An agent's name has up to 40 small letters, digits, dots and dashes: claude-code."
    )


async def list_tokens(connections: Connections) -> list[AgentToken]:
    """Return every token that was not revoked, the oldest first."""
    state = connections.state
    found = [_read(await state.get(name)) for name in await state.names(_TOKENS)]
    return sorted((one for one in found if one), key=lambda one: one.made_at)


async def revoke_token(connections: Connections, key: str) -> None:
    """Make a token useless at once.

    Raises:
        NotFoundError: There is none with this ID.
    """
    name = f"{_TOKENS}{key}.json"
    if not key.isalnum() or not await connections.state.exists(name):
        raise NotFoundError(f"There is no token {key!r}: list them.")
    await connections.state.delete(name)


async def holder_of(state: ObjectStore, token: str) -> AgentToken | None:
    """Return whose token this is; ``None`` for one that is unknown, revoked or too old."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        return None
    kept = _read(await state.get(f"{_TOKENS}{found['id']}.json"))
    if kept is None or not secrets.compare_digest(kept.sha256, _hash(found["secret"])):
        return None
    is_over = kept.expires_at is not None and kept.expires_at <= datetime.now(UTC)
    return None if is_over else kept


async def stop_agents(connections: Connections, by: str, note: str = "") -> AgentsStopped:
    """Have no call of any agent or program answered until :func:`resume_agents`."""
    stop = AgentsStopped(at=datetime.now(UTC), by=by, note=note)
    await connections.state.put_if_absent(_STOPPED, _data(stop), _JSON)
    return await stopped(connections.state) or stop


async def resume_agents(connections: Connections) -> bool:
    """End the stop; no if there was none."""
    was_stopped = await connections.state.exists(_STOPPED)
    await connections.state.delete(_STOPPED)
    return was_stopped


async def stopped(state: ObjectStore) -> AgentsStopped | None:
    """Return who stopped all agents, and when; ``None``: they may go on.

    Raises:
        StoreDeniedError: The switch cannot be read; then nobody may go on.
    """
    data = await state.get(_STOPPED)
    try:
        return AgentsStopped.model_validate_json(data) if data is not None else None
    except ValidationError:
        raise StoreDeniedError(f"{_STOPPED} in the state bucket cannot be read.") from None


@contextmanager
def open_folder(settings: Settings) -> Generator[Callable[[str], Path]]:
    """Lend a function that returns a private copy of a file that an agent named.

    The agent may change its folder at any time, so nothing works with a path in it. The copies are
    gone afterwards.
    """
    with TemporaryDirectory(prefix="galley-agent-") as private:

        def copied(named: str) -> Path:
            """Return the copy.

            Raises:
                InvalidRequestError: There is no folder for agents, or no such file in it.
            """
            if settings.agent_folder is None:
                raise InvalidRequestError(
                    "No folder is open to agents: a person names one in GALLEY_AGENT_FOLDER."
                )
            folder = settings.agent_folder.expanduser().absolute()
            copy = Path(mkdtemp(dir=private)) / Path(named).name
            try:
                with _opened_below(folder, named) as given, copy.open("xb") as written:
                    shutil.copyfileobj(given, written)
            except (OSError, ValueError):
                # The same words for a file elsewhere: whether there is one is nobody's business.
                raise InvalidRequestError(
                    "There is no such file in the folder that is open to agents."
                ) from None
            return copy

        yield copied


def _opened_below(folder: Path, named: str) -> BinaryIO:
    """Open a file below a folder, whatever becomes of their names meanwhile.

    Raises:
        OSError: It cannot be opened.
        ValueError: It is no file that lies in the folder alone.
    """
    *above, name = parts = (folder / named).relative_to(folder).parts
    if ".." in parts:
        raise ValueError
    at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in above:
            below = os.open(part, _SAFELY | os.O_DIRECTORY, dir_fd=at)
            os.close(at)
            at = below
        # A pipe would wait for its writer.
        file = os.open(name, _SAFELY | os.O_NONBLOCK, dir_fd=at)
    finally:
        os.close(at)
    found = os.fstat(file)
    # A file with a second name may be another folder's.
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1 or found.st_size > MAX_BYTES:
        os.close(file)
        raise ValueError
    return os.fdopen(file, "rb")


def _read(data: bytes | None) -> AgentToken | None:
    try:
        return AgentToken.model_validate_json(data) if data else None
    except ValidationError:
        return None


def _data(kept: AgentToken | AgentsStopped) -> bytes:
    return kept.model_dump_json(indent=1).encode()


def _hash(secret: str) -> str:
    # 256 random bits need no slow hash: nobody can try them all.
    return hashlib.sha256(secret.encode()).hexdigest()
