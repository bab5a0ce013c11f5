"""Workflow IDs, which are the idempotency keys, and the task queue."""

import hashlib

TASK_QUEUE = "galley"


def campaign_key(identity: str, edition: int) -> str:
    """Return the key of a campaign: twelve hex digits, then the edition if not 1.

    Args:
        identity: The source's normalised URL, or ``sha256:<hex>`` of a file.
        edition: 1 for the first campaign of a source.
    """
    digest = hashlib.sha256(identity.encode()).hexdigest()[:12]
    return digest if edition == 1 else f"{digest}-{edition}"


def campaign_id(key: str) -> str:
    """Return the CampaignWorkflow's ID."""
    return f"campaign:{key}"


def post_key(key: str, channel_id: str) -> str:
    """Return the idempotency key of one post."""
    return f"{key}:{channel_id}"


def post_id(key: str, channel_id: str) -> str:
    """Return the PostWorkflow's ID."""
    return f"post:{post_key(key, channel_id)}"


def account_id(organization_id: str) -> str:
    """Return the AccountWorkflow's ID."""
    return f"buffer:{organization_id}"


def feed_id(url: str) -> str:
    """Return the ID of a feed: twelve hex digits of its normalised address."""
    return campaign_key(url, 1)


def feed_schedule_id(feed: str) -> str:
    """Return the ID of the Schedule that looks at a feed, and of its workflows."""
    return f"feed:{feed}"
