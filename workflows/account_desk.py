"""Reads that a person or a campaign waits for, by an update of AccountWorkflow.

Each is one request to Buffer, made by the account's own loop when the quota allows.
Whoever asks for the same thing meanwhile shares the answer.
"""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from galley.models import ReadKind
from workflows.account_quota import Counted, QuotaKeeper

R = TypeVar("R", bound=Counted)


class _Asked(Generic[R]):
    """One read, its answer, and whether there will be none."""

    def __init__(self, call: Callable[[], Awaitable[R]], *, is_patient: bool) -> None:
        self.call = call
        self.is_patient = is_patient
        self.reply: R | None = None
        self.is_dismissed = False


class ReadQueue:
    """What is asked for, first come first served."""

    def __init__(self, when_asked: Callable[[], None]) -> None:
        self._asked: dict[str, _Asked[Counted]] = {}
        self._when_asked = when_asked
        self._is_closed = False

    @property
    def is_busy(self) -> bool:
        """Whether somebody waits."""
        return bool(self._asked)

    @property
    def next(self) -> str:
        """What is read next, for people."""
        return next(iter(self._asked), "")

    async def ask(
        self, what: str, call: Callable[[], Awaitable[R]], *, is_patient: bool = True
    ) -> R:
        """Return the answer to ``call``, which the account makes in its turn.

        Args:
            what: Names the read; the same name shares one request.
            call: One request, never raising.
            is_patient: Whether to wait for the quota, or for the end of a pause.

        Raises:
            ApplicationError: ``Buffer:busy``, the run ends, or whoever asks is not
                patient; ask again.
        """
        if self._is_closed:
            raise _busy()
        mine = _Asked(call, is_patient=is_patient)
        asked = self._asked.setdefault(what, mine)  # pyright: ignore[reportArgumentType] - one name, one type of answer
        self._when_asked()
        await workflow.wait_condition(
            lambda: asked.reply is not None or asked.is_dismissed
        )
        if asked.reply is None:
            raise _busy()
        return asked.reply  # pyright: ignore[reportReturnType] - see above

    async def serve(self, quota: QuotaKeeper) -> None:
        """Make the oldest request; one that hit the rate limit is made again."""
        what, asked = self.next, self._asked[self.next]
        reply = await asked.call()
        quota.count(reply)
        if reply.kind is ReadKind.RATE_LIMITED:
            return
        asked.reply = reply
        if self._asked.get(what) is asked:
            del self._asked[what]

    def give_up(self) -> bool:
        """Send those away who do not wait; return whether there were any."""
        hasty = [name for name, one in self._asked.items() if not one.is_patient]
        for name in hasty:
            self._asked.pop(name).is_dismissed = True
        return bool(hasty)

    def dismiss(self) -> None:
        """Send everybody away, and whoever comes from now on.

        Nobody is served any more, and whoever waits would hold the next run up.
        """
        self._is_closed = True
        for asked in self._asked.values():
            asked.is_dismissed = True
        self._asked.clear()


def _busy() -> ApplicationError:
    return ApplicationError("Buffer is busy: ask again.", type="Buffer:busy")
