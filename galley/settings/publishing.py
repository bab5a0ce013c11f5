"""Settings of what comes from approval on: due times, and the looks at Buffer."""

from typing import Annotated

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings


class PublishingSettings(BaseSettings):
    """Review and publishing."""

    reviewer: str | None = Field(
        default=None,
        validation_alias=AliasChoices("GALLEY_REVIEWER"),
        description="Name recorded with decisions. Missing: the login name.",
    )
    publish_lead_seconds: float = Field(
        default=60,
        validation_alias=AliasChoices("GALLEY_PUBLISH_LEAD_SECONDS"),
        description="Without a time of its own a post is due this long after approval.",
    )
    post_gap_seconds: float = Field(
        default=60,
        ge=0,
        le=86_400,
        validation_alias=AliasChoices("GALLEY_POST_GAP_SECONDS"),
        description="Least time between two posts of a channel that are approved late "
        "or have no time of their own; more where a campaign asks for --gap.",
    )
    poll_seconds: float = Field(
        default=120,
        gt=0,
        le=86_400,
        validation_alias=AliasChoices("GALLEY_POLL_SECONDS"),
        description="How often Buffer is asked for the outcome of posts that are due.",
    )
    reconcile_pauses: tuple[Annotated[float, Field(ge=0, le=86_400)], ...] = Field(
        default=(5, 30, 120),
        min_length=1,
        validation_alias=AliasChoices("GALLEY_RECONCILE_PAUSES"),
        description="Seconds before each look after a lost reply, as JSON; 60 in all "
        "at least, with a live Buffer.",
    )
