from typing import Optional

from pydantic import Field

from .base_model import BaseModel


class PostFields(BaseModel):
    id: str
    channel_id: str = Field(alias="channelId")
    status: str
    text: str
    due_at: Optional[str] = Field(alias="dueAt")
    created_at: str = Field(alias="createdAt")
    sent_at: Optional[str] = Field(alias="sentAt")
    external_link: Optional[str] = Field(alias="externalLink")
    error: Optional["PostFieldsError"]


class PostFieldsError(BaseModel):
    message: str
    support_url: Optional[str] = Field(alias="supportUrl")


PostFields.model_rebuild()
