"""A job that its post hands over again: after a silence, a person's decision, or a reset.

An operator may reset a post to before its approval. Then it makes another job, and the newest one
counts: its words take the place of the earlier ones, whatever became of those.

The job queue of AccountWorkflow calls this.
"""

from datetime import datetime

from galley.models.account import ProgressKind, PublishJob
from galley.models.post import Change
from galley.models.review import ChangeKind
from galley.publishing.job.changes import is_forgotten, take_change
from galley.publishing.job.creation import accept
from galley.publishing.job.record import JobPhase, JobRecord, is_earlier_life
from galley.publishing.job.transitions import looking_again, recalled, with_words_of

_NOT_THERE = {ProgressKind.RETRACTED, ProgressKind.REFUSED}


def accept_again(known: JobRecord, job: PublishJob, now: datetime) -> JobRecord:
    """Return a known job after a repeated hand-over.

    Only a held job starts over, once a person approved it again: with a search for the post
    that an attempt may have left, and with its other due times and pending change. Any other
    job stays as it is, and the caller repeats its last news.
    """
    if is_earlier_life(job.made_at, known.made_at):
        return known  # Still on its way when the post was reset.
    if known.awaits_job:
        first = accept(job.replace(look_first=True))
        return first.replace(
            pending=known.pending, heard=known.heard, may_be_forgotten=known.may_be_forgotten
        )
    post_id = job.post_id
    forgotten = post_id if post_id is not None and is_forgotten(known, post_id) else None
    if _is_of_later_life(known, job):
        return _replaced(recalled(known, forgotten) if forgotten else known, job, now)
    if forgotten or _is_new_content(known, job):
        anew = _in_place_of(known, job)
        return anew.replace(pending=known.pending) if forgotten else anew
    if known.is_content_dropped and not known.has_earlier_words:
        known = with_words_of(known, job).replace(has_other_words=False)
    is_asked_of_person = known.phase is JobPhase.HELD and not job.is_question
    return _started_over(known, job) if is_asked_of_person else known


def _in_place_of(known: JobRecord, job: PublishJob) -> JobRecord:
    """Return a new job with what counts on from the one before it."""
    anew = accept(job)
    return anew.replace(
        # An old change that is told again counts no more.
        heard=known.heard,
        attempts=known.attempts,
        gone=known.gone,
        # A reset account may have known the new job before, unless its post names Buffer's.
        may_be_forgotten=known.may_be_forgotten and anew.post is None,
    )


def _started_over(known: JobRecord, job: PublishJob) -> JobRecord:
    """Return a held job that a person approved again."""
    there = known.post or known.near
    if there is not None:
        # A person has looked at the post that was changed in Buffer, and takes it as it is.
        followed = recalled(with_words_of(known, job), there.id)
        return followed.replace(post=there.without_text())
    # An attempt may have made a post of the old job: then the search needs that one. Where its
    # words were dropped, a person has looked for that.
    if known.is_certainly_absent or known.is_content_dropped:
        known = with_words_of(known, job)
        known = known.replace(job=known.job.with_due_time(job.request.due_at))
    return looking_again(known)


def _is_of_later_life(known: JobRecord, job: PublishJob) -> bool:
    """Whether the post was reset after it made the known job, and approved once more."""
    return not job.is_question and is_earlier_life(known.made_at, job.made_at)


def _replaced(known: JobRecord, job: PublishJob, now: datetime) -> JobRecord:
    """Return a known job with the newest words of its post, which was reset.

    Its news count for the newest job from now on, also those of the earlier words.
    """
    is_over = known.phase is JobPhase.SETTLED and known.last and known.last.kind in _NOT_THERE
    is_held = known.phase is JobPhase.HELD
    if is_over or (is_held and known.is_certainly_absent):
        # Buffer's guard against repeats knows what was deleted, and a list may still show it.
        return _in_place_of(known, job).replace(is_repeat=known.is_repeat)
    deletion = known.pending
    is_in_doubt = deletion is not None and deletion.retracts and deletion.tries > 0
    last = known.last and known.last.model_copy(update={"made_at": job.made_at})
    renewed = known.replace(
        renewed_at=job.made_at,
        last=last,
        pending=None,
        may_be_retracted=known.may_be_retracted or is_in_doubt,
    )
    if is_held and (known.post or known.near):
        # A person may have changed the post in Buffer: another must look at it first.
        return renewed
    if is_held:
        renewed = looking_again(renewed)
    number = max(known.heard + 1, int(now.timestamp() * 1000))
    # It takes the place of whatever was asked for the earlier words.
    newest = Change(change_id=number, kind=ChangeKind.RESCHEDULE, job=job)
    return take_change(renewed, newest, now)


def _is_new_content(known: JobRecord, job: PublishJob) -> bool:
    """Whether a person approved another revision after Buffer refused the content."""
    is_refused = known.last is not None and known.last.kind is ProgressKind.REFUSED
    return is_refused and not job.is_question and job.revision > known.job.revision
