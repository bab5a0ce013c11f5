"""What is said of the posts."""

from collections.abc import Iterator

from cli.health.status_level import Level, Line
from cli.health.status_words import many
from galley.models import PostState
from observability.seen import Posts

_LIST = "uv run starter.py list"
_STUCK = {
    PostState.HELD: "Galley cannot tell whether Buffer has",
    PostState.ERROR: "Buffer could not publish",
    PostState.LATE: "an hour past their time, not published by Buffer:",
}


def post_lines(posts: Posts) -> Iterator[Line]:
    """Yield what is stuck, what waits for a person, what ended badly, all states."""
    yield from _stuck(posts)
    yield from _waiting(posts)
    yield from _ended(posts)
    counted = [f"{count} {state}" for state, count in posts.by_state.items() if count]
    yield Line("posts", Level.OK, f"{', '.join(counted) or 'none yet'}.", _LIST)


def _stuck(posts: Posts) -> Iterator[Line]:
    for state, said in _STUCK.items():
        if count := posts.of(state):
            told = f"{said} {many(count, 'post')}."
            yield Line(state, Level.FAILED, told, f"{_LIST} --state {state}")
    if posts.abandoned:
        said = (
            f"{many(posts.abandoned, 'post')} ended in Temporal while Buffer may have "
            "had them: nothing follows them any more."
        )
        yield Line("abandoned", Level.FAILED, said, _LIST)
    if posts.overdue:
        said = (
            f"{many(posts.overdue, 'post')} due over ten minutes ago and not "
            "confirmed: Buffer, the quota or a pause keeps them."
        )
        yield Line("overdue", Level.WARNING, said, f"{_LIST} --state publishing")


def _waiting(posts: Posts) -> Iterator[Line]:
    if count := posts.of(PostState.IN_REVIEW):
        soon = f"; {posts.expiring} of them for over six days, of seven"
        level = Level.WARNING if posts.expiring else Level.NEEDS_YOU
        said = f"{many(count, 'post')} in review{soon if posts.expiring else ''}."
        yield Line("reviews", level, said, f"{_LIST} --state in_review")
    if posts.proposals:
        said = f"an edit of {many(posts.proposals, 'post')} waits for your approval."
        yield Line("proposals", Level.NEEDS_YOU, said, f"{_LIST} --needs-me")


def _ended(posts: Posts) -> Iterator[Line]:
    for state, count in posts.ended_today.items():
        if count:
            said = f"{many(count, 'post')} within 24 hours."
            yield Line(state, Level.WARNING, said, f"{_LIST} --state {state}")
