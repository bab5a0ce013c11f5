"""Compression of AccountWorkflow's state for continue-as-new.

Temporal refuses payloads of 2 MiB. Few jobs are carried as they are, readable in the Temporal
UI, and many are compressed. If even that is too much, recoverable parts are left out, least
important first.

AccountWorkflow calls this when it continues as new, and when a run begins.
"""

import base64
import zlib
from collections.abc import Iterable
from datetime import datetime
from typing import Self

from pydantic import TypeAdapter

from galley.models.account import Receipt, Untold
from galley.models.base import Model
from galley.models.channel import ChannelDirectory
from galley.publishing.job.outcomes import without_content
from galley.publishing.job.record import JobPhase, JobRecord
from galley.publishing.job.state import AccountState

REMEMBERED = 1000
"""Settled jobs kept, so that a repeated hand-over is answered and not carried out."""
PLAIN_AT_MOST = 200_000
"""Bytes of jobs, receipts and news that are carried as they are."""
PACKED_AT_MOST = 1_300_000
"""Bytes, packed: the rest is left to the quota's 15,000 calls and the channel map."""
MAP_AT_MOST = 400_000
"""Bytes of the channel map beside that; a larger one is read anew."""


class Snapshot(Model):
    """Jobs, receipts still to be written, and news still to be sent."""

    jobs: tuple[JobRecord, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    untold: tuple[Untold, ...] = ()

    def with_jobs(self, jobs: Iterable[JobRecord]) -> Self:
        """Return the snapshot with other jobs."""
        return self.model_copy(update={"jobs": tuple(jobs)})


_SNAPSHOT: TypeAdapter[Snapshot] = TypeAdapter(Snapshot)
_RECORD: TypeAdapter[JobRecord] = TypeAdapter(JobRecord)


def pack(state: AccountState, snapshot: Snapshot) -> AccountState:
    """Return the state with a snapshot in it, plain or compressed."""
    snapshot = snapshot.with_jobs(without_oldest(snapshot.jobs))
    plain = _SNAPSHOT.dump_json(snapshot)
    if len(plain) <= PLAIN_AT_MOST:
        return _with_contents(state, snapshot, "", state.directory)
    packed = _packed(plain)
    while len(packed) > PACKED_AT_MOST:
        ratio = PACKED_AT_MOST / len(packed)
        # Five percent less than would fit: not every job compresses equally well.
        lighter = _lighter(snapshot, int(len(plain) * (1 - 0.95 * ratio)))
        if lighter == snapshot:
            break  # no recoverable part is left
        snapshot, plain = lighter, _SNAPSHOT.dump_json(lighter)
        packed = _packed(plain)
    known = state.directory
    if known is not None and len(known.model_dump_json()) > MAP_AT_MOST:
        known = None
    return _with_contents(state, Snapshot(), packed, known)


def _with_contents(
    state: AccountState, plain: Snapshot, packed: str, directory: ChannelDirectory | None
) -> AccountState:
    return state.model_copy(
        update={
            "jobs": plain.jobs,
            "receipts": plain.receipts,
            "untold": plain.untold,
            "packed": packed,
            "directory": directory,
        }
    )


def unpack(state: AccountState) -> Snapshot:
    """Return the snapshot that a state holds."""
    if not state.packed:
        return Snapshot(jobs=state.jobs, receipts=state.receipts, untold=state.untold)
    return _SNAPSHOT.validate_json(zlib.decompress(base64.b85decode(state.packed)))


def without_oldest(jobs: tuple[JobRecord, ...]) -> list[JobRecord]:
    """Return the jobs without the oldest settled ones beyond :data:`REMEMBERED`."""
    settled = sorted((t for t in jobs if _is_over(t)), key=_settled_at, reverse=True)
    forgotten = {t.job.job_id for t in settled[REMEMBERED:]}
    return [t for t in jobs if t.job.job_id not in forgotten]


def _is_over(record: JobRecord) -> bool:
    """Whether nothing of the job is open."""
    return record.phase is JobPhase.SETTLED and record.pending is None


def _lighter(snapshot: Snapshot, by: int) -> Snapshot:
    """Return the snapshot with about so many bytes left out, least important first."""
    jobs: dict[str, JobRecord | None] = {t.job.job_id: t for t in snapshot.jobs}
    for record in _in_order_of_loss(snapshot.jobs):
        if by <= 0:
            break
        is_known = record.phase is JobPhase.OUTSTANDING or _is_stopped(record)
        left = without_content(record) if is_known else None
        jobs[record.job.job_id] = left
        by -= _bytes(record) - (0 if left is None else _bytes(left))
    return snapshot.with_jobs(t for t in jobs.values() if t is not None)


def _in_order_of_loss(jobs: tuple[JobRecord, ...]) -> list[JobRecord]:
    """Return the jobs that can be left out, in whole or in part, the least important first.

    First settled jobs, the oldest first. Then the content of posts that Buffer has, those due
    last first: only a pause with a pull-back needs it, and then a person is asked. Then jobs
    that were never attempted, those due last first: their posts hand them over again after a
    silence, and lose nothing but time. At last the content of jobs that make no call now, or
    are searched for: a person's decision, or their post's next question, brings it again.
    """

    def due_at(record: JobRecord) -> datetime:
        return record.job.request.due_at

    settled = [t for t in jobs if _is_over(t)]
    outstanding = [t for t in jobs if t.phase is JobPhase.OUTSTANDING and not t.is_content_dropped]
    never_tried = [
        t
        for t in jobs
        if t.phase is JobPhase.WAITING and t.is_certainly_absent and not (t.pending or t.gone)
    ]
    return [
        *sorted(settled, key=_settled_at),
        *sorted(outstanding, key=due_at, reverse=True),
        *sorted(never_tried, key=due_at, reverse=True),
        *sorted(filter(_is_stopped, jobs), key=due_at, reverse=True),
    ]


def _is_stopped(record: JobRecord) -> bool:
    """Whether the job is kept, and its content is not needed for its next call."""
    is_tried = record.phase is JobPhase.WAITING and not record.is_certainly_absent
    is_stopped = record.phase in {JobPhase.HELD, JobPhase.PULLED_BACK}
    # Its post does not know the words from before it was reset, and may wait for their deletion.
    retracts = record.pending is not None and record.pending.retracts
    is_looking = record.phase is JobPhase.LOOKING and not (record.has_earlier_words or retracts)
    return (is_stopped or is_tried or is_looking) and not record.is_content_dropped


def _settled_at(record: JobRecord) -> datetime:
    return record.settled_at or record.job.claimed_at


def _bytes(record: JobRecord) -> int:
    return len(_RECORD.dump_json(record))


def _packed(plain: bytes) -> str:
    return base64.b85encode(zlib.compress(plain, level=3)).decode()
