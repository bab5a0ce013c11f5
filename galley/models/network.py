"""The networks Galley writes for, and the extras of each: fields beside text and media.

The fields of the extras are those of Buffer's ``PostInputMetaData`` and of its assets:
https://developers.buffer.com/types/PostInputMetaData.md. Titles, boards and the
link of a pin or button are fields of the draft, because several networks share
them. :mod:`galley.networks` checks lengths and combinations, so that a reviewer learns
of misfits. A new network begins here: its name, its extras, and
a field of :class:`NetworkExtras`.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, cast

from pydantic import AwareDatetime, Field, TypeAdapter

from galley.models.base import Model


class Platform(StrEnum):
    """A network with its own rules. Buffer calls this a *service*.

    Values are Buffer's service names, but for ``x``, which Buffer still calls
    ``twitter``.
    """

    INSTAGRAM = "instagram"
    FACEBOOK = "facebook"
    TIKTOK = "tiktok"
    LINKEDIN = "linkedin"
    X = "x"
    YOUTUBE = "youtube"
    THREADS = "threads"
    PINTEREST = "pinterest"
    GOOGLEBUSINESS = "googlebusiness"
    BLUESKY = "bluesky"
    MASTODON = "mastodon"


ALIASES = {"twitter": Platform.X, "google": Platform.GOOGLEBUSINESS, "fb": Platform.FACEBOOK}
"""Other names of networks that people type."""

_LONGEST = 10_000


class LinkCard(Model):
    """A preview of a link under the text; a post has a card or media, not both."""

    url: str = Field(max_length=2048)
    title: str = Field(default="", max_length=500)
    description: str = Field(default="", max_length=2000)
    thumbnail_url: str = Field(default="", max_length=2048)


class UserTag(Model):
    """A person tagged in a picture; ``x`` and ``y`` are shares of width and height."""

    handle: str = Field(min_length=1, max_length=100)
    x: float = Field(ge=0, le=1)
    y: float = Field(ge=0, le=1)
    asset: int = Field(default=0, ge=0, description="Index of the picture.")


class PostForm(StrEnum):
    """The forms of an Instagram or Facebook post."""

    POST = "post"
    STORY = "story"
    REEL = "reel"


class YouTubePrivacy(StrEnum):
    """The audience of a video."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    PRIVATE = "private"


class YouTubeLicense(StrEnum):
    """The licence of a video."""

    YOUTUBE = "youtube"
    CREATIVE_COMMON = "creativeCommon"


class GooglePostKind(StrEnum):
    """The kinds of Google Business post."""

    WHATS_NEW = "whats_new"
    OFFER = "offer"
    EVENT = "event"


class GoogleButton(StrEnum):
    """The button under a Google Business post, in Buffer's terms."""

    NONE = "none"
    BOOK = "book"
    ORDER = "order"
    SHOP = "shop"
    LEARN_MORE = "learn_more"
    SIGN_UP = "signup"
    CALL = "call"


class XExtras(Model):
    """X."""

    platform: Literal[Platform.X] = Platform.X
    is_ai_generated: bool = False


class LinkedInExtras(Model):
    """LinkedIn."""

    platform: Literal[Platform.LINKEDIN] = Platform.LINKEDIN
    first_comment: str = Field(default="", max_length=_LONGEST)
    link_card: LinkCard | None = None


class InstagramExtras(Model):
    """Instagram. Without a ``form``: a reel for a video, else a post."""

    platform: Literal[Platform.INSTAGRAM] = Platform.INSTAGRAM
    form: PostForm | None = None
    share_to_feed: bool = True
    first_comment: str = Field(default="", max_length=_LONGEST)
    is_ai_generated: bool = False
    user_tags: tuple[UserTag, ...] = Field(default=(), max_length=100)
    thumbnail_offset_ms: int | None = Field(default=None, ge=0)


class FacebookExtras(Model):
    """Facebook. Without a ``form``: a reel for an upright video, else a post."""

    platform: Literal[Platform.FACEBOOK] = Platform.FACEBOOK
    form: PostForm | None = None
    first_comment: str = Field(default="", max_length=_LONGEST)
    link_card: LinkCard | None = None


class ThreadsExtras(Model):
    """Threads."""

    platform: Literal[Platform.THREADS] = Platform.THREADS
    topic: str = Field(default="", max_length=200)
    link_card: LinkCard | None = None


class BlueskyExtras(Model):
    """Bluesky."""

    platform: Literal[Platform.BLUESKY] = Platform.BLUESKY
    link_card: LinkCard | None = None


class MastodonExtras(Model):
    """Mastodon; ``spoiler`` is the content warning over the first post."""

    platform: Literal[Platform.MASTODON] = Platform.MASTODON
    spoiler: str = Field(default="", max_length=_LONGEST)


class TikTokExtras(Model):
    """TikTok; the AI disclosure exists for videos only."""

    platform: Literal[Platform.TIKTOK] = Platform.TIKTOK
    is_ai_generated: bool = False
    thumbnail_offset_ms: int | None = Field(default=None, ge=0)


class YouTubeExtras(Model):
    """YouTube; the defaults are Buffer's own, ``category`` is YouTube's number."""

    platform: Literal[Platform.YOUTUBE] = Platform.YOUTUBE
    category: str = Field(default="22", max_length=10, coerce_numbers_to_str=True)
    privacy: YouTubePrivacy = YouTubePrivacy.PUBLIC
    license: YouTubeLicense = YouTubeLicense.YOUTUBE
    made_for_kids: bool = False
    notify_subscribers: bool = True
    embeddable: bool = True
    is_ai_generated: bool = False


class PinterestExtras(Model):
    """Pinterest; board, title and destination stand in the draft."""

    platform: Literal[Platform.PINTEREST] = Platform.PINTEREST
    thumbnail_offset_ms: int | None = Field(default=None, ge=0)


class GoogleBusinessExtras(Model):
    """Google Business. Offers and events need title, start and end."""

    platform: Literal[Platform.GOOGLEBUSINESS] = Platform.GOOGLEBUSINESS
    kind: GooglePostKind = GooglePostKind.WHATS_NEW
    title: str = Field(default="", max_length=500)
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    is_full_day: bool = False
    button: GoogleButton | None = None
    """Missing: learn_more where there is a link."""
    code: str = Field(default="", max_length=500, coerce_numbers_to_str=True)
    terms: str = Field(default="", max_length=_LONGEST)


Extras = Annotated[
    XExtras
    | LinkedInExtras
    | InstagramExtras
    | FacebookExtras
    | ThreadsExtras
    | BlueskyExtras
    | MastodonExtras
    | TikTokExtras
    | YouTubeExtras
    | PinterestExtras
    | GoogleBusinessExtras,
    Field(discriminator="platform"),
]
"""The extras of one network; ``platform`` says which."""

_ANY: TypeAdapter[Extras] = TypeAdapter(Extras)


def extras_for(platform: Platform) -> Extras:
    """Return the default extras of ``platform``."""
    return _ANY.validate_python({"platform": platform})


class NetworkExtras(Model):
    """The extras of each network's posts."""

    instagram: InstagramExtras | None = None
    facebook: FacebookExtras | None = None
    tiktok: TikTokExtras | None = None
    linkedin: LinkedInExtras | None = None
    x: XExtras | None = None
    youtube: YouTubeExtras | None = None
    threads: ThreadsExtras | None = None
    pinterest: PinterestExtras | None = None
    googlebusiness: GoogleBusinessExtras | None = None
    bluesky: BlueskyExtras | None = None
    mastodon: MastodonExtras | None = None

    def on(self, platform: Platform) -> Extras | None:
        """Return the extras given for a network, or ``None``."""
        found: Extras | None = getattr(self, platform)
        return found

    @property
    def given(self) -> tuple[Extras, ...]:
        """The extras of every named network."""
        found = map(self.on, Platform)
        return tuple(one for one in found if one is not None)


def carried_words(extras: Extras | None) -> tuple[str, ...]:
    """Return every field that differs from its default, as ``first comment: More below.``."""
    if extras is None:
        return ()
    usual = extras_for(extras.platform)
    return tuple(
        f"{name.replace('_', ' ')}: {words}"
        for name in type(extras).model_fields
        if (value := getattr(extras, name)) != getattr(usual, name) and (words := _words(value))
    )


def _words(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case LinkCard():
            picture = f"picture {value.thumbnail_url}" if value.thumbnail_url else ""
            return " · ".join(filter(None, (value.url, value.title, value.description, picture)))
        case datetime():
            return f"{value:%Y-%m-%d %H:%M %Z}"
        case tuple():
            tags = cast("tuple[UserTag, ...]", value)
            return ", ".join(f"{t.handle} in picture {t.asset + 1}" for t in tags)
        case _:
            return " ".join(str(value).split())
