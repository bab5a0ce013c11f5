from typing import Literal, Optional, Union

from pydantic import Field

from .base_model import BaseModel


class ListChannels(BaseModel):
    account: "ListChannelsAccount"
    channels: list["ListChannelsChannels"]


class ListChannelsAccount(BaseModel):
    organizations: list["ListChannelsAccountOrganizations"]


class ListChannelsAccountOrganizations(BaseModel):
    id: str
    name: str


class ListChannelsChannels(BaseModel):
    id: str
    name: str
    service: str
    timezone: str
    is_disconnected: bool = Field(alias="isDisconnected")
    is_locked: bool = Field(alias="isLocked")
    is_queue_paused: bool = Field(alias="isQueuePaused")
    posting_schedule: list["ListChannelsChannelsPostingSchedule"] = Field(
        alias="postingSchedule"
    )
    link_shortening: "ListChannelsChannelsLinkShortening" = Field(
        alias="linkShortening"
    )
    metadata: Optional[
        Union[
            "ListChannelsChannelsMetadataInstagramMetadata",
            "ListChannelsChannelsMetadataTiktokMetadata",
            "ListChannelsChannelsMetadataYoutubeMetadata",
            "ListChannelsChannelsMetadataPinterestMetadata",
            "ListChannelsChannelsMetadataMastodonMetadata",
            "ListChannelsChannelsMetadataBlueskyMetadata",
            "ListChannelsChannelsMetadataGoogleBusinessMetadata",
            "ListChannelsChannelsMetadataFacebookMetadata",
            "ListChannelsChannelsMetadataTwitterMetadata",
            "ListChannelsChannelsMetadataLinkedInMetadata",
            "ListChannelsChannelsMetadataWhatsAppMetadata",
            BaseModel,
        ]
    ]


class ListChannelsChannelsPostingSchedule(BaseModel):
    day: str
    paused: bool
    times: list[str]


class ListChannelsChannelsLinkShortening(BaseModel):
    is_enabled: bool = Field(alias="isEnabled")


class ListChannelsChannelsMetadataInstagramMetadata(BaseModel):
    typename__: Literal["InstagramMetadata"] = Field(alias="__typename")
    default_to_reminders: bool = Field(alias="defaultToReminders")


class ListChannelsChannelsMetadataTiktokMetadata(BaseModel):
    typename__: Literal["TiktokMetadata"] = Field(alias="__typename")
    default_to_reminders: bool = Field(alias="defaultToReminders")


class ListChannelsChannelsMetadataYoutubeMetadata(BaseModel):
    typename__: Literal["YoutubeMetadata"] = Field(alias="__typename")
    default_to_reminders: bool = Field(alias="defaultToReminders")


class ListChannelsChannelsMetadataPinterestMetadata(BaseModel):
    typename__: Literal["PinterestMetadata"] = Field(alias="__typename")
    boards: list["ListChannelsChannelsMetadataPinterestMetadataBoards"]


class ListChannelsChannelsMetadataPinterestMetadataBoards(BaseModel):
    service_id: str = Field(alias="serviceId")
    name: str


class ListChannelsChannelsMetadataMastodonMetadata(BaseModel):
    typename__: Literal["MastodonMetadata"] = Field(alias="__typename")
    max_characters: int = Field(alias="maxCharacters")


class ListChannelsChannelsMetadataBlueskyMetadata(BaseModel):
    typename__: Literal["BlueskyMetadata"] = Field(alias="__typename")


class ListChannelsChannelsMetadataGoogleBusinessMetadata(BaseModel):
    typename__: Literal["GoogleBusinessMetadata"] = Field(alias="__typename")


class ListChannelsChannelsMetadataFacebookMetadata(BaseModel):
    typename__: Literal["FacebookMetadata"] = Field(alias="__typename")


class ListChannelsChannelsMetadataTwitterMetadata(BaseModel):
    typename__: Literal["TwitterMetadata"] = Field(alias="__typename")


class ListChannelsChannelsMetadataLinkedInMetadata(BaseModel):
    typename__: Literal["LinkedInMetadata"] = Field(alias="__typename")


class ListChannelsChannelsMetadataWhatsAppMetadata(BaseModel):
    typename__: Literal["WhatsAppMetadata"] = Field(alias="__typename")


ListChannels.model_rebuild()
ListChannelsAccount.model_rebuild()
ListChannelsChannels.model_rebuild()
ListChannelsChannelsMetadataPinterestMetadata.model_rebuild()
