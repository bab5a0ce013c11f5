"""AccountWorkflow is not waited for longer than said, whoever does not answer."""

from datetime import UTC, date, datetime, timedelta

import pytest
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.publishing.account import AccountAddress, AccountGateway, Hosting
from galley.clients.storage import ObjectStore
from galley.models.account import AskLimits, OpenAccount, Pause
from galley.publishing.job.state import AccountInput
from tests.workflows.harness import Harness, open_harness
from tests.workflows.world import Buffer, channel
from workflows import ids
from workflows.account.workflow import AccountWorkflow

pytestmark = pytest.mark.server

SOON = timedelta(seconds=1)
TODAY: date = datetime.now(UTC).date()


def hasty(harness: Harness) -> AccountGateway:
    """Return a gate that waits a second, longer than one request to the server."""

    async def organization() -> str:
        return harness.organization_id

    address = AccountAddress(
        *("AccountWorkflow", harness.queue, ids.account_id, organization),
        opens_within=SOON,
        tells_limits_within=SOON,
    )
    return AccountGateway(
        harness.client, address, harness.policy, harness.store, Hosting(harness.studio)
    )


async def refusal(harness: Harness) -> ApplicationError:
    """Open the account in vain, and return why."""
    with pytest.raises(ApplicationError) as refused:
        await ActivityEnvironment().run(hasty(harness).open_account, OpenAccount())
    return refused.value


async def test_without_a_worker_an_account_is_not_waited_for_without_end(
    impatient: Client, state_store: ObjectStore
) -> None:
    harness = Harness(impatient, state_store, Buffer(()))
    question = AskLimits(organization_id=harness.organization_id, channel_ids=("a",), days=(TODAY,))

    refused = await refusal(harness)
    outlook = await ActivityEnvironment().run(hasty(harness).ask_limits, question)

    assert not refused.non_retryable
    assert "were not read within a minute" in refused.message
    assert outlook.missing == "the run that calls Buffer did not answer"
    await harness.stop_account()


async def test_a_pause_before_the_channels_are_known_does_not_hold_a_campaign_for_ever(
    impatient: Client, state_store: ObjectStore
) -> None:
    async with open_harness(impatient, state_store, channel("a")) as harness:
        await impatient.start_workflow(
            AccountWorkflow.run,
            AccountInput(organization_id=harness.organization_id, policy=harness.policy),
            id=harness.account.id,
            task_queue=harness.queue,
            start_signal="pause",
            start_signal_args=[Pause(by="kim")],
        )

        refused = await refusal(harness)

        assert "are paused by kim" in refused.message
        assert harness.buffer.calls == []
