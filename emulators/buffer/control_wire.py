"""How the control API reads a request and says what is wrong with it."""

import json
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from emulators.buffer.records import Json


async def json_object(request: Request) -> Json | None:
    """The JSON object that a request brings; None if it brings none."""
    if "application/json" not in request.headers.get("content-type", ""):
        return None
    try:
        body: Any = json.loads(await request.body())
    except ValueError:
        return None
    return cast("Json", body) if isinstance(body, dict) else None


def problem(message: str, status: int = 400) -> Response:
    """An answer that says what is wrong."""
    return JSONResponse({"error": message}, status)
