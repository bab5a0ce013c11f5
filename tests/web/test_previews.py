"""Previews hold all that leaves, and show it as the network does."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.models.draft import Draft, FactKind, FactOrigin, Variant
from galley.models.network import (
    InstagramExtras,
    LinkedInExtras,
    MastodonExtras,
    Platform,
    PostForm,
)
from galley.models.post import PostSnapshot, PostViewChanges
from galley.networks.registry import rules_for
from galley.review.proof import proof_of, with_proof
from tests.web.samples import CARD, DUE, LINK, LONG, fact, film, picture, samples, view_of
from web.offers import differences
from web.preview_text import FactSpan, PartKind, TextLook, fold_text
from web.previews import Gallery, Preview, preview_of
from web.rendering import TEMPLATES

SAMPLES = samples()
LATER = DUE + timedelta(days=1)
WORDS = st.text("ab #@./:\n\u00e9\U0001f600", max_size=60) | st.sampled_from([LINK, LONG])


def media_url(number: int) -> str:
    return f"/media/{number}"


def shown(platform: Platform, draft: Draft | None = None) -> Preview:
    view = SAMPLES[platform] if draft is None else view_of(platform, draft)
    found = preview_of(view, media_url)
    assert found is not None
    return found


def drawn(preview: Preview) -> str:
    source = '{% from "previews/preview.html" import stage, beside %}{{ stage(p) }}{{ beside(p) }}'
    return TEMPLATES.from_string(source).render(p=preview)


def text_of(preview: Preview) -> list[str]:
    return ["".join(part.text for part in item.text.parts) for item in preview.items]


@pytest.mark.parametrize("platform", Platform)
def test_a_preview_holds_every_text_of_the_proof(platform: Platform) -> None:
    proof, preview = proof_of(SAMPLES[platform]), shown(platform)

    assert proof is not None
    assert text_of(preview) == list(proof.thread or (proof.text,))
    assert [one.alt for one in preview.media] == [one.alt_text for one in proof.assets]
    comment: str = getattr(proof.extras, "first_comment", "")
    assert "".join(part.text for part in preview.first_comment) == comment


@pytest.mark.parametrize("platform", Platform)
def test_a_preview_loads_nothing_but_our_own_media(platform: Platform) -> None:
    html = drawn(shown(platform))

    for attribute in ("src=", "poster=", "data=", "style=", "url("):
        for piece in html.split(attribute)[1:]:
            assert attribute == "src=", piece[:80]
            assert piece.startswith('"/media/'), piece[:80]


@given(WORDS, WORDS, st.integers(1, 40), st.integers(0, 40), st.integers(0, 20))
def test_a_fold_loses_no_letter(one: str, two: str, fold: int, at: int, length: int) -> None:
    text = f"{one} {two}"
    lines = 2
    look = TextLook(fold=fold, desktop=fold + 10, lines=lines, shortens=True)
    facts = [FactSpan(min(at, len(text)), min(at + length, len(text)), 1, is_claim=False)]

    found = fold_text(text, look, facts)

    assert "".join(part.text for part in found.parts) == text
    head = "".join(part.text for part in found.head)
    assert len(head) <= fold or head == text
    assert head.count("\n") <= lines


def test_a_phone_folds_before_a_desktop_browser_on_linkedin() -> None:
    folded = shown(Platform.LINKEDIN, Draft(text="word " * 100)).items[0].text

    head, between = ("".join(p.text for p in parts) for parts in (folded.head, folded.between))
    assert rules_for(Platform.LINKEDIN).advice.fold == 140
    assert 125 < len(head) <= 140
    assert 200 < len(head + between) <= 210
    assert folded.rest


def test_a_link_is_never_cut_by_the_fold_nor_by_a_fact() -> None:
    text = f"{'w' * 100} {LINK} and more words that stand behind the fold of this caption"
    found = fold_text(text, TextLook(fold=120), [FactSpan(110, 125, 1, is_claim=True)])

    assert [part.text for part in found.parts if part.kind is PartKind.LINK] == [LINK]
    assert LINK not in "".join(part.text for part in found.head)


def test_instagram_makes_no_link_of_an_address() -> None:
    parts = shown(Platform.INSTAGRAM).items[0].text.parts

    assert {part.kind for part in parts} == {PartKind.WORDS, PartKind.TAG}


def test_x_cuts_a_link_and_the_preview_lists_it_in_full() -> None:
    preview = shown(Platform.X)
    links = [part for part in preview.items[0].text.parts if part.kind is PartKind.LINK]

    assert [part.shown for part in links] == ["example.org/notes/2026/11/qui\u2026"]
    assert preview.links == (LINK,)
    assert LINK in drawn(preview)


def test_a_thread_shows_each_of_its_posts() -> None:
    preview = shown(Platform.X)

    assert preview.form == "Thread of 3"
    assert len(preview.items) == 3
    assert "3 of 3" in drawn(preview)


def test_the_full_stop_after_a_mention_is_the_sentence_s() -> None:
    parts = fold_text("Thanks @acme_ops. And @ops@example.social.", TextLook()).parts

    mentions = [part.text for part in parts if part.kind is PartKind.MENTION]
    assert mentions == ["@acme_ops", "@ops@example.social"]


def test_facts_and_claims_are_marked_with_their_numbers() -> None:
    parts = shown(Platform.LINKEDIN).items[0].text.parts

    marked = {part.fact: (part.text, part.is_claim) for part in parts if part.fact}
    assert marked == {1: ("38 per cent", False), 2: ("twelve teams", True)}


def test_a_sentence_that_the_source_carries_is_not_marked_and_one_that_it_does_not_is() -> None:
    text = "It opened in 2026. Everybody loved it."
    carried = fact(text, "It opened in 2026.", origin=FactOrigin.SOURCE)
    year = fact(text, "2026", origin=FactOrigin.SOURCE)
    invented = fact(text, "Everybody loved it.")
    kinds = [FactKind.STATEMENT, FactKind.NUMBER, FactKind.STATEMENT]
    facts = (carried, year, invented)
    told = tuple(one.model_copy(update={"kind": k}) for one, k in zip(facts, kinds, strict=True))
    preview = preview_of(view_of(Platform.X, Draft(text=text), facts=told), media_url)

    assert preview is not None
    marked = {part.fact: part.text for part in preview.items[0].text.parts if part.fact}
    assert marked == {2: "2026", 3: "Everybody loved it."}


def test_facts_of_another_text_are_not_marked() -> None:
    view = view_of(Platform.X, Draft(text="Short."), facts=(fact(LONG, "twelve teams"),))
    preview = preview_of(view, media_url)

    assert preview is not None
    assert not any(part.fact for part in preview.items[0].text.parts)


@pytest.mark.parametrize(
    ("platform", "gallery", "form"),
    [
        (Platform.INSTAGRAM, Gallery.CAROUSEL, "Carousel of 4"),
        (Platform.MASTODON, Gallery.GRID, "Post"),
        (Platform.TIKTOK, Gallery.FILM, "Film"),
        (Platform.YOUTUBE, Gallery.FILM, "Short"),
        (Platform.LINKEDIN, Gallery.DOCUMENT, "Document"),
        (Platform.PINTEREST, Gallery.SINGLE, "Pin"),
        (Platform.GOOGLEBUSINESS, Gallery.SINGLE, "Event"),
        (Platform.FACEBOOK, Gallery.NONE, "Post"),
    ],
)
def test_media_stand_as_the_network_shows_them(
    platform: Platform, gallery: Gallery, form: str
) -> None:
    preview = shown(platform)

    assert (preview.gallery, preview.form) == (gallery, form)


def test_a_story_fills_the_screen() -> None:
    draft = Draft(text="", extras=InstagramExtras(form=PostForm.STORY))
    preview = preview_of(view_of(Platform.INSTAGRAM, draft, picture()), media_url)

    assert preview is not None
    assert (preview.gallery, preview.form) == (Gallery.FILM, "Story")


def test_the_poster_frame_of_a_film_is_the_chosen_one() -> None:
    extras = InstagramExtras(thumbnail_offset_ms=2500)
    view = view_of(Platform.INSTAGRAM, Draft(text="A reel", extras=extras), film())
    preview = preview_of(view, media_url)

    assert preview is not None
    assert preview.media[0].src == "/media/1#t=2.5"


def test_a_card_shows_no_picture_of_strangers() -> None:
    preview = shown(Platform.FACEBOOK)

    assert preview.items[0].card is not None
    assert preview.items[0].card.title == CARD.title
    assert CARD.thumbnail_url not in drawn(preview)


def test_a_network_that_makes_its_own_card_is_told_as_a_guess() -> None:
    card = shown(Platform.X).items[0].card

    assert card is not None
    assert (card.host, card.is_guess) == ("example.org", True)


def test_beside_media_there_is_no_card() -> None:
    draft = Draft(text=f"See {LINK}", extras=LinkedInExtras())
    preview = preview_of(view_of(Platform.LINKEDIN, draft, picture()), media_url)

    assert preview is not None
    assert preview.items[0].card is None


def test_markup_of_a_stranger_is_shown_as_text() -> None:
    hostile = '<img src=x onerror=alert(1)> <b>"bold"</b>'
    html = drawn(shown(Platform.X, Draft(text=hostile)))

    assert "&lt;img src=x onerror=alert(1)&gt;" in html
    assert "<b>&#34;bold" not in html


def test_another_variant_than_the_picked_one_says_when_its_pictures_are_made() -> None:
    view = SAMPLES[Platform.INSTAGRAM]
    assert view.draft is not None
    other = Variant(draft=Draft(text="Another opening."))
    changes: PostViewChanges = {"variants": (Variant(draft=view.draft), other)}
    second = preview_of(view.replace(**changes), media_url, pick=2)

    assert second is not None
    assert second.media == ()
    assert "when it is picked" in second.media_note
    assert text_of(second) == ["Another opening."]


def test_a_post_without_a_draft_has_no_preview() -> None:
    assert preview_of(SAMPLES[Platform.X].replace(draft=None), media_url) is None


def test_a_missing_alt_text_is_told() -> None:
    preview = shown(Platform.MASTODON)
    bare = replace(preview.media[0], alt="")
    item = replace(preview.items[0], media=(bare,))
    html = drawn(replace(preview, items=(item,)))

    assert "which has no alt text" in html
    assert "No alt text." in html


def test_what_nobody_sees_is_written_out_in_every_place_of_a_preview() -> None:
    hidden = "\ufe00"  # what the proof leaves in: after letters it has no effect
    extras = MastodonExtras(spoiler=f"a{hidden}b")
    view = view_of(
        Platform.MASTODON, Draft(text=f"c{hidden}d", extras=extras), picture(alt=f"e{hidden}f")
    )
    found = preview_of(view.model_copy(update={"channel_name": f"g{hidden}h"}), media_url)
    assert found
    html = drawn(found)

    assert html.count("U+FE00") == 4
    # Only in the attribute that a screen reader is given.
    assert html.count(hidden) == html.count(f'alt="e{hidden}f"') == 1


def test_a_first_revision_shows_no_change_that_only_its_media_brought() -> None:
    """The link card gives way to the picture, and nobody changed a thing."""
    draft = Draft(text=LONG, extras=LinkedInExtras(link_card=CARD))
    bare = view_of(Platform.LINKEDIN, draft).replace(staged=())
    first = with_proof(PostSnapshot(view=bare), bare.replace(draft=None, digest="")).view
    made = with_proof(PostSnapshot(view=first.replace(staged=(picture(),))), first).view
    moved = with_proof(PostSnapshot(view=made.replace(due_at=LATER)), made).view
    edited = with_proof(
        PostSnapshot(view=moved.replace(revision=2, draft=draft.model_copy(update={"text": "B"}))),
        moved,
    ).view

    assert differences(made)[1] == []
    assert [one.field for one in differences(moved)[1]] == ["Time"]
    assert differences(edited)[0] == 1
    assert "Text" in [one.field for one in differences(edited)[1]]
    anew = with_proof(PostSnapshot(view=edited.replace(staged=(picture(2),))), edited).view
    assert "Text" in [one.field for one in differences(anew)[1]]
