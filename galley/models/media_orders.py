"""Requests to those who make media: models on Replicate, the cards, the hosting.

Generated media are ordered, waited for and stored. No address of the provider is in
here: what it serves is fetched in one step, and kept.
"""

from enum import StrEnum

from pydantic import AwareDatetime, Field

from galley.models.base import Model
from galley.models.channel import Channel
from galley.models.draft import Draft
from galley.models.media import MediaKind, PublicAsset, StagedAsset
from galley.models.network import Platform
from galley.models.options import CampaignOptions
from galley.models.source import SourceRef


class OrderKind(StrEnum):
    """The kinds of media to order. Each is made by a model of its own."""

    IMAGE = "image"
    VIDEO = "video"
    SPEECH = "speech"
    """The words of a draft, read aloud."""
    AVATAR = "avatar"
    """A video of the brand's portrait that says what was read aloud."""

    @property
    def medium(self) -> MediaKind:
        """What comes of it."""
        match self:
            case OrderKind.IMAGE:
                return MediaKind.IMAGE
            case OrderKind.SPEECH:
                return MediaKind.SOUND
            case OrderKind.VIDEO | OrderKind.AVATAR:
                return MediaKind.VIDEO


class OrderMedia(Model):
    """Order something for a draft, unless that was done before."""

    kind: OrderKind
    post_key: str = Field(description="The post's idempotency key.")
    channel: Channel
    draft: Draft
    options: CampaignOptions = CampaignOptions()
    language: str = Field(default="", description="Of the draft, a BCP 47 tag.")
    for_avatar: bool = Field(
        default=False, description="The speech is to be said by the brand's avatar."
    )
    narration: StagedAsset | None = Field(default=None, description="What an avatar says.")
    asker: str = Field(
        description="Who asks, the same in every attempt: an order of another asker is "
        "an earlier one of the same post."
    )
    number: int = Field(default=1, ge=1, description="1, or more after a failure.")


class MediaOrdered(Model):
    """The state of an order before it is waited for."""

    order: str = Field(
        default="", description="Name of the order in the state bucket, without ending."
    )
    prediction_id: str = Field(
        default="", description="Empty: it is there already, or not ordered at all."
    )
    is_new: bool = Field(default=False, description="Whether this asker ordered it.")
    asset: StagedAsset | None = Field(
        default=None, description="There already, from an earlier order."
    )
    alt_text: str = ""
    note: str = Field(default="", description="Why nothing was ordered, if so.")


class AwaitMedia(Model):
    """Wait for what was ordered, or store it."""

    kind: OrderKind
    order: str
    prediction_id: str
    alt_text: str = ""
    cost_micros: int | None = Field(
        default=None, description="What it was billed, once that is known."
    )


class GenerationOutcome(StrEnum):
    """The outcomes of an order."""

    DONE = "done"
    REFUSED = "refused"
    """The model will not picture this: asking again for the same is of no use."""
    FAILED = "failed"
    CANCELED = "canceled"
    """Stopped while it ran, by its deadline or at the provider. It is billed."""
    ABORTED = "aborted"
    """Its deadline passed before it began. It costs nothing."""
    EXPIRED = "expired"
    """It was made, and deleted before it could be stored."""
    STOPPED = "stopped"
    """Stopped by us, because nobody waits for it any more. It is billed."""
    UNUSABLE = "unusable"
    """What was made is not what was ordered, or cannot be read."""


class MediaOutcome(Model):
    """The outcome. ``message`` is the model's own, without addresses."""

    outcome: GenerationOutcome
    message: str = ""
    cost_micros: int | None = Field(
        default=None, description="What it was billed at most; ``None``: not known."
    )
    asset: StagedAsset | None = None


class MediaClaim(Model):
    """An object in the state bucket: an order is about to be made, and of what.

    It is created once, before the order is made. If its reply is lost, it is found by
    the input that ``known_by`` names.
    """

    asker: str
    model: str
    inputs: dict[str, object]
    micros: int | None = Field(description="The most it can cost; ``None``: not known.")
    made_at: AwareDatetime
    known_by: str = "prompt"


class MediaOrderId(Model):
    """The object beside it, once Replicate has given the order an ID."""

    prediction_id: str


class RenderMedia(Model):
    """Draw what the network requires and put it into private staging."""

    source: SourceRef
    channel: Channel
    draft: Draft
    options: CampaignOptions = CampaignOptions()
    narration: StagedAsset | None = Field(
        default=None, description="Of a film: the speech under it; ``None``: silent."
    )


class RenderReply(Model):
    """The staged assets, in order; empty where the network needs none."""

    assets: tuple[StagedAsset, ...] = ()
    notes: tuple[str, ...] = Field(
        default=(), description="What the reviewer should know, a sentence each."
    )


class FetchPictures(Model):
    """Fetch the pictures of a source for a network, as they are, into staging.

    The reply is a :class:`MadeMedia`; what it holds has still to be fitted.
    """

    source: SourceRef
    platform: Platform


class FitMedia(Model):
    """Make staged media what a network takes; the reply is a :class:`MadeMedia`."""

    platform: Platform
    assets: tuple[StagedAsset, ...] = Field(min_length=1, max_length=40)


class RehostAssets(Model):
    """Put staged bytes under their public name, and fetch them back."""

    assets: tuple[StagedAsset, ...] = Field(min_length=1)


class RehostReply(Model):
    """The public assets, each fetched back without credentials."""

    assets: tuple[PublicAsset, ...]
