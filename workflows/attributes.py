"""Search attributes of a post: the inbox is a query over them."""

from typing import Any

from temporalio import workflow
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    SearchAttributeUpdate,
    TypedSearchAttributes,
)

from galley.models import PostInput, PostState, PostView

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
