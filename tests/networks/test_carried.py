"""Extras in the words a reviewer reads."""

from datetime import UTC, datetime

import pytest

from galley.models.network import (
    BlueskyExtras,
    Extras,
    GoogleBusinessExtras,
    GooglePostKind,
    InstagramExtras,
    LinkCard,
    Platform,
    PostForm,
    UserTag,
    YouTubeExtras,
    carried_words,
    extras_for,
)


@pytest.mark.parametrize("platform", Platform)
def test_what_is_as_usual_is_not_told(platform: Platform) -> None:
    assert carried_words(None) == ()
    assert carried_words(extras_for(platform)) == ()


@pytest.mark.parametrize(
    ("extras", "words"),
    [
        (
            InstagramExtras(
                form=PostForm.STORY,
                share_to_feed=False,
                user_tags=(UserTag(handle="@harbour", x=0, y=0, asset=1),),
            ),
            ("form: story", "share to feed: no", "user tags: @harbour in picture 2"),
        ),
        (
            BlueskyExtras(link_card=LinkCard(url="https://a.example", title="Mine")),
            ("link card: https://a.example · Mine",),
        ),
        (YouTubeExtras(made_for_kids=True, category="27"), ("category: 27", "made for kids: yes")),
        (
            GoogleBusinessExtras(
                kind=GooglePostKind.EVENT, starts_at=datetime(2026, 12, 1, 18, tzinfo=UTC)
            ),
            ("kind: event", "starts at: 2026-12-01 18:00 UTC"),
        ),
    ],
)
def test_what_is_not_as_usual_is_told_in_words(extras: Extras, words: tuple[str, ...]) -> None:
    assert carried_words(extras) == words
