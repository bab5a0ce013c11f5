"""Pictures and videos from Replicate: billed once, stored in time, or said why not."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.generation.generating import GeneratingMedia
from galley.clients.storage import ObjectStore
from galley.costs.spending import campaign_folder, spending_of
from galley.media.probe import probe
from galley.models import (
    AwaitMedia,
    Ceilings,
    Channel,
    Draft,
    GenerationOutcome,
    MediaClaim,
    MediaOrdered,
    MediaOutcome,
    OrderKind,
    OrderMedia,
    Platform,
)
from tests import replicate_emulator as there
from tests.generation import PICTURES, generator

pytestmark = pytest.mark.server

DRAFT = Draft(text="The ferry leaves at nine.", headline="Nine, not ten")
PRICE = 3_000
"""Micros of one picture."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with there.replicate_emulator() as address:
        yield address


@pytest.fixture
def emulator(server: str) -> str:
    there.clear(server)
    return server


class Studio:
    """The three steps of one post."""

    def __init__(self, activities: GeneratingMedia) -> None:
        self._activities = activities

    async def order(self, **changes: object) -> MediaOrdered:
        task = order().model_copy(update=changes)
        return await ActivityEnvironment().run(self._activities.order_media, task)

    async def wait(self, ordered: MediaOrdered) -> MediaOutcome:
        task = awaited(ordered)
        return await ActivityEnvironment().run(self._activities.await_media, task)

    async def keep(self, ordered: MediaOrdered, cost: int | None = 0) -> MediaOutcome:
        task = awaited(ordered).model_copy(update={"cost_micros": cost})
        return await ActivityEnvironment().run(self._activities.store_media, task)


def order() -> OrderMedia:
    return OrderMedia(
        kind=OrderKind.IMAGE,
        post_key="k:c1",
        channel=Channel(id="c1", name="main", platform=Platform.INSTAGRAM),
        draft=DRAFT,
        asker="run-1",
    )


def awaited(ordered: MediaOrdered, kind: OrderKind = OrderKind.IMAGE) -> AwaitMedia:
    return AwaitMedia(
        kind=kind,
        order=ordered.order,
        prediction_id=ordered.prediction_id,
        alt_text=ordered.alt_text,
    )


New = Callable[..., GeneratingMedia]


@pytest.fixture
async def new(state_store: ObjectStore, emulator: str) -> AsyncIterator[New]:
    """Give a function that makes the activities by settings of a test's own."""
    made = list[GeneratingMedia]()

    def make(**told: Any) -> GeneratingMedia:  # noqa: ANN401 -- settings by name
        made.append(generator(state_store, emulator, **told))
        return made[-1]

    yield make
    for one in made:
        await one.aclose()


@pytest.fixture
def studio(new: New) -> Studio:
    return Studio(new(ceilings=Ceilings(campaign=1_000_000)))


def made(emulator: str) -> int:
    return len(there.predictions(emulator))


async def spent(store: ObjectStore) -> int:
    return spending_of(await store.names(campaign_folder("k"))).micros


async def test_a_picture_is_ordered_waited_for_and_staged_with_where_it_is_from(
    studio: Studio, state_store: ObjectStore, emulator: str
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
    assert there.tokens_at_files(emulator) == 0


async def test_no_address_of_the_provider_leaves_a_step(
    studio: Studio, emulator: str
) -> None:
    ordered = await studio.order()
    waited = await studio.wait(ordered)
    kept = await studio.keep(ordered)

    told = "".join(one.model_dump_json() for one in (ordered, waited, kept))
    assert "delivery" not in told
    assert emulator not in told


async def test_what_was_made_for_a_draft_is_not_made_again(
    studio: Studio, emulator: str
) -> None:
    ordered = await studio.order()
    await studio.wait(ordered)
    kept = await studio.keep(ordered)
    before = made(emulator)

    again = await studio.order(asker="run-2")

    assert again.asset == kept.asset
    assert made(emulator) == before


async def test_an_order_is_made_once_however_often_it_is_asked_for(
    studio: Studio, emulator: str
) -> None:
    first = await studio.order()
    before = made(emulator)
    again = await studio.order()
    other = await studio.order(asker="run-2")

    assert again.prediction_id == other.prediction_id == first.prediction_id
    assert (first.is_new, again.is_new, other.is_new) == (True, True, False)
    assert made(emulator) == before


async def test_an_order_whose_reply_was_lost_is_found_by_its_prompt(
    studio: Studio, emulator: str
) -> None:
    await studio.order(draft=Draft(text="Another post of that minute."))
    before = made(emulator)
    there.order(emulator, "lost_reply")
    with pytest.raises(ApplicationError) as failed:
        await studio.order()
    assert not failed.value.non_retryable

    found = await studio.order()

    assert made(emulator) == before + 1
    assert list(there.predictions(emulator))[-1] == found.prediction_id
    assert found.is_new


async def test_an_order_that_cannot_be_found_yet_is_not_made_again(
    new: New, emulator: str
) -> None:
    studio = Studio(new(settled=timedelta(minutes=2)))
    there.order(emulator, "http_500")
    with pytest.raises(ApplicationError, match="500"):
        await studio.order()
    with pytest.raises(ApplicationError) as failed:
        await studio.order()

    assert failed.value.next_retry_delay is not None
    assert timedelta(minutes=1) < failed.value.next_retry_delay


async def test_an_order_that_is_made_once_more_is_waited_for_as_the_first_was(
    new: New, emulator: str, state_store: ObjectStore
) -> None:
    studio = Studio(new(settled=timedelta(minutes=2)))
    there.order(emulator, "http_500")
    with pytest.raises(ApplicationError, match="500"):
        await studio.order()
    (name,) = [n for n in await state_store.names("generated/") if "order" in n]
    held, version = await state_store.read_versioned(name)
    claim = MediaClaim.model_validate_json(held or b"")
    long_ago = claim.model_copy(update={"made_at": claim.made_at - timedelta(0, 180)})
    body = long_ago.model_dump_json().encode()
    await state_store.replace(name, body, "application/json", version)
    there.order(emulator, "http_500")
    with pytest.raises(ApplicationError, match="500"):
        await studio.order()
    before = made(emulator)

    with pytest.raises(ApplicationError, match="looked for again"):
        await studio.order()
    assert made(emulator) == before


async def test_what_is_unsafe_is_an_outcome_and_says_no_address(
    studio: Studio, emulator: str
) -> None:
    there.order(emulator, "flagged")
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
async def test_each_end_has_a_name_and_a_cost(  # noqa: PLR0913, PLR0917 -- a table
    studio: Studio,
    state_store: ObjectStore,
    emulator: str,
    fault: str,
    outcome: GenerationOutcome,
    cost: int,
) -> None:
    there.order(emulator, fault)
    ordered = await studio.order()
    if fault in {"hangs", "never_starts"}:
        await until_it_runs(emulator, ordered, runs=fault == "hangs")
        there.skip(emulator, 301)

    found = await studio.wait(ordered)

    assert (found.outcome, found.cost_micros) == (outcome, cost)
    assert await spent(state_store) == cost


async def until_it_runs(emulator: str, ordered: MediaOrdered, *, runs: bool) -> None:
    wanted = "processing" if runs else "starting"
    async with asyncio.timeout(60):
        while there.predictions(emulator)[ordered.prediction_id] != wanted:  # noqa: ASYNC110 -- another process
            await asyncio.sleep(0.05)


async def test_what_was_not_stored_in_time_is_expired_and_was_billed(
    studio: Studio, emulator: str
) -> None:
    ordered = await studio.order()
    waited = await studio.wait(ordered)
    there.skip(emulator, 3700)

    kept = await studio.keep(ordered, waited.cost_micros)

    assert (kept.outcome, kept.asset) == (GenerationOutcome.EXPIRED, None)
    assert kept.cost_micros == PRICE


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("no_file", GenerationOutcome.EXPIRED),
        ("broken_file", GenerationOutcome.UNUSABLE),
    ],
)
async def test_a_file_that_is_gone_or_broken_is_an_outcome(
    studio: Studio, emulator: str, fault: str, outcome: GenerationOutcome
) -> None:
    there.order(emulator, fault)
    ordered = await studio.order()
    await studio.wait(ordered)

    assert (await studio.keep(ordered)).outcome is outcome


async def test_a_file_at_a_foreign_host_is_not_fetched(
    studio: Studio, emulator: str
) -> None:
    there.order(emulator, "foreign_file")
    ordered = await studio.order()
    await studio.wait(ordered)

    with pytest.raises(ApplicationError, match="GALLEY_REPLICATE_FILE_HOSTS") as failed:
        await studio.keep(ordered)

    assert failed.value.non_retryable


async def test_a_ceiling_is_never_passed_and_nothing_is_ordered(
    new: New, emulator: str
) -> None:
    studio = Studio(new(ceilings=Ceilings(campaign=PRICE + 1)))
    await studio.order()
    before = made(emulator)

    with pytest.raises(ApplicationError, match="campaign's ceiling") as failed:
        await studio.order(draft=Draft(text="A second one."))

    assert (failed.value.type, failed.value.non_retryable) == ("OverBudget", True)
    assert made(emulator) == before


async def test_a_price_that_is_not_known_is_unknown_not_nothing(new: New) -> None:
    model = "google/nano-banana"
    prices = new(image_model=model)._models  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] -- what is under test
    assert prices[OrderKind.IMAGE].most({}) is not None
    nobody = new(image_model="some/body")._models  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]

    assert nobody[OrderKind.IMAGE].most({}) is None


async def test_nothing_is_paid_for_what_the_model_would_refuse(
    new: New, state_store: ObjectStore, emulator: str
) -> None:
    studio = Studio(new(image_input={"num_outputs": 9}))
    before = made(emulator)

    with pytest.raises(ApplicationError, match="would refuse num_outputs") as failed:
        await studio.order()

    assert failed.value.non_retryable
    assert made(emulator) == before
    assert await state_store.names("costs/") == ()


async def test_a_network_that_takes_no_video_gets_none_ordered(
    studio: Studio, emulator: str
) -> None:
    before = made(emulator)
    channel = Channel(id="c1", name="main", platform=Platform.GOOGLEBUSINESS)

    told = await studio.order(kind=OrderKind.VIDEO, channel=channel)

    assert told.note == "Google Business takes no videos."
    assert made(emulator) == before


async def test_a_video_is_as_long_as_the_model_makes_it(new: New) -> None:
    activities = new()
    studio = Studio(activities)
    ordered = await studio.order(kind=OrderKind.VIDEO)
    task = awaited(ordered, OrderKind.VIDEO)
    await ActivityEnvironment().run(activities.await_media, task)
    kept = await ActivityEnvironment().run(activities.store_media, task)

    assert kept.asset is not None
    assert kept.asset.duration == 4
    assert kept.asset.height > kept.asset.width


async def test_cancelling_the_wait_reaches_replicate(new: New, emulator: str) -> None:
    activities = new()
    there.order(emulator, "hangs")
    ordered = await Studio(activities).order()
    environment = ActivityEnvironment()
    task = awaited(ordered)
    waiting = asyncio.create_task(environment.run(activities.await_media, task))
    before = there.asked(emulator).get("get", 0)
    async with asyncio.timeout(60):
        while there.asked(emulator).get("get", 0) == before:  # noqa: ASYNC110 -- another process
            await asyncio.sleep(0.05)

    environment.cancel()
    stopped = await waiting

    assert stopped.outcome is GenerationOutcome.STOPPED
    assert stopped.cost_micros == PRICE
    assert there.predictions(emulator)[ordered.prediction_id] == "canceled"
