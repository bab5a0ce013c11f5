"""What may be typed behind --media."""

from datetime import UTC, datetime

import pytest

from cli.input.campaigns import CampaignWords, campaign_options, card_of, maker_of
from cli.terminal.failures import CommandError, ExitCode
from galley.models import Form, MediaMaker
from galley.models.card import CardKind
from workflows.post_media import BUILT


@pytest.mark.parametrize("maker", sorted(BUILT))
def test_a_maker_is_named_in_any_case(maker: MediaMaker) -> None:
    assert maker_of(f" {maker.upper()}", Form.POST) is maker


@pytest.mark.parametrize("word", ["painter", *sorted(set(MediaMaker) - BUILT)])
def test_a_maker_that_cannot_be_had_is_refused_with_those_that_can(word: str) -> None:
    with pytest.raises(CommandError, match="card, ") as refused:
        maker_of(word, Form.POST)

    assert refused.value.code is ExitCode.USAGE


def test_slides_are_drawn_and_nothing_else() -> None:
    with pytest.raises(CommandError, match="carousel"):
        maker_of("none", Form.CAROUSEL)

    assert maker_of("card", Form.CAROUSEL) is MediaMaker.CARD


@pytest.mark.parametrize("card", CardKind)
def test_a_card_is_named_in_any_case(card: CardKind) -> None:
    assert card_of(f" {card.upper()}", MediaMaker.CARD, Form.POST) is card
    assert card_of("", MediaMaker.NONE, Form.CAROUSEL) is None


@pytest.mark.parametrize(
    ("word", "maker", "form", "told"),
    [
        ("poster", MediaMaker.CARD, Form.POST, "quote, title, list, chart, code"),
        ("chart", MediaMaker.NONE, Form.POST, "leave one away"),
        ("chart", MediaMaker.CARD, Form.CAROUSEL, "slides of a carousel"),
    ],
)
def test_a_card_that_cannot_be_drawn_is_refused(
    word: str, maker: MediaMaker, form: Form, told: str
) -> None:
    with pytest.raises(CommandError, match=told) as refused:
        card_of(word, maker, form)

    assert refused.value.code is ExitCode.USAGE


def narrated(maker: str) -> bool:
    words = CampaignWords(source="a.md", media=maker, narrate=True)
    return campaign_options(words, datetime.now(UTC)).media.narrate


def test_only_a_film_of_words_is_narrated() -> None:
    assert narrated("short")
    with pytest.raises(CommandError, match="add --media short"):
        narrated("video")
