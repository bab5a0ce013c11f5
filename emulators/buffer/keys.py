"""Personal keys that were revoked in Buffer's settings, kept as digests."""

import hashlib
import json
from typing import cast

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
