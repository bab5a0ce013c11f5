"""What is ordered on Replicate is paid once, whatever happens on the way.

One set of rules for pictures and transcripts. What is different with either stands in
``test_generating``, ``test_speaking`` and ``test_ordering``.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from galley.clients.storage import ObjectStore
from tests import replicate_emulator as there
from tests.activities.orders import HEARD, Orders, Pictures, Terms, Transcripts

pytestmark = pytest.mark.server

LATER = timedelta(minutes=2)
New = Callable[[Terms], Orders]


@pytest.fixture(params=[Pictures, Transcripts], ids=["picture", "transcript"])
async def new(
    request: pytest.FixtureRequest, state_store: ObjectStore, replicate: str
) -> AsyncIterator[New]:
    """Give a function that makes what orders, under a test's own terms."""
    there.tell(replicate, HEARD)
    made = list[Orders]()

    def make(terms: Terms) -> Orders:
        made.append(request.param(state_store, replicate, terms))
        return made[-1]

    yield make
    for one in made:
        await one.aclose()


@pytest.fixture
def orders(new: New) -> Orders:
    return new(Terms())


async def test_what_was_ordered_is_waited_for_and_kept_and_not_ordered_again(
    orders: Orders, replicate: str
) -> None:
    ordered = await orders.order()
    waited = await orders.wait(ordered.prediction_id)
    kept = await orders.keep(ordered.prediction_id)
    again = await orders.order(asker="run-2")

    assert ordered.is_new
    assert (waited.outcome, kept.outcome) == ("done", "done")
    assert not again.prediction_id
    assert len(there.made(replicate)) == 1


async def test_an_order_is_made_once_however_often_it_is_asked_for(
    orders: Orders, replicate: str
) -> None:
    first = await orders.order()
    again = await orders.order()
    other = await orders.order(asker="run-2")

    assert [first.prediction_id] * 2 == [again.prediction_id, other.prediction_id]
    assert (first.is_new, other.is_new) == (True, False)
    assert there.made(replicate) == [first.prediction_id]


async def test_an_order_whose_reply_was_lost_is_found_and_not_made_again(
    orders: Orders, replicate: str
) -> None:
    there.order(replicate, "lost_reply")
    with pytest.raises(ApplicationError) as failed:
        await orders.order()
    assert not failed.value.non_retryable

    found = await orders.order()

    assert found.is_new
    assert there.made(replicate) == [found.prediction_id]


async def test_an_order_that_cannot_be_found_is_made_once_more_but_only_after_a_while(
    new: New, replicate: str, state_store: ObjectStore
) -> None:
    orders = new(Terms(settled=LATER))
    there.order(replicate, "http_500", times=2)
    with pytest.raises(ApplicationError, match="500"):
        await orders.order()
    with pytest.raises(ApplicationError, match="looked for again") as early:
        await orders.order()
    assert early.value.next_retry_delay is not None
    await tried_long_ago(state_store)
    with pytest.raises(ApplicationError, match="500"):
        await orders.order()
    # That one is waited for as the first was.
    with pytest.raises(ApplicationError, match="looked for again"):
        await orders.order()

    assert there.asked(replicate)["create"] == 2
    assert there.made(replicate) == []


async def tried_long_ago(store: ObjectStore) -> None:
    """Have the order that was claimed be three minutes old."""
    (name,) = [name for name in await store.names("") if name.endswith(".order")]
    held, version = await store.read_versioned(name)
    claim = json.loads(held or b"")
    claim["made_at"] = (datetime.now(UTC) - timedelta(minutes=3)).isoformat()
    body = json.dumps(claim).encode()
    assert await store.replace(name, body, "application/json", version)


async def test_a_refused_order_leaves_nothing_behind_and_costs_nothing(
    orders: Orders, replicate: str
) -> None:
    there.order(replicate, "http_402")
    with pytest.raises(ApplicationError, match="add credit") as failed:
        await orders.order()

    assert failed.value.non_retryable
    assert there.made(replicate) == []
    assert (await orders.spent()).micros == 0
    assert (await orders.order()).is_new


async def test_too_many_requests_wait_as_long_as_replicate_says(
    orders: Orders, replicate: str
) -> None:
    there.order(replicate, "http_429")
    with pytest.raises(ApplicationError) as failed:
        await orders.order()

    assert failed.value.next_retry_delay == timedelta(seconds=5)
    assert (await orders.order()).is_new


async def test_a_ceiling_is_never_passed_and_nothing_is_asked(new: New, replicate: str) -> None:
    orders = new(Terms(ceiling=1_000))
    with pytest.raises(ApplicationError, match="campaign's ceiling") as failed:
        await orders.order()

    assert (failed.value.type, failed.value.non_retryable) == ("OverBudget", True)
    assert not {"create", "upload"} & there.asked(replicate).keys()


async def test_the_most_that_it_can_cost_is_set_aside_before_it_is_made(orders: Orders) -> None:
    ordered = await orders.order()
    before = (await orders.spent()).micros
    await orders.wait(ordered.prediction_id)
    after = await orders.spent()

    assert before == orders.most
    assert 0 < after.micros <= before
    assert not after.has_unknown


async def test_an_order_that_failed_says_why_and_may_be_made_once_more(
    orders: Orders, replicate: str
) -> None:
    there.order(replicate, "fails")
    first = await orders.order()
    failed = await orders.wait(first.prediction_id)
    second = await orders.order(number=2)

    assert failed == ("failed", "CUDA out of memory")
    assert second.is_new
    assert there.made(replicate) == [first.prediction_id, second.prediction_id]


async def test_an_order_that_never_began_costs_nothing(orders: Orders, replicate: str) -> None:
    there.order(replicate, "never_starts")
    ordered = await orders.order()
    there.skip(replicate, 301)
    waited = await orders.wait(ordered.prediction_id)

    assert waited.outcome == "aborted"
    assert (await orders.spent()).micros == 0


async def test_what_was_not_kept_in_time_is_expired(orders: Orders, replicate: str) -> None:
    ordered = await orders.order()
    await orders.wait(ordered.prediction_id)
    there.skip(replicate, 3700)

    assert (await orders.keep(ordered.prediction_id)).outcome == "expired"
    assert (await orders.wait("gone")).outcome == "expired"


async def test_cancelling_the_wait_reaches_replicate(orders: Orders, replicate: str) -> None:
    there.order(replicate, "hangs")
    ordered = await orders.order()
    environment = ActivityEnvironment()
    waiting = asyncio.create_task(orders.wait(ordered.prediction_id, environment))
    async with asyncio.timeout(60):
        while not there.asked(replicate).get("get", 0):  # noqa: ASYNC110 -- another process
            await asyncio.sleep(0.05)

    environment.cancel()
    await asyncio.wait([waiting])

    assert there.predictions(replicate)[ordered.prediction_id] == "canceled"
