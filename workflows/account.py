"""Run every call to one Buffer organization, inside its quota."""

from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from galley.models import ChannelDirectory, PublishJob, ReadKind
    from galley.outbox import jobs as rules
    from galley.outbox import state as memory
    from galley.outbox.jobs import JobPhase
    from galley.outbox.state import (
        AccountInput,
        AccountPolicy,
        AccountState,
        AccountView,
    )
    from workflows import buffer_calls
    from workflows.account_desk import ReadsDesk
    from workflows.account_jobs import JobDesk
    from workflows.account_quota import QuotaKeeper
    from workflows.account_receipts import ReceiptBook
    from workflows.details import account_details
    from workflows.tidings import Tidings


@workflow.defn
class AccountWorkflow:
    """One per organization, ID ``buffer:<organization id>``; runs until terminated.

    Posts hand over jobs by the ``publish`` signal, repeated ones are deduplicated by
    job id. What becomes of a job goes back as the signal ``progress``. One loop makes
    one call at a time; what arrives meanwhile rings a bell and is read afterwards.
    """

    @workflow.init
    def __init__(self, start: AccountInput) -> None:
        state = start.state
        self._organization_id = start.organization_id
        self._policy = start.policy
        self._quota = QuotaKeeper(state.quota, is_seeded=state.is_seeded)
        self._tidings = Tidings()
        self._receipts = ReceiptBook(state.receipts, self._ring)
        self._jobs = JobDesk(
            start.organization_id, state.jobs, self._tidings, self._receipts
        )
        self._desk = ReadsDesk(self._ring)
        self._directory = state.directory
        self._polled_at = state.polled_at
        self._paused_by = state.paused_by
        self._has_rung = False
        self._stay_until = 0
        self._waiting_for = "jobs"

    @workflow.run
    async def run(self, start: AccountInput) -> None:
        del start  # read in __init__, before any signal
        while True:
            self._has_rung = False
            self._jobs.read_mail()
            if self._should_continue_as_new():
                await self._continue_as_new()
            elif not self._is_call_wanted():
                self._tidings.send()
                self._receipts.write()
                await self._wait(self._next_wake())
            elif await self._may_call():
                await self._call()

    # What others ask for

    @workflow.signal(description="Create this post, once.")
    def publish(self, job: PublishJob) -> None:
        self._jobs.deliver(job)
        self._ring()

    @workflow.signal(description="Let no call to Buffer out; input: who says so.")
    def pause(self, by: str) -> None:
        self._paused_by = by
        self._ring()

    @workflow.signal(description="Let calls to Buffer out again; input: who says so.")
    def resume(self, by: str) -> None:
        del by
        self._paused_by = None
        self._ring()

    @workflow.update(description="The channel map, read anew when it is old.")
    async def channels(self, policy: AccountPolicy | None = None) -> ChannelDirectory:
        """Answer with the channels; whoever asks may bring changed settings along."""
        self._policy = policy or self._policy
        known = self._directory
        if known is not None and (self._paused_by or not self._is_stale(known)):
            return known
        reply = await self._desk.ask(
            _CHANNELS, lambda: buffer_calls.list_channels(self._organization_id)
        )
        if reply.kind is not ReadKind.OK:
            raise ApplicationError(reply.message, type=f"Buffer:{reply.kind}")
        if reply.directory is None:
            raise ApplicationError("Buffer gave no channel list.", type="Buffer:failed")
        self._directory = reply.directory
        return self._directory

    @workflow.query(description="Windows, jobs by phase, and what it waits for.")
    def view(self) -> AccountView:
        return AccountView(
            organization_id=self._organization_id,
            windows=self._quota.report(),
            waiting_for=self._waiting_for,
            paused_by=self._paused_by,
            phases={job_id: t.phase for job_id, t in self._jobs.jobs.items()},
        )

    # Waiting

    def _ring(self) -> None:
        """Let the loop look again at what is to be done."""
        self._has_rung = True

    async def _wait(self, until: datetime | None, why: str = "") -> None:
        self._say(why or _until(until))
        timeout = None if until is None else max(until - workflow.now(), _TICK)
        try:
            await workflow.wait_condition(
                lambda: self._has_rung,
                timeout=timeout,
                timeout_summary=self._waiting_for,
            )
        except TimeoutError:
            return

    def _is_call_wanted(self) -> bool:
        if self._paused_by is not None:
            return False
        now = workflow.now()
        poll_at = self._poll_at()
        return (
            self._desk.is_busy
            or rules.next_ready(self._jobs.all, now) is not None
            or (poll_at is not None and poll_at <= now)
        )

    def _next_wake(self) -> datetime | None:
        times = [self._receipts.wake_at()]
        if self._paused_by is None:
            times += [self._jobs.wake_at(workflow.now()), self._poll_at()]
        return min((at for at in times if at is not None), default=None)

    def _poll_at(self) -> datetime | None:
        return memory.poll_due_at(self._jobs.all, self._polled_at, self._policy)

    async def _may_call(self) -> bool:
        """Wait for a permit; no means that the wait may have changed the order.

        A wait can last a day: news and receipts do not wait with the calls.
        """
        wait = self._quota.wait_until()
        if wait is None:
            return True
        self._tidings.send()
        self._receipts.write()
        at, why = wait
        said = f"Buffer's quota: {why}, until {at:%Y-%m-%d %H:%M:%S} UTC"
        await self._wait(min(at, self._receipts.wake_at() or at), said)
        return False

    # Calls

    async def _call(self) -> None:
        """Make the one call that matters most now."""
        if self._desk.is_busy:
            self._say(self._desk.next)
            await self._desk.serve(self._quota)
            self._quota.is_seeded = True
        elif not self._quota.is_seeded:
            await self._seed()
        else:
            await self._serve_job()

    async def _seed(self) -> None:
        """Read anything, for the headers of the answer."""
        self._say(_CHANNELS)
        reply = await buffer_calls.list_channels(self._organization_id)
        self._quota.count(reply)
        # Whatever came of it, the next answer's headers correct the count again.
        self._quota.is_seeded = True
        self._directory = reply.directory or self._directory

    async def _serve_job(self) -> None:
        tracked = rules.next_ready(self._jobs.all, workflow.now())
        if tracked is None:
            await self._poll()
            self._receipts.write(at_once=True)
            return
        is_new = tracked.phase is JobPhase.WAITING
        what = "createPost" if is_new else "looking in Buffer"
        self._say(f"{what} for {tracked.job.job_id}")
        await self._jobs.call(tracked, self._policy, self._quota)

    async def _poll(self) -> None:
        """Read the outcomes of every post that is due, page by page."""
        self._polled_at = now = workflow.now()
        wanted = memory.due_posts(self._jobs.all, now)
        if not wanted:
            return
        org, since = self._organization_id, memory.outcomes_since(wanted)
        cursor: str | None = None
        for page in range(memory.MAX_PAGES):
            if page and (self._paused_by is not None or not await self._may_call()):
                return
            self._say("outcomes of the posts that are due")
            reply = await buffer_calls.read_outcomes(org, wanted, since, cursor)
            self._quota.count(reply)
            if reply.kind is not ReadKind.OK:
                return
            self._jobs.take_outcomes(reply, wanted)
            cursor = reply.next_page
            if cursor is None or not wanted:
                self._jobs.miss(wanted)
                return

    # Going on

    def _should_continue_as_new(self) -> bool:
        # Whoever waits for the channel map must get it from this run.
        info = workflow.info()
        return (
            info.is_continue_as_new_suggested()
            and not self._desk.is_busy
            and info.get_current_history_length() >= self._stay_until
        )

    async def _continue_as_new(self) -> None:
        """Hand everything over to a new run, unless it is too much or somebody asks."""
        jobs, receipts = self._jobs.all, list(self._receipts.waiting)
        if memory.carried_bytes(jobs, receipts) > memory.CARRIED_AT_MOST:
            # Work off some of it first: a history takes far more than is suggested.
            length = workflow.info().get_current_history_length()
            self._stay_until = length + _MORE_EVENTS
            return
        while not self._is_settled():
            self._tidings.send()
            await workflow.wait_condition(
                lambda: self._has_rung or self._tidings.is_waiting or self._is_settled()
            )
            if self._has_rung:
                return
        workflow.continue_as_new(
            AccountInput(
                organization_id=self._organization_id,
                policy=self._policy,
                state=AccountState(
                    quota=self._quota.state,
                    is_seeded=self._quota.is_seeded,
                    jobs=tuple(memory.remembered(self._jobs.all)),
                    directory=self._directory,
                    receipts=self._receipts.waiting,
                    polled_at=self._polled_at,
                    paused_by=self._paused_by,
                ),
            )
        )

    def _is_settled(self) -> bool:
        return (
            self._tidings.is_settled
            and not self._receipts.is_writing
            and not self._jobs.has_mail
            and workflow.all_handlers_finished()
        )

    def _is_stale(self, directory: ChannelDirectory) -> bool:
        age = workflow.now() - directory.fetched_at
        return age > self._policy.channels_fresh_for

    def _say(self, what: str) -> None:
        self._waiting_for = what
        windows = self._quota.report()
        workflow.set_current_details(account_details(what, windows, self._paused_by))


_TICK = timedelta(milliseconds=1)
_MORE_EVENTS = 1000
_CHANNELS = "the channel map"


def _until(at: datetime | None) -> str:
    return "jobs" if at is None else f"{at:%H:%M:%S} UTC, next look"
