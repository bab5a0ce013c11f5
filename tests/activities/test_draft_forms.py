"""A question carries its answers, a carousel its slides, on every network."""

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from temporalio.testing import ActivityEnvironment

from activities.drafting.assembly import DraftAssembly
from activities.media.cards import CardMedia
from galley.clients.storage import ObjectStore
from galley.drafting.answers import PostAnswer
from galley.media.card import draw_card
from galley.media.card_words import CardText
from galley.media.plan import picture_for
from galley.models.draft import Draft, Problem, Slide
from galley.models.media import CardKind
from galley.models.media_orders import RenderMedia
from galley.models.network import LinkedInExtras, Platform
from galley.models.options import Form
from galley.models.source import SourceDocument, SourceKind
from galley.networks.checks import check_draft
from galley.networks.composition import draws_slides, slide_limits
from galley.networks.registry import rules_for
from tests.asking import asking
from tests.extractive import SENTENCES, answer_to, task_of

FERRY = (Path(__file__).with_name("articles") / "ferry.md").read_text()
IN_TEXT = {Platform.PINTEREST, Platform.GOOGLEBUSINESS, Platform.YOUTUBE}
FORMS = (Form.QUESTION, Form.CAROUSEL)


def document(text: str = FERRY, language: str = "en") -> SourceDocument:
    return SourceDocument(
        kind=SourceKind.MARKDOWN,
        title="The winter ferry",
        link="https://ferry.example/a?b=1",
        language=language,
        text=text,
    )


def drafted(
    source: SourceDocument, platform: Platform, form: Form, **changes: object
) -> tuple[Draft, tuple[Problem, ...]]:
    task = task_of(source, platform, form=form)
    assembly = DraftAssembly(task, source)
    said = answer_to(task, source).posts[0].model_dump() | changes
    draft = assembly.draft(PostAnswer.model_validate(said))
    return draft, assembly.problems(draft, assembly.facts(draft))


@settings(max_examples=60)
@given(
    script=st.sampled_from(sorted(SENTENCES)),
    counts=st.lists(st.integers(1, 9_999), min_size=4, max_size=25, unique=True),
    platform=st.sampled_from(Platform),
    form=st.sampled_from(FORMS),
)
def test_every_form_of_a_source_in_any_script_fits_its_network(
    script: str, counts: list[int], platform: Platform, form: Form
) -> None:
    source = document("\n\n".join(SENTENCES[script].format(n=n) for n in counts))

    _, problems = drafted(source, platform, form)

    assert problems == ()


@pytest.mark.parametrize("platform", Platform)
def test_a_question_ends_with_its_answers_before_link_and_hashtags(platform: Platform) -> None:
    draft, problems = drafted(document(), platform, Form.QUESTION)

    lines = draft.text.splitlines()
    asked = lines.index("Which of these matters most to you?")
    assert lines[asked + 1] == ""
    assert lines[asked + 2].startswith("1. ")
    assert lines[asked + 3].startswith("2. ")
    assert (draft.thread, problems) == ((), ())


def test_a_question_without_answers_or_without_a_question_is_sent_back() -> None:
    wrong: list[dict[str, object]] = [{"parts": []}, {"body": "The ferry is late."}]
    for changes in wrong:
        draft, problems = drafted(document(), Platform.X, Form.QUESTION, **changes)

        # The question mark in the address of the source is none.
        assert "?b=1" in draft.text
        assert "question" in {problem.rule for problem in problems}


def test_slides_are_pictures_where_a_network_takes_several_else_paragraphs() -> None:
    drafts = {p: drafted(document(), p, Form.CAROUSEL)[0] for p in Platform}

    assert {p for p, draft in drafts.items() if not draft.slides} == IN_TEXT
    assert {p for p in Platform if not draws_slides(rules_for(p))} == IN_TEXT
    for platform in IN_TEXT:
        assert "\n1. The winter ferry\n\n2. " in drafts[platform].text
    assert len(drafts[Platform.INSTAGRAM].slides) == 6
    assert len(drafts[Platform.BLUESKY].slides) == 4


def test_slides_that_would_not_fit_on_a_picture_are_named() -> None:
    channel = task_of(document(), Platform.X).channel
    slides = (Slide(title="W" * 61), Slide(text="渡" * 81), Slide())

    problems = check_draft(Draft(text="Look.", slides=slides), channel)

    assert [problem.message for problem in problems] == [
        "The title of slide 1 has 61 of 60 characters: shorten it by 1.",
        "The text of slide 2 has 162 of 160 characters: shorten it by 2.",
        "Slide 3 is empty: fill it.",
    ]
    many = Draft(text="Look.", slides=(Slide(title="a"),) * 5)
    assert "takes 4 slides" in check_draft(many, channel)[0].message


@pytest.mark.parametrize(
    "size", sorted({r.image.card for p in Platform if (r := rules_for(p)).image})
)
def test_the_longest_slide_can_be_drawn_in_every_shape(size: tuple[int, int]) -> None:
    images = [r.image for p in Platform if (r := rules_for(p)).image]
    image = next(one for one in images if one and one.card == size)
    limits = slide_limits(rules_for(Platform.X), 0)
    title, text = (("meadows " * 20)[:most] for most in (limits.title, limits.text))

    page = draw_card(picture_for(image), CardText(title, "Ferry", "8 / 8", detail=text))

    with Image.open(io.BytesIO(page)) as picture:
        assert picture.size == size


async def test_each_slide_is_staged_with_its_own_words_as_alt_text(
    state_store: ObjectStore,
) -> None:
    draft, _ = drafted(document(), Platform.TIKTOK, Form.CAROUSEL)
    task = task_of(document(), Platform.INSTAGRAM)
    wanted = RenderMedia(
        source=task.source,
        channel=task.channel,
        draft=draft.model_copy(update={"slides": draft.slides[:3]}),
    )

    reply = await ActivityEnvironment().run(CardMedia(state_store).render_media, wanted)

    assert [asset.mime for asset in reply.assets] == ["image/jpeg"] * 3
    assert len({asset.sha256 for asset in reply.assets}) == 3
    said = [(s.title + s.text).replace("\n", " ") for s in draft.slides[:3]]
    assert [asset.alt_text for asset in reply.assets] == said


@pytest.mark.parametrize("card", CardKind)
def test_a_card_that_was_asked_for_takes_the_place_of_the_links_card(card: CardKind) -> None:
    source = document()
    task = task_of(source, Platform.LINKEDIN)
    without = DraftAssembly(task, source).draft(answer_to(task, source).posts[0])
    task = asking(task, card=card)
    draft = DraftAssembly(task, source).draft(answer_to(task, source).posts[0])

    assert isinstance(without.extras, LinkedInExtras)
    assert draft.extras is None or draft.extras == LinkedInExtras()
    # What is drawn from the source is told from the source.
    assert bool(draft.alt_text) is (card in {CardKind.QUOTE, CardKind.POST, CardKind.PHOTO})
