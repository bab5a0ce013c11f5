"""QuotaKeeper: counts the calls of an organization and says when the next may be made.

The windows are pure functions in ``galley.publishing.quota``; this keeps them on the workflow's
clock.
"""

from datetime import UTC, datetime
from typing import Protocol

from temporalio import workflow

from galley.models.publishing import RateWindow, ReplyKind
from galley.publishing.quota import Outage, QuotaState, RollingWindows, Window, after_no_answer

_UNANSWERED = {ReplyKind.UNREACHABLE, ReplyKind.UNKNOWN}
# Replies that neither begin nor end an outage: Buffer may not have been asked at all.
_SAYS_NOTHING = {ReplyKind.FAILED}
# Replies of a createPost that was certainly never sent; without headers, Buffer was not called.
_UNSENT = {ReplyKind.WITHHELD, ReplyKind.NOT_SENT, ReplyKind.STORE_AWAY, ReplyKind.ATTEMPTED}


class Counted(Protocol):
    """Any reply of Buffer's: how it went, and what its headers said."""

    @property
    def kind(self) -> ReplyKind: ...
    @property
    def retry_after(self) -> float | None: ...
    @property
    def windows(self) -> tuple[RateWindow, ...]: ...


class QuotaKeeper:
    """The rolling windows and the outage of Buffer."""

    def __init__(self, state: QuotaState, outage: Outage, *, is_seeded: bool) -> None:
        self._windows = RollingWindows(state)
        self.outage = outage
        self._began = _now_ms()
        self.is_seeded = is_seeded
        self.is_key_refused = False
        """Whether Buffer did not take the key when it was asked last."""

    @property
    def state(self) -> QuotaState:
        """The windows, to be carried to the next run."""
        return self._windows.state

    def recall(self, windows: tuple[Window, ...]) -> None:
        """Begin with the limits that an earlier account knew; the first answer corrects them."""
        if windows and not self.is_seeded:
            self._windows = RollingWindows(self.state.model_copy(update={"windows": windows}))

    def count(self, reply: Counted) -> None:
        """Count a call that has ended, and take over what the headers of its reply say."""
        # For a team, Buffer may have been asked whether the post is there: that call counts.
        if reply.kind in _UNSENT and not reply.windows:
            return
        now = _now_ms()
        self.is_key_refused = reply.kind is ReplyKind.UNAUTHORIZED
        self._windows.record(now)
        # Buffer counted at some instant since the call went out, which the windows allow for.
        self._windows.observe(reply.windows, now, self._began)
        # Calls in a row without an answer begin an outage; any answer ends it.
        if reply.kind in _UNANSWERED:
            is_doubt = reply.kind is ReplyKind.UNKNOWN
            self.outage = after_no_answer(self.outage, workflow.now(), is_doubt=is_doubt)
        elif reply.kind not in _SAYS_NOTHING:
            self.outage = Outage()
        if reply.kind is ReplyKind.RATE_LIMITED:
            # Another program used the quota up, or the plan became smaller. One millisecond more,
            # because instants are rounded down.
            self._windows.block(now + int((reply.retry_after or 60) * 1000) + 1)
        elif reply.windows:
            # A wait that Buffer asked for ends with the first answer, such as of a larger plan.
            self._windows.block(0)

    def wait_until(self, kept_back: float) -> tuple[datetime, str] | None:
        """Return until when a call must wait and why, or ``None`` if it goes now.

        Args:
            kept_back: Share of each window that this call must leave to others.
        """
        self._began = _now_ms()
        probe_at = self._windows.probe_at()
        if probe_at is not None and probe_at <= self._began:
            return None
        foreseen = self.foreseen(kept_back)
        if foreseen is None or probe_at is None:
            return foreseen
        return min(foreseen[0], _at(probe_at)), foreseen[1]

    def foreseen(self, kept_back: float) -> tuple[datetime, str] | None:
        """Return what :meth:`wait_until` would say now; nothing is noted."""
        now = _now_ms()
        at, why = self._windows.earliest(now, kept_back=kept_back)
        if at <= now:
            return None
        return _at(at), why

    def report(self) -> tuple[RateWindow, ...]:
        """Return each window's use."""
        return self._windows.report(_now_ms())


def _at(instant: int) -> datetime:
    return datetime.fromtimestamp(instant / 1000, tz=UTC)


def _now_ms() -> int:
    return int(workflow.now().timestamp() * 1000)
