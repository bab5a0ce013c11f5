"""Personal keys that were revoked in Buffer's settings, kept as digests."""

import hashlib
import json
import random
from dataclasses import dataclass, field
from typing import Any, cast

from emulators.buffer.records import Fault, Json
from emulators.buffer.store import Store

_KEY = "revoked"
_SHOWN = 16


def digest(token: str) -> str:
    """The name a client goes by here: its token cannot be read back from it."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()[:_SHOWN]


class Keys:
    """Which tokens have been revoked, kept across restarts."""

    def __init__(self, store: Store) -> None:
        self._store = store
        kept = cast("list[str]", json.loads(store.meta(_KEY) or "[]"))
        self._revoked = set(kept)

    def __contains__(self, token: str) -> bool:
        """Whether this token was revoked."""
        return digest(token) in self._revoked

    def revoke(self, client: str) -> None:
        """Refuse the client of that digest from now on."""
        self._keep(self._revoked | {client})

    def restore_all(self) -> None:
        self._keep(set())

    def _keep(self, revoked: set[str]) -> None:
        self._revoked = revoked
        self._store.set_meta(_KEY, json.dumps(sorted(revoked)))


_GROWTH_KEY = "growth"


class Growth:
    """What the schema has beside today's, kept across restarts."""

    def __init__(self, store: Store) -> None:
        self._store = store
        kept = cast("dict[str, Any]", json.loads(store.meta(_GROWTH_KEY) or "{}"))
        self.extension: str = kept.get("extend", "")
        """SDL that extends today's schema."""
        self.answers: Json = kept.get("answers", {})
        """Answers of fields by ``Type.field``, in place of the emulator's own."""
        self.version = 0
        """Changes whenever the schema does."""

    def set(self, extension: str, answers: Json) -> None:
        """Let the schema grow; empty values give today's back."""
        self.extension, self.answers = extension, answers
        self.version += 1
        self._store.set_meta(_GROWTH_KEY, json.dumps({"extend": extension, "answers": answers}))


KINDS = {
    "lost_request": "cut the connection before anything is done",
    "lost_reply": "do the work, then cut the connection instead of answering",
    "truncated": "do the work, then send half of the answer and cut the connection",
    "http_500": "answer 500 with an HTML page; with carried_out true, after the work",
    "http_502": "the same with 502",
    "http_503": "the same with 503",
    "http_504": "the same with 504",
    "slow": "do the work, wait `seconds`, then answer",
    "rate_limit": "answer 429 for `window` (15m, 24h, 30d), Retry-After `seconds`",
    "unauthorized": "answer 401 once; with documented true, 200 with UNAUTHORIZED",
    "revoke_token": "answer 401, now and to all that its token asks later",
    "unexpected": "answer 200 with a top-level error, `code` and `message`; no work",
    "typed_error": "answer with the union member `typename` and `message`",
    "hidden_for": "leave the post it creates out of `posts` for `seconds`",
    "not_found_once": "answer `post` with NOT_FOUND",
    "publish_error": "let the next publish end in error, with `message`",
    "media_gone": "let the media of the next post be gone when it is published",
    "disconnect": "let the channel lose its network before the call or the publish",
    "link_delay": "keep the address of the next sent post back for `seconds`",
}
"""Every kind of fault, and what it does."""

BEFORE = ("lost_request", "rate_limit", "unauthorized", "revoke_token", "unexpected")
AFTER = ("lost_reply", "truncated", "slow")
ANY_OPERATION = "*"


@dataclass(frozen=True, slots=True)
class FaultOrder:
    """A fault to happen to the next ``times`` calls of a root field."""

    operation: str
    kind: str
    times: int = 1
    details: Json = field(default_factory=dict[str, Any])


def read_order(text: str) -> FaultOrder:
    """Read ``OPERATION:KIND[:TIMES][:NAME=VALUE…]``, as an option of the program.

    Raises:
        ValueError: It is not such an order.
    """
    operation, kind, *rest = text.split(":")
    times = int(rest.pop(0)) if rest and "=" not in rest[0] else 1
    pairs = (one.partition("=") for one in rest)
    order = FaultOrder(operation, kind, times, {name: _value(value) for name, _, value in pairs})
    _hold_to_what_there_is(order)
    return order


def _value(text: str) -> object:
    try:
        value: object = json.loads(text)
    except ValueError:
        return text
    return value


def _hold_to_what_there_is(order: FaultOrder) -> None:
    if order.kind not in KINDS:
        raise ValueError(f"unknown fault {order.kind!r}; known: {', '.join(KINDS)}")
    if order.times < 1:
        raise ValueError("times must be a whole number from 1")
    chance = order.details.get("chance", 1)
    if not isinstance(chance, int | float) or not 0 < chance <= 1:
        raise ValueError("chance must be a number above 0, up to 1")


class Faults:
    """The faults that are still to happen, oldest first."""

    def __init__(self, store: Store, seed: int | None) -> None:
        self._store = store
        self._chance = random.Random(seed)  # noqa: S311 - for faults, not for secrets

    def order(self, order: FaultOrder) -> None:
        """Let a fault happen.

        Raises:
            ValueError: No such kind, or a chance that is none.
        """
        _hold_to_what_there_is(order)
        self._store.add_fault(order.operation, order.kind, order.times, order.details)

    def pending(self) -> list[Fault]:
        return self._store.faults()

    def clear(self) -> None:
        self._store.clear_faults()

    def take(
        self, operations: tuple[str, ...], kinds: tuple[str, ...], channel_id: str = ""
    ) -> Fault | None:
        """Use up one fault of these kinds that is meant for one of the operations.

        One with a ``chance`` may let the call pass, and is not used up by that.
        """
        for fault in self._store.faults():
            meant = fault.operation in {*operations, ANY_OPERATION}
            only = fault.details.get("channelId")
            if not (meant and fault.kind in kinds and only in {None, channel_id}):
                continue
            if self._chance.random() < fault.details.get("chance", 1):
                self._store.use_fault(fault.id)
                return fault
        return None
