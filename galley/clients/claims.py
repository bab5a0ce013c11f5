"""Claims and receipts in the state bucket: which run may use a key, and what Buffer did for it.

A claim is created once and never overwritten. Receipts are appended, one object for each
answer, and together say what really happened. Both outlive Temporal's retention. The
activities of publishing write them; ``why``, ``erase``, ``export`` and ``media gc`` read them.
"""

from galley.clients.storage import ObjectStore
from galley.models.account import Claim, Receipt

_JSON = "application/json"


async def claimed_by(store: ObjectStore, claim: Claim) -> Claim:
    """Claim a key; return the claim that holds it, which may be another run's.

    Raises:
        StoreError: The bucket did not answer.
        ValidationError: The claim that holds it cannot be read.
    """
    body = claim.model_dump_json(indent=2).encode()
    if await store.put_if_absent(f"claims/{claim.key}.json", body, _JSON):
        return claim
    return await read_claim(store, claim.key) or claim


async def read_claim(store: ObjectStore, key: str) -> Claim | None:
    """Return the claim of a key, if there is one; raises as :func:`claimed_by`."""
    held = await store.get(f"claims/{key}.json")
    return Claim.model_validate_json(held) if held else None


async def append_receipt(store: ObjectStore, receipt: Receipt) -> None:
    """Append a receipt to those of its key. Safe to repeat: its name is made from its time."""
    at = f"{receipt.recorded_at:%Y%m%dT%H%M%S.%fZ}"
    body = receipt.model_dump_json(indent=2).encode()
    await store.put_if_absent(f"receipts/{receipt.key}.{at}.{receipt.kind}.json", body, _JSON)


async def read_receipts(store: ObjectStore, prefix: str) -> tuple[Receipt, ...]:
    """Return the receipts whose names begin so, in the order of their times.

    Args:
        store: The state bucket.
        prefix: ``<key>.`` for one post, a campaign's key for all of its posts.

    Raises:
        StoreError: The bucket did not answer.
        ValidationError: One of them cannot be read.
    """
    names = await store.names(f"receipts/{prefix}")
    held = [await store.get(name) for name in names]
    found = [Receipt.model_validate_json(one) for one in held if one]
    return tuple(sorted(found, key=lambda one: one.recorded_at))
