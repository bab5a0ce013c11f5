"""Lateness is judged whatever step a post is in, and told once."""

from datetime import timedelta

import pytest

from galley.models.account import Progress, ProgressKind
from galley.models.post import PostState
from galley.models.review import ChangeKind, ChangeRequest
from galley.publishing.post.change_requests import ask, with_view
from galley.publishing.post.news import after_news
from galley.publishing.post.patience import with_passed_time
from tests.publishing.making import NOW, handed_over

BEFORE_BUFFER = {PostState.DRAFTING, PostState.IN_REVIEW, PostState.PUBLISHING, PostState.HELD}
DUE = NOW + timedelta(seconds=60)


@pytest.mark.parametrize("state", PostState)
def test_a_time_that_passes_before_buffer_has_the_post_is_told_in_each_step(
    state: PostState,
) -> None:
    post = handed_over(state)

    early = with_passed_time(post, DUE - timedelta(seconds=1))
    late = with_passed_time(post, DUE)

    assert early == post
    assert ("2026-11-25 12:01" in late.view.notice) == (state in BEFORE_BUFFER)


def test_it_is_told_once_for_each_time_and_beside_what_else_is_to_be_known() -> None:
    post = with_view(handed_over(PostState.PUBLISHING), notice="Mind this.")

    once = with_passed_time(post, DUE)
    later = DUE + timedelta(hours=1)
    moved = with_passed_time(with_view(once, due_at=later, notice=""), later)

    assert once.view.notice.endswith("passed: it goes out as soon as Buffer takes it. Mind this.")
    assert with_passed_time(once, later) == once
    assert "13:01" in moved.view.notice


@pytest.mark.parametrize(
    ("known_id", "state"), [("b1", PostState.SCHEDULED), (None, PostState.PUBLISHING)]
)
def test_a_late_post_with_a_new_time_waits_for_it_in_buffer_if_buffer_has_the_post(
    known_id: str | None, state: PostState
) -> None:
    post = with_view(handed_over(PostState.LATE, "late"), buffer_post_id=known_id)
    request = ChangeRequest(kind=ChangeKind.RESCHEDULE, by="kim", due_at=DUE + timedelta(hours=1))
    asked = ask(post, request, NOW, timedelta(0))
    assert asked.change is not None
    # Without the post: the job was not in Buffer, or the reply left it out.
    done = Progress(job_id="key:c", kind=ProgressKind.CHANGED, change_id=asked.change.change_id)

    moved = after_news(asked, done, NOW).view

    assert (moved.state, moved.error) == (state, None)


def test_a_post_that_buffer_has_is_late_by_other_rules() -> None:
    there = with_view(handed_over(PostState.PUBLISHING), buffer_post_id="b1")

    assert with_passed_time(there, DUE) == there
