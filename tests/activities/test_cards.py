"""The card that was asked for, or a quote card and a note to the reviewer."""

import pytest
from temporalio.testing import ActivityEnvironment

from activities.media.cards import CardMedia
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
