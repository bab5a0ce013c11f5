"""CampaignWorkflow: reads a source, plans the posts and starts a PostWorkflow for each."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar, Unpack

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    TimeoutError,  # noqa: A004 -- Temporal's, of an attempt
    WorkflowAlreadyStartedError,
    is_cancelled_exception,
)

with workflow.unsafe.imports_passed_through():
    from pydantic import ValidationError

    from activities.interfaces import (
        AccountActivities,
        BudgetActivities,
        DraftingActivities,
        VoiceActivities,
    )
    from galley.models.account import AskLimits, OpenAccount, OpenedAccount, Outlook
    from galley.models.brand import RecalledLessons, RecallLessons
    from galley.models.budget import BudgetGrant, ReserveBudget
    from galley.models.campaign import (
        CampaignInput,
        CampaignView,
        CampaignViewChanges,
        CampaignWait,
    )
    from galley.models.draft import DraftSetRef, WriteSet
    from galley.models.options import CampaignOptions
    from galley.models.post import PostInput
    from galley.models.source import SourceRef
    from galley.publishing.schedule.clock import is_timed
    from galley.publishing.schedule.plan import PlanError, SelectionError
    from workflows import ids, options, sources
    from workflows import ids as attributes
    from workflows.campaign.plan import (
        CampaignPlan,
        plan_within_limits,
        shown,
        with_age_of_map,
        with_lessons,
        with_media_trouble,
        with_signatures,
    )
    from workflows.details import literal
    from workflows.post.workflow import PostWorkflow
    from workflows.runtime import cause

_T = TypeVar("_T")

# Between two rounds of an activity's attempts.
_PAUSE = timedelta(minutes=5)
_A_DAY = timedelta(days=1)
_TIMED_OUT = "TimeoutError"
_STORE_AWAY = frozenset({"StoreError"})
# What asks nobody else ends late only where its workers died under it.
_STORE_OR_WORKERS_AWAY = _STORE_AWAY | {_TIMED_OUT}
# Everything that one workflow task starts goes to the server in one message of 4 MiB.
_MESSAGE_BYTES, _POST_BYTES = 2_500_000, 20_000
_MOST_AT_ONCE = 100


# An input that does not fit ends the run, whose starter sees why.
@workflow.defn(failure_exception_types=[ValidationError])
class CampaignWorkflow:
    """One source, one post a channel; ID ``campaign:<key>``.

    It ends when every post has been started; the posts outlive it.
    """

    @workflow.init
    def __init__(self, start: CampaignInput) -> None:
        self._start = start
        self._view = CampaignView(
            campaign_id=workflow.info().workflow_id, stage="reading the source"
        )

    @workflow.run
    async def run(self, start: CampaignInput) -> CampaignView:
        source = await self._patiently(
            lambda: sources.read(start.source, start.key, self._show), _STORE_AWAY
        )
        self._show("asking Buffer for the channels", source=source)
        opened = await self._opened()
        # The plan before anything is paid for: it may show that no post can go out.
        planned = with_media_trouble(await self._planned(opened), opened)
        planned = with_age_of_map(planned, opened.directory, workflow.now())
        if opened.is_signed and not start.options.review.is_signed:
            planned = with_signatures(planned)
        read, brief = source, start.options.brief
        source = await self._patiently(
            lambda: sources.condensed(read, start.key, brief, self._show), _STORE_AWAY
        )
        self._show("setting money aside", source=source)
        grant, recalled = await asyncio.gather(
            self._patiently(
                lambda: self._reserve(source, len(planned.posts)), _STORE_OR_WORKERS_AWAY
            ),
            self._recall(opened.directory.organization_id),
        )
        planned = with_lessons(planned, recalled)
        draft_set = await self._written(source, planned, grant)
        posts = self._posts(source, opened, planned, grant, draft_set)
        at_once = _started_at_once(start.options)
        for at in range(0, len(posts), at_once):
            await asyncio.gather(*(self._begin(post) for post in posts[at : at + at_once]))
        self._show("its posts have begun; each goes on by itself")
        return self._view

    @workflow.query(description="The source, the planned posts, the stage.")
    def view(self) -> CampaignView:
        return self._view

    async def _patiently(
        self, ask: Callable[[], Awaitable[_T]], of: frozenset[str] | None = None
    ) -> _T:
        """Return the answer of a step, however long what it needs does not answer.

        The ledger of a feed has the item already: a campaign that failed would lose it.

        Args:
            ask: Takes the step.
            of: The types of errors that pass within a day, after which a person is told by the
                failure; missing: all that are retried.
        """
        stage, began = self._view.stage, workflow.now()
        while True:
            try:
                answer = await ask()
            except ActivityError as error:
                if not _passes(error, of, workflow.now() - began):
                    self._wait_no_more(stage)
                    raise
                self._wait(stage, error)
            else:
                self._wait_no_more(self._view.stage)
                return answer
            try:
                await workflow.sleep(_PAUSE, summary="tried again after a pause")
            except asyncio.CancelledError:
                self._wait_no_more(stage)
                raise
            self._show(stage)

    def _wait(self, stage: str, error: ActivityError) -> None:
        """Show what keeps it waiting; lists find it by its search attribute."""
        known, why = self._view.wait, cause(error)
        if known is None:
            ids.record_waiting(is_waiting=True)
        wait = CampaignWait(
            since=known.since if known else workflow.now(),
            why=why,
            is_for_store=_type_of(error) in _STORE_AWAY,
        )
        self._show(f"{stage}, waiting to try again: {why}", wait=wait)

    def _wait_no_more(self, stage: str) -> None:
        if self._view.wait is not None:
            self._show(stage, wait=None)
            ids.record_waiting(is_waiting=False)

    async def _opened(self) -> OpenedAccount:
        asked = OpenAccount(asks_today=not is_timed(self._start.options.timing))
        return await self._patiently(
            lambda: workflow.execute_activity_method(
                AccountActivities.open_account, asked, **options.publishing(options.OPEN_ACCOUNT)
            )
        )

    async def _reserve(self, source: SourceRef, posts: int) -> BudgetGrant:
        """Set aside the most that the posts may cost."""
        return await workflow.execute_activity_method(
            BudgetActivities.reserve_budget,
            ReserveBudget(
                campaign_id=self._view.campaign_id,
                key=self._start.key,
                posts=posts,
                source_bytes=source.read_size,
                brand=self._start.options.brand,
            ),
            **options.RESERVE_BUDGET,
        )

    async def _recall(self, organization_id: str) -> RecalledLessons:
        """Ask once for the lessons of reviews; without an answer, drafts go without."""
        brand = ids.brand_of(self._start.options.brand or None, organization_id)
        try:
            return await workflow.execute_activity_method(
                VoiceActivities.recall_lessons, RecallLessons(brand=brand), **options.RECALL_LESSONS
            )
        except ActivityError as error:
            return RecalledLessons(missing=cause(error).rstrip("."))

    async def _written(
        self, source: SourceRef, planned: CampaignPlan, grant: BudgetGrant
    ) -> DraftSetRef | None:
        """Have all posts written with one request; without it each post asks for itself."""
        start = self._start
        self._show(
            "writing the posts",
            posts=tuple(shown(start.key, one) for one in planned.posts),
            lessons=planned.lessons,
            skipped=planned.skipped,
            notes=planned.notes,
            quota=planned.quota,
            forecast=planned.forecast,
        )
        try:
            found = await workflow.execute_activity_method(
                DraftingActivities.write_set,
                WriteSet(
                    key=start.key,
                    source=source,
                    planned=tuple(one.channel for one in planned.posts),
                    options=start.options,
                    lessons=planned.lessons,
                    allowance=grant.allowance,
                ),
                **options.WRITE_SET,
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            note = f"The posts could not be written together: {cause(error).rstrip('.')}."
            self._show("starting the posts", notes=(*planned.notes, note))
            return None
        if found.skips:
            networks = f"{found.skips} of {found.posts} networks"
            note = f"The drafter proposes to leave out {networks}: their posts say why."
            self._show("starting the posts", notes=(*planned.notes, note))
        return found

    def _posts(
        self,
        source: SourceRef,
        opened: OpenedAccount,
        planned: CampaignPlan,
        grant: BudgetGrant,
        draft_set: DraftSetRef | None,
    ) -> tuple[PostInput, ...]:
        start, asked = self._start, self._start.options
        return tuple(
            PostInput(
                started_by=start.started_by,
                campaign_id=self._view.campaign_id,
                key=start.key,
                source=source,
                channel=one.channel,
                organization_id=opened.directory.organization_id,
                options=asked.signed() if opened.is_signed else asked,
                lessons=planned.lessons,
                due_at=one.due_at,
                # The money that is set aside is the set's: what a post asks for besides sets
                # its own aside.
                allowance=None if grant.allowance is None else 0,
                publish_lead=start.publish_lead,
                draft_set=draft_set,
            )
            for one in planned.posts
        )

    async def _planned(self, opened: OpenedAccount) -> CampaignPlan:
        try:
            return await plan_within_limits(
                self._start, opened.directory, workflow.now, self._ask, opened.outlook
            )
        except (SelectionError, PlanError) as error:
            raise ApplicationError(str(error), type="CampaignError", non_retryable=True) from None

    async def _ask(self, task: AskLimits) -> Outlook:
        self._show("asking Buffer what it still takes")
        try:
            return await workflow.execute_activity_method(
                AccountActivities.ask_limits, task, **options.publishing(options.ASK_LIMITS)
            )
        except ActivityError as error:
            return Outlook(missing=cause(error).rstrip("."))

    async def _begin(self, post: PostInput) -> None:
        try:
            await workflow.start_child_workflow(
                PostWorkflow.run,
                post,
                id=ids.post_id(post.key, post.channel.id),
                # The ID is the idempotency key: even an ended post is never started again.
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                search_attributes=attributes.of_new_post(post),
                memo={
                    "title": post.source.title,
                    "brand": post.options.brand,
                    "started_by": post.started_by,
                },
                static_summary=f"{post.channel.platform} · {literal(post.channel.name)} "
                f"· {literal(post.source.title)}",
            )
        except WorkflowAlreadyStartedError:
            # An earlier run of this campaign started it.
            workflow.logger.info("%s runs already", post.channel.id)

    def _show(self, stage: str, **changes: Unpack[CampaignViewChanges]) -> None:
        self._view = self._view.at_stage(stage, **changes)
        lines = [f"{p.platform} · {p.channel_name}" for p in self._view.posts]
        lines += [f"skipped: {s.reason}" for s in self._view.skipped]
        lines += filter(None, (self._view.quota, *self._view.notes))
        lines = [f"- {literal(line)}" for line in lines]
        workflow.set_current_details("\n".join([f"**{stage}**", "", *lines]))


def _passes(error: ActivityError, of: frozenset[str] | None, waited: timedelta) -> bool:
    """Return whether what ended a step may pass by itself: see ``_patiently`` for ``of``."""
    # A step that has something to stop may end otherwise, although it was cancelled.
    if is_cancelled_exception(error) or workflow.cancellation_reason() is not None:
        return False
    # A wrong key or an unclear organization is a person's to mend.
    if isinstance(error.cause, ApplicationError) and error.cause.non_retryable:
        return False
    return of is None or (_type_of(error) in of and waited <= _A_DAY)


def _type_of(error: ActivityError) -> str | None:
    """Return the type of what ended the last attempt of an activity."""
    if isinstance(error.cause, TimeoutError):
        return _TIMED_OUT
    return error.cause.type if isinstance(error.cause, ApplicationError) else None


def _started_at_once(asked: CampaignOptions) -> int:
    """Return how many posts one message can start; each carries the options."""
    size = _POST_BYTES + len(asked.model_dump_json().encode())
    return max(1, min(_MOST_AT_ONCE, _MESSAGE_BYTES // size))
