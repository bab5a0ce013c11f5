"""PostSilence: the waits of one post, and what it does when nobody answers.

What that makes of a post is decided by pure functions in ``galley.publishing.post``.
"""

from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow

from galley.models.post import PostInput, PostState
from galley.models.review import ChangeKind
from galley.publishing.post import patience
from galley.publishing.post.change_requests import is_change_unsent, unanswered
from workflows.post.record import PostRecord
from workflows.post.release import PostRelease
from workflows.runtime import Alarm, unless

_NEAR = timedelta(days=6)
"""A timer for a due time within this span serves the review as well, and costs nothing more."""
_SUMMARIES = {
    PostState.IN_REVIEW: "review: reminder, then expiry",
    PostState.ERROR: "nobody decided: give it up",
}


class PostSilence:
    """The waits of one post: for people in review, and for news of Buffer after it."""

    def __init__(self, start: PostInput, record: PostRecord, release: PostRelease) -> None:
        self._start = start
        self._record = record
        self._release = release
        self._alarm = Alarm()

    async def is_broken(self, has_come: Callable[[], bool]) -> bool:
        """Wait; ``False`` means that the time has come to act without news.

        Args:
            has_come: Whether there is something to do without more waiting.
        """
        at = self._alarm_at()

        def is_over() -> bool:
            return has_come() or self._is_alarm_off(at)

        if at is not None and at <= workflow.now():
            return is_over()  # due already: no timer
        why = _SUMMARIES.get(self._record.view.state, "no news from Buffer: ask again")
        return await self._alarm.wait(is_over, at, why, self._over_by())

    async def act(self) -> None:
        """Remind, expire, check media, or ask again: whatever is due now."""
        now, snapshot, alarm_at = workflow.now(), self._record.snapshot, self._alarm_at()
        view = snapshot.view
        expires_at = view.review_expires_at
        is_expired = expires_at is not None and now >= expires_at
        remind = self._start.options.review.remind_before
        match view.state:
            case PostState.IN_REVIEW if is_expired:
                self._record.become(unanswered(snapshot, now))
            case PostState.IN_REVIEW if view.escalates_at and now >= view.escalates_at:
                team = snapshot.team
                to = team.policy(view.channel_id).escalate_to if team else ""
                said = f"Nobody decided in time: it is now up to {to}."
                self._record.show(escalates_at=None, notice=said)
            case PostState.IN_REVIEW if expires_at is not None and now < expires_at - remind:
                self._record.show()  # Its due time has passed.
            case PostState.IN_REVIEW:
                soon = f"a decision; it expires at {expires_at:%Y-%m-%d %H:%M %Z}"
                self._record.show(waiting_for=soon)
            case PostState.ERROR if is_expired and snapshot.change is None:
                self._record.enter(PostState.FAILED, error=view.error)
            case PostState.SCHEDULED if patience.is_media_check_due(snapshot, now):
                await self._release.check_media()
            case _ if patience.is_linkless(snapshot, now):
                self._record.become(patience.without_link(snapshot))
            case _ if alarm_at is not None and now >= alarm_at:
                await self._release.ask_again()
            case _:
                return

    async def over(self, step: Coroutine[Any, Any, None]) -> None:
        """Wait for a step; show a due time that passes meanwhile.

        A retract interrupts it, whatever it waits for: AccountWorkflow is told at once.
        """
        due_at, now = self._record.view.due_at, workflow.now()

        async def show_due_time(is_over: Callable[[], bool]) -> None:
            is_near = due_at is not None and now < due_at < now + _NEAR
            if is_near and not await self._alarm.wait(is_over, due_at, "its due time"):
                self._record.show()

        await unless(self._is_taken_back, step, show_due_time)

    def _is_taken_back(self) -> bool:
        snapshot = self._record.snapshot
        is_retract = snapshot.change is not None and snapshot.change.kind is ChangeKind.RETRACT
        return snapshot.view.state.is_final or (is_retract and is_change_unsent(snapshot))

    def _alarm_at(self) -> datetime | None:
        view = self._record.view
        expires_at = view.review_expires_at
        if view.state is not PostState.IN_REVIEW or expires_at is None:
            return patience.alarm_at(self._record.snapshot)
        now, due_at = workflow.now(), view.due_at
        remind_at = expires_at - self._start.options.review.remind_before
        at = remind_at if now < remind_at else expires_at
        at = min(at, view.escalates_at or at)
        return min(at, due_at) if due_at is not None and now < due_at else at

    def _is_alarm_off(self, at: datetime | None) -> bool:
        """Whether another alarm is needed than the one that was set for ``at``."""
        if at is not None and at <= workflow.now():
            # The timer has fired: another one is due from now on, but this one must be acted on.
            return False
        alarm_at = self._alarm_at()
        return alarm_at != at and not self._alarm.serves(alarm_at, self._over_by())

    def _over_by(self) -> datetime | None:
        """Return when a scheduled post will probably have ended."""
        view = self._record.view
        return view.due_at if view.state is PostState.SCHEDULED else None
