"""What Buffer's news make of a post."""

from datetime import UTC, datetime

import pytest

from galley.models import (
    BufferPost,
    HandOverKind,
    HandOverReply,
    Platform,
    PostState,
    PostView,
    Progress,
    ProgressKind,
)
from galley.outbox.news import after_claim, after_news

DUE = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
POST = BufferPost(id="buffer-1", channel_id="c", status="scheduled", due_at=DUE)


def _view(state: PostState, error: str | None = None) -> PostView:
    return PostView(
        workflow_id="post:k:c",
        campaign_id="campaign:k",
        platform=Platform.X,
        channel_id="c",
        channel_name="c",
        state=state,
        revision=1,
        error=error,
        waiting_for="Buffer",
    )


def _news(kind: ProgressKind, message: str = "") -> Progress:
    return Progress(job_id="k:c", kind=kind, post=POST, message=message)


def test_that_a_post_is_late_is_not_forgotten_when_old_news_is_told_again() -> None:
    late = _view(PostState.SCHEDULED, error="Late: look at the channel.")

    again = after_news(late, _news(ProgressKind.CREATED))

    assert again.error == "Late: look at the channel."
    assert again.waiting_for == "Buffer"
    assert again.buffer_post_id == "buffer-1"


def test_news_clear_what_was_said_of_an_earlier_state() -> None:
    held = _view(PostState.HELD, error="Buffer does not accept the key.")

    assert after_news(held, _news(ProgressKind.CREATED)).error is None


@pytest.mark.parametrize("state", [s for s in PostState if s.is_final])
def test_an_ended_post_stays_as_it_is(state: PostState) -> None:
    ended = _view(state)
    elsewhere = HandOverReply(kind=HandOverKind.CLAIMED_ELSEWHERE, claimed_by="other")

    assert after_news(ended, _news(ProgressKind.HELD, "why")) == ended
    assert after_claim(ended, elsewhere) == ended
