"""Speech from Replicate: said once for the same words, paid by the letter."""

from collections.abc import AsyncIterator, Iterator

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.generation.generating import GeneratingMedia
from galley.clients.storage import ObjectStore
from galley.media.speech import listen
from galley.models import (
    AwaitMedia,
    Ceilings,
    Channel,
    Draft,
    GenerationOutcome,
    MediaKind,
    MediaOrdered,
    MediaOutcome,
    OrderKind,
    OrderMedia,
    Platform,
)
from tests import replicate_emulator as there
from tests.generation import generator

pytestmark = pytest.mark.server

DRAFT = Draft(text="The ferry leaves at nine.", headline="Nine, not ten")
SCRIPT = "Nine, not ten.\nThe ferry leaves at nine."
MODEL = "minimax/speech-2.8-turbo"
PRICE = len(SCRIPT) * 60
"""Micros: $0.06 for a thousand characters."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with there.replicate_emulator() as address:
        yield address


@pytest.fixture
def emulator(server: str) -> str:
    there.clear(server)
    return server


@pytest.fixture
async def reader(
    state_store: ObjectStore, emulator: str
) -> AsyncIterator[GeneratingMedia]:
    ceilings = Ceilings(campaign=1_000_000)
    made = generator(state_store, emulator, ceilings, speech_model=MODEL)
    yield made
    await made.aclose()


async def ordered(reader: GeneratingMedia, **changes: object) -> MediaOrdered:
    task = OrderMedia(
        kind=OrderKind.SPEECH,
        post_key="k:c1",
        channel=Channel(id="c1", name="main", platform=Platform.TIKTOK),
        draft=DRAFT,
        asker="run-1",
    )
    task = task.model_copy(update=changes)
    return await ActivityEnvironment().run(reader.order_media, task)


async def waited(reader: GeneratingMedia, order: MediaOrdered) -> MediaOutcome:
    return await ActivityEnvironment().run(reader.await_media, awaited(order))


async def kept(reader: GeneratingMedia, order: MediaOrdered) -> MediaOutcome:
    task = awaited(order).model_copy(update={"cost_micros": PRICE})
    return await ActivityEnvironment().run(reader.store_media, task)


def awaited(order: MediaOrdered) -> AwaitMedia:
    return AwaitMedia(
        kind=OrderKind.SPEECH,
        order=order.order,
        prediction_id=order.prediction_id,
        alt_text=order.alt_text,
    )


async def test_speech_is_ordered_waited_for_and_staged_with_its_words_and_cost(
    reader: GeneratingMedia, state_store: ObjectStore
) -> None:
    order = await ordered(reader)
    found = await waited(reader, order)
    stored = await kept(reader, order)

    assert (found.outcome, found.cost_micros) == (GenerationOutcome.DONE, PRICE)
    assert stored.asset is not None
    assert stored.asset.kind is MediaKind.SOUND
    assert stored.asset.alt_text == SCRIPT
    assert stored.asset.origin is not None
    assert stored.asset.origin.model == MODEL
    assert stored.asset.origin.cost_micros == PRICE
    data = await state_store.get(stored.asset.staged_as) or b""
    assert listen(data).duration == pytest.approx(stored.asset.duration)


async def test_the_same_words_are_said_once_whatever_else_of_the_draft_changes(
    reader: GeneratingMedia, emulator: str
) -> None:
    order = await ordered(reader)
    await waited(reader, order)
    stored = await kept(reader, order)
    before = len(there.predictions(emulator))

    again = await ordered(
        reader, draft=DRAFT.model_copy(update={"alt_text": "A film."}), asker="run-2"
    )

    assert again.asset == stored.asset
    assert len(there.predictions(emulator)) == before


async def test_a_lost_order_is_found_by_its_words_but_never_one_that_failed(
    reader: GeneratingMedia, emulator: str
) -> None:
    there.order(emulator, "fails")
    failed = await ordered(reader, post_key="k:c2")
    assert (await waited(reader, failed)).outcome is GenerationOutcome.FAILED
    before = len(there.predictions(emulator))
    there.order(emulator, "lost_reply")
    with pytest.raises(ApplicationError):
        await ordered(reader)

    found = await ordered(reader)

    assert len(there.predictions(emulator)) == before + 1
    assert found.prediction_id == list(there.predictions(emulator))[-1]


async def test_a_picture_in_place_of_speech_is_not_used(
    reader: GeneratingMedia, state_store: ObjectStore, emulator: str
) -> None:
    order = await ordered(reader)
    painter = generator(state_store, emulator)
    picture = await ActivityEnvironment().run(
        painter.order_media,
        OrderMedia(
            kind=OrderKind.IMAGE,
            post_key="k:c1",
            channel=Channel(id="c1", name="main", platform=Platform.INSTAGRAM),
            draft=DRAFT,
            asker="run-1",
        ),
    )
    await painter.aclose()
    other = order.model_copy(update={"prediction_id": picture.prediction_id})
    await waited(reader, other)

    assert (await kept(reader, other)).outcome is GenerationOutcome.UNUSABLE


async def test_what_is_unsafe_is_refused_by_name(
    reader: GeneratingMedia, emulator: str
) -> None:
    there.order(emulator, "flagged")

    found = await waited(reader, await ordered(reader))

    assert found.outcome is GenerationOutcome.REFUSED


async def test_a_draft_that_cannot_be_said_orders_nothing(
    reader: GeneratingMedia, emulator: str
) -> None:
    before = len(there.predictions(emulator))

    with pytest.raises(ApplicationError, match="no words") as failed:
        await ordered(reader, draft=Draft(text="https://example.com/"))

    assert failed.value.non_retryable
    assert len(there.predictions(emulator)) == before
