"""Posts and campaigns as Temporal's list shows them: no worker has to run."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class PostRow(BaseModel):
    """One line of ``list``; the fields are those of its JSON."""

    model_config = ConfigDict(frozen=True)

    workflow_id: str
    campaign_id: str = ""
    platform: str = ""
    channel_id: str = ""
    state: str = ""
    title: str = ""
    due_at: datetime | None = None
    started_at: datetime


class CampaignRow(BaseModel):
    """A campaign, with its run's status."""

    model_config = ConfigDict(frozen=True)

    workflow_id: str
    status: str
    started_at: datetime
