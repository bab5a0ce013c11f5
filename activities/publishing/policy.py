"""How AccountWorkflow waits, as the settings say."""

from galley.outbox.jobs import Pauses
from galley.outbox.state import AccountPolicy
from galley.settings import Settings


def policy_of(settings: Settings) -> AccountPolicy:
    """Return what an AccountWorkflow is started with, by worker or command line."""
    return AccountPolicy(
        poll_seconds=settings.poll_seconds,
        pauses=Pauses(seconds=settings.reconcile_pauses),
        gap_seconds=settings.post_gap_seconds,
    )
