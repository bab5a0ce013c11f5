"""Read what comes from outside: any JSON, and texts that may hold anything."""

import json
from typing import cast


def clean(text: object, limit: int = 300) -> str:
    """Return outside text as one short, printable line."""
    line = " ".join(str(text).split())
    line = "".join(char for char in line if char.isprintable())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def json_object(body: bytes) -> dict[str, object]:
    """Return the JSON object that ``body`` holds, an empty one if it holds none."""
    try:
        return as_dict(json.loads(body))
    except (ValueError, RecursionError):
        return {}


def as_dict(value: object) -> dict[str, object]:
    """Return ``value`` if it is an object, else an empty one."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}
