"""The gate before Buffer: what people of the team did not approve is not let out.

PostWorkflow calls ``read_team`` and ``end_approvals``; each call that lets a post out asks
:meth:`TeamGate.why_not`, and hand-overs note what was approved.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import ValidationError
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.edge import failure, heartbeating
from activities.interfaces import TeamActivities
from activities.media.hosting import PublicHosting
from activities.publishing.fence import PATIENCE, SILENT
from galley.clients.buffer.client import BufferClient
from galley.clients.buffer.errors import NotFoundError
from galley.clients.storage import ObjectStore, StoreError, StoreUnavailableError
from galley.clients.team_file import TeamError
from galley.models.account import PublishJob
from galley.models.media import PublicAsset
from galley.models.publishing import (
    CreatePost,
    CreateReply,
    EditPost,
    FindPost,
    HoldReason,
    ReplyKind,
)
from galley.models.team import EndApprovals, ReadTeam, Team
from galley.publishing.request import proof_sent
from galley.review.releases import ReleaseRecord
from galley.review.signatures import why_no_due_time, why_not_released

_NO_TEAM = (
    "This worker has no team file, and the post was started with one: set GALLEY_TEAM and "
    "start the worker again."
)
_SIGNED = "team.json"
"""In the state bucket: written by the first worker with a team, read by those without one."""
SIGNED_ELSEWHERE = (
    "Posts of this state bucket are let out by the team's signatures, and this worker has no team "
    "file: set GALLEY_TEAM and start it again. To do without a team, delete team.json there first."
)
_UNREADABLE = "What the gate remembers of this post cannot be read: releases/ in the state bucket."
_JSON = "application/json"
# Seconds.
_NOTE_PATIENCE = 1.0
# Seconds for which it is known that nobody has a team.
_UNSIGNED_FOR = 30.0


def _why_unknown(error: StoreError | TimeoutError | ValidationError) -> str:
    """Return why it is not known what was approved of a post."""
    match error:
        case TimeoutError():
            return SILENT
        case ValidationError():
            return _UNREADABLE
        case StoreError():
            return str(error)


@dataclass(frozen=True)
class Stopped:
    """Why a call does not go out; ``is_final``: no repetition helps."""

    message: str
    is_final: bool = True

    @property
    def reply(self) -> CreateReply:
        """Return it as the reply of a creation."""
        kind, reason = ReplyKind.STORE_AWAY, None
        if self.is_final:
            kind, reason = ReplyKind.REFUSED, HoldReason.NOT_LET_OUT
        return CreateReply(kind=kind, message=self.message, reason=reason, is_numbered=False)


async def is_signed(state: ObjectStore) -> bool:
    """Whether a worker with a team has ever served this state bucket; raises ``StoreError``."""
    async with asyncio.timeout(PATIENCE):
        return await state.get(_SIGNED) is not None


class TeamGate(TeamActivities):
    """Lets out what people of the team approved; where nobody ever had a team, everything.

    Args:
        roster: Returns that of this worker, as its file has it now.
        state: Where it remembers what was approved, let out and ended.
        hosting: Tells whether an address is that of the approved bytes.
        clock: Seconds that pass.
    """

    def __init__(
        self,
        roster: Callable[[], Team | None],
        state: ObjectStore,
        hosting: PublicHosting | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._roster = roster
        self.has_team = roster() is not None
        """Whether this worker verifies signatures; it does so until it ends."""
        self._state = state
        self._hosting = hosting
        self._is_marked = False
        self._unsigned_until: float | None = None

    @property
    def _team(self) -> Team | None:
        """The roster; ``StoreUnavailableError``: its file cannot be used, and lets nothing out."""
        try:
            return self._roster()
        except TeamError as error:
            # As if the bucket were away: tried again until somebody mends the file.
            raise StoreUnavailableError(str(error)) from None

    async def is_signed(self) -> bool:
        """Whether posts need signatures here.

        Raises:
            ApplicationError: ``StoreError``; that is not known.
        """
        try:
            return self.has_team or await self._is_signed_elsewhere()
        except StoreError as error:
            raise failure(error, kind="StoreError") from None
        except TimeoutError:
            raise ApplicationError(SILENT, type="StoreError") from None

    @activity.defn
    async def read_team(self, task: ReadTeam) -> Team:
        """Return the worker's roster and policies.

        Raises:
            ApplicationError: It has none that can be used; retried until a worker has one.
        """
        del task
        async with heartbeating():
            try:
                team = self._team
            except StoreError as error:
                raise ApplicationError(str(error), type="NoTeam") from None
            if team is None:
                raise ApplicationError(_NO_TEAM, type="NoTeam")
            return team

    @activity.defn
    async def end_approvals(self, task: EndApprovals) -> None:
        """Remember that a post has ended: what was approved of it lets nothing out any more.

        Raises:
            ApplicationError: ``StoreError``, to be tried again however long it takes.
        """
        async with heartbeating():
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._remember(task.job_id, lambda known: known.ended(datetime.now(UTC)))
            except StoreError as error:
                raise failure(error, kind="StoreError") from None
            except TimeoutError:
                # Tried again: a bucket that is silent must not fill the slots of publishing.
                raise ApplicationError(SILENT, type="StoreError") from None

    async def why_not(self, task: CreatePost | EditPost) -> Stopped | None:
        """Return why a call may not go out, or ``None``.

        What the task says may be forged by anybody who reaches Temporal: the proof is made of
        the request itself, each signature is verified, and what was approved, let out and ended
        is known from the state bucket.
        """
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._why_not(task)
        except (StoreError, TimeoutError, ValidationError) as error:
            return Stopped(_why_unknown(error), is_final=False)

    async def _why_not(self, task: CreatePost | EditPost) -> Stopped | None:
        team = self._team
        if team is None:
            signed = await self._is_signed_elsewhere()
            return Stopped(SIGNED_ELSEWHERE, is_final=False) if signed else None
        if not self._is_marked:
            # Before anything is let out: from now on a worker without the file lets out nothing.
            roster = f'{{"roster": "{team.version}"}}\n'.encode()
            await self._state.put_if_absent(_SIGNED, roster, _JSON)
            self._is_marked = True
        request, approval = task.request, task.approval
        proof = proof_sent(request, approval, task.provenance)
        refusal = why_not_released(team, f"post:{task.job_id}", proof, approval)
        if refusal is None and approval is not None and request.delivery.has_due_time:
            refusal = why_no_due_time(request.due_at, approval, datetime.now(UTC))
        if refusal is None and not all(map(self._is_ours, request.assets)):
            return Stopped("It was not let out: a medium has another address than its content's.")
        if refusal is None and approval is not None:
            known, _ = await self._known(task.job_id)
            refusal = known.why_not(task)
            if refusal is None and known.approved(approval) != known:
                await self._remember(task.job_id, lambda one: one.approved(approval))
        return Stopped(f"It was not let out: {refusal.message}") if refusal else None

    async def used_up(self, task: CreatePost, buffer: BufferClient) -> CreateReply | None:
        """Return the reply of a creation whose proof has a post in Buffer, which it may not double.

        A forged task may name any attempt, so Buffer itself is asked for the last post made of it.

        Raises:
            BufferApiError: Buffer did not say whether it has that post.
        """
        if not self.has_team:
            return None
        try:
            async with asyncio.timeout(PATIENCE):
                known, _ = await self._known(task.job_id)
            # Approved anew after an end: another proof, which has no post yet.
            is_open = known.ended_at is None and bool(known.buffer_ids)
            there = await buffer.post(known.buffer_ids[-1]) if is_open else None
        except NotFoundError:
            return None  # A pause or a person took it out of Buffer.
        except (StoreError, TimeoutError, ValidationError) as error:
            why = _why_unknown(error)
            return CreateReply(kind=ReplyKind.STORE_AWAY, message=why, is_numbered=False)
        if there is None:
            return None
        return CreateReply(
            kind=ReplyKind.ATTEMPTED, post=there.value, windows=there.windows, is_numbered=False
        )

    async def note(self, job: PublishJob) -> None:
        """Remember what was approved as it is handed over: earlier approvals have ended.

        What does not pass changes nothing here; it is refused when the call is made.

        Raises:
            StoreError: The bucket did not answer.
        """
        approval = job.approval
        team = self._team
        if team is None or approval is None:
            return
        proof = proof_sent(job.request, approval, job.provenance)
        if why_not_released(team, f"post:{job.job_id}", proof, approval) is None:
            await self._remember(job.job_id, lambda known: known.approved(approval))

    async def note_soon(self, job: PublishJob) -> None:
        """Remember it if the bucket answers soon, for a person waits; else when it goes out."""
        try:
            async with asyncio.timeout(_NOTE_PATIENCE):
                await self.note(job)
        except (StoreError, TimeoutError, ValidationError):
            activity.logger.warning("the approval of %s is noted when it goes out", job.job_id)

    async def made(self, task: CreatePost | FindPost, buffer_id: str) -> str:
        """Remember that Buffer's post was made of this one; return why that was not possible."""
        if not self.has_team:
            return ""
        try:
            team = self._team
            if isinstance(task, FindPost) and team is not None:
                proof = proof_sent(task.request, task.approval, task.provenance)
                why = why_not_released(team, f"post:{task.job_id}", proof, task.approval)
                if why is not None:
                    return ""  # Nobody approved what was searched for: no edit will go to it.
            async with asyncio.timeout(PATIENCE):
                await self._remember(task.job_id, lambda known: known.created(buffer_id))
        except (StoreError, TimeoutError, ValidationError) as error:
            return str(error) or SILENT
        return ""

    async def _is_signed_elsewhere(self) -> bool:
        now, known_until = self._clock(), self._unsigned_until
        if known_until is not None and now < known_until:
            return False
        # A bucket that is away may hold the mark that another worker has left since.
        signed = await is_signed(self._state)
        if not signed:
            self._unsigned_until = now + _UNSIGNED_FOR
        return signed

    def _is_ours(self, asset: PublicAsset) -> bool:
        return self._hosting is not None and self._hosting.is_address_of(asset)

    async def _known(self, job_id: str) -> tuple[ReleaseRecord, str]:
        held, version = await self._state.read_versioned(f"releases/{job_id}.json")
        return ReleaseRecord.model_validate_json(held) if held else ReleaseRecord(), version

    async def _remember(
        self, job_id: str, change: Callable[[ReleaseRecord], ReleaseRecord]
    ) -> None:
        while True:
            known, version = await self._known(job_id)
            after = change(known)
            body = after.model_dump_json(indent=2).encode()
            name = f"releases/{job_id}.json"
            if after == known or await self._state.replace(name, body, _JSON, version):
                return
