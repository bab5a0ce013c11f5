import pytest

from galley.media.card_words import HEADLINE_LIMIT, card_text, origin_of_photo
from galley.media.errors import MediaError
from galley.models.draft import Draft
from galley.models.source import SourceKind, SourceRef
from galley.networks.graphemes import count_graphemes

SOURCE = SourceRef(
    kind=SourceKind.ARTICLE,
    sha256="0" * 64,
    title="A month with durable workflows",
    link="https://www.example.com/posts/1?utm=x",
    language="en-GB",
    words=900,
)
NAMELESS = SOURCE.model_copy(update={"title": "", "link": None, "language": None})


def test_the_headline_of_the_draft_comes_first() -> None:
    draft = Draft(text="Text.", title="Title", headline="Headline 🚀")
    assert card_text(SOURCE, draft).headline == "Headline 🚀"


def test_then_its_title() -> None:
    assert card_text(SOURCE, Draft(text="Text.", title="Title")).headline == "Title"


def test_then_the_title_of_the_source() -> None:
    text = card_text(SOURCE, Draft(text="Text.", headline="🚀🚀"))
    assert text.headline == "A month with durable workflows"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Version 2.0 is out. It is fast.", "Version 2.0 is out."),
        ("No full stop", "No full stop"),
        ("Really?! Yes.", "Really?!"),
        ("二つの文。もう一つ。", "二つの文。"),
    ],
)
def test_then_the_first_sentence(text: str, sentence: str) -> None:
    assert card_text(NAMELESS, Draft(text=text)).headline == sentence


def test_without_any_letters_it_says_what_to_do() -> None:
    with pytest.raises(MediaError, match="give the draft a headline"):
        card_text(NAMELESS, Draft(text="🚀 🎉"))


def test_the_foot_names_channel_title_and_site() -> None:
    text = card_text(SOURCE, Draft(text="x", headline="Ship it"), "Field Notes 📓")
    assert text.signature == "Field Notes 📓"
    assert text.origin == "example.com"  # with the title it would need a line of its own
    short = SOURCE.model_copy(update={"title": "A month"})
    assert card_text(short, Draft(text="x", headline="Ship it")).origin == "A month · example.com"


def test_the_foot_does_not_repeat_the_headline() -> None:
    assert card_text(SOURCE, Draft(text="x")).origin == "example.com"


def test_below_a_photograph_its_maker_comes_before_the_site_and_takes_two_lines_at_most() -> None:
    long = f"Photo: {'Maximilian Oberhuber and ' * 4}"

    assert origin_of_photo("Photo: NASA", SOURCE.link) == "Photo: NASA · example.com"
    assert origin_of_photo("Photo: Ann Example, Harbour Agency", SOURCE.link).endswith("Agency")
    assert origin_of_photo(long, SOURCE.link) == "Photo: Maximilian Oberhuber and Maximilian…"
    assert origin_of_photo("", SOURCE.link) == "example.com"


def test_a_long_headline_is_shortened() -> None:
    text = card_text(SOURCE, Draft(text="x", headline="word " * 200))
    assert count_graphemes(text.headline) <= HEADLINE_LIMIT
    assert text.headline.endswith("word…")
