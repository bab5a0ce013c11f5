"""PostTeam: the roster of one post, and what its policy says of decisions and changes."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from galley.models.options import Approval
from galley.models.post import PostInput, PostState
from galley.models.publishing import HoldReason
from galley.models.review import (
    ChangeKind,
    ChangeRequest,
    Comment,
    Decision,
    DecisionKind,
    Refusal,
    RefusalReason,
)
from galley.models.team import Team
from galley.review.changes import over, why_not_change
from galley.review.comments import why_no_comment_of_team, why_not_comment
from galley.review.decisions import why_not
from galley.review.proof import approvals_on
from galley.review.signatures import missing, why_not_counted
from workflows.post import steps
from workflows.post.record import PostRecord
from workflows.runtime import after_signals, unless

AUTO = "auto-approval"
"""Who approves where a campaign lets no person do it."""
_OF_THE_ROSTER = {RefusalReason.STRANGER, RefusalReason.FORGED, RefusalReason.NO_RIGHT}
_ROSTER_WITHIN = timedelta(seconds=20)
_UNREAD = Refusal(
    reason=RefusalReason.STRANGER,
    message="it is signed for a team that no worker has read yet: set GALLEY_TEAM for the workers, "
    "and decide again in a minute.",
)
"""For a post that is older than its team; by its reason the roster is read for it."""
# Forged messages make a post read the team no oftener.
_READ_EVERY = timedelta(minutes=1)


class PostTeam:
    """Judges every message of a person to one post; PostWorkflow asks it."""

    def __init__(self, start: PostInput, record: PostRecord) -> None:
        self._start = start
        self._record = record
        self._doubted_at: datetime | None = None
        self._readings = 0
        self._anew: asyncio.Task[None] | None = None
        self.is_old = False
        """Whether the roster is read anew before the post goes on."""
        self.judging = 0
        """Messages that wait for it."""

    @property
    def is_signed(self) -> bool:
        """Whether signed decisions alone count.

        The campaign was started with a team, or the post has met one since.
        """
        return self._start.options.review.is_signed or self._record.snapshot.team is not None

    def begin_round(self, reason: HoldReason | None = None) -> None:
        """Have the roster read anew: a round of review begins, for a reason that Buffer's news say.

        A post that a worker did not let out may be older than its team, whose roster there is then.
        """
        self.is_old = self.is_signed or reason is HoldReason.NOT_LET_OUT

    async def begin(self) -> None:
        """Have the roster read before the first draft, where the campaign was started with one."""
        if self.is_signed:
            await self.read()

    async def read(self) -> None:
        """Have a worker read its team file, for as long as it takes where there is a team."""
        self.is_old = False
        if self._record.snapshot.team is None and self._start.options.review.is_signed:
            self._record.show(waiting_for="a worker with the team file: set GALLEY_TEAM")
        # A forged message may say that there is a team where there is none.
        within = None if self.is_signed else _ROSTER_WITHIN.total_seconds()
        self._readings += 1
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(within):
                    self._record.keep(team=await steps.read_team())
        finally:
            self._readings -= 1

    def judge(
        self,
        said: Decision | ChangeRequest,
        why_not: Callable[[], Refusal | None],
        take: Callable[[], None],
    ) -> None:
        """Take a signal as :meth:`judged` says: at once, unless the roster is read anew for it."""

        def act(why: Refusal | None) -> None:
            if why is None:
                take()
            else:
                self._record.ignore(said.kind, said.by, why)

        why = why_not()
        if why is None or not self.is_doubtful(why):
            act(why)
            return

        async def anew() -> None:
            try:
                act(await self.judged(why_not))
            finally:
                self.judging -= 1

        self.judging += 1
        self._anew = asyncio.create_task(anew())

    @property
    def has_answered(self) -> bool:
        """Whether no message is on its way: no run goes on as a new one before."""
        return workflow.all_handlers_finished() and not self.judging

    async def judged(self, why_not: Callable[[], Refusal | None]) -> Refusal | None:
        """Return why a message changes nothing, by a new roster if the old one may be why."""
        why = why_not()
        if why is None or not self.is_doubtful(why):
            return why

        def is_over() -> bool:
            return self._record.view.state.is_final

        if self._readings:
            # By the roster that is on its way, not by the one that it replaces.
            # A roster that no worker can read holds back no message for ever: updates are few.
            with contextlib.suppress(TimeoutError):
                await workflow.wait_condition(
                    lambda: not self._readings or is_over(), timeout=_ROSTER_WITHIN
                )
            return why_not()
        self._doubted_at = workflow.now()
        # Counted from here: another message may come before the reading has begun.
        self._readings += 1
        try:
            await unless(is_over, self.read())
        finally:
            self._readings -= 1
        return why_not()

    async def require(self, why_not: Callable[[], Refusal | None], *, kind: str) -> None:
        """Refuse an update that changes nothing, as :meth:`judged` says.

        Raises:
            ApplicationError: Of that kind, with the reason.
        """
        await after_signals()
        why = await self.judged(why_not)
        if why is not None:
            raise _refused(why, kind)

    def admit(self, why: Refusal | None, *, kind: str) -> None:
        """Refuse an update before it is an event, unless a new roster may let it count.

        Raises:
            ApplicationError: Of that kind, with the reason.
        """
        if why is not None and not self.is_doubtful(why):
            raise _refused(why, kind)

    def is_doubtful(self, why: Refusal) -> bool:
        """Whether a message may count by the roster as it is now: people, keys and roles change."""
        at = self._doubted_at
        is_due = at is None or workflow.now() - at >= _READ_EVERY
        return (is_due or self._readings > 0) and why.reason in _OF_THE_ROSTER

    async def end(self) -> None:
        """Have it remembered that what was approved lets nothing out any more."""
        is_approved = any(one.kind is DecisionKind.APPROVE for one in self._record.view.decisions)
        if self.is_signed and is_approved:
            await steps.end_approvals(self._start)

    @property
    def may_be_automatic(self) -> bool:
        """Whether the campaign asks nobody, and the policy of the channel lets it.

        Whoever started it: anybody who reaches Temporal can, without what ``app`` refuses.
        """
        options, team = self._start.options, self._record.snapshot.team
        # A post that met its team later has been before a person all along.
        is_asked = options.review.approval is not Approval.AUTO or not options.review.is_signed
        if is_asked or options.persona is None or team is None:
            return False
        return team.policy(self._record.view.channel_id).auto_approve

    def why_not_by_rule(self, decision: Decision, pending: Decision | None) -> Refusal | None:
        """Return why a decision changes nothing, whoever took it."""
        return why_not(decision, self._record.view, pending)

    def why_not(self, decision: Decision, pending: Decision | None) -> Refusal | None:
        """Return why a decision changes nothing: by the rule, or by the team's policy."""
        view = self._record.view
        why = self.why_not_by_rule(decision, pending)
        shown = view.proposal or view
        author = shown.provenance.drafter.removeprefix("person:") if shown.provenance else ""
        return why or self._why_not_counted(decision, (author, self._start.started_by))

    def why_not_change(self, request: ChangeRequest) -> Refusal | None:
        """Return why a request changes nothing: by the rule, or by the team's policy."""
        why = why_not_change(request, self._record.view, workflow.now())
        # Another time is approved by whoever names it; the other changes let out nothing new.
        if why is not None or request.kind is not ChangeKind.RESCHEDULE:
            return why
        return self._why_not_counted(request, ())

    def why_not_comment(self, said: Comment) -> Refusal | None:
        """Return why a comment is not kept."""
        view, team = self._record.view, self._record.snapshot.team
        why = why_not_comment(said, view)
        if why is not None or not self.is_signed:
            return why
        if team is None:
            return over("the team is not read yet.")
        with workflow.unsafe.imports_passed_through():
            return why_no_comment_of_team(team, said, view)

    def is_enough(self, decision: Decision) -> bool:
        """Count an approval that was kept, and return whether the policy wants no more."""
        view, team = self._record.view, self._record.snapshot.team
        is_counted = decision.kind is DecisionKind.APPROVE and view.state is not PostState.HELD
        if team is None or not is_counted or decision.by == AUTO:
            return True
        given = approvals_on(view, view.decisions[-1])
        lacking = missing(team, view.channel_id, given)
        self._record.show(approvals=given, waiting_for=lacking or view.waiting_for)
        return not lacking

    def _why_not_counted(
        self, said: Decision | ChangeRequest, authors: tuple[str, ...]
    ) -> Refusal | None:
        team: Team | None = self._record.snapshot.team
        if not self.is_signed:
            # People sign where they have a team: the post is older than it.
            return _UNREAD if said.signature else None
        if team is None:
            return over("the team is not read yet.")
        # cryptography imports parts of itself on first use, which the sandbox must not repeat.
        with workflow.unsafe.imports_passed_through():
            return why_not_counted(team, self._record.view, said, authors, workflow.now())


def _refused(why: Refusal, kind: str) -> ApplicationError:
    return ApplicationError(why.message, why, type=kind, non_retryable=True)
