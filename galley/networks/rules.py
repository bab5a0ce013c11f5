"""The parts that a network's file is made of: its limits, counts, checks and metadata.

Each file of a network fills one :class:`NetworkRules`, and
:mod:`galley.networks.registry` names them all. The plain ways to count a text stand
here, too; a network's own way stands in its file.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from galley.models.channel import Channel
from galley.models.draft import Draft, Problem
from galley.models.media import MediaKind
from galley.models.network import Platform
from galley.models.publishing import PostRequest


def unify_newlines(text: str) -> str:
    r"""Return ``text`` with CRLF and CR as ``\n``: a line break is counted once."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def utf16_units(text: str) -> int:
    """Count UTF-16 code units: 2 for most emoji and for bold or italic letters."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def utf8_bytes(text: str) -> int:
    """Count UTF-8 bytes; half of a broken surrogate pair costs 3."""
    return len(text.encode("utf-8", "surrogatepass"))


def character_problems(field: str, text: str) -> Iterator[Problem]:
    """Name the characters of a field that no network takes.

    Controls, half surrogates, and the two that are no characters, which X refuses.
    """
    bad = {
        character
        for character in text
        if (character < " " and character not in "\t\n")
        or character == "\x7f"
        or "\ud800" <= character <= "\udfff"
        or character in "\ufffe\uffff"
    }
    if bad:
        codes = ", ".join(f"U+{ord(character):04X}" for character in sorted(bad)[:5])
        yield Problem(
            rule="control_characters",
            message=f"The {field} has characters that cannot be sent: remove {codes}.",
        )


def too_long(rule: str, what: str, length: int, limit: int, unit: str = "characters") -> Problem:
    """Return the problem of a text beyond its limit."""
    return Problem(
        rule=rule,
        message=f"The {what} is {length:,} of {limit:,} {unit}: shorten it by {length - limit:,}.",
    )


MEGABYTE = 1_000_000
"""Bytes. The networks do not say which megabyte they mean; this is the smaller."""


class LinkPlacement(StrEnum):
    """The place of a post's link."""

    IN_TEXT = "in_text"
    FIELD = "field"
    """A field of its own: a pin's destination, a button."""
    NONE = "none"
    """Links cannot be clicked on this network."""


@dataclass(frozen=True, slots=True)
class TextCount:
    """One way of counting a text, and its limit.

    ``counted_as`` is a sentence for people; ``unit`` and ``by`` complete "The text is
    312 of 280 … : shorten it by 32".
    """

    measure: Callable[[str], int]
    limit: int
    counted_as: str
    unit: str = "characters"
    by: str = ""

    def of(self, text: str) -> int:
        """Count ``text``, in which every kind of line break is one."""
        return self.measure(unify_newlines(text))

    @property
    def measured(self) -> str:
        """The unit and the way of counting: ``characters by X's weighted count``."""
        return f"{self.unit} {self.by}".strip()


@dataclass(frozen=True, slots=True)
class ImageRules:
    """Pictures. ``formats`` are MIME types, the preferred one first; sizes in pixels.

    Ratios are width by height; ``None`` is no limit. ``card`` is the size to draw.
    ``one_ratio``: the network shows every picture of a post in one ratio.
    """

    most: int
    formats: tuple[str, ...]
    max_bytes: int
    card: tuple[int, int]
    min_bytes: int = 0
    min_width: int | None = None
    min_height: int | None = None
    max_width: int | None = None
    max_height: int | None = None
    max_pixels: int | None = None
    min_ratio: float | None = None
    max_ratio: float | None = None
    one_ratio: bool = False


@dataclass(frozen=True, slots=True)
class VideoRules:
    """Videos. ``formats`` are MIME types, the preferred one first.

    Lengths in seconds, ``clip`` the size to draw in pixels, ``ratios`` the only
    shapes taken as (width, height); empty is any. ``max_bits`` a second on average;
    sides in pixels, the shorter and the longer one. ``reel_seconds`` is the least and
    the most of a 9:16 video where that has limits of its own, ``reel_size`` its least
    pixels. ``fills_screen``: the app shows a video on the whole screen of a phone.
    """

    formats: tuple[str, ...]
    max_bytes: int
    clip: tuple[int, int]
    max_seconds: float | None = None
    min_seconds: float = 0
    min_bytes: int = 0
    ratios: tuple[tuple[int, int], ...] = ()
    min_ratio: float | None = None
    max_ratio: float | None = None
    min_fps: float | None = None
    max_fps: float | None = None
    max_bits: int | None = None
    min_side: int | None = None
    max_side: int | None = None
    max_width: int | None = None
    reel_seconds: tuple[float, float] | None = None
    reel_size: tuple[int, int] | None = None
    fills_screen: bool = False


@dataclass(frozen=True, slots=True)
class DocumentRules:
    """Documents to leaf through: PDF. ``page`` is the size to draw, in pixels."""

    max_bytes: int
    most_pages: int
    title_limit: int
    page: tuple[int, int] = (1080, 1350)


@dataclass(frozen=True, slots=True)
class Advice:
    """Good practice: told to whoever writes, never a reason to refuse.

    ``length`` is fewest and most characters, ``hashtags`` fewest and most, ``fold``
    the characters seen before "more". The evidence is vendors' studies of 2026 and
    Buffer's help pages of 2025.
    """

    length: tuple[int, int]
    hashtags: tuple[int, int]
    fold: int | None = None


Check = Callable[[str], Problem | None]
"""Holds a text, or a title, to one rule."""
DraftCheck = Callable[[Draft, Channel, Sequence[MediaKind]], Iterator[Problem]]
"""Holds a draft, and the media it goes out with, to what only its network has."""


def _nothing_more(_: Draft, _channel: Channel, _media: Sequence[MediaKind]) -> Iterator[Problem]:
    return iter(())


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkRules:
    """All limits of one network. ``None`` is no limit, or no such field.

    ``counts`` all hold at once; the first is the network's own and the one shown.
    ``required_media`` is what Galley must give with every post. ``max_thread`` is 1
    where there are no threads. ``posts_per_day`` is per rolling 24 hours.
    ``lets_sign``: the channel's name may stand in the picture.
    ``servers_limit_text``: each server has a limit of its own, which Buffer reports.
    ``first_comment`` is how long Buffer's first comment may be, ``has_link_card``
    whether a card of a link may stand in the place of media. ``metadata`` stands under
    Buffer's ``buffer_key``; see :mod:`galley.networks.metadata`.
    """

    platform: Platform
    name: str
    counts: tuple[TextCount, ...]
    link: LinkPlacement
    advice: Advice
    posts_per_day: int
    buffer_key: str
    metadata: Callable[[PostRequest], Mapping[str, object]]
    image: ImageRules | None = None
    video: VideoRules | None = None
    document: DocumentRules | None = None
    required_media: MediaKind | None = None
    title_limit: int | None = None
    needs_title: bool = False
    needs_board: bool = False
    link_limit: int | None = None
    alt_limit: int | None = None
    servers_limit_text: bool = False
    max_thread: int = 1
    max_hashtags: int | None = None
    hashtag_limit: int | None = None
    joins_words_in_camel_case: bool = False
    first_comment: TextCount | None = None
    has_link_card: bool = False
    lets_sign: bool = True
    text_checks: tuple[Check, ...] = ()
    title_checks: tuple[Check, ...] = ()
    draft_check: DraftCheck = _nothing_more

    @property
    def text_limit(self) -> int:
        """The most the network's own count may reach."""
        return self.counts[0].limit

    @property
    def counted_as(self) -> str:
        """How the network counts, in a sentence."""
        return self.counts[0].counted_as

    def measure(self, text: str) -> int:
        """Count ``text`` the network's own way."""
        return self.counts[0].of(text)

    def own_limit(self, channel: Channel) -> int | None:
        """Return the limit of the channel's server, if it says one."""
        told = channel.max_characters or 0
        return told if self.servers_limit_text and told > 0 else None

    def counts_within(self, limit: int | None) -> tuple[TextCount, ...]:
        """Return the counts a text must keep to, with ``limit`` for the usual one."""
        if limit is None:
            return self.counts
        return tuple(
            replace(count, limit=limit) if count.limit == self.text_limit else count
            for count in self.counts
        )

    def counts_on(self, channel: Channel) -> tuple[TextCount, ...]:
        """Return the counts a text must keep to on a channel."""
        return self.counts_within(self.own_limit(channel))
