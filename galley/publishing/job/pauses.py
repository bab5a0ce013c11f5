"""Pauses of calls to Buffer: the jobs that a pause stops, takes out of Buffer and puts back.

AccountWorkflow calls this when a pause or a resume arrives, and between two calls.
"""

from collections.abc import Iterable
from datetime import datetime

from pydantic import Field

from galley.models.account import Pause, PauseCause, PauseScope, Resume
from galley.models.base import Model
from galley.models.publishing import HoldReason, ReplyKind
from galley.publishing.job.record import JobPhase, JobRecord
from galley.publishing.job.transitions import held, looking, looking_again


class ActivePause(Model):
    """A pause in force, and the job IDs of posts for which it came too late."""

    pause: Pause
    too_late: tuple[str, ...] = ()


class PauseView(Model):
    """The effect of a pause, by job ID."""

    pause: Pause
    stopped: tuple[str, ...] = Field(description="No call goes out for these.")
    pulled_back: tuple[str, ...] = Field(description="Taken out of Buffer.")
    still_in_buffer: tuple[str, ...] = Field(
        description="Buffer publishes these when they are due, unless the pull-back comes first."
    )
    too_late: tuple[str, ...] = Field(description="Published or being published already.")


def paused(pauses: tuple[ActivePause, ...], pause: Pause, now: datetime) -> tuple[ActivePause, ...]:
    """Return the pauses with one more, which replaces one of the same scope.

    A pull-back stays in force where the new pause asks for none: what was taken out of Buffer
    is put back only by a resume.
    """
    known = [s for s in pauses if s.pause.scope == pause.scope]
    others = tuple(s for s in pauses if s.pause.scope != pause.scope)
    pulls = pause.pull_back or any(s.pause.pull_back for s in known)
    heard = Pause(by=pause.by, note=pause.note, scope=pause.scope, pull_back=pulls, at=now)
    late = known[0].too_late if known else ()
    return (*others, ActivePause(pause=heard, too_late=late))


def after_loss(
    pauses: tuple[ActivePause, ...],
    known: tuple[ActivePause, ...],
    cause: PauseCause,
    now: datetime,
) -> tuple[ActivePause, ...]:
    """Return the pauses of an account that lost what it knew: everything is paused.

    Args:
        pauses: Those that this run knows of; they count where both know of one.
        known: Those that the state bucket knows of.
        cause: How the account was lost.
        now: The present.
    """
    scopes = [one.pause.scope for one in pauses]
    merged = (*pauses, *(one for one in known if one.pause.scope not in scopes))
    whole = next((one for one in merged if one.pause.scope.is_everything), None)
    if whole is None:
        return (*merged, ActivePause(pause=Pause(by="Galley", at=now, cause=cause)))
    # A person's pause of everything stays, with its note: one resume lifts both.
    doubted = ActivePause(
        pause=whole.pause.model_copy(update={"cause": cause}), too_late=whole.too_late
    )
    return tuple(doubted if one is whole else one for one in merged)


def cause_sentence(pause: Pause) -> str:
    """Return why Galley itself paused, and what to look at; empty for a person's pause."""
    match pause.cause:
        case PauseCause.PERSON:
            return ""
        case PauseCause.ACCOUNT_LOST:
            began = "This account began anew while an earlier one was known"
        case PauseCause.ACCOUNT_RESET:
            began = "This account was reset in Temporal"
    return (
        f"{began}, so it does not know all that was under way: look at Buffer, then resume. "
        "Posts are looked for before anything is created."
    )


def resumed(pauses: tuple[ActivePause, ...], resume: Resume) -> tuple[ActivePause, ...]:
    """Return the pauses without that of exactly this scope."""
    return tuple(s for s in pauses if s.pause.scope != resume.scope)


def stops_all(pauses: tuple[ActivePause, ...]) -> str | None:
    """Return who stopped everything, reads included, or ``None``."""
    return next((s.pause.by for s in pauses if s.pause.scope == PauseScope()), None)


def is_covered(record: JobRecord, pauses: tuple[ActivePause, ...]) -> bool:
    """Whether a pause stops the calls for this job."""
    return any(_covers(s, record) for s in pauses)


def is_pulled(record: JobRecord, pauses: tuple[ActivePause, ...]) -> bool:
    """Whether a pause takes this job's post out of Buffer."""
    return any(s.pause.pull_back and _covers(s, record) for s in pauses)


def may_be_pulled(record: JobRecord, now: datetime) -> bool:
    """Whether its post can still be taken out of Buffer."""
    post = record.post
    return (
        record.phase is JobPhase.OUTSTANDING
        and post is not None
        and not record.is_unpullable
        and post.status not in {"sending", "sent"}
        and (post.due_at is None or record.job.request.due_at > now)
    )


def apply_pauses(record: JobRecord, pauses: tuple[ActivePause, ...]) -> JobRecord:
    """Return the job as the pauses in force leave it."""
    if _may_be_left_there(record) and is_pulled(record, pauses):
        # A pause is no approval: what was tried counts on, unless Buffer had the post since.
        is_waiting = record.phase is JobPhase.WAITING
        return looking(record, ReplyKind.UNKNOWN) if is_waiting else looking_again(record)
    if record.phase is JobPhase.PULLED_BACK and not is_covered(record, pauses):
        if not record.is_content_dropped:
            # Not created at once: an unanswered deletion may have failed.
            return looking_again(record)
        why = (
            "It was pulled back, and too many posts were open to keep its text. "
            "Approve it again to create it."
        )
        return held(record.replace(creates=0, doubt=None), why, HoldReason.WORDS_DROPPED)
    tried = bool(record.pulls and not record.reads) or record.is_unpullable
    if record.phase is not JobPhase.OUTSTANDING or not tried or is_pulled(record, pauses):
        return record
    # The pause is over. A deletion without an answer may have worked: a read tells.
    return record.replace(is_unpullable=False, reads=bool(record.pulls), not_before=None)


def _may_be_left_there(record: JobRecord) -> bool:
    """Whether Buffer may have a post that its job takes for absent, as the account was reset."""
    is_absent = record.phase in {JobPhase.WAITING, JobPhase.PULLED_BACK}
    is_known = record.is_searched or record.is_content_dropped
    return record.may_be_forgotten and is_absent and not is_known


def note_too_late(
    pauses: tuple[ActivePause, ...], jobs: Iterable[JobRecord], now: datetime
) -> tuple[ActivePause, ...]:
    """Return the pauses, each with the posts that it could not take out of Buffer in time."""
    if not any(s.pause.pull_back for s in pauses):
        return pauses
    late = [t for t in jobs if _is_too_late(t, now)]
    noted: list[ActivePause] = []
    for one in pauses:
        ids = [t.job.job_id for t in late if one.pause.pull_back and _covers(one, t)]
        new = [job_id for job_id in ids if job_id not in set(one.too_late)]
        noted.append(ActivePause(pause=one.pause, too_late=(*one.too_late, *new)) if new else one)
    return tuple(noted)


def pause_view(active: ActivePause, jobs: Iterable[JobRecord], now: datetime) -> PauseView:
    """Return the posts that one pause reached, and those for which it came too late."""
    covered = [t for t in jobs if _covers(active, t)]
    late = set(active.too_late)
    if active.pause.pull_back:
        late |= {t.job.job_id for t in covered if _is_too_late(t, now)}
    outstanding = _ids(covered, JobPhase.OUTSTANDING)
    return PauseView(
        pause=active.pause,
        stopped=_ids(covered, JobPhase.WAITING, JobPhase.LOOKING, JobPhase.HELD),
        pulled_back=_ids(covered, JobPhase.PULLED_BACK),
        still_in_buffer=tuple(job_id for job_id in outstanding if job_id not in late),
        too_late=tuple(sorted(late)),
    )


def _ids(jobs: list[JobRecord], *phases: JobPhase) -> tuple[str, ...]:
    return tuple(t.job.job_id for t in jobs if t.phase in phases)


def _covers(active: ActivePause, record: JobRecord) -> bool:
    return active.pause.scope.covers(record.job.job_id, record.job.request)


def _is_too_late(record: JobRecord, now: datetime) -> bool:
    """Whether Buffer has the post, is publishing it, and has not reported it as sent."""
    return (
        record.phase is JobPhase.OUTSTANDING
        and record.linkless_since is None
        and not may_be_pulled(record, now)
    )
