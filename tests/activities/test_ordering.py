"""Transcripts from Replicate: what is theirs alone. The rest is in ``test_orders``."""

from collections.abc import AsyncIterator

import pytest
from temporalio.exceptions import ApplicationError

from galley.clients.storage import ObjectStore
from galley.models.source import Transcript
from galley.sources.recordings import transcript_name
from tests import replicate_emulator as there
from tests.activities.orders import HEARD, MODEL, PART, Terms, Transcripts

pytestmark = pytest.mark.server


@pytest.fixture
async def transcripts(state_store: ObjectStore, replicate: str) -> AsyncIterator[Transcripts]:
    there.tell(replicate, HEARD)
    made = Transcripts(state_store, replicate, Terms())
    yield made
    await made.aclose()


async def test_what_was_heard_is_kept_and_what_it_ran_is_paid(
    transcripts: Transcripts, state_store: ObjectStore
) -> None:
    ordered = await transcripts.order()
    await transcripts.wait(ordered.prediction_id)
    await transcripts.keep(ordered.prediction_id)

    data = await state_store.get(transcript_name(PART, MODEL))
    found = Transcript.model_validate_json(data or b"")
    assert [cue.text for cue in found.cues] == ["The ferry."]
    assert 0 < (await transcripts.spent()).micros < transcripts.most


async def test_without_a_price_it_is_unknown_what_was_paid_and_no_ceiling_is_kept(
    state_store: ObjectStore, replicate: str
) -> None:
    free = Transcripts(state_store, replicate, Terms(ceiling=None), price=None)
    ordered = await free.order()
    await free.wait(ordered.prediction_id)
    await free.aclose()
    held = Transcripts(state_store, replicate, Terms(), price=None)

    with pytest.raises(ApplicationError, match="GALLEY_REPLICATE_USD_PER_SECOND"):
        await held.order(number=2)

    await held.aclose()
    assert (await free.spent()).has_unknown


async def test_an_output_of_no_known_form_is_final(
    transcripts: Transcripts, replicate: str
) -> None:
    there.tell(replicate, {"image": "x"})
    ordered = await transcripts.order()
    await transcripts.wait(ordered.prediction_id)

    with pytest.raises(ApplicationError, match="Whisper family") as failed:
        await transcripts.keep(ordered.prediction_id)

    assert failed.value.non_retryable
