"""The card that was asked for, or a quote card and a note to the reviewer."""

import io

import pytest
from PIL import Image
from pypdf import PdfReader
from temporalio.testing import ActivityEnvironment

from activities.media.cards import CardMedia
from activities.staging import stage
from galley.clients.storage import ObjectStore
from galley.media.plan import problems_of
from galley.media.probe import probe, probe_document
from galley.models.draft import Slide
from galley.models.media import CardKind, MediaKind
from galley.models.media_orders import RenderMedia, RenderReply
from galley.models.network import Platform
from galley.models.source import SourceDocument, SourceKind
from galley.networks.registry import rules_for
from tests.activities.test_media import task_for
from tests.asking import asking
from tests.media.test_photos import jpeg

pytestmark = pytest.mark.server

WHOLE = """\
Words that say what happened.

- Retries are the server's
- Timers last for months
- State is in a log

Month | p99 latency
Jan | 420 ms
Feb | 310 ms
Mar | 95 ms

```python
await workflow.sleep(30)
```"""


async def rendered(
    state: ObjectStore,
    card: CardKind,
    text: str = WHOLE,
    platform: Platform = Platform.LINKEDIN,
    **changes: object,
) -> RenderReply:
    document = SourceDocument(
        kind=SourceKind.MARKDOWN,
        title="A month with durable workflows",
        author="Field Notes",
        text=text,
    )
    task = task_for(platform)
    name = f"sources/{task.source.sha256}.json"
    await state.delete(name)
    data = document.model_dump_json().encode()
    await state.put_if_absent(name, data, "application/json")
    task = asking(task.model_copy(update=changes), card=card)
    return await ActivityEnvironment().run(CardMedia(state).render_media, task)


@pytest.mark.parametrize(
    ("card", "said"),
    [
        (CardKind.QUOTE, "Ship it on Friday."),
        (CardKind.TITLE, "A month with durable workflows Field Notes"),
        (CardKind.LIST, "Ship it on Friday. Retries are the server's; Timers last"),
        (CardKind.CHART, "Ship it on Friday. p99 latency: Jan 420 ms; Feb 310 ms;"),
        (CardKind.CODE, "Ship it on Friday. await workflow.sleep(30)"),
    ],
)
async def test_a_card_that_was_asked_for_is_drawn_where_media_is_optional_too(
    card: CardKind, said: str, state_store: ObjectStore
) -> None:
    reply = await rendered(state_store, card)

    (asset,) = reply.assets
    assert asset.alt_text.startswith(said)
    assert reply.notes == ()
    data = await state_store.get(asset.staged_as)
    assert problems_of(probe(data or b""), Platform.LINKEDIN) == ()


@pytest.mark.parametrize(
    ("card", "note"),
    [
        (CardKind.LIST, "no list of three"),
        (CardKind.CHART, "no table or list of three to 8 numbers"),
        (CardKind.CODE, "no block of code"),
    ],
)
async def test_what_the_source_has_not_becomes_a_quote_card_with_a_note(
    card: CardKind, note: str, state_store: ObjectStore
) -> None:
    reply = await rendered(state_store, card, "Only words.")
    plain = await rendered(state_store, CardKind.QUOTE, "Only words.")

    assert reply.assets == plain.assets
    assert note in reply.notes[0]
    assert reply.notes[0].endswith("a quote card was drawn.")


async def test_what_has_no_room_becomes_a_quote_card_with_a_note(state_store: ObjectStore) -> None:
    code = "\n".join(["a long line of code that goes on and on and on, on"] * 26)
    reply = await rendered(state_store, CardKind.CODE, f"```\n{code}\n```", Platform.X)

    assert "does not fit the picture" in reply.notes[0]
    assert reply.assets[0].alt_text == "Ship it on Friday."


async def test_code_that_has_no_room_makes_room_for_code_that_has(state_store: ObjectStore) -> None:
    long = "\n".join([f"line_{n} of code that goes on and on and on" for n in range(26)])
    source = f"```\n{long}\n```\n\n```\nferry.ready()\n```"
    reply = await rendered(state_store, CardKind.CODE, source, Platform.X)

    assert reply.assets[0].alt_text.endswith("ferry.ready()")
    assert reply.notes == ()


async def test_a_headline_of_the_widest_letters_loses_words_and_is_not_lettered_smaller(
    state_store: ObjectStore,
) -> None:
    platform = Platform.X
    draft = task_for(platform).draft.model_copy(update={"headline": "WWWWWW MMMMMM " * 22})
    reply = await rendered(state_store, CardKind.QUOTE, platform=platform, draft=draft)

    assert len(reply.assets) == 1
    assert reply.notes == ("The headline was too long for a picture: shorten it.",)


async def test_a_photograph_is_on_the_card_with_its_words_and_small_ones_are_left_out(
    state_store: ObjectStore,
) -> None:
    sun = Image.effect_noise((1500, 1300), 90).convert("RGB")
    colours = Image.linear_gradient("L").resize(sun.size)
    good = jpeg(Image.merge("RGB", (colours, sun.getchannel(0), colours.rotate(180))))
    staged = [
        await stage(state_store, data, probe(data), said, "Photo: NASA")
        for data, said in ((jpeg(sun.resize((300, 300))), "small"), (good, "A sun."))
    ]
    reply = await rendered(state_store, CardKind.PHOTO, photos=tuple(staged))
    (asset,) = reply.assets
    none = await rendered(state_store, CardKind.PHOTO, photos=tuple(staged[:1]))

    assert (asset.alt_text, reply.notes) == ("Ship it on Friday. Photo: A sun.", ())
    card = Image.open(io.BytesIO(await state_store.get(asset.staged_as) or b"")).convert("RGB")
    # A drawn card has few colours, a photograph thousands.
    assert len(card.resize((200, 200)).getcolors(40_000) or []) > 2000
    assert none.assets[0].alt_text == "Ship it on Friday."
    assert "300x300 pixels" in none.notes[0]
    assert none.notes[-1].endswith("a quote card was drawn.")


async def test_the_alt_text_keeps_to_the_networks_limit(state_store: ObjectStore) -> None:
    code = "\n".join([f"call(number_{n}, of_many, and_more)" for n in range(9)])
    reply = await rendered(state_store, CardKind.CODE, f"```\n{code}\n```")

    limit = rules_for(Platform.LINKEDIN).alt_limit
    assert limit is not None
    assert len(reply.assets[0].alt_text) <= limit
    assert reply.assets[0].alt_text.endswith("…")


async def test_slides_stand_in_the_place_of_any_card(state_store: ObjectStore) -> None:
    slides = (Slide(title="One"), Slide(title="Two"))
    draft = task_for(Platform.LINKEDIN).draft.model_copy(update={"slides": slides})
    reply = await rendered(state_store, CardKind.CHART, platform=Platform.X, draft=draft)

    assert [asset.alt_text for asset in reply.assets] == ["One", "Two"]


async def test_a_source_that_is_gone_is_a_final_error(state_store: ObjectStore) -> None:
    task: RenderMedia = asking(task_for(Platform.LINKEDIN), card=CardKind.CHART)
    await state_store.delete(f"sources/{task.source.sha256}.json")
    with pytest.raises(Exception, match="source is gone: start it again with"):
        await ActivityEnvironment().run(CardMedia(state_store).render_media, task)


async def test_linkedin_gets_slides_as_a_document_with_a_title_and_a_cover(
    state_store: ObjectStore,
) -> None:
    slides = tuple(Slide(title=f"Slide {n}", text="What is said.") for n in range(5))
    draft = task_for(Platform.LINKEDIN).draft.model_copy(update={"slides": slides})
    reply = await rendered(state_store, CardKind.QUOTE, draft=draft)
    again = await rendered(state_store, CardKind.QUOTE, draft=draft)

    document, cover = reply.assets
    assert reply == again
    found = probe_document(await state_store.get(document.staged_as) or b"")
    assert (found.pages, found.width, found.height) == (5, 1080, 1350)
    assert (document.kind, document.mime) == (MediaKind.DOCUMENT, "application/pdf")
    assert document.alt_text == "Ship it on Friday."
    assert document.staged_as == f"staging/{document.sha256}.pdf"
    assert (cover.kind, cover.width, cover.height) == (MediaKind.IMAGE, 1080, 1350)


async def test_only_the_slide_that_does_not_fit_loses_words(state_store: ObjectStore) -> None:
    said = "What happened, told in a sentence that has more than forty letters."
    wide = Slide(title="WWWWWW MMMMMM " * 22, text="WWWWWW MMMMMM " * 22)
    slides = (Slide(title="One", text=said), wide, Slide(title="Three", text=said))
    draft = task_for(Platform.LINKEDIN).draft.model_copy(update={"slides": slides})
    reply = await rendered(state_store, CardKind.QUOTE, draft=draft)

    document = await state_store.get(reply.assets[0].staged_as) or b""
    pages = [
        " ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(document)).pages
    ]
    assert [said in page for page in pages] == [True, False, True]
    assert "…" in pages[1]
    assert reply.notes == ("The words of a slide were too long for a picture: shorten them.",)
