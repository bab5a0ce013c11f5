"""Workflow IDs, which are the idempotency keys, and the task queue."""

import hashlib
import re
import unicodedata

TASK_QUEUE = "galley"


def speech_queue(task_queue: str) -> str:
    """Return the task queue of the transcriptions of those who poll ``task_queue``.

    They take long, and must not keep posts waiting.
    """
    return f"{task_queue}-speech"


def media_queue(task_queue: str) -> str:
    """Return the task queue of media that take long, of those on ``task_queue``.

    Fitting, generating and cutting must not keep posts waiting.
    """
    return f"{task_queue}-media"


def generation_queue(task_queue: str) -> str:
    """Return the task queue of media that are generated elsewhere.

    Each is waited for, for minutes: that must keep neither posts nor encoders waiting.
    """
    return f"{task_queue}-generation"


def notification_queue(task_queue: str) -> str:
    """Return the task queue of notifications, of those on ``task_queue``.

    A receiver that answers slowly must not keep posts waiting.
    """
    return f"{task_queue}-notifications"


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


def piece_key(key: str, form: str) -> str:
    """Return the key of a longer text; ``key`` is that of a campaign of its source."""
    return f"{key}-{form}"


def piece_id(key: str) -> str:
    """Return the workflow ID of a longer text."""
    return f"piece:{key}"


def clips_id(key: str) -> str:
    """Return the workflow ID of the clips of a recording."""
    return f"clips:{key}"


def post_key(key: str, channel_id: str) -> str:
    """Return the idempotency key of one post."""
    return f"{key}:{channel_id}"


def post_id(key: str, channel_id: str) -> str:
    """Return the PostWorkflow's ID."""
    return f"post:{post_key(key, channel_id)}"


def account_id(organization_id: str) -> str:
    """Return the AccountWorkflow's ID."""
    return f"buffer:{organization_id}"


def brand_of(persona_brand: str | None, organization_id: str) -> str:
    """Return the brand whose voice a post has, as it stands in the voice's ID.

    Words in lower case, joined by hyphens; where that drops letters or signs, some
    digits of a hash keep brands apart. Without a persona it is ``@`` and the Buffer
    organization: whoever posts to the same channels shares a voice.
    """
    if not persona_brand:
        return f"@{organization_id}"
    name = " ".join(unicodedata.normalize("NFKC", persona_brand).casefold().split())
    slug = "-".join(re.findall(r"\w+", name))
    if slug == name.replace(" ", "-"):
        return slug
    digest = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{slug}-{digest}" if slug else digest


def voice_id(brand: str) -> str:
    """Return the VoiceWorkflow's ID; the brand is one of :func:`brand_of`."""
    return f"voice:{brand}"


def feed_id(url: str) -> str:
    """Return the ID of a feed: twelve hex digits of its normalised address."""
    return campaign_key(url, 1)


def feed_schedule_id(feed: str) -> str:
    """Return the ID of the Schedule that looks at a feed, and of its workflows."""
    return f"feed:{feed}"


def attention_id(task_queue: str) -> str:
    """Return the ID of the one workflow that looks for what needs a person."""
    return f"attention:{task_queue}"


def audit_id(task_queue: str) -> str:
    """Return the ID of the one workflow that keeps what ended."""
    return f"audit:{task_queue}"


def notification_id(message_id: str) -> str:
    """Return the workflow ID of a message to a person."""
    return f"notification:{message_id}"
