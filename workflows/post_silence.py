"""How long a post waits, and what it does when nothing comes."""

from collections.abc import Callable
from datetime import datetime

from temporalio import workflow

from galley.models import PostInput, PostState
from galley.outbox import patience
from workflows.alarm import Alarm
from workflows.post_record import PostRecord
from workflows.post_release import PostRelease

_SUMMARIES = {
    PostState.IN_REVIEW: "review: reminder, then expiry",
    PostState.ERROR: "nobody decided: give it up",
}


class PostSilence:
    """The waiting of one post, for people in review and for Buffer's news after it."""

    def __init__(
        self, start: PostInput, record: PostRecord, release: PostRelease
    ) -> None:
        self._start = start
        self._record = record
        self._release = release
        self._alarm = Alarm()

    async def is_broken(self, has_come: Callable[[], bool]) -> bool:
        """Wait; no means that the time has come to act on silence.

        Args:
            has_come: Whether there is something to do without more waiting.
        """
        at = self._alarm_at()

        def is_over() -> bool:
            return has_come() or self._is_alarm_off(at)

        if at is not None and at <= workflow.now():
            return is_over()
        why = _SUMMARIES.get(self._record.view.state, "no news from Buffer: ask again")
        return await self._alarm.wait(is_over, at, why, self._over_by())

    async def act(self) -> None:
        """Do what is to be done although nobody said anything."""
        now, snapshot, alarm_at = (
            workflow.now(),
            self._record.snapshot,
            self._alarm_at(),
        )
        view = snapshot.view
        expires_at = view.review_expires_at
        is_expired = expires_at is not None and now >= expires_at
        match view.state:
            case PostState.IN_REVIEW if is_expired:
                self._record.enter(PostState.EXPIRED, error="Nobody decided in time.")
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

    def _alarm_at(self) -> datetime | None:
        view = self._record.view
        expires_at = view.review_expires_at
        if view.state is not PostState.IN_REVIEW or expires_at is None:
            return patience.alarm_at(self._record.snapshot)
        remind_at = expires_at - self._start.options.review.remind_before
        return remind_at if workflow.now() < remind_at else expires_at

    def _is_alarm_off(self, at: datetime | None) -> bool:
        """Whether another alarm is needed than the one that was set for ``at``."""
        if at is not None and at <= workflow.now():
            # It rings: from now on another is waited for, and this one must be heard.
            return False
        alarm_at = self._alarm_at()
        return alarm_at != at and not self._alarm.serves(alarm_at, self._over_by())

    def _over_by(self) -> datetime | None:
        """Return when a scheduled post will probably have ended."""
        view = self._record.view
        return view.due_at if view.state is PostState.SCHEDULED else None
