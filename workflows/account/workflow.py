"""AccountWorkflow: it makes every call to one Buffer organization, within the quota.

Posts, campaigns and people reach it by signals, updates and queries. The decisions are pure
functions in ``galley.publishing.job`` and ``galley.publishing.quota``.
"""

from collections import Counter
from datetime import datetime, timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from galley.models.account import AskLimits, OpenedAccount, Outlook, Pause, PublishJob, Resume
    from galley.models.channel import ChannelDirectory
    from galley.models.post import Change
    from galley.models.publishing import ListUnsent, UnsentPage
    from galley.publishing.job import pauses as pausing
    from galley.publishing.job import priority
    from galley.publishing.job import snapshot as carrying
    from galley.publishing.job.pauses import ActivePause
    from galley.publishing.job.priority import Choice
    from galley.publishing.job.state import (
        AccountHealth,
        AccountInput,
        AccountOpening,
        AccountState,
        AccountView,
    )
    from workflows.account.jobs import JobQueue, OutcomePoll
    from workflows.account.memory import UNTIL_KNOWN, MemoryKeeper
    from workflows.account.post_notifier import PostNotifier
    from workflows.account.quota import QuotaKeeper
    from workflows.account.reads import (
        CHANNELS,
        ChannelMap,
        LimitsCache,
        ReadQueue,
        question_of_today,
        unsent_page,
        usable_channels,
    )
    from workflows.details import account_details
    from workflows.runtime import Alarm, after_signals, is_long, is_reset_to_its_start

_NOTHING = "the next post or change"
"""What it waits for with nothing under way."""


@workflow.defn
class AccountWorkflow:
    """One per organization, ID ``buffer:<organization id>``; runs until terminated.

    Posts hand over jobs by the signal ``publish``, and repeated ones are deduplicated by job
    id. What becomes of a job goes back as the signal ``progress``. One loop makes one call at a
    time; what arrives during a call is read after it.
    """

    @workflow.init
    def __init__(self, start: AccountInput) -> None:
        state, snapshot = start.state, carrying.unpack(start.state)
        org = self._organization_id = start.organization_id
        self._policy = start.policy
        self._quota = QuotaKeeper(state.quota, state.outage, is_seeded=state.is_seeded)
        self._notifier = PostNotifier(snapshot.untold, snapshot.receipts, self._wake)
        self._jobs = JobQueue(org, snapshot.jobs, self._notifier, lambda: self._in_force)
        self._poll = OutcomePoll(org, state.polled_at, self._jobs)
        self._reads = ReadQueue(self._wake)
        self._limits = LimitsCache(self._reads)
        self._channels = ChannelMap(org, state.directory, self._reads)
        self._pauses = self._polls_under = state.pauses
        self._memory = MemoryKeeper(org, state.follows, self._wake)
        workflow.register_random_seed_callback(self._notice_reset)
        self._is_woken = False
        self._alarm = Alarm()
        self._waiting_for = _NOTHING
        self._is_quota_awaited = False

    @workflow.run
    async def run(self, start: AccountInput) -> None:
        del start  # read in __init__, before any signal
        if is_reset_to_its_start():
            self._jobs.notice_reset()
        while True:
            # Cleared before the inbox is read: what arrives later ends the next wait.
            self._is_woken = False
            self._jobs.read_inbox()
            self._remember()
            self._review_pauses()
            choice = priority.choose(
                self._jobs.all, self._in_force, workflow.now(), self._jobs.turns
            )
            if self._is_run_over():
                await self._continue_as_new()
            elif not self._is_call_wanted(choice):
                self._notifier.send()
                await self._wait(self._next_wake())
            elif await self._may_call(choice):
                await self._call(choice)

    # What others ask for

    @workflow.signal(description="Create this post, once.")
    def publish(self, job: PublishJob) -> None:
        self._jobs.deliver(job)
        self._wake()

    @workflow.signal(description="Make the post so: the last change counts.")
    def change(self, change: Change) -> None:
        self._jobs.deliver(change)
        self._wake()

    @workflow.signal(description="Stop calls to Buffer: all, or those of a scope.")
    def pause(self, pause: Pause) -> None:
        self._pauses = pausing.paused(self._pauses, pause, workflow.now())
        if self._stopped_by:
            # Whoever plans a campaign does not wait for the end of a pause.
            self._reads.dismiss_impatient()
        self._wake()

    @workflow.signal(description="End the pauses of exactly this scope.")
    def resume(self, resume: Resume) -> None:
        self._pauses = pausing.resumed(self._pauses, resume)
        self._wake()

    @workflow.update(description="The channel map, and what Buffer takes today.")
    async def open(self, task: AccountOpening) -> OpenedAccount:
        """Answer all that most campaigns have to know before they are planned."""
        self._policy = task.policy or self._policy
        directory = await self._fresh_channels(self._policy.channels_fresh_for)
        today = question_of_today(directory, workflow.now())
        if today is None or not task.asks_today:
            return OpenedAccount(directory=directory)
        return OpenedAccount(directory=directory, outlook=await self._outlook(today))

    @workflow.update(description="The channel map, read anew when it is old.")
    async def channels(self) -> ChannelDirectory:
        return await self._fresh_channels(self._policy.channels_fresh_for)

    @workflow.update(description="The channel map, read anew.")
    async def refresh_channels(self) -> ChannelDirectory:
        return await self._fresh_channels(timedelta(0), or_old=False)

    @workflow.update(description="What Buffer still takes, and when calls may go out.")
    async def limits(self, task: AskLimits) -> Outlook:
        """Answer soon, with what could be read until then."""
        return await self._outlook(task)

    @workflow.update(description="A page of the posts that Buffer did not send yet.")
    async def unsent(self, task: ListUnsent) -> UnsentPage:
        self._wake()
        await after_signals()
        await self._remembers()
        return await unsent_page(self._reads, task, self._stopped_by)

    async def _fresh_channels(
        self, fresh_for: timedelta, *, or_old: bool = True
    ) -> ChannelDirectory:
        # An answer that needs no call rings too: only the loop continues as a new run, before
        # the most updates that one run may have.
        self._wake()
        await after_signals()
        if self._channels.known is None:
            await self._remembers()
        return await self._channels.fresh(fresh_for, self._stopped_by, or_old=or_old)

    async def _outlook(self, task: AskLimits) -> Outlook:
        self._wake()
        await after_signals()
        await self._remembers()
        if self._stopped_by:
            return Outlook(missing=f"calls to Buffer are paused by {self._stopped_by}")
        usable = usable_channels(self._channels.known)
        return await self._limits.outlook(
            task,
            frozenset(channel.id for channel in usable),
            lambda: self._quota.state,
            self._jobs.waiting,
            self._policy.kept_for_changes,
        )

    @workflow.query(description="Windows, jobs by phase, and what it waits for.")
    def view(self) -> AccountView:
        return AccountView(
            organization_id=self._organization_id,
            windows=self._quota.report(),
            waiting_for=self._waiting_for,
            is_quota_awaited=self._is_quota_awaited,
            policy=self._policy,
            pauses=tuple(
                pausing.pause_view(one, self._jobs.all, workflow.now()) for one in self._pauses
            ),
            is_pause_kept=self._memory.has_kept(self._pauses),
            phases={job_id: t.phase for job_id, t in self._jobs.jobs.items()},
            changes={t.job.job_id: t.pending.kind for t in self._jobs.all if t.pending},
        )

    @workflow.query(description="The same in figures, short however many jobs wait.")
    def health(self) -> AccountHealth:
        at, held_by = self._quota.foreseen(self._policy.kept_for_changes) or (None, "")
        outage = self._quota.outage
        return AccountHealth(
            organization_id=self._organization_id,
            windows=self._quota.report(),
            next_call_at=at,
            held_by=held_by,
            waiting_for=self._waiting_for,
            pauses=tuple(active.pause for active in self._pauses),
            phases=Counter(record.phase for record in self._jobs.all),
            waiting_since=self._jobs.waiting_since,
            changes=sum(t.pending is not None for t in self._jobs.all),
            is_awaited=self._reads.is_busy or not self._memory.is_known,
            is_key_refused=self._quota.is_key_refused,
            unanswered_since=outage.since if outage.is_felt else None,
            next_try_at=outage.until if outage.is_felt else None,
        )

    # Waiting

    def _notice_reset(self, _seed: int) -> None:
        # A reset run gets another seed, and would sleep on as if nothing had happened.
        self._jobs.notice_reset()
        self._wake()

    def _wake(self) -> None:
        """End the loop's wait: something arrived or was finished."""
        self._is_woken = True

    async def _wait(self, until: datetime | None, why: str = "") -> None:
        if not self._memory.is_known:
            why = "the state bucket, which knows of earlier pauses"
        self._set_details(
            why or (f"{until:%H:%M:%S} UTC, to look at Buffer again" if until else _NOTHING)
        )
        await self._alarm.wait(lambda: self._is_woken, until, self._waiting_for)

    @property
    def _stopped_by(self) -> str | None:
        """Who paused every call, reads included; ``None``: nobody."""
        return pausing.stops_all(self._in_force)

    @property
    def _in_force(self) -> tuple[ActivePause, ...]:
        """The pauses; and until the bucket has told of earlier ones, a pause of everything."""
        return self._pauses if self._memory.is_known else (*self._pauses, UNTIL_KNOWN)

    async def _remembers(self) -> None:
        """Wait until it is known which pauses there were, or until the run ends."""
        await workflow.wait_condition(lambda: self._memory.is_known or self._reads.is_closed)

    def _remember(self) -> None:
        """Keep the pauses in the state bucket, and take over those of a lost account."""
        loss = self._memory.take_loss()
        if loss is not None:
            now = workflow.now()
            self._pauses = pausing.after_loss(self._pauses, loss.pauses, loss.cause, now)
            self._quota.recall(loss.windows)
        self._memory.keep(self._pauses, self._quota.state.windows)

    def _review_pauses(self) -> None:
        """Let each job follow the pauses in force, and note the posts they came too late for."""
        self._jobs.review(lambda one: pausing.apply_pauses(one, self._in_force))
        self._pauses = pausing.note_too_late(self._pauses, self._jobs.all, workflow.now())

    def _is_call_wanted(self, choice: Choice | None) -> bool:
        """Whether any call is due: of a job, a read that somebody waits for, or a poll."""
        if choice is not None or self._stopped_by:
            return choice is not None
        poll_at = self._poll_at()
        is_poll_due = poll_at is not None and poll_at <= workflow.now()
        return self._reads.is_busy or is_poll_due

    def _next_wake(self) -> datetime | None:
        """Return when a call or a batch of news is due next without any signal."""
        now = workflow.now()
        times = [
            self._notifier.wake_at(),
            priority.wake_at(self._jobs.all, self._in_force, now),
            None if self._stopped_by else self._poll_at(),
        ]
        return min((at for at in times if at is not None), default=None)

    def _poll_at(self) -> datetime | None:
        return self._poll.due_at(self._pauses, self._policy)

    async def _may_call(self, choice: Choice | None) -> bool:
        """Return whether a call may be made now; if not, wait, and let the loop choose again.

        What is most urgent may be another call after the wait, which can last a day.
        """
        # People wait for changes and reads: these may use the share kept back, and are tried
        # even while Buffer does not answer.
        is_waited_for = self._reads.is_busy or (choice is not None and choice.is_change)
        away_until = self._quota.outage.waits(workflow.now())
        if away_until is not None and not is_waited_for:
            await self._pass(away_until, "Buffer, which gives no answer: next try")
            return False
        kept = 0.0 if is_waited_for else self._policy.kept_for_changes
        wait = self._quota.wait_until(kept)
        if wait is None:
            return True
        if self._reads.dismiss_impatient():
            return False
        at, why = wait
        self._is_quota_awaited = True
        await self._pass(at, f"Buffer's quota: {why}, until")
        self._is_quota_awaited = False
        return False

    async def _pass(self, at: datetime, why: str) -> None:
        """Wait until then, or until something arrives; news and receipts are sent meanwhile."""
        self._notifier.send()
        said = f"{why} {at:%Y-%m-%d %H:%M:%S} UTC"
        await self._wait(min(at, self._notifier.wake_at() or at), said)

    # Calls

    async def _call(self, choice: Choice | None) -> None:
        """Make the most urgent call."""
        if choice is not None and (choice.is_change or self._stopped_by):
            await self._serve(choice)
        elif self._reads.is_busy:
            self._set_details(self._reads.next)
            await self._reads.serve(self._quota)
            self._quota.is_seeded = True
        elif not self._quota.is_seeded:
            # The headers of a first read tell how much of the quota other programs have used.
            self._set_details(CHANNELS)
            await self._channels.seed(self._quota)
        elif choice is None or priority.is_poll_first(choice, self._poll_at(), workflow.now()):
            self._set_details("outcomes of the posts that are due")
            self._polls_under = self._pauses
            await self._poll.read(self._pauses, self._quota, self._may_turn_page)
        else:
            await self._serve(choice)

    async def _serve(self, choice: Choice) -> None:
        self._set_details(f"{choice.step} for {choice.record.job.job_id}")
        await self._jobs.call(choice, self._policy, self._quota)

    async def _may_turn_page(self) -> bool:
        """Whether the poll goes on: changes and pauses come first, and end it."""
        is_paused = self._pauses != self._polls_under
        if is_paused or self._jobs.is_change_waiting or self._is_run_over():
            return False
        return await self._may_call(None)

    # Going on

    def _is_run_over(self) -> bool:
        return is_long(self._policy.events_per_run)

    async def _continue_as_new(self) -> None:
        """Hand everything to a new run, once the batch of news on its way has arrived or hangs.

        News that were not sent are carried over. Whoever waits for a read is told to ask again:
        an update must end in its run, and the quota could make that wait a day.
        """
        self._reads.close()
        await self._notifier.close()
        await workflow.wait_condition(workflow.all_handlers_finished)
        # Signals that came during the wait must not be lost with this run.
        self._jobs.read_inbox()
        state = AccountState(
            quota=self._quota.state,
            outage=self._quota.outage,
            is_seeded=self._quota.is_seeded,
            directory=self._channels.known,
            polled_at=self._poll.polled_at,
            pauses=self._pauses,
            follows=self._memory.follows,
        )
        snapshot = carrying.Snapshot(
            jobs=tuple(self._jobs.all),
            receipts=self._notifier.receipts,
            untold=self._notifier.untold,
        )
        workflow.continue_as_new(
            AccountInput(
                organization_id=self._organization_id,
                policy=self._policy,
                state=carrying.pack(state, snapshot),
            )
        )

    def _set_details(self, what: str) -> None:
        """Show in the Temporal UI what the run does or waits for."""
        self._waiting_for = what
        windows = self._quota.report()
        pauses = tuple(active.pause for active in self._pauses)
        workflow.set_current_details(account_details(what, windows, pauses))
