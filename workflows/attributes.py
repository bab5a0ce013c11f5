"""Search attributes of a post: the inbox is a query over them."""

from datetime import datetime

from temporalio import workflow
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
)

from galley.models import PostInput, PostState

STATE = SearchAttributeKey.for_keyword("GalleyState")
PLATFORM = SearchAttributeKey.for_keyword("GalleyPlatform")
CHANNEL = SearchAttributeKey.for_keyword("GalleyChannel")
CAMPAIGN = SearchAttributeKey.for_keyword("GalleyCampaign")
DUE_AT = SearchAttributeKey.for_datetime("GalleyDueAt")


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


def record(state: PostState, due_at: datetime | None) -> None:
    """Show this workflow's state, and its due time where it is new."""
    workflow.upsert_search_attributes(  # pyright: ignore[reportUnknownMemberType] - the SDK's union is partly untyped
        [STATE.value_set(state.value)]
        if due_at is None
        else [STATE.value_set(state.value), DUE_AT.value_set(due_at)]
    )
