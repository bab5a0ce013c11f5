"""Predictions over time, and the files they produce, which live for an hour.

:mod:`emulators.replicate.app` starts and shows them; the control API moves the clock.
"""

import asyncio
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

OVER = frozenset({"succeeded", "failed", "canceled", "aborted"})
_KEPT = 3600.0
"""Seconds after which inputs, outputs and files of API predictions are deleted."""
_SLOW = 3.0
_POLL = 0.02
_FAILURES = {
    "fails": "CUDA out of memory",
    "nsfw": "NSFW content detected. Try running it again, or try a different prompt.",
    "flagged": "The input or output was flagged as sensitive. Please try again with "
    "different inputs. (E005) (https://replicate.delivery/log/1)",
}


@dataclass
class Prediction:
    """One prediction. Times are seconds of the emulator's clock."""

    model: str
    version: str
    input: dict[str, Any]
    created: float
    deadline: float | None
    sound_seconds: float = 0.0
    """Length of the sound among its inputs."""
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:26])
    status: str = "starting"
    output: object = None
    error: str | None = None
    started: float | None = None
    completed: float | None = None
    billed: float = 0.0

    def end(self, status: str, now: float, error: str | None = None) -> None:
        """End it; a second end changes nothing."""
        if self.status in OVER:
            return
        self.status, self.completed, self.error = status, now, error
        if self.started is not None:
            self.billed = now - self.started


class Clock:
    """Time that runs ``speed`` times as fast, from now on."""

    def __init__(self, speed: float) -> None:
        self.speed = speed
        self._began = time.monotonic()
        self._skipped = time.time()

    def now(self) -> float:
        return (time.monotonic() - self._began) * self.speed + self._skipped

    def skip(self, seconds: float) -> None:
        """Skip time."""
        self._skipped += seconds

    def reset(self) -> None:
        """Go back to the wall clock's time."""
        self._began, self._skipped = time.monotonic(), time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.speed)


class Predictions:
    """All predictions of one account.

    Args:
        clock: The emulator's clock.
        boot: Seconds in ``starting``.
    """

    def __init__(self, clock: Clock, boot: float = 0.2) -> None:
        self._clock = clock
        self.boot = boot
        self.all = dict[str, Prediction]()
        self._running = set[asyncio.Task[None]]()

    def begin(self, prediction: Prediction, work: Callable[[], object], fault: str) -> None:
        """Start a prediction; ``work`` makes the output, in a thread."""
        self.all[prediction.id] = prediction
        task = asyncio.create_task(self._run(prediction, work, fault))
        # asyncio keeps no reference to a task.
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def find(self, prediction_id: str) -> Prediction | None:
        """Return a prediction, ended first if its deadline has passed."""
        found = self.all.get(prediction_id)
        if found is None:
            return None
        now = self._clock.now()
        if found.deadline is not None and now > found.deadline:
            # Replicate has two words for one that never ran and one that did.
            found.end("aborted" if found.started is None else "canceled", now)
        return found

    async def settled(self, prediction: Prediction, seconds: float) -> None:
        """Wait until it is over, for this many seconds at most."""
        # Real seconds: a client waits on a connection.
        until = time.monotonic() + seconds
        while prediction.status not in OVER and time.monotonic() < until:  # noqa: ASYNC110 -- a deadline or a cancel may end it, too
            await asyncio.sleep(_POLL)

    def is_expired(self, prediction: Prediction) -> bool:
        done = prediction.completed
        return done is not None and self._clock.now() - done > _KEPT

    async def _run(self, prediction: Prediction, work: Callable[[], object], fault: str) -> None:
        await self._clock.sleep(self.boot)
        # It may have been cancelled while it waited to start.
        if fault == "never_starts" or prediction.status in OVER:
            return
        prediction.status, prediction.started = "processing", self._clock.now()
        if fault == "hangs":
            return
        if fault == "slow":
            await self._clock.sleep(_SLOW)
        if fault in _FAILURES:
            prediction.end("failed", self._clock.now(), _FAILURES[fault])
            return
        try:
            # Encoding takes seconds, and clients poll meanwhile.
            output = await asyncio.to_thread(work)
        except Exception as error:  # noqa: BLE001 -- a model's error is its output
            prediction.end("failed", self._clock.now(), str(error)[:500])
            return
        # A deadline may have passed while it ran; its output is then lost.
        if prediction.status not in OVER:
            prediction.output = output
            prediction.end("succeeded", self._clock.now())


def view(prediction: Prediction, base: str, *, is_expired: bool) -> dict[str, Any]:
    """Return a prediction as the API shows it."""
    here = f"{base}/v1/predictions/{prediction.id}"
    is_over = prediction.status in OVER
    return {
        "id": prediction.id,
        "model": prediction.model,
        "version": prediction.version,
        "input": {} if is_expired else prediction.input,
        "logs": "",
        "output": None if is_expired else prediction.output,
        "data_removed": is_expired,
        "error": prediction.error,
        "status": prediction.status,
        "created_at": _instant(prediction.created),
        "started_at": _instant(prediction.started),
        "completed_at": _instant(prediction.completed),
        "metrics": {"predict_time": round(prediction.billed, 6)} if is_over else {},
        "urls": {"get": here, "cancel": f"{here}/cancel"},
    }


def _instant(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


_TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "mp4": "video/mp4",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "flac": "audio/flac",
}


@dataclass
class _File:
    data: bytes
    mime: str
    made: float


class Deliveries:
    """Output files: anybody may fetch them, and nobody after an hour.

    ``tokens_seen`` counts requests with a token: a client must not send it there.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._files = dict[str, _File]()
        self.tokens_seen = 0

    def routes(self) -> list[Route]:
        return [Route("/delivery/{name}", self.serve)]

    def put(self, data: bytes, ending: str) -> str:
        """Store a file and return its path."""
        name = f"{uuid.uuid4().hex}.{ending}"
        self._files[name] = _File(data, _TYPES[ending], self._clock.now())
        return f"/delivery/{name}"

    def forget(self) -> None:
        """Drop every file, and the count of tokens."""
        self._files.clear()
        self.tokens_seen = 0

    async def serve(self, request: Request) -> Response:
        self.tokens_seen += "authorization" in request.headers
        found = self._files.get(request.path_params["name"])
        if found is None or self._clock.now() - found.made > _KEPT:
            return PlainTextResponse("Not found", 404)
        return Response(found.data, media_type=found.mime)
