from typing import Optional

from pydantic import Field

from .base_model import BaseModel


class ReadLimits(BaseModel):
    account: "ReadLimitsAccount"
    daily_posting_limits: list["ReadLimitsDailyPostingLimits"] = Field(
        alias="dailyPostingLimits"
    )
    posts: "ReadLimitsPosts"


class ReadLimitsAccount(BaseModel):
    organizations: list["ReadLimitsAccountOrganizations"]


class ReadLimitsAccountOrganizations(BaseModel):
    id: str
    limits: "ReadLimitsAccountOrganizationsLimits"


class ReadLimitsAccountOrganizationsLimits(BaseModel):
    scheduled_posts: int = Field(alias="scheduledPosts")
    scheduled_threads_per_channel: int = Field(alias="scheduledThreadsPerChannel")


class ReadLimitsDailyPostingLimits(BaseModel):
    channel_id: str = Field(alias="channelId")
    sent: int
    scheduled: int
    limit: Optional[int]


class ReadLimitsPosts(BaseModel):
    edges: Optional[list["ReadLimitsPostsEdges"]]


class ReadLimitsPostsEdges(BaseModel):
    node: "ReadLimitsPostsEdgesNode"


class ReadLimitsPostsEdgesNode(BaseModel):
    channel_id: str = Field(alias="channelId")
    due_at: Optional[str] = Field(alias="dueAt")


ReadLimits.model_rebuild()
ReadLimitsAccount.model_rebuild()
ReadLimitsAccountOrganizations.model_rebuild()
ReadLimitsPosts.model_rebuild()
ReadLimitsPostsEdges.model_rebuild()
