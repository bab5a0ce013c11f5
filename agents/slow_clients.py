"""Connections of agents that are slow to ask: a whole request has its time, and a file more."""

from typing_extensions import override
from uvicorn._types import HTTPScope
from uvicorn.protocols.http.h11_impl import RequestResponseCycle

from agents.verbs import is_upload
from app.agents.uploads import MOST_BYTES
from app.slow_clients import DeadlineProtocol


class SlowClientProtocol(DeadlineProtocol):
    """HTTP, with a time in which a whole request has come."""

    SECONDS = 30.0
    """A megabyte takes less by any line that is used for this."""
    SLOWEST = 100_000
    """Bytes a second of a file that is sent; the time for it grows with its announced length."""
    is_patient: bool = False
    """While a file comes in, for which the deadline is later."""

    @override
    def set_deadline(self, cycle: RequestResponseCycle | None) -> None:
        is_asking = cycle is None or cycle.response_complete or cycle.more_body
        is_file = cycle is not None and not cycle.response_complete and is_upload(cycle.scope)
        if not is_asking or is_file != self.is_patient:
            self.end_deadline()
        self.is_patient = is_file
        if is_asking and self.deadline is None:
            more = _length(cycle.scope) / self.SLOWEST if cycle is not None and is_file else 0
            self.deadline = self.loop.call_later(self.SECONDS + more, self.give_up)


def _length(scope: HTTPScope) -> int:
    given = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return min(int(given), MOST_BYTES) if given.isdigit() else 0
