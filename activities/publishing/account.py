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
from galley.clients.storage import ObjectStore, StoreError
from galley.models.account import (
    AskLimits,
    Claim,
    HandOver,
    HandOverKind,
    HandOverReply,
    OpenAccount,
    OpenedAccount,
    Outlook,
    PublishJob,
    Receipt,
)
from galley.models.base import Model
from galley.models.media import PublicAsset, StagedAsset
from galley.models.media_orders import RehostAssets
from galley.models.review import Change, HandChange
from galley.publishing.job.state import AccountInput, AccountOpening, AccountPolicy
from galley.publishing.request import digest
from galley.review.decisions import MEDIA_LOST

_JSON = "application/json"
_HOSTING_ATTEMPTS = 8
_UNANSWERED = (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError)
_T = TypeVar("_T")


@dataclass(frozen=True)
class AccountAddress:
    """How the AccountWorkflow of an organization is reached.

    Given by the composition root, because activities know no workflow. How long its
    answers are waited for lies below what workflows give these activities.
    """

    workflow: str
    task_queue: str
    id_of: Callable[[str], str]
    organization: Callable[[], Awaitable[str]]
    opens_within: timedelta = timedelta(seconds=60)
    tells_limits_within: timedelta = timedelta(seconds=30)


@dataclass(frozen=True)
class Hosting:
    """What makes media public on the way, the seconds that may take, and its trouble.

    ``trouble`` says why strangers could not fetch media, if that is known.
    """

    activities: HostingActivities
    patience: float = 3.0
    trouble: Callable[[], Awaitable[str]] | None = None


class AccountGate(AccountActivities):
    """Start or signal AccountWorkflow through the Temporal client."""

    def __init__(
        self,
        client: Client,
        address: AccountAddress,
        policy: AccountPolicy,
        state: ObjectStore,
        hosting: Hosting,
    ) -> None:
        self._client = client
        self._address = address
        self._policy = policy
        self._state = state
        self._hosting = hosting

    @activity.defn
    async def open_account(self, task: OpenAccount) -> OpenedAccount:
        """Return the organization's channels, starting its AccountWorkflow if need be.

        And what Buffer takes today, if that is asked for, and what is wrong with the
        way that approved media will take.

        Safe to repeat: it reads.

        Raises:
            ApplicationError: ``BufferUnauthorized`` is final.
        """
        async with heartbeating():
            opened = await self._open(task, await self._address.organization())
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
        """Return what Buffer still takes; what could not be read soon is missing.

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
        """Return the answer, starting the workflow if need be.

        The SDK asks again and again while there is none: its own timeout is that of
        one request, and none of those lasts as long.
        """
        async with asyncio.timeout(within.total_seconds()):
            return await self._client.execute_update_with_start_workflow(  # pyright: ignore[reportUnknownMemberType] - one overload of the SDK is partly untyped
                update,
                task,
                start_workflow_operation=self._start(organization_id),
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
        """Return the public media; ``None`` if that takes time, or another attempt.

        Then the post does it in a step of its own, in which a person can still take
        it back. Only a first attempt may say so: after an earlier one, the job may
        have been handed over.
        """
        attempt = activity.info().attempt
        patience = self._hosting.patience if attempt == 1 else None
        try:
            async with asyncio.timeout(patience):
                task = RehostAssets(assets=staged)
                return (await self._hosting.activities.rehost_assets(task)).assets
        except (ApplicationError, TimeoutError) as error:
            if attempt == 1:
                return None
            is_given_up = attempt >= _HOSTING_ATTEMPTS and _is_hosting(error)
            if is_given_up and isinstance(error, ApplicationError):
                raise final(error.message, kind=error.type or "") from None
            raise

    async def _hand_over(self, task: HandOver, job: PublishJob) -> HandOverReply:
        claim = Claim(
            key=job.job_id, owner=job.owner, digest=digest(job.request), claimed_at=job.claimed_at
        )
        try:
            refusal = await self._claim(claim, despite_claim=task.despite_claim)
        except StoreError as error:
            raise failure(error, kind="StoreError") from None
        except ValidationError:
            raise final(
                f"claims/{claim.key}.json or its receipt in the state bucket cannot "
                "be read: look at the channel, and move both away if the post is not "
                "there.",
                kind="StoreError",
            ) from None
        if refusal is not None:
            edge.not_handed_over(refusal.kind)
            return refusal
        await self._signal(task.organization_id, "publish", job)
        return HandOverReply(kind=HandOverKind.HANDED_OVER, claimed_by=claim.owner)

    @activity.defn
    async def hand_change(self, task: HandChange) -> None:
        """Signal the change.

        Safe to repeat: a change says how the post shall be, and AccountWorkflow knows
        it by its id.
        """
        async with heartbeating():
            await self._signal(task.organization_id, "change", task.change)

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

    async def _claim(self, claim: Claim, *, despite_claim: bool) -> HandOverReply | None:
        """Return why the key is not ours to use, or ``None`` if it is."""
        name = f"claims/{claim.key}.json"
        body = claim.model_dump_json(indent=2).encode()
        if await self._state.put_if_absent(name, body, _JSON):
            return None
        held = await self._state.get(name)
        earlier = Claim.model_validate_json(held) if held else claim
        if _is_same(earlier, claim):
            return None
        found = await self._state.get(f"receipts/{claim.key}.json")
        receipt = Receipt.model_validate_json(found) if found else None
        if receipt is not None and not _is_for(receipt, claim):
            return HandOverReply(
                kind=HandOverKind.ALREADY_PUBLISHED, receipt=receipt.post, claimed_by=earlier.owner
            )
        if despite_claim:
            return None
        return HandOverReply(kind=HandOverKind.CLAIMED_ELSEWHERE, claimed_by=earlier.owner)

    def _input(self, organization_id: str) -> AccountInput:
        return AccountInput(organization_id=organization_id, policy=self._policy)

    def _start(self, organization_id: str) -> WithStartWorkflowOperation[object, object]:
        address = self._address
        return WithStartWorkflowOperation(
            address.workflow,
            self._input(organization_id),
            id=address.id_of(organization_id),
            task_queue=address.task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )


def _is_same(earlier: Claim, claim: Claim) -> bool:
    """Whether it is this very claim, and not that of a run that was reset since."""
    return (earlier.owner, earlier.claimed_at) == (claim.owner, claim.claimed_at)


def _is_for(receipt: Receipt, claim: Claim) -> bool:
    """Whether this run got the receipt, after a person let it use another's key."""
    return receipt.owner == claim.owner and receipt.recorded_at >= claim.claimed_at


def _is_hosting(error: Exception) -> bool:
    """Whether no attempt makes the media public; a store comes back."""
    kinds = {"HostingError", MEDIA_LOST}
    return isinstance(error, ApplicationError) and error.type in kinds
