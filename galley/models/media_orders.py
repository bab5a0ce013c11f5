"""Inputs and replies of the activities that order, render, fit and host media.

No provider's URL is in here: those expire within the hour, so one activity fetches a
file and stages it.
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
    """The kinds of media to order, each from a model of its own."""

    IMAGE = "image"
    VIDEO = "video"
    SPEECH = "speech"
    """The text of a draft, read aloud."""
    AVATAR = "avatar"
    """A video of the brand's portrait speaking the text."""

    @property
    def medium(self) -> MediaKind:
        """The kind of the result."""
        match self:
            case OrderKind.IMAGE:
                return MediaKind.IMAGE
            case OrderKind.SPEECH:
                return MediaKind.SOUND
            case OrderKind.VIDEO | OrderKind.AVATAR:
                return MediaKind.VIDEO


class OrderMedia(Model):
    """Order media for a draft, unless an earlier attempt did."""

    kind: OrderKind
    post_key: str = Field(description="The post's idempotency key.")
    channel: Channel
    draft: Draft
    options: CampaignOptions = CampaignOptions()
    language: str = Field(default="", description="Of the draft, a BCP 47 tag.")
    for_avatar: bool = False
    """The brand's avatar will speak it."""
    narration: StagedAsset | None = Field(default=None, description="The avatar's speech.")
    asker: str = Field(
        description="The run that asks, the same in every attempt: another asker's order is "
        "an earlier one of the same post."
    )
    number: int = Field(default=1, ge=1, description="1, or more after a failure.")


class MediaOrdered(Model):
    """The state of an order before the wait for it."""

    order: str = ""
    """Name of the order in the state bucket, without suffix."""
    prediction_id: str = ""
    """Empty: the result exists already, or nothing was ordered."""
    is_new: bool = Field(default=False, description="Whether this asker ordered it.")
    asset: StagedAsset | None = None
    """The result of an earlier order."""
    alt_text: str = ""
    note: str = Field(default="", description="The reason, if nothing was ordered.")


class AwaitMedia(Model):
    """Wait for an order, or store its result."""

    kind: OrderKind
    order: str
    prediction_id: str
    alt_text: str = ""
    cost_micros: int | None = None
    """Its cost, once that is known."""


class GenerationOutcome(StrEnum):
    """The outcomes of an order."""

    DONE = "done"
    REFUSED = "refused"
    """The model rejects the prompt: the same order again is useless."""
    FAILED = "failed"
    CANCELED = "canceled"
    """Stopped while it ran, by its deadline or at the provider. It is billed."""
    ABORTED = "aborted"
    """Its deadline passed before it began. It costs nothing."""
    EXPIRED = "expired"
    """The provider deleted the file before it could be stored."""
    STOPPED = "stopped"
    """Galley stopped it, because nothing waits for it any more. It is billed."""
    UNUSABLE = "unusable"
    """The file is of another kind than ordered, or unreadable."""


class MediaOutcome(Model):
    """The outcome of an order. ``message`` is the model's, without URLs."""

    outcome: GenerationOutcome
    message: str = ""
    cost_micros: int | None = None
    """The most it was billed; ``None``: unknown."""
    asset: StagedAsset | None = None


class MediaClaim(Model):
    """An object in the state bucket that announces an order and its inputs.

    It is created once, before the order. An order whose reply was lost is found by the
    input that ``known_by`` names.
    """

    asker: str
    model: str
    inputs: dict[str, object]
    micros: int | None = Field(description="The most it can cost; ``None``: unknown.")
    made_at: AwareDatetime
    known_by: str = "prompt"


class MediaOrderId(Model):
    """The object beside it, with the ID that Replicate gave the order."""

    prediction_id: str


class RenderMedia(Model):
    """Draw the cards or film that a network requires, into private staging."""

    source: SourceRef
    channel: Channel
    draft: Draft
    options: CampaignOptions = CampaignOptions()
    narration: StagedAsset | None = None
    """The speech of a film; ``None``: silent."""
    photos: tuple[StagedAsset, ...] = Field(
        default=(), max_length=10, description="Of the source, the best known first."
    )


class RenderReply(Model):
    """The staged assets, in order; empty where the network needs none."""

    assets: tuple[StagedAsset, ...] = ()
    notes: tuple[str, ...] = ()
    """Remarks for the reviewer, a sentence each."""


class FetchPictures(Model):
    """Fetch the pictures of a source for a network, unchanged, into staging.

    The reply is a :class:`MadeMedia`, still to be fitted.
    """

    source: SourceRef
    platform: Platform
    for_card: bool = Field(default=False, description="Candidates for a card, on any network.")


class FitMedia(Model):
    """Convert staged media to what a network takes; the reply is a :class:`MadeMedia`."""

    platform: Platform
    assets: tuple[StagedAsset, ...] = Field(min_length=1, max_length=40)
    speaks: bool = Field(default=False, description="They are a portrait that speaks.")


class RehostAssets(Model):
    """Publish staged media under content-addressed URLs, and fetch them back."""

    assets: tuple[StagedAsset, ...] = Field(min_length=1)


class RehostReply(Model):
    """The public assets, each fetched back without credentials."""

    assets: tuple[PublicAsset, ...]
