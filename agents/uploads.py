"""Pictures and films of agents elsewhere: announced by a tool, then sent over HTTP.

The bytes go by ``PUT`` beside the verbs, for neither MCP nor a JSON body can stream them.
"""

import asyncio
from collections import Counter
from typing import Any

from pydantic import AwareDatetime, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from agents.shapes import Id, ModelName
from agents.verbs import UPLOADS, Caller, admitted, verb
from app.agents.uploads import MOST_BYTES, receive_upload
from app.agents.uploads import prepare_upload as prepare
from app.errors import ConflictError, InvalidRequestError
from galley.models.agents import Scope
from galley.models.base import Model
from galley.models.media import MediaKind

_DECODING = 2
"""Files that are decoded at once: each keeps a processor busy for seconds."""
_AT_ONCE, _OF_ONE = 8, 3
"""Files that come in at once, and those of one agent."""


class PrepareUpload(Model):
    """Request of ``prepare_upload``."""

    size: int = Field(ge=1, le=MOST_BYTES, description="Bytes of the file.")
    model: ModelName = ""


class UploadHandle(Model):
    """The place for one file."""

    upload: Id = Field(description="For attach_media or start_campaign, once, within a day.")
    put_to: str = Field(
        pattern=f"^{UPLOADS}[0-9a-f-]+$", description="Path at this server, for `PUT` of the bytes."
    )
    ticket: Id | None = Field(
        description="Bearer token for that one request. A repeated reply has none."
    )
    sent_until: AwareDatetime
    next: str


@verb("POST", "/v1/uploads", Scope.PROPOSE)
async def prepare_upload(caller: Caller, asked: PrepareUpload) -> UploadHandle:
    """Announce a picture or film that you then send with `PUT`, to attach it once.

    For agents that reach Galley over HTTP; others name a file in the open folder.
    """
    if not caller.is_remote:
        raise InvalidRequestError(
            "This server takes no uploads: name a file in the open folder instead."
        )
    await caller.limits.admit_upload(caller.agent, asked.size)
    found = await prepare(caller.connections, caller.agent, asked.size)
    return UploadHandle(
        upload=found.kept.id,
        put_to=f"{UPLOADS}{found.kept.id}",
        ticket=found.ticket,
        sent_until=found.kept.sent_until,
        next="Send the file, such as by curl -T, with the ticket as bearer token. Then attach it.",
    )


class ReceivedFile(Model):
    """What the sandbox saw in a file that was sent."""

    upload: Id
    kind: MediaKind
    mime: Id
    size: int
    width: int
    height: int
    duration: float | None
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class Receiver:
    """Takes files as they come in: a few at once, and of one agent fewer."""

    def __init__(self) -> None:
        self._decoding = asyncio.Semaphore(_DECODING)
        self._coming = Counter[str]()

    async def take(self, caller: Caller, request: Request) -> Response:
        """Take the bytes of one file, and answer with what they are.

        Raises:
            AppError: The file is not taken.
        """
        upload, agent = request.path_params["upload"], caller.agent
        async with admitted(caller, "send_upload", {"upload": upload}, Scope.PROPOSE):
            # Each holds its size on the disk, and a slow one holds it for long.
            if self._coming[agent.name] >= _OF_ONE or self._coming.total() >= _AT_ONCE:
                raise ConflictError("Other files are coming in: send this one in a minute.")
            self._coming[agent.name] += 1
            try:
                sent = request.stream()
                kept = await receive_upload(caller.connections, agent, upload, sent, self._decoding)
            finally:
                self._coming[agent.name] -= 1
        asset = kept.asset
        assert asset is not None  # noqa: S101 -- as it was just received
        found = ReceivedFile(
            upload=kept.id,
            kind=asset.kind,
            mime=asset.mime,
            size=asset.size,
            width=asset.width,
            height=asset.height,
            duration=asset.duration,
            sha256=asset.sha256,
        )
        return JSONResponse(found.model_dump(mode="json"))


def described(schemas: dict[str, Any], problems: dict[str, Any]) -> dict[str, Any]:
    """Return the operation of ``PUT`` for the description of the API; its schema is added."""
    schemas["ReceivedFile"] = ReceivedFile.model_json_schema(
        mode="serialization", ref_template="#/components/schemas/{model}"
    )
    for name, schema in schemas["ReceivedFile"].pop("$defs", {}).items():
        schemas.setdefault(name, schema)
    answer = {"schema": {"$ref": "#/components/schemas/ReceivedFile"}}
    return {
        "operationId": "send_upload",
        "summary": "Send upload",
        "description": "Send the bytes of a file that prepare_upload announced. Scope: propose, "
        "or the ticket of the upload.",
        "parameters": [
            {"name": "upload", "in": "path", "required": True}
            | {"schema": {"type": "string", "pattern": "^[0-9]{8}-[0-9a-f]{16}$"}}
        ],
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string"}}},
        },
        "responses": {
            "200": {"description": "It can be attached.", "content": {"application/json": answer}},
            **problems,
        },
    }
