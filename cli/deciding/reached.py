"""What a pause reached, and what was too late."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from app.posts.directory import PostRow
from cli.deciding.scopes import covers
from cli.terminal.output import show, table
from cli.terminal.proofs import local
from galley.models import PauseScope, PostState
from galley.outbox.pausing import PauseView

_SHOWN = 50


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


_WORDS = {
    Reach.KEPT: "not in Buffer, waits here",
    Reach.PULLED_BACK: "out of Buffer until resumed",
    Reach.GOING_BACK: "being put back: Buffer is read first",
    Reach.IN_BUFFER: "in Buffer",
    Reach.PUT_BACK: "put back into Buffer",
    Reach.TOO_LATE: "too late: Buffer has published it",
    Reach.ENDED: "ended meanwhile, not published",
    Reach.UNDECIDED: "waits for a review, not for Buffer",
}
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


class Reached(BaseModel):
    """What ``pause`` and ``resume`` print as JSON."""

    model_config = ConfigDict(frozen=True)

    scope: PauseScope
    pull_back: bool = False
    is_new: bool = True
    """Whether there was anything to pause or resume."""
    is_heard: bool
    quota_waits: tuple[str, ...] = ()
    """What accounts say that carry on with it when Buffer's quota allows."""
    posts: tuple[ReachedPost, ...]

    def of(self, reach: Reach) -> list[ReachedPost]:
        """Return the posts that are there."""
        return [post for post in self.posts if post.reach is reach]


def sort_out(
    before: list[PostRow], after: list[PostRow], told: list[PauseView]
) -> tuple[ReachedPost, ...]:
    """Return where each post is: ``before`` a pause, and ``after`` it.

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
    return tuple(
        _post(row, known.get(row.workflow_id) or _reach(row, was)) for row in after
    )


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
        and not any(covers(scope, row) for scope in left)
    }
    return tuple(
        post.model_copy(update={"reach": Reach.GOING_BACK})
        if post.workflow_id in out
        else post
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


def print_reached(reached: Reached) -> None:
    """Print how many posts are where, and which."""
    for reach, words in _WORDS.items():
        if count := len(reached.of(reach)):
            show(f"{count:5} {words}")
    order = list(_WORDS)
    posts = sorted(reached.posts, key=lambda post: order.index(post.reach))
    known = [post for post in posts if post.reach is not Reach.UNDECIDED]
    if known:
        rows = [
            (p.platform, _WORDS[p.reach], local(p.due_at), p.workflow_id)
            for p in known[:_SHOWN]
        ]
        table(("Network", "Where", "Due", "ID"), rows)
    if len(known) > _SHOWN:
        show(f"… and {len(known) - _SHOWN} more: --json shows all.")
