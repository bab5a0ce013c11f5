"""Pack what is known so that it fits into the input of the next run.

Temporal takes no payload of 2 MiB. Few jobs are carried as they are, readable in the
Temporal UI; many are compressed. Where even that is too much, what can be had again is
left out, least important first.
"""

import base64
import zlib
from datetime import datetime

from pydantic import TypeAdapter

from galley.models import Model, Receipt, Untold
from galley.outbox.outcomes import wordless
from galley.outbox.state import AccountState
from galley.outbox.tracked import JobPhase, Tracked

REMEMBERED = 1000
"""Settled jobs kept, so that a repeated hand-over is answered and not carried out."""
PLAIN_AT_MOST = 200_000
"""Bytes of jobs, receipts and news that are carried as they are."""
PACKED_AT_MOST = 1_300_000
"""Bytes, packed: the rest is left to the quota's 15,000 calls and the channel map."""
MAP_AT_MOST = 400_000
"""Bytes of the channel map beside that; a larger one is read anew."""


class Cargo(Model):
    """What grows with the number of posts."""

    jobs: tuple[Tracked, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    untold: tuple[Untold, ...] = ()


_CARGO: TypeAdapter[Cargo] = TypeAdapter(Cargo)
_TRACKED: TypeAdapter[Tracked] = TypeAdapter(Tracked)


def loaded(state: AccountState, cargo: Cargo) -> AccountState:
    """Return the state with its cargo, as it is or packed."""
    cargo = cargo.model_copy(update={"jobs": tuple(remembered(cargo.jobs))})
    plain = _CARGO.dump_json(cargo)
    if len(plain) <= PLAIN_AT_MOST:
        whole = {
            "jobs": cargo.jobs,
            "receipts": cargo.receipts,
            "untold": cargo.untold,
            "packed": "",
        }
        return state.model_copy(update=whole)
    packed = _packed(plain)
    while len(packed) > PACKED_AT_MOST:
        ratio = PACKED_AT_MOST / len(packed)
        lighter = _lightened(cargo, int(len(plain) * (1 - 0.95 * ratio)))
        if lighter == cargo:
            break  # nothing is left that can be had again
        cargo, plain = lighter, _CARGO.dump_json(lighter)
        packed = _packed(plain)
    nothing = {"jobs": (), "receipts": (), "untold": ()}
    known = state.directory
    if known is not None and len(known.model_dump_json()) > MAP_AT_MOST:
        known = None
    here = {**nothing, "packed": packed, "directory": known}
    return state.model_copy(update=here)


def unloaded(state: AccountState) -> Cargo:
    """Return what the state carries."""
    if not state.packed:
        return Cargo(jobs=state.jobs, receipts=state.receipts, untold=state.untold)
    return _CARGO.validate_json(zlib.decompress(base64.b85decode(state.packed)))


def remembered(jobs: tuple[Tracked, ...]) -> list[Tracked]:
    """Return the jobs without the oldest settled ones beyond :data:`REMEMBERED`."""
    settled = sorted((t for t in jobs if _is_over(t)), key=_settled_at, reverse=True)
    forgotten = {t.job.job_id for t in settled[REMEMBERED:]}
    return [t for t in jobs if t.job.job_id not in forgotten]


def _is_over(tracked: Tracked) -> bool:
    return tracked.phase is JobPhase.SETTLED and tracked.wanted is None


def _lightened(cargo: Cargo, by: int) -> Cargo:
    """Leave out about so many bytes, least important first.

    First what is settled, the oldest first. Then the words of posts that Buffer has,
    those due last first: only a pause with a pull-back needs them, and then a person
    is asked. Then posts that were never attempted, those due last first: each hands
    its job over again when it hears nothing, and loses nothing but time.
    """
    jobs: dict[str, Tracked | None] = {t.job.job_id: t for t in cargo.jobs}
    for tracked in _in_order_of_loss(cargo.jobs):
        if by <= 0:
            break
        is_known = tracked.phase is JobPhase.OUTSTANDING
        left = wordless(tracked) if is_known else None
        jobs[tracked.job.job_id] = left
        by -= _bytes(tracked) - (0 if left is None else _bytes(left))
    kept = tuple(t for t in jobs.values() if t is not None)
    return cargo.model_copy(update={"jobs": kept})


def _in_order_of_loss(jobs: tuple[Tracked, ...]) -> list[Tracked]:
    settled = [t for t in jobs if _is_over(t)]
    outstanding = [
        t for t in jobs if t.phase is JobPhase.OUTSTANDING and not t.is_wordless
    ]
    never_tried = [
        t
        for t in jobs
        if t.phase is JobPhase.WAITING
        and t.is_certainly_absent
        and not (t.wanted or t.gone)
    ]
    return [
        *sorted(settled, key=_settled_at),
        *sorted(outstanding, key=_due_at, reverse=True),
        *sorted(never_tried, key=_due_at, reverse=True),
    ]


def _settled_at(tracked: Tracked) -> datetime:
    return tracked.settled_at or tracked.job.claimed_at


def _due_at(tracked: Tracked) -> datetime:
    return tracked.job.request.due_at


def _bytes(tracked: Tracked) -> int:
    return len(_TRACKED.dump_json(tracked))


def _packed(plain: bytes) -> str:
    return base64.b85encode(zlib.compress(plain, level=3)).decode()
