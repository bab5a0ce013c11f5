"""The activities that reach AccountWorkflow: ``open_account``, ``hand_over`` and others.

CampaignWorkflow and PostWorkflow call them. Claims and receipts are objects in the state
bucket: they outlive Temporal's retention, so a used key stays used, in every namespace.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from pydantic import ValidationError
from temporalio import activity
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError

from activities import edge
from activities.edge import failure, final, heartbeating
from activities.interfaces import AccountActivities, HostingActivities
from activities.publishing.fence import PATIENCE, SILENT
from activities.publishing.post_news import note_words
from activities.publishing.team import TeamGate
from activities.publishing.used_keys import PUBLIC, UsedKeys
from galley.clients.event_queue import EventQueue
from galley.clients.storage import ObjectStore, StoreError
from galley.models.account import (
    IN_BUFFER,
    AskLimits,
    Claim,
    HandOver,
    HandOverKind,
    HandOverReply,
    OpenAccount,
    OpenedAccount,
    Outlook,
    PublishJob,
)
from galley.models.base import Model
from galley.models.media import PublicAsset, StagedAsset
from galley.models.media_orders import RehostAssets
from galley.models.post import Change, HandChange
from galley.models.review import ChangeKind
from galley.notifications.events import event_of_approval
from galley.publishing.job.state import AccountInput, AccountOpening, AccountPolicy
from galley.publishing.request import digest
from galley.review.decisions import MEDIA_LOST
from galley.settings import Settings


def policy_of(settings: Settings) -> AccountPolicy:
    """Return the policy that a worker or a command starts an AccountWorkflow with."""
    return AccountPolicy(
        poll_seconds=settings.poll_seconds,
        look_delays=settings.reconcile_pauses,
        gap_seconds=settings.post_gap_seconds,
    )


_STORE_PATIENCE = 20.0
# After these, media that cannot be made public are a person's problem.
_HOSTING_ATTEMPTS = 8
_HOSTING_ERRORS = {"HostingError", MEDIA_LOST}
_UNANSWERED = (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError)
_T = TypeVar("_T")


@dataclass(frozen=True)
class AccountAddress:
    """The AccountWorkflow's type, task queue and ID, and the time that its answers may take.

    The composition root gives it, because activities import no workflow. The times are below
    the timeouts of these activities in workflows/options.py.
    """

    workflow: str
    task_queue: str
    id_of: Callable[[str], str]
    organization: Callable[[], Awaitable[str]]
    opens_within: timedelta = timedelta(seconds=60)
    tells_limits_within: timedelta = timedelta(seconds=30)


@dataclass(frozen=True)
class Hosting:
    """The hosting of media within a hand-over, and the seconds that it may take there.

    ``trouble`` returns the reason that strangers cannot fetch media, or an empty text;
    ``hindrance`` is the reason in the settings, which only a person can take away.
    """

    activities: HostingActivities
    patience: float = 3.0
    trouble: Callable[[], Awaitable[str]] | None = None
    hindrance: str = ""


class AccountGateway(AccountActivities):
    """Starts, updates and signals AccountWorkflow through the Temporal client."""

    def __init__(
        self,
        client: Client,
        address: AccountAddress,
        policy: AccountPolicy,
        state: ObjectStore,
        hosting: Hosting,
        team: TeamGate | None = None,
        events: EventQueue | None = None,
    ) -> None:
        self._client = client
        self._address = address
        self._policy = policy
        self._state, self._keys = state, UsedKeys(state)
        self._hosting = hosting
        self._team = team or TeamGate(lambda: None, state)
        self._events = events or EventQueue(state, is_wanted=False)

    @activity.defn
    async def open_account(self, task: OpenAccount) -> OpenedAccount:
        """Return the organization's channels, and start its AccountWorkflow unless it runs.

        The answer also holds Buffer's limits for today, if the task asks for them, and the
        trouble with public media. Safe to repeat: it reads.

        Raises:
            ApplicationError: ``BufferUnauthorized`` is final.
        """
        async with heartbeating():
            opened = await self._open(task, await self._address.organization())
            opened = opened.model_copy(update={"is_signed": await self._team.is_signed()})
            if self._hosting.hindrance:
                directory = opened.directory.without_media(self._hosting.hindrance)
                return opened.model_copy(update={"directory": directory})
            if self._hosting.trouble is None:
                return opened
            trouble = await self._hosting.trouble()
            return opened.model_copy(update={"media_trouble": trouble})

    async def _open(self, task: OpenAccount, organization_id: str) -> OpenedAccount:
        opening = AccountOpening(asks_today=task.asks_today, policy=self._policy)
        within = self._address.opens_within
        try:
            return await self._asked("open", opening, organization_id, OpenedAccount, within)
        except _UNANSWERED:
            raise ApplicationError(
                "Buffer's channels were not read within a minute: the quota is used "
                "up, or calls are paused. The page of the run buffer:"
                f"{organization_id} in Temporal says which.",
                type="Buffer:failed",
            ) from None
        except WorkflowUpdateFailedError as error:
            cause = error.cause
            said = cause if isinstance(cause, ApplicationError) else None
            raise ApplicationError(
                said.message if said else "Buffer's channels could not be read.",
                type=said.type if said else "Buffer:failed",
                non_retryable=said is not None and said.type == "Buffer:unauthorized",
            ) from None

    @activity.defn
    async def ask_limits(self, task: AskLimits) -> Outlook:
        """Return Buffer's limits; those that cannot be read soon are missing.

        Safe to repeat: it reads.
        """
        missing = "the run that calls Buffer did not answer"
        within = self._address.tells_limits_within
        try:
            async with heartbeating():
                return await self._asked("limits", task, task.organization_id, Outlook, within)
        except _UNANSWERED:
            return Outlook(missing=missing)
        except WorkflowUpdateFailedError as error:
            cause = error.cause
            said = cause.message if isinstance(cause, ApplicationError) else missing
            return Outlook(missing=said.rstrip("."))

    async def _asked(
        self, update: str, task: Model, organization_id: str, answer: type[_T], within: timedelta
    ) -> _T:
        """Return the answer to an update, starting the workflow unless it runs."""
        # The SDK polls again and again for an answer, and rpc_timeout is that of one poll.
        address = self._address
        async with asyncio.timeout(within.total_seconds()):
            return await self._client.execute_update_with_start_workflow(  # pyright: ignore[reportUnknownMemberType] - one overload of the SDK is partly untyped
                update,
                task,
                start_workflow_operation=WithStartWorkflowOperation(
                    address.workflow,
                    self._input(organization_id),
                    id=address.id_of(organization_id),
                    task_queue=address.task_queue,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                ),
                result_type=answer,
                rpc_timeout=within,
            )

    @activity.defn
    async def hand_over(self, task: HandOver) -> HandOverReply:
        """Make staged media public, claim the key, then signal the job.

        Safe to repeat: media are named by their content, the claim names its owner,
        and AccountWorkflow deduplicates jobs by id.

        Raises:
            ApplicationError: As ``rehost_assets`` and ``StoreError``; the job may have
                been signalled by an earlier attempt.
        """
        async with heartbeating():
            if not task.staged:
                return await self._hand_over(task, task.job)
            media = await self._hosted(task.staged)
            if media is None:
                return HandOverReply(kind=HandOverKind.NOT_HOSTED)
            job = task.job.replace(request=task.job.request.replace(assets=media))
            reply = await self._hand_over(task, job)
            return reply.model_copy(update={"media": media})

    async def _hosted(self, staged: tuple[StagedAsset, ...]) -> tuple[PublicAsset, ...] | None:
        """Return the public media; ``None`` if hosting takes time, or another attempt.

        The post then hosts them in a step of its own, which a retraction can interrupt.
        """
        # Only a first attempt may give up: an earlier one may have handed the job over.
        attempt = activity.info().attempt
        patience = self._hosting.patience if attempt == 1 else None
        try:
            async with asyncio.timeout(patience):
                task = RehostAssets(assets=staged)
                return (await self._hosting.activities.rehost_assets(task)).assets
        except TimeoutError:
            if attempt == 1:
                return None
            raise
        except ApplicationError as error:
            if attempt == 1:
                return None
            # A store comes back, and the hand-over is tried until then. Hosting that fails
            # this often does not.
            if attempt >= _HOSTING_ATTEMPTS and error.type in _HOSTING_ERRORS:
                raise final(error.message, kind=error.type or "") from None
            raise

    async def _hand_over(self, task: HandOver, job: PublishJob) -> HandOverReply:
        claim = Claim(
            key=job.job_id, owner=job.owner, digest=digest(job.request), claimed_at=job.claimed_at
        )
        try:
            async with asyncio.timeout(_STORE_PATIENCE):
                was_claimed = job.look_first and await self._keys.was_claimed(job)
                refusal = await self._keys.claim(claim, despite_claim=task.despite_claim)
                # The news of its creation may be lost, and the receipt is not.
                known_id, end = await self._keys.known(job) if job.look_first else (None, None)
                refusal = refusal or end
                if was_claimed and known_id is None and job.post_id is None:
                    job = job.replace(look_first=await self._keys.was_attempted(job))
                await self._team.note(job)
        except StoreError as error:
            raise failure(error, kind="StoreError") from None
        except TimeoutError:
            # Tried again: a bucket that is silent must not fill the slots of publishing.
            raise ApplicationError(SILENT, type="StoreError") from None
        except ValidationError:
            raise final(
                f"claims/{claim.key}.json or a receipt of it in the state bucket cannot "
                "be read: look at the channel, and move them away if the post is not "
                "there.",
                kind="StoreError",
            ) from None
        if refusal is not None:
            edge.not_handed_over(refusal.kind)
            return refusal
        job = job.replace(post_id=job.post_id or known_id)
        # After the claim: a job without one could be created twice.
        await self._signal(task.organization_id, "publish", job)
        await self._approved(job)
        return HandOverReply(kind=HandOverKind.HANDED_OVER, claimed_by=claim.owner)

    @activity.defn
    async def hand_change(self, task: HandChange) -> HandOverReply | None:
        """Signal a change to AccountWorkflow; return the end of a post that has one already.

        Safe to repeat: a change describes the post as it shall be, and is known by its ID.
        """
        change = task.change
        async with heartbeating():
            if change.is_withdrawal:
                return await self._withdraw(task)
            if change.kind is not ChangeKind.RETRACT:
                await self._team.note_soon(change.job)
            await self._signal(task.organization_id, "change", change)
            if change.kind is not ChangeKind.RETRACT:
                await self._approved(change.job)
            return None

    async def _withdraw(self, task: HandChange) -> HandOverReply | None:
        """Take back what an earlier life of the post handed over, as far as receipts tell of it.

        Raises:
            ApplicationError: ``StoreError``; AccountWorkflow knows the job all the same, unless
                it was lost too: it is told again then.
        """
        change = task.change
        try:
            async with asyncio.timeout(_STORE_PATIENCE):
                last = await self._keys.own_receipt(change.job)
        except (StoreError, TimeoutError):
            await self._signal(task.organization_id, "change", change)
            raise ApplicationError("The receipts were not read.", type="StoreError") from None
        except ValidationError:
            last = None
        if last is not None and last.kind in PUBLIC:
            kind = HandOverKind.ALREADY_ENDED
            return HandOverReply(kind=kind, receipt=last, claimed_by=last.owner)
        known = last.post.id if last and last.post and last.kind in IN_BUFFER else None
        change = change.model_copy(update={"post_id": known})
        await self._signal(task.organization_id, "change", change)
        return None

    async def _approved(self, job: PublishJob) -> None:
        """Note what the channel says, for drafts to come, and that it was approved.

        Without the bucket drafts go without; an event is tried again until it is kept.
        """
        key, request = job.job_id, job.request
        await note_words(
            self._state, request.channel_id, lambda known: known.approved(key, request)
        )
        try:
            async with asyncio.timeout(PATIENCE):
                await self._events.put(event_of_approval(job))
        except (StoreError, TimeoutError) as error:
            raise ApplicationError(str(error) or SILENT, type="StoreError") from None

    async def _signal(self, organization_id: str, name: str, said: PublishJob | Change) -> None:
        address = self._address
        await self._client.start_workflow(
            address.workflow,
            self._input(organization_id),
            id=address.id_of(organization_id),
            task_queue=address.task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            start_signal=name,
            start_signal_args=[said],
        )

    def _input(self, organization_id: str) -> AccountInput:
        return AccountInput(organization_id=organization_id, policy=self._policy)
