"""What Buffer's news make of a post."""

from datetime import UTC, datetime, timedelta

import pytest

from galley.models import (
    BufferPost,
    HandOverKind,
    HandOverReply,
    Platform,
    PostCourse,
    PostState,
    PostView,
    Progress,
    ProgressKind,
)
from galley.outbox.news import after_claim, after_news

DUE = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
POST = BufferPost(id="buffer-1", channel_id="c", status="scheduled", due_at=DUE)


def _course(state: PostState, error: str | None = None) -> PostCourse:
    view = PostView(
        workflow_id="post:k:c",
        campaign_id="campaign:k",
        platform=Platform.X,
        channel_id="c",
        channel_name="c",
        state=state,
        revision=1,
        error=error,
        waiting_for="Buffer",
        buffer_post_id="buffer-1",
        due_at=DUE,
    )
    return PostCourse(view=view)


def _news(kind: ProgressKind, message: str = "") -> Progress:
    return Progress(job_id="k:c", kind=kind, post=POST, message=message)


def test_that_a_post_is_late_is_not_forgotten_when_old_news_is_told_again() -> None:
    late = _course(PostState.LATE, error="Late: look at the channel.")

    again = after_news(late, _news(ProgressKind.CREATED)).view

    assert again.state is PostState.LATE
    assert again.error == "Late: look at the channel."
    assert again.waiting_for == "Buffer"
    assert again.buffer_post_id == "buffer-1"


def test_a_late_post_that_was_moved_in_buffer_waits_for_its_new_time() -> None:
    late = _course(PostState.LATE, error="Late: look at the channel.")
    later = POST.model_copy(update={"due_at": DUE + timedelta(days=1)})
    news = Progress(job_id="k:c", kind=ProgressKind.CREATED, post=later)

    moved = after_news(late, news).view

    assert moved.state is PostState.SCHEDULED
    assert moved.error is None
    assert moved.due_at == later.due_at


def test_what_was_published_is_never_taken_for_waiting_again() -> None:
    sent = _course(PostState.SENT)

    assert after_news(sent, _news(ProgressKind.CREATED)) == sent
    assert after_news(sent, _news(ProgressKind.PUBLISH_FAILED, "gone")) == sent


def test_news_clear_what_was_said_of_an_earlier_state() -> None:
    held = _course(PostState.HELD, error="Buffer does not accept the key.")

    assert after_news(held, _news(ProgressKind.CREATED)).view.error is None


@pytest.mark.parametrize("kind", ProgressKind)
@pytest.mark.parametrize("state", [s for s in PostState if s.is_final])
def test_an_ended_post_stays_as_it_is(state: PostState, kind: ProgressKind) -> None:
    ended = _course(state)
    elsewhere = HandOverReply(kind=HandOverKind.CLAIMED_ELSEWHERE, claimed_by="other")

    assert after_news(ended, _news(kind, "why")) == ended
    assert after_claim(ended, elsewhere) == ended
