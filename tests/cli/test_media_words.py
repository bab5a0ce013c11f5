"""What may be typed behind --media, --card and --narrate."""

from datetime import UTC, datetime

import pytest

from app.campaigns.start import check_options
from app.errors import AppError, InvalidOptionError
from cli.errors import CommandError, ExitCode, explain
from cli.input.campaigns import CampaignWords, campaign_options
from galley.models.media import CardKind, MediaMaker
from galley.models.options import CampaignOptions
from workflows.post.media import BUILT

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def options(**said: object) -> CampaignOptions:
    words = CampaignWords(source="a.md", **said)  # pyright: ignore[reportArgumentType] -- any of its fields
    found = campaign_options(words, NOW)
    check_options(found)
    return found


def refusal(**said: object) -> str:
    with pytest.raises((CommandError, AppError)) as caught:
        options(**said)
    shown = explain(caught.value)
    assert shown is not None
    assert shown.code is ExitCode.USAGE
    return str(shown)


# Files are attached by their names, with --attach.
CHOSEN = BUILT - {MediaMaker.ATTACHED}


@pytest.mark.parametrize("maker", sorted(CHOSEN))
def test_a_maker_is_named_in_any_case(maker: MediaMaker) -> None:
    assert options(media=f" {maker.upper()}").media.maker is maker


@pytest.mark.parametrize("word", ["painter", *sorted(set(MediaMaker) - CHOSEN)])
def test_a_maker_that_cannot_be_had_is_refused_with_those_that_can(word: str) -> None:
    said = refusal(media=word)

    assert said.startswith("--media ")
    assert "card, " in said


def test_slides_are_drawn_and_nothing_else() -> None:
    assert "leave --media away" in refusal(media="none", form="carousel")
    assert options(media="card", form="carousel").media.maker is MediaMaker.CARD


@pytest.mark.parametrize("card", CardKind)
def test_a_card_is_named_in_any_case(card: CardKind) -> None:
    assert options(card=f" {card.upper()}").media.card is card
    assert options(media="none").media.card is None


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"card": "poster"}, "quote, title, list, chart, code"),
        ({"card": "chart", "media": "none"}, "--card draws a card and --media none"),
        ({"card": "chart", "media": "short"}, "--card draws a card and --media short"),
        ({"card": "chart", "form": "carousel"}, "leave --card away"),
        ({"narrate": True, "media": "video"}, "--narrate reads a film of words aloud"),
    ],
)
def test_what_cannot_be_drawn_or_read_aloud_is_refused(said: dict[str, object], told: str) -> None:
    assert told in refusal(**said)


def test_a_film_of_words_may_show_photographs_of_the_source() -> None:
    assert options(media="short", card="photo").media.card is CardKind.PHOTO


def test_only_a_film_of_words_is_narrated() -> None:
    assert options(media="short", narrate=True).media.narrate


@pytest.mark.parametrize("form", ["question", "carousel"])
def test_a_form_that_is_one_post_takes_no_flag_for_threads(form: str) -> None:
    assert "leave --threads and --numbered away" in refusal(form=form, numbered=True)


def test_another_face_is_told_the_names_of_the_options() -> None:
    with pytest.raises(InvalidOptionError, match=r"^media\.narrate reads .* add media"):
        options(media="video", narrate=True)
