"""Speech from Replicate: said once for the same words, paid by the letter."""

import pytest
from temporalio.exceptions import ApplicationError

from activities.media.generation import GeneratingMedia
from galley.clients.storage import ObjectStore
from galley.media.sound import listen
from galley.models.budget import Ceilings
from galley.models.draft import Draft
from galley.models.media import MediaKind
from galley.models.media_orders import GenerationOutcome, OrderKind
from tests import replicate_emulator as there
from tests.generation import DRAFT, NewGenerator, Studio

pytestmark = pytest.mark.server

SCRIPT = "Nine, not ten.\nThe ferry leaves at nine."
MODEL = "minimax/speech-2.8-turbo"
PRICE = len(SCRIPT) * 60
"""Micros: $0.06 for a thousand characters."""


@pytest.fixture
def reader(new_generator: NewGenerator) -> Studio:
    ceilings = Ceilings(campaign=1_000_000)
    return Studio(new_generator(ceilings=ceilings, speech_model=MODEL), OrderKind.SPEECH)


async def test_speech_is_ordered_waited_for_and_staged_with_its_words_and_cost(
    reader: Studio, state_store: ObjectStore
) -> None:
    order = await reader.order()
    found = await reader.wait(order)
    stored = await reader.keep(order, PRICE)

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
    reader: Studio, replicate: str
) -> None:
    order = await reader.order()
    await reader.wait(order)
    stored = await reader.keep(order, PRICE)

    again = await reader.order(
        draft=DRAFT.model_copy(update={"alt_text": "A film."}), asker="run-2"
    )

    assert again.asset == stored.asset
    assert len(there.made(replicate)) == 1


async def test_a_lost_order_is_found_by_its_words_but_never_one_that_failed(
    reader: Studio, replicate: str
) -> None:
    there.order(replicate, "fails")
    failed = await reader.order(post_key="k:c2")
    assert (await reader.wait(failed)).outcome is GenerationOutcome.FAILED
    there.order(replicate, "lost_reply")
    with pytest.raises(ApplicationError):
        await reader.order()

    found = await reader.order()

    assert there.made(replicate) == [failed.prediction_id, found.prediction_id]


async def test_a_picture_in_place_of_speech_is_not_used(
    reader: Studio, generating: GeneratingMedia
) -> None:
    order = await reader.order()
    picture = await Studio(generating).order()
    other = order.model_copy(update={"prediction_id": picture.prediction_id})
    await reader.wait(other)

    assert (await reader.keep(other)).outcome is GenerationOutcome.UNUSABLE


async def test_a_draft_that_cannot_be_said_orders_nothing(reader: Studio, replicate: str) -> None:
    with pytest.raises(ApplicationError, match="no words") as failed:
        await reader.order(draft=Draft(text="https://example.com/"))

    assert failed.value.non_retryable
    assert not there.made(replicate)
