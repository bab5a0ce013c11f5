"""Workflow IDs, which are the idempotency keys, with search attributes and task queues.

Workflows, workers, the application layer and the command line use them.
"""

import hashlib
import re
import unicodedata
from enum import StrEnum
from typing import Any

from temporalio import workflow
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    SearchAttributeUpdate,
    TypedSearchAttributes,
)

from galley.models.post import PostInput, PostState, PostView

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


STATE = SearchAttributeKey.for_keyword("GalleyState")
PLATFORM = SearchAttributeKey.for_keyword("GalleyPlatform")
CHANNEL = SearchAttributeKey.for_keyword("GalleyChannel")
CAMPAIGN = SearchAttributeKey.for_keyword("GalleyCampaign")
DUE_AT = SearchAttributeKey.for_datetime("GalleyDueAt")
CHOICES = SearchAttributeKey.for_int("GalleyChoices")
ALL = (STATE, PLATFORM, CHANNEL, CAMPAIGN, DUE_AT, CHOICES)
"""A namespace that lacks one of them fails every workflow task that shows it."""


def of_new_post(post: PostInput) -> TypedSearchAttributes:
    """Return what a post is started with."""
    keywords = [
        SearchAttributePair(STATE, PostState.DRAFTING.value),
        SearchAttributePair(PLATFORM, post.channel.platform.value),
        SearchAttributePair(CHANNEL, post.channel.id),
        SearchAttributePair(CAMPAIGN, post.campaign_id),
    ]
    if post.due_at is None:
        return TypedSearchAttributes(keywords)
    return TypedSearchAttributes([*keywords, SearchAttributePair(DUE_AT, post.due_at)])


def choices(view: PostView) -> int:
    """Return how many texts are put before a person: variants, or a proposal."""
    if view.state is PostState.IN_REVIEW:
        return max(1, len(view.variants))
    return int(view.proposal is not None and not view.state.is_final)


def record(view: PostView, *, is_placed: bool) -> None:
    """Show this workflow's state and choices, and its due time where that is new."""
    updates: list[SearchAttributeUpdate[Any]] = [
        STATE.value_set(view.state.value),
        CHOICES.value_set(choices(view)),
    ]
    if is_placed:
        due_at = view.due_at
        updates.append(DUE_AT.value_set(due_at) if due_at else DUE_AT.value_unset())
    workflow.upsert_search_attributes(updates)  # pyright: ignore[reportUnknownMemberType] - the SDK's union is partly untyped


class Queue(StrEnum):
    """What a worker may serve; all of them, unless it is told otherwise."""

    POSTS = "posts"
    """Every workflow, and every activity that is over soon."""
    MEDIA = "media"
    """Fitting, cutting and filming: each may fill a core."""
    SPEECH = "speech"
    """Transcriptions."""
    GENERATION = "generation"
    """Orders at a provider, which are waited for."""
    NOTIFICATIONS = "notifications"
    """Looking for what needs a person, and telling it to receivers that may be slow."""

    @property
    def task_queue(self) -> str:
        """Return its name in Temporal."""
        match self:
            case Queue.POSTS:
                return TASK_QUEUE
            case Queue.MEDIA:
                return media_queue(TASK_QUEUE)
            case Queue.SPEECH:
                return speech_queue(TASK_QUEUE)
            case Queue.GENERATION:
                return generation_queue(TASK_QUEUE)
            case Queue.NOTIFICATIONS:
                return notification_queue(TASK_QUEUE)


def queues_named(text: str) -> tuple[Queue, ...]:
    """Return the queues of a list such as ``posts,media``, each once; ``all`` is all.

    Raises:
        ValueError: There is none of that name; the message lists those there are.
    """
    names = {name.strip().lower() for name in text.split(",") if name.strip()}
    if names == {"all"}:
        return tuple(Queue)
    unknown = sorted(names - set(Queue))
    if unknown or not names:
        raise ValueError(
            f"There is no queue {', '.join(unknown) or 'in an empty list'}: choose "
            f"from {', '.join(Queue)}, separated by commas, or all."
        )
    return tuple(queue for queue in Queue if queue in names)
