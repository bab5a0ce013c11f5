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

from galley.models.campaign import WAITING
from galley.models.post import PostInput, PostState, PostView

TASK_QUEUE = "galley"


class Queue(StrEnum):
    """The task queues, by the kind of work; a worker serves all unless told otherwise.

    Slow work has queues of its own, so that it keeps no post waiting.
    """

    POSTS = "posts"
    """Every workflow, and every activity that ends soon."""
    PUBLISHING = "publishing"
    """Calls to Buffer, hand-overs, changes and news: no draft keeps a retract waiting."""
    MEDIA = "media"
    """Fitting, cutting and filming: each may fill a core."""
    SPEECH = "speech"
    """Transcriptions, which take longest."""
    GENERATION = "generation"
    """Orders at a provider, each awaited for minutes."""
    NOTIFICATIONS = "notifications"
    """Finding what needs a person, and sending it to receivers that may be slow."""

    def beside(self, posts: str) -> str:
        """Return the name of this task queue beside that of the posts."""
        return posts if self is Queue.POSTS else f"{posts}-{self}"

    @property
    def task_queue(self) -> str:
        """Return its name in Temporal."""
        return self.beside(TASK_QUEUE)


def queues_named(text: str) -> tuple[Queue, ...]:
    """Return the queues of a list such as ``posts,media``, each once; ``all`` is all.

    Raises:
        ValueError: A name is unknown; the message lists the known ones.
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


def campaign_key(identity: str, edition: int) -> str:
    """Return the key of a campaign: twelve hex digits, then the edition if not 1.

    Args:
        identity: The source's normalised URL, or ``sha256:<hex>`` of a file.
        edition: 1 for the first campaign of a source.
    """
    # The same source gives the same key, so a second start finds the first campaign.
    digest = hashlib.sha256(identity.encode()).hexdigest()[:12]
    return digest if edition == 1 else f"{digest}-{edition}"


def campaign_id(key: str) -> str:
    """Return the CampaignWorkflow's ID."""
    return f"campaign:{key}"


def piece_key(key: str, form: str) -> str:
    """Return the key of a longer text; ``key`` is that of a campaign of its source."""
    return f"{key}-{form}"


def piece_id(key: str) -> str:
    """Return the PieceWorkflow's ID."""
    return f"piece:{key}"


def clips_id(key: str) -> str:
    """Return the ClipsWorkflow's ID."""
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
    """Return the brand as it stands in a voice's ID: lower-case words, joined by hyphens."""
    if not persona_brand:
        # Without a persona, whoever posts to the same channels shares a voice.
        return f"@{organization_id}"
    name = " ".join(unicodedata.normalize("NFKC", persona_brand).casefold().split())
    slug = "-".join(re.findall(r"\w+", name))
    if slug == name.replace(" ", "-"):
        return slug
    # The slug dropped letters or signs: a hash keeps "C" and "C++" apart.
    digest = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{slug}-{digest}" if slug else digest


def voice_id(brand: str) -> str:
    """Return the VoiceWorkflow's ID; the brand is one of :func:`brand_of`."""
    return f"voice:{brand}"


def feed_id(url: str) -> str:
    """Return the ID of a feed: twelve hex digits of its normalised address."""
    return campaign_key(url, 1)


def feed_schedule_id(feed: str) -> str:
    """Return the ID of the Schedule that checks a feed; its runs append the time."""
    return f"feed:{feed}"


def attention_id(task_queue: str) -> str:
    """Return the AttentionWorkflow's ID."""
    return f"attention:{task_queue}"


def audit_id(task_queue: str) -> str:
    """Return the AuditWorkflow's ID."""
    return f"audit:{task_queue}"


def notification_id(message_id: str) -> str:
    """Return the NotificationWorkflow's ID."""
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
    """Return the search attributes that a post starts with."""
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
    """Return the number of texts that wait for a person: variants, or a proposal."""
    if view.state is PostState.IN_REVIEW:
        return max(1, len(view.variants))
    return int(view.proposal is not None and not view.state.is_final)


def record_waiting(*, is_waiting: bool) -> None:
    """Upsert whether this campaign waits for what does not answer."""
    update = STATE.value_set(WAITING) if is_waiting else STATE.value_unset()
    workflow.upsert_search_attributes([update])  # pyright: ignore[reportUnknownMemberType] - partly untyped


def record(view: PostView, *, is_placed: bool) -> None:
    """Upsert this workflow's state and choices, and its due time where that is new."""
    updates: list[SearchAttributeUpdate[Any]] = [
        STATE.value_set(view.state.value),
        CHOICES.value_set(choices(view)),
    ]
    if is_placed:
        due_at = view.due_at
        # Unset for Buffer's queue, or lists would show a time that is none.
        updates.append(DUE_AT.value_set(due_at) if due_at else DUE_AT.value_unset())
    # Together: each upsert is an event.
    workflow.upsert_search_attributes(updates)  # pyright: ignore[reportUnknownMemberType] - the SDK's union is partly untyped
