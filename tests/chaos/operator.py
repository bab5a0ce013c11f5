"""An operator in Temporal's UI: terminates, resets, cancels, deletes, deploys a newer build.

Beside that the operator does what the runbook says: looks at Buffer and resumes an account that
doubts, and lets posts ask again that nobody answers.
"""

import asyncio
import random
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType, ResetReapplyType
from temporalio.api.workflowservice.v1 import (
    DeleteWorkflowExecutionRequest,
    ResetWorkflowExecutionRequest,
)
from temporalio.client import (
    RPCTimeoutOrCancelledError,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowQueryFailedError,
)
from temporalio.service import RPCError, RPCStatusCode

from galley.models.account import Pause, PauseCause, Resume
from galley.models.post import PostState
from galley.publishing.job.state import AccountInput, AccountPolicy, AccountView
from tests.chaos.by_hand import ByHand
from tests.chaos.fleet import LOOKS, Fleet
from tests.chaos.machines import Machines
from tests.end_to_end.waiting import until
from workflows.account.workflow import AccountWorkflow
from workflows.ids import STATE

AnyHandle = WorkflowHandle[Any, Any]
Mishap = Callable[[], Awaitable[str]]
LATER = (RPCError, RPCTimeoutOrCancelledError, WorkflowQueryFailedError)
_ACCOUNTS = 'WorkflowType="AccountWorkflow"'
_POSTS = 'WorkflowType="PostWorkflow"'
_ALIVE = 'ExecutionStatus="Running"'
_ON_THEIR_WAY = {"publishing", "scheduled", "late", "pulled_back", "sent"}
_PATIENCE = 8.0
"""Seconds without news after which the operator lets a post ask; and half a second more for each
on its way, as every question is work."""
_LEFT_ALONE = 4.0
"""Seconds between two mishaps of the account, for each post on its way: what it forgot, it looks
for in Buffer, one call after the other."""
_POLICY = AccountPolicy(poll_seconds=1, look_delays=LOOKS, gap_seconds=0)
_DONE = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
_ASKED = EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED


class Operator:
    """One person with all rights, and little care."""

    def __init__(self, fleet: Fleet, seed: int, posts: int) -> None:
        self._fleet = fleet
        self._left_alone = _LEFT_ALONE * posts
        self._patience = _PATIENCE + posts / 2
        self._chance = random.Random(f"{seed}:operator")  # noqa: S311 - a repeatable choice
        self.by_hand = ByHand(fleet, self._chance)
        self._machines = Machines(fleet, self._chance)
        self.reset_to: Counter[str] = Counter()
        """Kinds of events that runs were reset to."""
        self.ended: dict[str, str] = {}
        """Posts whose runs were ended, and how."""
        self.against_pause: list[str] = []
        """What was created while everything was paused."""
        self._seen: dict[tuple[str, str], float] = {}
        self._hurt_at = 0.0
        self._account = asyncio.Lock()

    def mishaps(self) -> list[tuple[Mishap, int]]:
        """Return what the operator does, and how often."""
        return [
            (self._terminate_account, 6),
            (self._reset_account, 8),
            (self._cancel_account, 3),
            (self._delete_account, 2),
            (self._pause_and_lose, 4),
            (self._reset_post, 14),
            (self._reset_campaign, 2),
            (self._cancel_post, 1),
            (self._terminate_post, 1),
            (self.by_hand.edit, 4),
            (self.by_hand.move, 4),
            (self.by_hand.delete, 4),
            (self.by_hand.add, 3),
            (self.by_hand.use_the_quota, 2),
            (self._machines.lose_bucket, 2),
            (self._machines.fill_drafts, 2),
            (self._machines.move_clock, 2),
            (self._machines.move_worker_clock, 3),
            (self._machines.fill_disk, 2),
            (self._machines.deploy, 1),
        ]

    async def look_after(self) -> None:
        """Resume an account that doubts, and let posts ask that hear nothing; for ever."""
        while True:
            await asyncio.sleep(1)
            try:
                await self._resume_what_doubts()
                await self._let_posts_ask()
            except LATER:
                continue

    # The account

    async def _account_to_hurt(self) -> AnyHandle | None:
        """Return the account, unless it has just begun anew: it must get somewhere in between."""
        now = time.monotonic()
        account = await self._fleet.account() if now - self._hurt_at > self._left_alone else None
        if account is not None:
            self._hurt_at = now
        return account

    async def _terminate_account(self) -> str:
        return await self._lose("account terminated", lambda one: one.terminate("by mistake"))

    async def _cancel_account(self) -> str:
        return await self._lose("account cancelled", lambda one: one.cancel())

    async def _delete_account(self) -> str:
        return await self._lose("account deleted", self._delete)

    async def _lose(self, what: str, end: Callable[[AnyHandle], Awaitable[None]]) -> str:
        async with self._account:
            account = await self._account_to_hurt()
            if account is None:
                return "the account was left alone"
            try:
                await end(account)
            except LATER:
                what = f"{what}, perhaps"
            await asyncio.sleep(self._chance.uniform(0, 3))
            await self._start(account.id)
            return what

    async def _start(self, account_id: str) -> None:
        """Start it again, as the next signal of a post does."""
        organization_id = account_id.partition(":")[2]

        async def started() -> bool:
            try:
                await self._fleet.client.start_workflow(
                    AccountWorkflow.run,
                    AccountInput(organization_id=organization_id, policy=_POLICY),
                    id=account_id,
                    task_queue="galley",
                )
            except RPCError as error:
                return error.status is RPCStatusCode.ALREADY_EXISTS
            except Exception as error:  # noqa: BLE001 - it runs already, or Temporal is away
                return "already started" in str(error)
            return True

        await until(started)

    async def _reset_account(self) -> str:
        async with self._account:
            account = await self._account_to_hurt()
            if account is None:
                return "the account was left alone"
            return await self._reset(account, "account")

    async def _pause_and_lose(self) -> str:
        """Pause everything, lose the account, and see that nothing goes out."""
        async with self._account:
            account = await self._account_to_hurt()
            if account is None:
                return "the account was left alone"
            try:
                return await self._lose_paused(account)
            finally:
                await self._insist_on_resume(account)

    async def _lose_paused(self, account: AnyHandle) -> str:
        try:
            await account.signal(AccountWorkflow.pause, Pause(by="kim", note="wrong price"))
            # What is under way ends meanwhile.
            await asyncio.sleep(5)
            view: AccountView = await account.query(AccountWorkflow.view)
        except LATER:
            return "a pause nobody heard"
        if view.paused_by is None or not view.is_pause_kept:
            return "paused, and nothing lost"
        began = await self._now()
        if self._chance.random() < 0.5:
            await account.terminate("by mistake")
            await self._start(account.id)
        else:
            await self._reset(account, "account")
        await asyncio.sleep(self._chance.uniform(2, 5))
        over = await self._now()
        self.against_pause += [
            one["id"]
            for one in await self._fleet.buffer.ledger()
            if began < one["created_at"] < over and not one["text"].startswith("Added by hand")
        ]
        return "paused, then the account was lost"

    async def _now(self) -> str:
        """Return the time as Buffer's ledger has it."""
        told: dict[str, str] = await self._fleet.buffer.ask("POST", "clock", {"seconds": 0})
        return told["now"]

    async def _insist_on_resume(self, account: AnyHandle) -> None:
        async def resumed() -> bool:
            try:
                await account.signal(AccountWorkflow.resume, Resume(by="kim"))
            except LATER:
                return False
            return True

        await until(resumed)

    async def _resume_what_doubts(self) -> None:
        account = await self._fleet.account()
        if account is None or self._account.locked():
            return
        view: AccountView = await account.query(AccountWorkflow.view)
        for one in view.pauses:
            if one.pause.cause is not PauseCause.PERSON:
                said = Resume(by="kim", scope=one.pause.scope)
                await account.signal(AccountWorkflow.resume, said)

    # Posts

    async def _reset_post(self) -> str:
        post = await self._any("PostWorkflow")
        return "no post to reset" if post is None else await self._reset(post, "post")

    async def _reset_campaign(self) -> str:
        campaign = await self._any("CampaignWorkflow")
        if campaign is None:
            return "no campaign to reset"
        return await self._reset(campaign, "campaign")

    async def _cancel_post(self) -> str:
        return await self._end_post("cancelled", lambda one: one.cancel())

    async def _terminate_post(self) -> str:
        return await self._end_post("terminated", lambda one: one.terminate("by mistake"))

    async def _end_post(self, how: str, end: Callable[[AnyHandle], Awaitable[None]]) -> str:
        post = await self._any("PostWorkflow", f" AND {_ALIVE}")
        if post is None:
            return f"no post to be {how}"
        self.ended[post.id] = how
        try:
            await end(post)
        except LATER:
            return f"post {how}, perhaps"
        return f"post {how}"

    async def _any(self, kind: str, asked: str = "") -> AnyHandle | None:
        query = f'WorkflowType="{kind}"{asked}'
        try:
            found = sorted(
                {run.id async for run in self._fleet.client.list_workflows(query)} - {*self.ended}
            )
        except LATER:
            return None
        if not found:
            return None
        return self._fleet.client.get_workflow_handle(self._chance.choice(found))

    async def _let_posts_ask(self) -> None:
        """Reset each post that has waited for news to its last event: then it asks."""
        now = time.monotonic()
        alive: set[tuple[str, str]] = set()
        found = [run async for run in self._fleet.client.list_workflows(f"{_POSTS} AND {_ALIVE}")]
        # A server that takes long to list has no time for questions.
        patience = self._patience + _PATIENCE * (time.monotonic() - now)
        for run in found:
            state = run.typed_search_attributes.get(STATE) or ""
            key = (run.run_id, state)
            if state not in _ON_THEIR_WAY or run.id in self.ended:
                continue
            alive.add(key)
            if now - self._seen.setdefault(key, now) > patience:
                self._seen[key] = now
                handle = self._fleet.client.get_workflow_handle(run.id, run_id=run.run_id)
                await self._reset(handle, "post", is_last=True)
        self._seen = {key: at for key, at in self._seen.items() if key in alive}

    # Both

    async def _reset(self, run: AnyHandle, what: str, *, is_last: bool = False) -> str:
        """Reset a run to an event of the kind that was reset to least so far, or to its last."""
        points: dict[str, list[int]] = {}
        last, asked_at = 0, 0
        try:
            history = await run.fetch_history()
            for at, event in enumerate(history.events):
                if event.event_type == _ASKED:
                    asked_at = at
                elif event.event_type == _DONE:
                    woken_by = history.events[max(asked_at - 1, 0)].event_type
                    kind = EventType.Name(woken_by).removeprefix("EVENT_TYPE_").lower()
                    points.setdefault(kind, []).append(event.event_id)
                    last = event.event_id
            if not points:
                return f"no event of a {what} to reset to"
            least = min(points, key=lambda kind: (self.reset_to[f"{what}: {kind}"], kind))
            event_id = last if is_last else self._chance.choice(points[least])
            reapply = self._chance.choice(
                (
                    ResetReapplyType.RESET_REAPPLY_TYPE_NONE,
                    ResetReapplyType.RESET_REAPPLY_TYPE_ALL_ELIGIBLE,
                )
            )
            named = WorkflowExecution(workflow_id=run.id, run_id=run.run_id or "")
            await self._fleet.client.workflow_service.reset_workflow_execution(
                ResetWorkflowExecutionRequest(
                    namespace=self._fleet.client.namespace,
                    workflow_execution=named,
                    reason="an operator's mistake",
                    workflow_task_finish_event_id=event_id,
                    reset_reapply_type=reapply,
                    request_id=uuid.uuid4().hex,
                )
            )
        except LATER:
            return f"{what} could not be reset"
        if is_last:
            return f"{what} let ask"
        self.reset_to[f"{what}: {least}"] += 1
        return f"{what} reset"

    async def _delete(self, run: AnyHandle) -> None:
        """Delete one run; another one of the same ID may have begun meanwhile."""
        service, client = self._fleet.client.workflow_service, self._fleet.client
        run_id = run.run_id or (await run.describe()).run_id
        named = WorkflowExecution(workflow_id=run.id, run_id=run_id)
        await service.delete_workflow_execution(
            DeleteWorkflowExecutionRequest(namespace=client.namespace, workflow_execution=named)
        )
        this = client.get_workflow_handle(run.id, run_id=run_id)
        await until(lambda: self._is_gone(this))

    async def _is_gone(self, run: AnyHandle) -> bool:
        try:
            await run.describe()
        except RPCError as error:
            return error.status is RPCStatusCode.NOT_FOUND
        except RPCTimeoutOrCancelledError:
            return False
        return False

    async def forget(self, campaign_key: str) -> bool:
        """Delete a campaign and its posts, as retention does, if all have ended."""
        runs: list[AnyHandle] = []
        query = (
            f'WorkflowId="campaign:{campaign_key}" OR WorkflowId STARTS_WITH "post:{campaign_key}:"'
        )
        try:
            async for run in self._fleet.client.list_workflows(query):
                state = run.typed_search_attributes.get(STATE)
                is_over = state is None or PostState(state).is_final
                if run.status is WorkflowExecutionStatus.RUNNING or not is_over:
                    return False
                handle = self._fleet.client.get_workflow_handle(run.id, run_id=run.run_id)
                runs.append(handle)
            for one in runs:
                await self._delete(one)
        except LATER:
            return False
        return bool(runs)
