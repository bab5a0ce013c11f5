"""Run every call to one Buffer organization, inside its quota."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.interfaces import AccountActivities
    from galley.models import (
        ChannelDirectory,
        ChannelsReply,
        CreateKind,
        CreateReply,
        FindReply,
        OutcomesReply,
        PublishJob,
        ReadKind,
        Receipt,
        RecordReceipts,
    )
    from galley.outbox import jobs as rules
    from galley.outbox import state as memory
    from galley.outbox.jobs import JobPhase, Tracked
    from galley.outbox.state import AccountInput, AccountState, AccountView
    from galley.quota.rolling import RollingWindows
    from workflows import buffer_calls, options
    from workflows.details import account_details
    from workflows.tidings import Tidings

_Reply = ChannelsReply | CreateReply | FindReply | OutcomesReply


@workflow.defn
class AccountWorkflow:
    """One per organization, ID ``buffer:<organization id>``; runs until terminated.

    Posts hand over jobs by the ``publish`` signal, repeated ones are deduplicated by
    job id. What becomes of a job goes back as the signal ``progress``.
    """

    @workflow.init
    def __init__(self, start: AccountInput) -> None:
        state = start.state
        self._organization_id = start.organization_id
        self._policy = start.policy
        self._quota = RollingWindows(state.quota)
        self._is_seeded = state.is_seeded
        self._jobs = {tracked.job.job_id: tracked for tracked in state.jobs}
        self._directory = state.directory
        self._receipts = list(state.receipts)
        self._receipts_after: datetime | None = None
        self._polled_at = state.polled_at
        self._paused_by = state.paused_by
        self._wants_channels = False
        self._channels_error: ChannelsReply | None = None
        self._stay_until = 0
        self._tidings = Tidings()
        self._waiting_for = "jobs"

    @workflow.run
    async def run(self, start: AccountInput) -> None:
        del start  # read in __init__, before any signal
        while True:
            await self._wait_for_work()
            if self._should_continue_as_new():
                await self._continue_as_new()
            if not self._is_call_wanted():
                self._tidings.send()
                if self._are_receipts_due():
                    await self._write_receipts()
            elif await self._may_call():
                await self._call()

    # What others ask for

    @workflow.signal(description="Create this post, once.")
    def publish(self, job: PublishJob) -> None:
        known = self._jobs.get(job.job_id)
        if known is None:
            self._jobs[job.job_id] = rules.accept(job)
            return
        self._jobs[job.job_id] = rules.accept_again(known, job)
        if known.last is not None and known.phase is not JobPhase.HELD:
            self._tidings.add(known.job.reply_to, known.last)

    @workflow.signal(description="Let no call to Buffer out; input: who says so.")
    def pause(self, by: str) -> None:
        self._paused_by = by

    @workflow.signal(description="Let calls to Buffer out again; input: who says so.")
    def resume(self, by: str) -> None:
        del by
        self._paused_by = None

    @workflow.update(description="The channel map, read anew when it is old.")
    async def channels(self) -> ChannelDirectory:
        known = self._directory
        if known is not None and self._paused_by is not None:
            return known
        if known is None or self._is_stale(known):
            self._wants_channels = True
            self._channels_error = None
            await workflow.wait_condition(lambda: not self._wants_channels)
        if self._channels_error is not None:
            error = self._channels_error
            raise ApplicationError(error.message, type=f"Buffer:{error.kind}")
        if self._directory is None:
            raise ApplicationError("Buffer gave no channel list.", type="Buffer:failed")
        return self._directory

    @workflow.query(description="Windows, jobs by phase, and what it waits for.")
    def view(self) -> AccountView:
        return AccountView(
            organization_id=self._organization_id,
            windows=self._quota.report(_now_ms()),
            waiting_for=self._waiting_for,
            paused_by=self._paused_by,
            phases={job_id: t.phase for job_id, t in self._jobs.items()},
        )

    # Waiting

    async def _wait_for_work(self) -> None:
        paused_by = self._paused_by

        def is_needed() -> bool:
            return (
                self._is_call_wanted()
                or self._paused_by != paused_by
                or self._tidings.is_waiting
                or self._are_receipts_due()
                or self._should_continue_as_new()
            )

        if is_needed():
            return
        wake_at = self._next_wake()
        self._say("jobs" if wake_at is None else f"{wake_at:%H:%M:%S} UTC, next look")
        await self._wait(is_needed, wake_at)

    async def _wait(self, is_over: Callable[[], bool], until: datetime | None) -> None:
        timeout = None if until is None else max(until - workflow.now(), _TICK)
        try:
            await workflow.wait_condition(
                is_over, timeout=timeout, timeout_summary=self._waiting_for
            )
        except TimeoutError:
            return

    def _is_call_wanted(self) -> bool:
        if self._paused_by is not None:
            return False
        now = workflow.now()
        poll_at = self._poll_at()
        return (
            self._wants_channels
            or rules.next_ready(list(self._jobs.values()), now) is not None
            or (poll_at is not None and poll_at <= now)
        )

    def _next_wake(self) -> datetime | None:
        times = [self._receipts_at()] if self._receipts else []
        if self._paused_by is None:
            times += [
                t.not_before
                for t in self._jobs.values()
                if t.is_ready and t.not_before is not None
            ]
            poll_at = self._poll_at()
            times += [] if poll_at is None else [poll_at]
        return min(times, default=None)

    def _poll_at(self) -> datetime | None:
        jobs = list(self._jobs.values())
        return memory.poll_due_at(jobs, self._polled_at, self._policy)

    async def _may_call(self) -> bool:
        """Wait for a permit; no means that the wait may have changed the order.

        A wait can last a day: news and receipts do not wait with the calls.
        """
        at, why = self._quota.earliest(_now_ms())
        pause = at - _now_ms()
        if pause <= 0:
            return True
        self._tidings.send()
        if self._are_receipts_due():
            await self._write_receipts()
            return False
        self._say(f"Buffer's quota: {why}, until {_instant(at):%Y-%m-%d %H:%M:%S} UTC")
        await self._wait(
            lambda: self._tidings.is_waiting or self._should_continue_as_new(),
            min([_instant(at), *([self._receipts_at()] if self._receipts else [])]),
        )
        return False

    # Calls

    async def _call(self) -> None:
        """Make the one call that matters most now."""
        if self._paused_by is not None:
            return
        now = workflow.now()
        if self._wants_channels or not self._is_seeded:
            await self._read_channels()
            return
        tracked = rules.next_ready(list(self._jobs.values()), now)
        if tracked is None:
            await self._poll(now)
            if self._receipts and not self._receipts_after:
                await self._write_receipts()
        elif tracked.phase is JobPhase.WAITING:
            await self._create(tracked)
        else:
            await self._look(tracked)

    async def _read_channels(self) -> None:
        self._say("the channel map")
        reply = await buffer_calls.list_channels(self._organization_id)
        self._count(reply)
        # Whatever came of it, the next answer's headers correct the count again.
        self._is_seeded = True
        if reply.kind is ReadKind.RATE_LIMITED:
            return
        self._wants_channels = False
        if reply.directory is not None:
            self._directory = reply.directory
        else:
            self._channels_error = reply

    async def _create(self, tracked: Tracked) -> None:
        self._say(f"createPost for {tracked.job.job_id}")
        tracked = rules.on_time(tracked, workflow.now())
        reply = await buffer_calls.create_post(tracked.job)
        self._count(reply)
        pauses = self._policy.pauses
        after = rules.after_create(tracked, reply, workflow.now(), pauses)
        self._update(tracked, after, evidence="reply")

    async def _look(self, tracked: Tracked) -> None:
        self._say(f"looking in Buffer for {tracked.job.job_id}")
        taken = memory.taken_by_others(list(self._jobs.values()), tracked)
        reply = await buffer_calls.find_post(self._organization_id, tracked, taken)
        self._count(reply)
        pauses = self._policy.pauses
        after = rules.after_look(tracked, reply, workflow.now(), pauses)
        self._update(tracked, after, evidence="found")

    async def _poll(self, now: datetime) -> None:
        """Read the outcomes of every post that is due, page by page."""
        self._polled_at = now
        wanted = memory.due_posts(list(self._jobs.values()), now)
        if not wanted:
            return
        org, since = self._organization_id, memory.outcomes_since(wanted)
        cursor: str | None = None
        for page in range(memory.MAX_PAGES):
            if page and (self._paused_by is not None or not await self._may_call()):
                return
            self._say("outcomes of the posts that are due")
            reply = await buffer_calls.read_outcomes(org, wanted, since, cursor)
            self._count(reply)
            if reply.kind is not ReadKind.OK:
                return
            self._take_outcomes(reply, wanted)
            cursor = reply.next_page
            if cursor is None or not wanted:
                break
        else:
            return
        for tracked in wanted.values():
            self._update(tracked, rules.after_miss(tracked, workflow.now()), "")

    def _take_outcomes(self, reply: OutcomesReply, wanted: dict[str, Tracked]) -> None:
        for post in reply.posts:
            tracked = wanted.pop(post.id, None)
            if tracked is not None:
                after = rules.after_outcome(tracked, post, workflow.now())
                self._update(tracked, after, evidence="")

    def _count(self, reply: _Reply) -> None:
        now = _now_ms()
        self._quota.record(now)
        self._quota.observe(reply.windows, now)
        if reply.kind in {CreateKind.RATE_LIMITED, ReadKind.RATE_LIMITED}:
            self._quota.block(now + int((reply.retry_after or 60) * 1000) + 1)

    # Results

    def _update(self, before: Tracked, after: Tracked, evidence: str) -> None:
        kept = rules.lean(after)
        self._jobs[after.job.job_id] = kept
        if kept.last is not None and after.last is not before.last:
            self._tidings.add(kept.job.reply_to, kept.last)
        if evidence and after.post is not None and before.post is None:
            self._receipts.append(
                Receipt(
                    key=after.job.job_id,
                    owner=after.job.owner,
                    post=after.post,
                    evidence=evidence,
                    recorded_at=workflow.now(),
                )
            )

    def _are_receipts_due(self) -> bool:
        return bool(self._receipts) and self._receipts_at() <= workflow.now()

    def _receipts_at(self) -> datetime:
        """Return when the oldest receipt should be written, at the latest."""
        due_at = self._receipts[0].recorded_at + memory.RECEIPTS_WAIT
        return max(due_at, self._receipts_after or due_at)

    async def _write_receipts(self) -> None:
        """Write some; a store that does not take them must not hold posts up."""
        batch = tuple(self._receipts[: memory.RECEIPT_BATCH])
        try:
            await workflow.execute_activity_method(
                AccountActivities.record_receipts,
                RecordReceipts(receipts=batch),
                **options.RECORD_RECEIPTS,
            )
        except ActivityError as error:
            workflow.logger.warning("receipts were not written: %s", error.cause)
            self._receipts_after = workflow.now() + memory.RECEIPTS_PAUSE
            return
        self._receipts_after = None
        del self._receipts[: len(batch)]

    def _should_continue_as_new(self) -> bool:
        # Whoever waits for the channel map must get it from this run.
        info = workflow.info()
        return (
            info.is_continue_as_new_suggested()
            and not self._wants_channels
            and info.get_current_history_length() >= self._stay_until
        )

    async def _continue_as_new(self) -> None:
        """Hand everything over to a new run, unless it is too much or somebody asks."""
        jobs = list(self._jobs.values())
        if memory.carried_bytes(jobs, self._receipts) > memory.CARRIED_AT_MOST:
            # Work off some of it first: a history takes far more than is suggested.
            length = workflow.info().get_current_history_length()
            self._stay_until = length + _MORE_EVENTS
            return
        while not self._is_settled():
            self._tidings.send()
            await workflow.wait_condition(
                lambda: (
                    self._wants_channels
                    or self._tidings.is_waiting
                    or self._is_settled()
                )
            )
            if self._wants_channels:
                return
        workflow.continue_as_new(
            AccountInput(
                organization_id=self._organization_id,
                policy=self._policy,
                state=AccountState(
                    quota=self._quota.state,
                    is_seeded=self._is_seeded,
                    jobs=tuple(memory.remembered(list(self._jobs.values()))),
                    directory=self._directory,
                    receipts=tuple(self._receipts),
                    polled_at=self._polled_at,
                    paused_by=self._paused_by,
                ),
            )
        )

    def _is_settled(self) -> bool:
        return self._tidings.is_settled and workflow.all_handlers_finished()

    def _is_stale(self, directory: ChannelDirectory) -> bool:
        age = workflow.now() - directory.fetched_at
        return age > self._policy.channels_fresh_for

    def _say(self, what: str) -> None:
        self._waiting_for = what
        windows = self._quota.report(_now_ms())
        workflow.set_current_details(account_details(what, windows, self._paused_by))


_TICK = timedelta(milliseconds=1)
_MORE_EVENTS = 1000


def _now_ms() -> int:
    return int(workflow.now().timestamp() * 1000)


def _instant(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
