"""The approved words of each channel in the state bucket, ``repeats/<channel>.json``.

Drafting reads them, hand-overs write them. What a channel's name may hold is not known here, so
the object is named by its hash.
"""

import hashlib
from collections.abc import Callable

from pydantic import ValidationError

from galley.clients.storage import ObjectStore
from galley.review.repeats import ChannelWords


def _name(channel_id: str) -> str:
    return f"repeats/{hashlib.sha256(channel_id.encode()).hexdigest()[:24]}.json"


async def read_words(store: ObjectStore, channel_id: str) -> ChannelWords:
    """Return what was approved for a channel; raises ``StoreError``."""
    held = await store.get(_name(channel_id))
    return _read(held)


async def keep_words(
    store: ObjectStore, channel_id: str, change: Callable[[ChannelWords], ChannelWords]
) -> None:
    """Change what was approved for a channel, whoever else does; raises ``StoreError``."""
    while True:
        held, version = await store.read_versioned(_name(channel_id))
        known = _read(held)
        after = change(known)
        body = after.model_dump_json().encode()
        if after == known or await store.replace(
            _name(channel_id), body, "application/json", version
        ):
            return


def _read(held: bytes | None) -> ChannelWords:
    try:
        return ChannelWords.model_validate_json(held) if held else ChannelWords()
    except ValidationError:
        return ChannelWords()  # Of another version: it begins anew.
