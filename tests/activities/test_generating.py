"""Pictures and videos from Replicate: what is theirs alone, beside ``test_orders``."""

import asyncio

import pytest
from temporalio.exceptions import ApplicationError

from activities.media.generation import GeneratingMedia
from galley.budget.ceilings import campaign_folder, spending_of
from galley.clients.storage import ObjectStore
from galley.media.probe import probe
from galley.models.budget import Ceilings
from galley.models.channel import Channel
from galley.models.draft import Draft
from galley.models.media_orders import GenerationOutcome, MediaOrdered, OrderKind
from galley.models.network import Platform
from tests import replicate_emulator as there
from tests.generation import PICTURES, NewGenerator, Studio

pytestmark = pytest.mark.server

PRICE = 3_000
"""Micros of one picture."""


@pytest.fixture
def studio(new_generator: NewGenerator) -> Studio:
    return Studio(new_generator(ceilings=Ceilings(campaign=1_000_000)))


async def spent(store: ObjectStore) -> int:
    return spending_of(await store.names(campaign_folder("k"))).micros


async def test_a_picture_is_staged_with_where_it_is_from_and_no_address_of_there(
    studio: Studio, state_store: ObjectStore, replicate: str
) -> None:
    ordered = await studio.order()
    waited = await studio.wait(ordered)
    kept = await studio.keep(ordered, waited.cost_micros)

    assert ordered.is_new
    assert (waited.outcome, waited.cost_micros) == (GenerationOutcome.DONE, PRICE)
    assert kept.asset is not None
    assert kept.asset.origin is not None
    assert kept.asset.origin.model == PICTURES
    assert kept.asset.origin.prediction_id == ordered.prediction_id
    assert kept.asset.origin.cost_micros == PRICE
    assert kept.asset.alt_text == "A generated picture, made for: Nine, not ten"
    seen = probe(await state_store.get(kept.asset.staged_as) or b"")
    assert abs(seen.width / seen.height - 4 / 5) < 0.02  # as the network's pictures are
    assert there.tokens_at_files(replicate) == 0
    told = "".join(one.model_dump_json() for one in (ordered, waited, kept))
    assert "delivery" not in told
    assert replicate not in told
    assert (await studio.order(asker="run-2")).asset == kept.asset


async def test_an_order_whose_reply_was_lost_is_found_by_its_prompt(
    studio: Studio, replicate: str
) -> None:
    await studio.order(draft=Draft(text="Another post of that minute."))
    there.order(replicate, "lost_reply")
    with pytest.raises(ApplicationError):
        await studio.order()

    found = await studio.order()

    assert there.made(replicate).index(found.prediction_id) == 1
    assert len(there.made(replicate)) == 2


async def test_what_is_unsafe_is_an_outcome_and_says_no_address(
    studio: Studio, replicate: str
) -> None:
    there.order(replicate, "flagged")
    refused = await studio.wait(await studio.order())

    assert refused.outcome is GenerationOutcome.REFUSED
    assert "flagged as sensitive" in refused.message
    assert "://" not in refused.message


@pytest.mark.parametrize(
    ("fault", "outcome", "cost"),
    [
        ("nsfw", GenerationOutcome.REFUSED, PRICE),
        ("fails", GenerationOutcome.FAILED, PRICE),
        ("hangs", GenerationOutcome.CANCELED, PRICE),
        ("never_starts", GenerationOutcome.ABORTED, 0),
    ],
)
async def test_each_end_has_a_name_and_a_cost(
    studio: Studio,
    state_store: ObjectStore,
    replicate: str,
    fault: str,
    outcome: GenerationOutcome,
    cost: int,
) -> None:
    there.order(replicate, fault)
    ordered = await studio.order()
    if fault in {"hangs", "never_starts"}:
        await until_it_runs(replicate, ordered, runs=fault == "hangs")
        there.skip(replicate, 301)

    found = await studio.wait(ordered)

    assert (found.outcome, found.cost_micros) == (outcome, cost)
    assert await spent(state_store) == cost


async def until_it_runs(replicate: str, ordered: MediaOrdered, *, runs: bool) -> None:
    wanted = "processing" if runs else "starting"
    async with asyncio.timeout(60):
        while there.predictions(replicate)[ordered.prediction_id] != wanted:  # noqa: ASYNC110 -- another process
            await asyncio.sleep(0.05)


async def test_what_was_not_stored_in_time_is_expired_and_was_billed(
    studio: Studio, replicate: str
) -> None:
    ordered = await studio.order()
    waited = await studio.wait(ordered)
    there.skip(replicate, 3700)

    kept = await studio.keep(ordered, waited.cost_micros)

    assert (kept.outcome, kept.asset) == (GenerationOutcome.EXPIRED, None)
    assert kept.cost_micros == PRICE


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [("no_file", GenerationOutcome.EXPIRED), ("broken_file", GenerationOutcome.UNUSABLE)],
)
async def test_a_file_that_is_gone_or_broken_is_an_outcome(
    studio: Studio, replicate: str, fault: str, outcome: GenerationOutcome
) -> None:
    there.order(replicate, fault)
    ordered = await studio.order()
    await studio.wait(ordered)

    assert (await studio.keep(ordered)).outcome is outcome


async def test_a_file_at_a_foreign_host_is_not_fetched(studio: Studio, replicate: str) -> None:
    there.order(replicate, "foreign_file")
    ordered = await studio.order()
    await studio.wait(ordered)

    with pytest.raises(ApplicationError, match="GALLEY_REPLICATE_FILE_HOSTS") as failed:
        await studio.keep(ordered)

    assert failed.value.non_retryable


async def test_nothing_is_paid_for_what_the_model_would_refuse(
    new_generator: NewGenerator, state_store: ObjectStore, replicate: str
) -> None:
    studio = Studio(new_generator(image_input={"num_outputs": 9}))

    with pytest.raises(ApplicationError, match="would refuse num_outputs") as failed:
        await studio.order()

    assert failed.value.non_retryable
    assert there.made(replicate) == []
    assert await state_store.names("costs/") == ()


async def test_a_network_that_takes_no_video_gets_none_ordered(
    studio: Studio, replicate: str
) -> None:
    channel = Channel(id="c1", name="main", platform=Platform.GOOGLEBUSINESS)

    told = await studio.order(kind=OrderKind.VIDEO, channel=channel)

    assert told.note == "Google Business takes no videos."
    assert there.made(replicate) == []


async def test_a_price_that_is_not_known_is_unknown_not_nothing(
    new_generator: NewGenerator,
) -> None:
    model = "google/nano-banana"
    prices = new_generator(image_model=model)._models  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] -- what is under test
    assert prices[OrderKind.IMAGE].most({}) is not None
    nobody = new_generator(image_model="some/body")._models  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]

    assert nobody[OrderKind.IMAGE].most({}) is None


async def test_a_video_is_as_long_as_the_model_makes_it(generating: GeneratingMedia) -> None:
    studio = Studio(generating, OrderKind.VIDEO)
    ordered = await studio.order()
    await studio.wait(ordered)
    kept = await studio.keep(ordered)

    assert kept.asset is not None
    assert kept.asset.duration == 4
    assert kept.asset.height > kept.asset.width
