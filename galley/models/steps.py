"""Inputs and results of the drafting, media and hosting steps."""

from pydantic import Field

from galley.models.base import Model
from galley.models.brand import LessonsRef
from galley.models.draft import Draft, Fact, Problem, Provenance, Variant
from galley.models.media import PublicAsset, StagedAsset
from galley.models.network import Channel, Platform
from galley.models.options import CampaignOptions
from galley.models.source import SourceRef


class WriteDraft(Model):
    """Draft one post. ``previous`` and ``note`` are set when regenerating."""

    source: SourceRef
    channel: Channel
    options: CampaignOptions = CampaignOptions()
    lessons: LessonsRef | None = Field(
        default=None, description="What reviewers taught, to choose from."
    )
    previous: Draft | None = None
    note: str = ""
    is_later: bool = Field(
        default=False,
        description="The campaign's first draft was written before, so the model's "
        "cache holds the source.",
    )
    post_key: str = Field(default="", description="The post's idempotency key.")
    allowance: int | None = Field(
        default=None, description="Micros set aside; ``None``: there is no ceiling."
    )


class DraftReply(Model):
    """The draft, and the rules it still breaks after one repair turn."""

    draft: Draft
    problems: tuple[Problem, ...] = ()
    facts: tuple[Fact, ...] = Field(
        default=(), description="At most 40 of them, what nobody gave first."
    )
    variants: tuple[Variant, ...] = Field(
        default=(), description="All of them, ``draft`` the first; empty for one."
    )
    provenance: Provenance
    needs_media: bool = Field(
        default=False, description="Whether the network takes no post without media."
    )


class CheckDraft(Model):
    """Check an edited draft against the rules of its channel."""

    draft: Draft
    channel: Channel
    split: bool = Field(default=False, description="Make a thread of a text that is too long.")
    options: CampaignOptions = CampaignOptions()


class CheckReply(Model):
    """The rules the draft breaks; empty when it fits.

    ``draft`` is what they were held against: the one that was asked about, or the
    thread it became.
    """

    problems: tuple[Problem, ...] = ()
    draft: Draft | None = None


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
