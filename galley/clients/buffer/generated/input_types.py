from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import (
    DateTimePresence,
    GoogleBusinessPostActionType,
    PostApprovalChange,
    PostSortableKey,
    PostStatus,
    PostType,
    PostTypeFacebook,
    PostTypeGoogleBusiness,
    Product,
    QueuePosition,
    SchedulingType,
    ShareMode,
    SortDirection,
    YoutubeLicense,
    YoutubePrivacy,
)


class AnnotationInputFacebook(BaseModel):
    content: str
    indices: list[int]
    text: str
    url: str


class AnnotationInputLinkedIn(BaseModel):
    id: str
    entity: str
    length: int
    link: str
    localized_name: str = Field(alias="localizedName")
    start: int
    vanity_name: str = Field(alias="vanityName")


class AssetInput(BaseModel):
    """Exactly one key."""

    document: Optional["DocumentAssetInput"] = None
    image: Optional["ImageAssetInput"] = None
    link: Optional["LinkAssetInput"] = None
    video: Optional["VideoAssetInput"] = None


class BlueskyPostMetadataInput(BaseModel):
    link_attachment: Optional["LinkAttachmentInput"] = Field(
        alias="linkAttachment", default=None
    )
    thread: Optional[list["ThreadedPostInput"]] = None
    "Every post of the thread, the first one included."


class ChannelsFiltersInput(BaseModel):
    """No filter by network exists."""

    is_locked: Optional[bool] = Field(alias="isLocked", default=None)
    product: Optional[Product] = None


class ChannelsInput(BaseModel):
    filter_: Optional["ChannelsFiltersInput"] = Field(alias="filter", default=None)
    organization_id: str = Field(alias="organizationId")


class CreatePostInput(BaseModel):
    """A new post. Needs text or assets, plus what the network demands in metadata."""

    ai_assisted: Optional[bool] = Field(alias="aiAssisted", default=None)
    "AI helped."
    assets: list["AssetInput"] = Field(default_factory=lambda: [])
    "Media in order; cannot be combined with a link attachment."
    channel_id: str = Field(alias="channelId")
    "Target channel."
    draft_id: Optional[str] = Field(alias="draftId", default=None)
    "Draft it comes from."
    due_at: Optional[str] = Field(alias="dueAt", default=None)
    "Needed with customScheduled."
    idea_id: Optional[str] = Field(alias="ideaId", default=None)
    "Idea it comes from."
    metadata: Optional["PostInputMetaData"] = None
    "Per-network settings; use the key of the channel network."
    mode: ShareMode
    "Where it goes in time."
    needs_approval: bool = Field(alias="needsApproval", default=False)
    "Ask for approval; only where the channel policy wants it, and not with saveToDraft false."
    save_to_draft: Optional[bool] = Field(alias="saveToDraft", default=None)
    "Save as draft; limits are not checked."
    scheduling_type: SchedulingType = Field(alias="schedulingType")
    "Normally automatic."
    source: Optional[str] = None
    "Tracking text; write-only, cannot be read back."
    tag_ids: Optional[list[str]] = Field(alias="tagIds", default=None)
    "Labels; filterable later."
    text: Optional[str] = None
    "Body. Equals the first item when a thread is given."


class DailyPostingLimitsInput(BaseModel):
    channel_ids: list[str] = Field(alias="channelIds")
    date: Optional[str] = None
    "Today unless set."


class DateTimeComparator(BaseModel):
    """Inclusive on both ends; either end optional."""

    end: Optional[str] = None
    start: Optional[str] = None


class DeletePostInput(BaseModel):
    """Which post to delete."""

    id: str


class DocumentAssetInput(BaseModel):
    """Documents need all three fields."""

    thumbnail_url: str = Field(alias="thumbnailUrl")
    title: str
    url: str


class EditPostInput(BaseModel):
    """Change an existing post."""

    id: str
    ai_assisted: Optional[bool] = Field(alias="aiAssisted", default=None)
    approval_change: Optional[PostApprovalChange] = Field(
        alias="approvalChange", default=None
    )
    "Only on own drafts under an approval policy."
    assets: Optional[list["AssetInput"]] = None
    "Omit keeps, [] clears."
    draft_id: Optional[str] = Field(alias="draftId", default=None)
    due_at: Optional[str] = Field(alias="dueAt", default=None)
    idea_id: Optional[str] = Field(alias="ideaId", default=None)
    metadata: Optional["PostInputMetaData"] = None
    mode: Optional[ShareMode] = None
    "Omit or null leaves the schedule alone."
    save_to_draft: Optional[bool] = Field(alias="saveToDraft", default=None)
    "Turn it into a draft."
    scheduling_type: Optional[SchedulingType] = Field(
        alias="schedulingType", default=None
    )
    "Omit or null leaves it alone."
    source: Optional[str] = None
    tag_ids: Optional[list[str]] = Field(alias="tagIds", default=None)
    text: Optional[str] = None
    "Omit keeps, empty or null clears."


class FacebookPostMetadataInput(BaseModel):
    """type is required; the server refuses Facebook posts without it."""

    annotations: Optional[list["AnnotationInputFacebook"]] = None
    first_comment: Optional[str] = Field(alias="firstComment", default=None)
    link_attachment: Optional["LinkAttachmentInput"] = Field(
        alias="linkAttachment", default=None
    )
    type_: PostTypeFacebook = Field(alias="type")


class GoogleBusinessEventMetaDataInput(BaseModel):
    button: Optional[GoogleBusinessPostActionType] = None
    end_date: Optional[str] = Field(alias="endDate", default=None)
    "Needed on create."
    is_full_day_event: bool = Field(alias="isFullDayEvent")
    "True when no times apply."
    link: Optional[str] = None
    start_date: Optional[str] = Field(alias="startDate", default=None)
    "Needed on create."
    title: Optional[str] = None
    "Needed on create."


class GoogleBusinessOfferMetaDataInput(BaseModel):
    code: Optional[str] = None
    end_date: Optional[str] = Field(alias="endDate", default=None)
    "Needed on create."
    link: Optional[str] = None
    start_date: Optional[str] = Field(alias="startDate", default=None)
    "Needed on create."
    terms: Optional[str] = None
    title: Optional[str] = None
    "Needed on create."


class GoogleBusinessPostMetadataInput(BaseModel):
    """type is required, with the matching details object."""

    details_event: Optional["GoogleBusinessEventMetaDataInput"] = Field(
        alias="detailsEvent", default=None
    )
    details_offer: Optional["GoogleBusinessOfferMetaDataInput"] = Field(
        alias="detailsOffer", default=None
    )
    details_whats_new: Optional["GoogleBusinessWhatsNewMetaDataInput"] = Field(
        alias="detailsWhatsNew", default=None
    )
    title: Optional[str] = None
    type_: PostTypeGoogleBusiness = Field(alias="type")


class GoogleBusinessWhatsNewMetaDataInput(BaseModel):
    button: Optional[GoogleBusinessPostActionType] = None
    link: Optional[str] = None


class ImageAssetInput(BaseModel):
    metadata: Optional["ImageMetadataInput"] = None
    thumbnail_url: Optional[str] = Field(alias="thumbnailUrl", default=None)
    url: str
    "Public direct HTTPS address."


class ImageDimensionsInput(BaseModel):
    height: int
    width: int


class ImageMetadataInput(BaseModel):
    alt_text: str = Field(alias="altText")
    "Required as soon as metadata is sent."
    animated_thumbnail: Optional[str] = Field(alias="animatedThumbnail", default=None)
    dimensions: Optional["ImageDimensionsInput"] = None
    user_tags: Optional[list["UserTagInput"]] = Field(alias="userTags", default=None)
    "Tagged people."


class InstagramGeolocationInput(BaseModel):
    id: Optional[str] = None
    text: Optional[str] = None


class InstagramPostMetadataInput(BaseModel):
    """type and shouldShareToFeed are required, and the post needs media."""

    first_comment: Optional[str] = Field(alias="firstComment", default=None)
    geolocation: Optional["InstagramGeolocationInput"] = None
    is_ai_generated: Optional[bool] = Field(alias="isAiGenerated", default=None)
    link: Optional[str] = None
    "Shop Grid link."
    should_share_to_feed: bool = Field(alias="shouldShareToFeed")
    "Show in the feed."
    sticker_fields: Optional["InstagramStickerFieldsInput"] = Field(
        alias="stickerFields", default=None
    )
    type_: PostType = Field(alias="type")
    "post, story or reel in practice."


class InstagramStickerFieldsInput(BaseModel):
    music: Optional[str] = None
    other: Optional[str] = None
    products: Optional[str] = None
    text: Optional[str] = None
    topics: Optional[str] = None


class LinkAssetInput(BaseModel):
    """Old way to attach a link."""

    description: Optional[str] = None
    thumbnail_url: Optional[str] = Field(alias="thumbnailUrl", default=None)
    title: Optional[str] = None
    url: str


class LinkAttachmentInput(BaseModel):
    """Link card; cannot be combined with assets."""

    description: Optional[str] = None
    thumbnail: Optional["LinkAttachmentThumbnailInput"] = None
    title: Optional[str] = None
    url: str


class LinkAttachmentThumbnailInput(BaseModel):
    url: str


class LinkedInPostMetadataInput(BaseModel):
    """All optional."""

    annotations: Optional[list["AnnotationInputLinkedIn"]] = None
    first_comment: Optional[str] = Field(alias="firstComment", default=None)
    "Comment posted right after."
    link_attachment: Optional["LinkAttachmentInput"] = Field(
        alias="linkAttachment", default=None
    )


class MastodonPostMetadataInput(BaseModel):
    spoiler_text: Optional[str] = Field(alias="spoilerText", default=None)
    "Content warning over the root text."
    thread: Optional[list["ThreadedPostInput"]] = None
    "Every post of the thread, the first one included."


class MovePostInQueueInput(BaseModel):
    """Which post, and where to."""

    id: str
    position: QueuePosition


class OrganizationFilterInput(BaseModel):
    organization_id: str = Field(alias="organizationId")


class PinterestPostMetadataInput(BaseModel):
    board_service_id: Optional[str] = Field(alias="boardServiceId", default=None)
    "Needed on create; take it from the channel boards."
    title: Optional[str] = None
    url: Optional[str] = None
    "Destination of the pin."


class PostInput(BaseModel):
    id: str


class PostInputMetaData(BaseModel):
    """One key per network. Only the key of the channel network matters."""

    bluesky: Optional["BlueskyPostMetadataInput"] = None
    facebook: Optional["FacebookPostMetadataInput"] = None
    google: Optional["GoogleBusinessPostMetadataInput"] = None
    instagram: Optional["InstagramPostMetadataInput"] = None
    linkedin: Optional["LinkedInPostMetadataInput"] = None
    mastodon: Optional["MastodonPostMetadataInput"] = None
    pinterest: Optional["PinterestPostMetadataInput"] = None
    substack: Optional["SubstackPostMetadataInput"] = None
    threads: Optional["ThreadsPostMetadataInput"] = None
    tiktok: Optional["TikTokPostMetadataInput"] = None
    twitter: Optional["TwitterPostMetadataInput"] = None
    youtube: Optional["YoutubePostMetadataInput"] = None


class PostsFiltersInput(BaseModel):
    """All given filters must match."""

    channel_ids: Optional[list[str]] = Field(alias="channelIds", default=None)
    due_at: Optional["DateTimeComparator"] = Field(alias="dueAt", default=None)
    "Inclusive window on dueAt."
    due_at_presence: Optional[DateTimePresence] = Field(
        alias="dueAtPresence", default=None
    )
    "absent cannot be combined with dueAt."
    end_date: Optional[str] = Field(alias="endDate", default=None)
    "createdAt or dueAt before this."
    post_types: Optional[list[PostType]] = Field(alias="postTypes", default=None)
    "post is the catch-all; carousel and thread are refused."
    start_date: Optional[str] = Field(alias="startDate", default=None)
    "createdAt or dueAt after this."
    status: Optional[list[PostStatus]] = None
    "Any of these."
    tag_ids: Optional[list[str]] = Field(alias="tagIds", default=None)
    "Any of these tags."
    tags: Optional["TagComparator"] = None
    "Any of these tags, or untagged."
    created_at: Optional["DateTimeComparator"] = Field(alias="createdAt", default=None)
    "Inclusive window on createdAt."


class PostsInput(BaseModel):
    """Whose posts, which ones, in what order."""

    filter_: Optional["PostsFiltersInput"] = Field(alias="filter", default=None)
    organization_id: str = Field(alias="organizationId")
    sort: Optional[list["PostSortInput"]] = None


class PostSortInput(BaseModel):
    """Later entries break ties."""

    direction: SortDirection
    field: PostSortableKey


class RetweetMetadataInput(BaseModel):
    id: str
    comment: Optional[str] = None


class SubstackPostMetadataInput(BaseModel):
    """Optional."""

    link_attachment: Optional["LinkAttachmentInput"] = Field(
        alias="linkAttachment", default=None
    )


class TagComparator(BaseModel):
    """Tag match, with untagged as an option."""

    in_: list[str] = Field(alias="in")
    is_empty: bool = Field(alias="isEmpty", default=False)


class ThreadedPostInput(BaseModel):
    """One item of a thread."""

    assets: list["AssetInput"] = Field(default_factory=lambda: [])
    "Item media."
    metadata: Optional["ThreadItemMetadataInput"] = None
    "Per-item settings; the key must be the network of the channel."
    text: Optional[str] = None
    "Item body."


class ThreadItemBlueskyMetadataInput(BaseModel):
    link_attachment: Optional["LinkAttachmentInput"] = Field(
        alias="linkAttachment", default=None
    )


class ThreadItemMetadataInput(BaseModel):
    bluesky: Optional["ThreadItemBlueskyMetadataInput"] = None
    threads: Optional["ThreadItemThreadsMetadataInput"] = None


class ThreadItemThreadsMetadataInput(BaseModel):
    link_attachment: Optional["LinkAttachmentInput"] = Field(
        alias="linkAttachment", default=None
    )


class ThreadsPostMetadataInput(BaseModel):
    link_attachment: Optional["LinkAttachmentInput"] = Field(
        alias="linkAttachment", default=None
    )
    location_id: Optional[str] = Field(alias="locationId", default=None)
    location_name: Optional[str] = Field(alias="locationName", default=None)
    thread: Optional[list["ThreadedPostInput"]] = None
    "Every post of the thread, the first one included."
    topic: Optional[str] = None
    "Topic label."
    type_: Optional[PostType] = Field(alias="type", default=None)
    "Format."


class TikTokPostMetadataInput(BaseModel):
    """Optional, but the post needs media."""

    is_ai_generated: Optional[bool] = Field(alias="isAiGenerated", default=None)
    "Video only."
    title: Optional[str] = None
    "Photo posts only."


class TwitterPostMetadataInput(BaseModel):
    """All optional."""

    is_ai_generated: Optional[bool] = Field(alias="isAiGenerated", default=None)
    retweet: Optional["RetweetMetadataInput"] = None
    "Post to quote or repost."
    thread: Optional[list["ThreadedPostInput"]] = None
    "Every post of the thread, the first one included."


class UserTagInput(BaseModel):
    """Position is a fraction of width and height, 0 to 1."""

    handle: str
    x: float
    y: float


class VideoAssetInput(BaseModel):
    metadata: Optional["VideoMetadataInput"] = None
    thumbnail_url: Optional[str] = Field(alias="thumbnailUrl", default=None)
    "Refused by the API; pick a frame with thumbnailOffset."
    url: str
    "Public direct HTTPS address."


class VideoMetadataInput(BaseModel):
    thumbnail_offset: Optional[int] = Field(alias="thumbnailOffset", default=None)
    "Milliseconds; Instagram, TikTok and Pinterest only."
    title: Optional[str] = None


class YoutubePostMetadataInput(BaseModel):
    """title and categoryId are needed on create, and the post needs one video."""

    category_id: Optional[str] = Field(alias="categoryId", default=None)
    "One of 1, 2, 10, 15, 17, 19, 20, 22 to 29."
    embeddable: Optional[bool] = None
    "True unless set."
    is_ai_generated: Optional[bool] = Field(alias="isAiGenerated", default=None)
    license: Optional[YoutubeLicense] = None
    "Standard unless set."
    made_for_kids: Optional[bool] = Field(alias="madeForKids", default=None)
    "False unless set."
    notify_subscribers: Optional[bool] = Field(alias="notifySubscribers", default=None)
    "True unless set."
    privacy: Optional[YoutubePrivacy] = None
    "Public unless set."
    title: Optional[str] = None


AssetInput.model_rebuild()
BlueskyPostMetadataInput.model_rebuild()
ChannelsInput.model_rebuild()
CreatePostInput.model_rebuild()
EditPostInput.model_rebuild()
FacebookPostMetadataInput.model_rebuild()
GoogleBusinessPostMetadataInput.model_rebuild()
ImageAssetInput.model_rebuild()
ImageMetadataInput.model_rebuild()
InstagramPostMetadataInput.model_rebuild()
LinkAttachmentInput.model_rebuild()
LinkedInPostMetadataInput.model_rebuild()
MastodonPostMetadataInput.model_rebuild()
PostInputMetaData.model_rebuild()
PostsFiltersInput.model_rebuild()
PostsInput.model_rebuild()
SubstackPostMetadataInput.model_rebuild()
ThreadedPostInput.model_rebuild()
ThreadItemBlueskyMetadataInput.model_rebuild()
ThreadItemMetadataInput.model_rebuild()
ThreadItemThreadsMetadataInput.model_rebuild()
ThreadsPostMetadataInput.model_rebuild()
TwitterPostMetadataInput.model_rebuild()
VideoAssetInput.model_rebuild()
