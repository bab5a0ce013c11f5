"""Who makes the media of a post, and what takes their place."""

from pathlib import PurePath

import pytest
from temporalio.client import Client

from galley.clients.storage import ObjectStore
from galley.models import (
    Draft,
    FacebookExtras,
    LinkCard,
    MadeMedia,
    MediaKind,
    MediaMaker,
    StagedAsset,
)
from tests.workflows.desk import open_desk
from tests.workflows.world import channel
from workflows import post_media

PICTURE = StagedAsset(
    kind=MediaKind.IMAGE,
    mime="image/jpeg",
    sha256="a" * 64,
    size=1,
    width=1,
    height=1,
    alt_text="a ferry at dawn",
    staged_as=str(PurePath("staging") / ("a" * 64)),
)


@pytest.mark.server
async def test_without_media_a_card_is_drawn_only_where_the_network_requires_one(
    temporal: Client, state_store: ObjectStore
) -> None:
    async with open_desk(temporal, state_store, channel("needs-it")) as desk:
        desk.studio.media_on.add("needs-it")
        post = await desk.start_post(media=MediaMaker.NONE)
        view = await post.query("view")

        assert view["media_by"] == "card"
        assert len(view["staged"]) == 1
        assert "no post without media" in view["media_notes"][0]


def test_pictures_of_words_are_old_when_the_words_change_and_others_are_not() -> None:
    before, after = Draft(text="a", headline="old"), Draft(text="a", headline="new")

    assert not post_media.is_same(MediaMaker.CARD, before, after)
    assert post_media.is_same(MediaMaker.CARD, before, before)
    assert post_media.is_same(MediaMaker.SOURCE, before, after)


def test_media_take_the_place_of_the_cards_of_links_and_bring_their_alt_text() -> None:
    card = LinkCard(url="https://example.com/a")
    draft = Draft(text="a", alt_text="a card", extras=FacebookExtras(link_card=card))
    made = MadeMedia(assets=(PICTURE,), by=MediaMaker.SOURCE)

    after = post_media.with_media(draft, made)

    assert after.alt_text == "a ferry at dawn"
    assert after.extras == FacebookExtras()
    kept = post_media.with_media(draft, MadeMedia(assets=(PICTURE,)))
    assert (kept.alt_text, kept.extras) == ("a card", FacebookExtras())
    told = post_media.with_media(Draft(text="a"), MadeMedia(assets=(PICTURE,)))
    assert told.alt_text == "a ferry at dawn"
    assert post_media.with_media(draft, MadeMedia(by=MediaMaker.SOURCE)) == draft
