"""The kill switch: which jobs a pause stops, takes out of Buffer, and puts back."""

from collections.abc import Iterable
from datetime import datetime

from pydantic import Field

from galley.models import Model, Pause, PauseScope, Resume
from galley.outbox.tracked import (
    JobPhase,
    Tracked,
    held,
    looking_anew,
)

FORGOTTEN = (
    "It was pulled back, and too many posts were open to keep its words. "
    "Approve it again to create it."
)


class Standing(Model):
    """A pause in force, and the posts it came too late for."""

    pause: Pause
    too_late: tuple[str, ...] = ()


class PauseView(Model):
    """What a pause reached, by job id."""

    pause: Pause
    stopped: tuple[str, ...] = Field(description="No call is made for these.")
    pulled_back: tuple[str, ...] = Field(description="Taken out of Buffer.")
    still_in_buffer: tuple[str, ...] = Field(
        description="Published by Buffer when they are due, unless still pulled back."
    )
    too_late: tuple[str, ...] = Field(description="Published or publishing already.")


def paused(
    standing: tuple[Standing, ...], pause: Pause, now: datetime
) -> tuple[Standing, ...]:
    """Return the pauses with one more; one of the same scope is renewed.

    Renewed without a pull-back, it does not put back what was pulled.
    """
    known = [s for s in standing if s.pause.scope == pause.scope]
    others = tuple(s for s in standing if s.pause.scope != pause.scope)
    pulls = pause.pull_back or any(s.pause.pull_back for s in known)
    told = pause.model_copy(update={"at": now, "pull_back": pulls})
    late = known[0].too_late if known else ()
    return (*others, Standing(pause=told, too_late=late))


def resumed(standing: tuple[Standing, ...], resume: Resume) -> tuple[Standing, ...]:
    """Return the pauses without those of exactly this scope."""
    return tuple(s for s in standing if s.pause.scope != resume.scope)


def stops_all(standing: tuple[Standing, ...]) -> str | None:
    """Return who stopped everything, reads included, or ``None``."""
    return next((s.pause.by for s in standing if s.pause.scope == PauseScope()), None)


def is_covered(tracked: Tracked, standing: tuple[Standing, ...]) -> bool:
    """Whether a pause stops the calls for this job."""
    return any(_covers(s, tracked) for s in standing)


def is_pulled(tracked: Tracked, standing: tuple[Standing, ...]) -> bool:
    """Whether a pause wants this job out of Buffer."""
    return any(s.pause.pull_back and _covers(s, tracked) for s in standing)


def may_be_pulled(tracked: Tracked, now: datetime) -> bool:
    """Whether its post can still be taken out of Buffer."""
    post = tracked.post
    return (
        tracked.phase is JobPhase.OUTSTANDING
        and post is not None
        and not tracked.is_unpullable
        and post.status not in {"sending", "sent"}
        and (post.due_at is None or tracked.job.request.due_at > now)
    )


def reviewed(tracked: Tracked, standing: tuple[Standing, ...]) -> Tracked:
    """Return the job as the pauses leave it, between two calls.

    What was pulled back is put back by looking for it, then creating it, once no
    pause covers it. A deletion without an answer is followed by a look at the post.
    """
    if tracked.phase is JobPhase.PULLED_BACK and not is_covered(tracked, standing):
        return _put_back(tracked)
    tried = bool(tracked.pulls and not tracked.reads) or tracked.is_unpullable
    if tracked.phase is not JobPhase.OUTSTANDING or not tried:
        return tracked
    if is_pulled(tracked, standing):
        return tracked
    reads = {"is_unpullable": False, "reads": bool(tracked.pulls), "not_before": None}
    return tracked.model_copy(update=reads)


def with_late_ones(
    standing: tuple[Standing, ...], jobs: Iterable[Tracked], now: datetime
) -> tuple[Standing, ...]:
    """Return the pauses with the posts they did not get out of Buffer in time."""
    if not any(s.pause.pull_back for s in standing):
        return standing
    late = [t for t in jobs if _is_too_late(t, now)]
    return tuple(_noting(s, late) if s.pause.pull_back else s for s in standing)


def pause_view(standing: Standing, jobs: Iterable[Tracked], now: datetime) -> PauseView:
    """Return what one pause reached, and what it was too late for."""
    covered = [t for t in jobs if _covers(standing, t)]
    late = set(standing.too_late)
    if standing.pause.pull_back:
        late |= {t.job.job_id for t in covered if _is_too_late(t, now)}
    return PauseView(
        pause=standing.pause,
        stopped=_ids(covered, JobPhase.WAITING, JobPhase.LOOKING, JobPhase.HELD),
        pulled_back=_ids(covered, JobPhase.PULLED_BACK),
        still_in_buffer=tuple(
            job_id
            for job_id in _ids(covered, JobPhase.OUTSTANDING)
            if job_id not in late
        ),
        too_late=tuple(sorted(late)),
    )


def _ids(jobs: list[Tracked], *phases: JobPhase) -> tuple[str, ...]:
    return tuple(t.job.job_id for t in jobs if t.phase in phases)


def _covers(standing: Standing, tracked: Tracked) -> bool:
    return standing.pause.scope.covers(tracked.job.job_id, tracked.job.request)


def _is_too_late(tracked: Tracked, now: datetime) -> bool:
    """Whether Buffer has a post that cannot be taken out, and was not told as sent."""
    return (
        tracked.phase is JobPhase.OUTSTANDING
        and tracked.linkless_since is None
        and not may_be_pulled(tracked, now)
    )


def _noting(standing: Standing, late: list[Tracked]) -> Standing:
    ids = [t.job.job_id for t in late if _covers(standing, t)]
    new = [job_id for job_id in ids if job_id not in set(standing.too_late)]
    if not new:
        return standing
    return standing.model_copy(update={"too_late": (*standing.too_late, *new)})


def _put_back(tracked: Tracked) -> Tracked:
    if tracked.is_wordless:
        absent = {"creates": 0, "doubt": None}
        return held(tracked.model_copy(update=absent), FORGOTTEN)
    return looking_anew(tracked)
