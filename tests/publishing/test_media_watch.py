"""When the media of a scheduled post are fetched once more."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.models.draft import Draft
from galley.models.media import MediaKind, PublicAsset, StagedAsset
from galley.models.network import Platform
from galley.models.post import PostSnapshot, PostState, PostView
from galley.publishing.post.change_requests import with_view
from galley.publishing.post.patience import MEDIA_BEFORE, alarm_at, media_check_at, with_moved_media
from tests.publishing.making import job

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
CARD = StagedAsset(
    kind=MediaKind.IMAGE,
    mime="image/jpeg",
    sha256="a",
    size=1,
    width=1,
    height=1,
    staged_as="staging/a.jpg",
)
spans = st.timedeltas(timedelta(0), timedelta(days=30))


def post(due_in: timedelta, **changes: object) -> PostSnapshot:
    view = PostView(
        workflow_id="post:a:x",
        campaign_id="campaign:a",
        platform=Platform.X,
        channel_id="x",
        channel_name="x",
        state=PostState.SCHEDULED,
        revision=1,
        due_at=NOW + due_in,
        staged=(CARD,),
    )
    snapshot = PostSnapshot(view=view, asked_at=NOW, media_seen_at=NOW)
    return snapshot.model_copy(update=changes)


@given(spans)
def test_media_are_looked_at_half_an_hour_before_unless_they_were_just_seen(
    due_in: timedelta,
) -> None:
    at = media_check_at(post(due_in))

    if due_in <= 2 * MEDIA_BEFORE:
        assert at is None
    else:
        assert at == NOW + due_in - MEDIA_BEFORE


@given(spans, spans)
def test_a_failed_check_is_made_again_and_never_after_the_due_time(
    due_in: timedelta, tried_in: timedelta
) -> None:
    snapshot = post(due_in, media_tried_at=NOW + tried_in)
    at, due_at = media_check_at(snapshot), snapshot.view.due_at

    assert due_at is not None
    if at is not None:
        assert NOW + tried_in < at < due_at


def test_no_check_is_made_at_the_very_due_time() -> None:
    tried_at = NOW + timedelta(hours=2) - timedelta(minutes=5)

    assert media_check_at(post(timedelta(hours=2), media_tried_at=tried_at)) is None


@given(spans)
def test_once_seen_again_the_post_only_waits_for_news(due_in: timedelta) -> None:
    before = post(due_in)
    at = media_check_at(before)
    if at is None:
        return
    seen = before.model_copy(update={"media_seen_at": at})

    assert alarm_at(before) == at
    assert media_check_at(seen) is None
    assert (alarm_at(seen) or NOW) > NOW + due_in


def test_a_post_without_media_is_never_looked_at() -> None:
    snapshot = post(timedelta(days=1))
    bare = snapshot.view.model_copy(update={"staged": ()})

    assert media_check_at(snapshot.model_copy(update={"view": bare})) is None


@pytest.mark.parametrize("url", ["https://a.test/1.jpg", "https://a.test/0.jpg", "https://b.test/"])
def test_buffer_is_given_the_address_of_media_only_where_that_is_another_one(url: str) -> None:
    known = PublicAsset(
        kind=CARD.kind, mime=CARD.mime, sha256=CARD.sha256, size=1, url="https://a.test/1.jpg"
    )
    there = with_view(
        post(timedelta(hours=2), job=job(), is_handed_over=True),
        draft=Draft(text="hello", alt_text="A card."),
        media=(known,),
    )

    after = with_moved_media(there, (known.model_copy(update={"url": url}),), NOW)

    assert (after == there) is (url == known.url)
    assert (after.change is None) is (url == known.url)
