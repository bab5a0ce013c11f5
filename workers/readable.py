"""A worker takes no work that it could not read."""

from temporalio.client import Client

from galley.clients.payloads.converting import keyring_of
from galley.clients.payloads.guarding import refuse_unreadable
from galley.settings import Settings
from workflows.account import AccountWorkflow
from workflows.post import PostWorkflow


async def refuse_unreadable_runs(client: Client, settings: Settings) -> None:
    """Hold that the keys of open posts and accounts, which workers start, are here.

    Raises:
        PayloadKeyError: An open run is encrypted with another key.
    """
    await refuse_unreadable(
        client,
        keyring_of(settings).key_ids,
        by_memo=PostWorkflow.__name__,
        by_input=AccountWorkflow.__name__,
    )
