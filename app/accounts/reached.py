"""Where each post is after a pause or a resume, and what was too late."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from app.posts.directory import PostRow
from galley.models.account import Pause, PauseScope
from galley.models.post import PostState
from galley.publishing.job.pauses import PauseView


class Reach(StrEnum):
    """Where a post is when the command ends."""

    KEPT = "kept"
    """Approved, and not in Buffer."""
    PULLED_BACK = "pulled_back"
    GOING_BACK = "going_back"
    """Its pause is over, and Buffer does not have it yet."""
    IN_BUFFER = "in_buffer"
    """It goes out at its time."""
    PUT_BACK = "put_back"
    TOO_LATE = "too_late"
    """Published, or being published."""
    ENDED = "ended"
    """Taken back, rejected, or ended in another way; it is not published."""
    UNDECIDED = "undecided"
    """Not approved yet."""


_AT_BUFFER = {PostState.SCHEDULED, PostState.LATE, PostState.SENT}
_OUT = {PostState.PUBLISHED, PostState.HANDED_TO_PERSON}
_UNPUBLISHED = {state for state in PostState if state.is_final} - _OUT
_NOT_APPROVED = {PostState.DRAFTING, PostState.IN_REVIEW}


class ReachedPost(BaseModel):
    """One post under way; the fields are those of its JSON."""

    model_config = ConfigDict(frozen=True)

    workflow_id: str
    platform: str
    state: str
    due_at: datetime | None
    reach: Reach


class PauseReport(BaseModel):
    """What a pause or a resume reached; the fields are those of its JSON."""

    model_config = ConfigDict(frozen=True)

    scope: PauseScope
    pull_back: bool = False
    is_new: bool = True
    """Whether there was anything to pause or resume."""
    is_heard: bool
    quota_waits: tuple[str, ...] = ()
    """What accounts say that carry on with it when Buffer's quota allows."""
    posts: tuple[ReachedPost, ...]
    still_paused: tuple[Pause, ...] = Field(default=(), exclude=True)
    """Other pauses that are in force after a resume."""

    def of(self, reach: Reach) -> list[ReachedPost]:
        """Return the posts that are there."""
        return [post for post in self.posts if post.reach is reach]


def sort_out(
    before: list[PostRow], after: list[PostRow], told: list[PauseView]
) -> tuple[ReachedPost, ...]:
    """Return where each post is after a pause.

    Args:
        before: The posts under way before.
        after: Those under way now, and how those of ``before`` ended that are not.
        told: What the account says of the pause; it knows sooner than the list.
    """
    known = {
        f"post:{job_id}": reach
        for view in told
        for reach, job_ids in (
            (Reach.KEPT, view.stopped),
            (Reach.PULLED_BACK, view.pulled_back),
            (Reach.IN_BUFFER, view.still_in_buffer),
            (Reach.TOO_LATE, view.too_late),
        )
        for job_id in job_ids
    }
    was = {row.workflow_id: row.state for row in before}
    return tuple(_post(row, known.get(row.workflow_id) or _reach(row, was)) for row in after)


def _reach(row: PostRow, was: dict[str, str]) -> Reach:
    if row.state in _NOT_APPROVED:
        return Reach.UNDECIDED
    if row.state == PostState.PULLED_BACK:
        return Reach.PULLED_BACK
    if row.state in _OUT:
        return Reach.TOO_LATE
    if row.state in _UNPUBLISHED:
        return Reach.ENDED
    if row.state not in _AT_BUFFER:
        return Reach.KEPT
    was_pulled = was.get(row.workflow_id) == PostState.PULLED_BACK
    return Reach.PUT_BACK if was_pulled else Reach.IN_BUFFER


def sort_out_resumed(
    before: list[PostRow], after: list[PostRow], left: list[PauseScope]
) -> tuple[ReachedPost, ...]:
    """Return where each post is after a resume; ``left`` are the other pauses."""
    out = {
        row.workflow_id
        for row in after
        if row.state == PostState.PULLED_BACK
        and not any(row.is_covered_by(scope) for scope in left)
    }
    return tuple(
        post.model_copy(update={"reach": Reach.GOING_BACK}) if post.workflow_id in out else post
        for post in sort_out(before, after, [])
    )


def _post(row: PostRow, reach: Reach) -> ReachedPost:
    return ReachedPost(
        workflow_id=row.workflow_id,
        platform=row.platform,
        state=row.state,
        due_at=row.due_at,
        reach=reach,
    )
