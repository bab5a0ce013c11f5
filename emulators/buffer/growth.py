"""A schema from Buffer's future: new fields, enum values, union members.

Buffer appends to its schema without notice. A client that has not been generated again
must not fall over an enum value or a union member it does not know.
"""

import json
from typing import Any, cast

from emulators.buffer.records import Json
from emulators.buffer.store import Store

_KEY = "growth"


class Growth:
    """What the schema has beside today's, kept across restarts."""

    def __init__(self, store: Store) -> None:
        self._store = store
        kept = cast("dict[str, Any]", json.loads(store.meta(_KEY) or "{}"))
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
        self._store.set_meta(
            _KEY, json.dumps({"extend": extension, "answers": answers})
        )
