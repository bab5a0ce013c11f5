"""JSON on the wire, for any text a client may have sent."""

import base64
import binascii
import json
from collections.abc import Callable, Iterable
from typing import TypeVar, cast

from graphql import GraphQLError
from starlette.responses import JSONResponse

from emulators.buffer.records import Json


class AnyTextResponse(JSONResponse):
    """JSON that can also hold half of a surrogate pair, which UTF-8 cannot.

    JavaScript writes such a half as an escape; so does this.
    """

    def render(self, content: object) -> bytes:
        try:
            return super().render(content)
        except UnicodeEncodeError:
            return json.dumps(content, allow_nan=False).encode("ascii")


def error_body(message: str, code: str | None, **extensions: str) -> Json:
    """A GraphQL answer that holds one error and no data."""
    error: Json = {"message": message}
    if code is not None:
        error["extensions"] = {"code": code, **extensions}
    return {"errors": [error]}


def failed(typename: str, message: str) -> Json:
    """A typed failure, as a member of a mutation's union."""
    return {"__typename": typename, "message": message}


def invalid(message: str) -> Json:
    """The union member for input that cannot be accepted."""
    return failed("InvalidInputError", message)


def invalid_post(complaints: list[str]) -> Json:
    """All complaints in one message, joined as Buffer joins them."""
    return invalid("Invalid post: " + ", ".join(complaints))


def not_found(what: str) -> GraphQLError:
    """The top-level error for a thing that does not exist."""
    return GraphQLError(f"{what} not found", extensions={"code": "NOT_FOUND"})


def bad_input(message: str) -> GraphQLError:
    """The top-level error for arguments that contradict each other."""
    return GraphQLError(message, extensions={"code": "BAD_USER_INPUT"})


def not_modelled(field: str) -> GraphQLError:
    """The top-level error for a field of the schema that has no behaviour here."""
    return GraphQLError(
        f"This Buffer emulator does not model the field {field}.", extensions={"code": "UNEXPECTED"}
    )


DEFAULT_FIRST = 20
MAX_FIRST = 100
Key = tuple[int | float | str, ...]
"""Where an entry stands in its list, its id last; keys of a list look alike."""
T = TypeVar("T")


def page(
    entries: Iterable[tuple[Key, T]],
    show: Callable[[T], Json],
    first: int | None,
    after: str | None,
) -> Json:
    """One page of a connection, in the order of the keys.

    Raises:
        GraphQLError: A page size outside 1 to 100, or a cursor of another list.
    """
    size = DEFAULT_FIRST if first is None else first
    if not 1 <= size <= MAX_FIRST:
        raise bad_input(f"first must be between 1 and {MAX_FIRST}")
    found = sorted(entries, key=lambda entry: entry[0])
    total = len(found)
    if after is not None:
        start = _read_cursor(after, found[0][0] if found else None)
        found = [entry for entry in found if entry[0] > start]
    shown = [{"cursor": _cursor(key), "node": show(item)} for key, item in found[:size]]
    return {
        "edges": shown,
        "totalCount": total,
        "pageInfo": {
            "startCursor": shown[0]["cursor"] if shown else None,
            "endCursor": shown[-1]["cursor"] if shown else None,
            "hasNextPage": len(found) > size,
            "hasPreviousPage": False,
        },
    }


def instant_key(instant: int | None, direction: str) -> tuple[int, int]:
    """A date as numbers that grow in the wanted direction; no date comes last."""
    if instant is None:
        return 1, 0
    return 0, -instant if direction == "desc" else instant


def _cursor(key: Key) -> str:
    plain = json.dumps(key, separators=(",", ":"))
    return base64.urlsafe_b64encode(plain.encode()).decode()


def _read_cursor(cursor: str, like: Key | None) -> Key:
    try:
        read: object = json.loads(base64.urlsafe_b64decode(cursor))
    except (binascii.Error, ValueError):
        raise bad_input("Invalid cursor") from None
    if not isinstance(read, list):
        raise bad_input("Invalid cursor")
    key = tuple(cast("list[int | float | str]", read))
    if like is not None and not _alike(key, like):
        raise bad_input("Invalid cursor")
    return key


def _alike(one: Key, other: Key) -> bool:
    return len(one) == len(other) and all(
        type(a) is type(b) for a, b in zip(one, other, strict=True)
    )
