"""Previews: what each network shows of a proof, as values that ``templates/previews/`` draws.

A preview holds every text of the proof. The fold and "more" are those of
:class:`galley.networks.rules.Advice`, which vendors measured; what is folded away stays readable.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from urllib.parse import urlsplit

from galley.models.draft import Fact, FactKind
from galley.models.media import MediaKind, PublicAsset, StagedAsset, size_words
from galley.models.network import (
    Extras,
    GoogleBusinessExtras,
    GoogleButton,
    GooglePostKind,
    InstagramExtras,
    LinkCard,
    MastodonExtras,
    Platform,
    PostForm,
    ThreadsExtras,
    YouTubeExtras,
    YouTubePrivacy,
)
from galley.models.post import PostView
from galley.models.proof import Proof, ProofAsset
from galley.networks.registry import rules_for
from galley.networks.text import find_links
from galley.review.changes import ON_ITS_WAY
from galley.review.proof import proof_of
from web.preview_text import FactSpan, FoldedText, Part, PartKind, TextLook, fold_text

_UPRIGHT = 0.8
"""Width to height at which a film counts as vertical."""


@dataclass(frozen=True, slots=True)
class Medium:
    """One picture, film or document; ``number`` counts from 1."""

    number: int
    kind: MediaKind
    src: str
    alt: str
    width: int
    height: int
    about: str
    """Format, pixels, size and length, in words."""

    @property
    def is_upright(self) -> bool:
        """Whether it fills a phone's screen."""
        return self.width <= self.height * _UPRIGHT


class Gallery(StrEnum):
    """How several media stand together."""

    NONE = "none"
    SINGLE = "single"
    GRID = "grid"
    CAROUSEL = "carousel"
    DOCUMENT = "document"
    FILM = "film"
    """A vertical film, with the text over its foot."""


@dataclass(frozen=True, slots=True)
class ShownCard:
    """A link's card; ``is_guess``: the network reads title and picture from the page."""

    host: str
    title: str
    text: str
    is_guess: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """A post, or one post of a thread."""

    text: FoldedText
    card: ShownCard | None = None
    media: tuple[Medium, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """What a network shows of one post."""

    platform: Platform
    network: str
    name: str
    form: str
    """Post, thread, carousel, reel, story, short, pin, offer or event."""
    gallery: Gallery
    media_first: bool
    """Whether the picture stands above the text."""
    items: tuple[Item, ...]
    more: str
    """The network's word at the fold."""
    title: FoldedText = field(default_factory=FoldedText)
    spoiler: str = ""
    button: str = ""
    leads_to: str = ""
    """The host that a pin or button opens."""
    first_comment: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()
    """Fields of the network that are not drawn, in words."""
    links: tuple[str, ...] = ()
    """Every address in the post, in full, each once."""
    media_note: str = ""
    """Why its pictures are not here yet."""

    @property
    def media(self) -> tuple[Medium, ...]:
        """All media of the post: they stand in its first item."""
        return self.items[0].media if self.items else ()


_NO_LINKS = frozenset({PartKind.TAG, PartKind.MENTION})
_LOOKS = {
    Platform.INSTAGRAM: TextLook(marks=_NO_LINKS, lines=2),
    Platform.FACEBOOK: TextLook(lines=5),
    Platform.TIKTOK: TextLook(marks=_NO_LINKS),
    Platform.LINKEDIN: TextLook(desktop=210, lines=3),
    Platform.X: TextLook(shortens=True),
    Platform.YOUTUBE: TextLook(marks=_NO_LINKS),
    Platform.THREADS: TextLook(shortens=True),
    Platform.PINTEREST: TextLook(marks=frozenset()),
    Platform.GOOGLEBUSINESS: TextLook(marks=frozenset()),
    Platform.BLUESKY: TextLook(shortens=True),
    Platform.MASTODON: TextLook(bare_links=False, shortens=True),
}
_MORE = {
    Platform.FACEBOOK: "See more",
    Platform.X: "Show more",
    Platform.GOOGLEBUSINESS: "Read more",
}
_TITLE = TextLook(marks=frozenset(), fold=40)
_PLAIN = TextLook(marks=frozenset())
_MEDIA_FIRST = {
    Platform.INSTAGRAM,
    Platform.TIKTOK,
    Platform.YOUTUBE,
    Platform.PINTEREST,
    Platform.GOOGLEBUSINESS,
}
_LEAFED_THROUGH = {Platform.INSTAGRAM, Platform.TIKTOK, Platform.THREADS}
"""Networks that show several pictures one after the other."""
_ALWAYS_UPRIGHT = {Platform.TIKTOK, Platform.YOUTUBE, Platform.INSTAGRAM}
_GUESSES_A_CARD = {Platform.X, Platform.MASTODON}
"""Networks that make a card of a link although Buffer takes none for them."""
_BEING_MADE = "Its pictures are still being made."
_WHEN_PICKED = "Its pictures are drawn when it is picked; then it is in review again."
_BUTTONS = {GoogleButton.SIGN_UP: "Sign up", GoogleButton.LEARN_MORE: "Learn more"}


def preview_of(
    view: PostView, media_url: Callable[[int], str], pick: int | None = None
) -> Preview | None:
    """Return what the network shows of a post if it is approved now; ``None`` without a draft.

    Args:
        view: The post.
        media_url: The address under which we serve an asset, by its number from 1.
        pick: The number of the variant; ``None``: the one of the post.
    """
    proof = proof_of(view, pick)
    if proof is None:
        return None
    is_proposed = view.proposal is not None and view.state in ON_ITS_WAY
    staged = view.proposal.staged if view.proposal and is_proposed else view.staged
    facts = () if is_proposed else view.facts
    note = _BEING_MADE if view.is_making_media else ""
    if view.variants and not is_proposed:
        number = pick or view.picked or 1
        facts = view.variants[min(number, len(view.variants)) - 1].facts
        if number != (view.picked or 1) and staged:
            note = _WHEN_PICKED
    return Drawing(proof, view.channel_name, facts, staged or view.media, media_url).preview(note)


@dataclass(frozen=True)
class Drawing:
    """One proof on its way to a preview.

    Attributes:
        proof: What leaves.
        name: The channel's name.
        facts: Those of the draft; offsets that the proof does not have are left out.
        sizes: The assets as they are staged, for width, height and length.
        media_url: As for :func:`preview_of`.
    """

    proof: Proof
    name: str
    facts: Sequence[Fact]
    sizes: Sequence[StagedAsset | PublicAsset]
    media_url: Callable[[int], str]

    def preview(self, media_note: str = "") -> Preview:
        """Return what the network shows."""
        proof = self.proof
        platform, extras = proof.platform, proof.extras
        look, rules = _LOOKS[platform], rules_for(platform)
        media = () if media_note else tuple(self._media())
        gallery = self._gallery(media)
        texts = proof.thread or (proof.text,)
        items = tuple(
            Item(
                self._text(
                    text,
                    "text" if number == 1 else f"thread.{number}",
                    replace(look, fold=rules.advice.fold),
                ),
                self._card(text) if number == 1 and not media else None,
                media if number == 1 else (),
            )
            for number, text in enumerate(texts, 1)
        )
        title = proof.title or (extras.title if isinstance(extras, GoogleBusinessExtras) else "")
        title_look = _TITLE if rules.title_limit else _PLAIN
        comment: str = getattr(extras, "first_comment", "")
        return Preview(
            platform=platform,
            network=rules.name,
            name=self.name,
            form=_form(proof, gallery, media),
            gallery=gallery,
            media_first=platform in _MEDIA_FIRST,
            items=items,
            more=_MORE.get(platform, "more"),
            title=self._text(title, "title", title_look),
            spoiler=extras.spoiler if isinstance(extras, MastodonExtras) else "",
            button=_button(proof),
            leads_to=_host(proof.link) if proof.link else "",
            first_comment=fold_text(comment, look).parts,
            notes=tuple(_notes(extras)),
            links=tuple(dict.fromkeys(self._links(texts, comment))),
            media_note=media_note,
        )

    def _media(self) -> Iterator[Medium]:
        for number, asset in enumerate(self.proof.assets, 1):
            size = next((one for one in self.sizes if one.sha256 == asset.sha256), None)
            width, height = (size.width, size.height) if size else (None, None)
            src = self.media_url(number)
            offset = getattr(self.proof.extras, "thumbnail_offset_ms", None)
            if asset.kind is MediaKind.VIDEO:
                # Without it a browser shows no frame before the film plays.
                src = f"{src}#t={(offset or 100) / 1000:g}"
            about = _about(asset, width, height, size.duration if size else None)
            # Without a shape the browser would move the page when the file arrives.
            shape = (width or 4, height or 5)
            yield Medium(number, asset.kind, src, asset.alt_text, *shape, about)

    def _gallery(self, media: Sequence[Medium]) -> Gallery:
        if not media:
            return Gallery.NONE
        if any(one.kind is MediaKind.DOCUMENT for one in media):
            return Gallery.DOCUMENT
        if media[0].kind is MediaKind.VIDEO and self._fills_screen(media[0]):
            return Gallery.FILM
        if getattr(self.proof.extras, "form", None) is PostForm.STORY:
            return Gallery.FILM
        if len(media) == 1:
            return Gallery.SINGLE
        return Gallery.CAROUSEL if self.proof.platform in _LEAFED_THROUGH else Gallery.GRID

    def _fills_screen(self, medium: Medium) -> bool:
        return self.proof.platform in _ALWAYS_UPRIGHT or (
            medium.is_upright and self.proof.platform is Platform.FACEBOOK
        )

    def _card(self, text: str) -> ShownCard | None:
        given: LinkCard | None = getattr(self.proof.extras, "link_card", None)
        if given is not None:
            host = _host(given.url)
            return ShownCard(host, given.title or host, given.description, not given.title)
        platform = self.proof.platform
        if not (rules_for(platform).has_link_card or platform in _GUESSES_A_CARD):
            return None
        links = find_links(text, bare_domains=_LOOKS[platform].bare_links)
        host = _host(text[links[0].start : links[0].end]) if links else ""
        return ShownCard(host, host, "", is_guess=True) if host else None

    def _links(self, texts: Iterable[str], comment: str) -> Iterator[str]:
        card: LinkCard | None = getattr(self.proof.extras, "link_card", None)
        for text in (*texts, comment):
            yield from (text[start:end] for start, end in find_links(text))
        yield from filter(None, (self.proof.link, card.url if card else ""))

    def _text(self, text: str, place: str, look: TextLook) -> FoldedText:
        facts = [
            FactSpan(fact.start, fact.end, number, fact.is_claim)
            for number, fact in enumerate(self.facts, 1)
            if fact.place == place
            and 0 <= fact.start < fact.end <= len(text)
            # Every sentence that the source supports would be underlined, and none would stand out.
            and (fact.is_claim or fact.kind is not FactKind.STATEMENT)
        ]
        # The number in a sentence that is a claim keeps its own mark.
        return fold_text(text, look, sorted(facts, key=lambda one: one.end - one.start))


def _host(link: str) -> str:
    try:
        found = urlsplit(link if "://" in link else f"https://{link}").hostname or ""
    except ValueError:
        return link
    return found.removeprefix("www.") or link


def _about(asset: ProofAsset, width: int | None, height: int | None, duration: float | None) -> str:
    words = (
        asset.mime.partition("/")[2].upper(),
        f"{width} by {height}" if width and height else "",
        size_words(asset.size),
        f"{duration:.0f} s" if duration else "",
    )
    return ", ".join(filter(None, words))


def _form(proof: Proof, gallery: Gallery, media: Sequence[Medium]) -> str:
    given = getattr(proof.extras, "form", None) or getattr(proof.extras, "kind", None)
    if given in {PostForm.STORY, PostForm.REEL, GooglePostKind.OFFER, GooglePostKind.EVENT}:
        return str(given).capitalize()
    if proof.thread:
        return f"Thread of {len(proof.thread)}"
    named = {Platform.YOUTUBE: "Short", Platform.PINTEREST: "Pin", Platform.TIKTOK: "Film"}
    match gallery:
        case Gallery.FILM:
            return named.get(proof.platform, "Reel")
        case Gallery.CAROUSEL:
            return f"Carousel of {len(media)}"
        case Gallery.DOCUMENT:
            return "Document"
        case _:
            return "Pin" if proof.platform is Platform.PINTEREST else "Post"


def _button(proof: Proof) -> str:
    if not isinstance(proof.extras, GoogleBusinessExtras | None):
        return ""
    if proof.platform is not Platform.GOOGLEBUSINESS:
        return ""
    given = proof.extras.button if proof.extras else None
    button = given or (GoogleButton.LEARN_MORE if proof.link else GoogleButton.NONE)
    if button is GoogleButton.NONE:
        return ""
    return _BUTTONS.get(button, button.value.capitalize())


def _notes(extras: Extras | None) -> Iterator[str]:
    """Yield the fields of a network that no part of the drawing shows."""
    if getattr(extras, "is_ai_generated", False):
        yield "Marked as made with AI"
    match extras:
        case ThreadsExtras(topic=topic) if topic:
            yield f"Topic: {topic}"
        case InstagramExtras(user_tags=tags, share_to_feed=in_feed):
            if tags:
                named = (f"{tag.handle} in picture {tag.asset + 1}" for tag in tags)
                yield f"Tagged: {', '.join(named)}"
            if not in_feed:
                yield "Not shown in the feed"
        case YouTubeExtras():
            yield from _film_notes(extras)
        case GoogleBusinessExtras(starts_at=start, ends_at=end, code=code, terms=terms):
            day = "%d %B %Y" if extras.is_full_day else "%d %B %Y, %H:%M %Z"
            if start and end:
                yield f"From {start:{day}} to {end:{day}}"
            if code:
                yield f"Code: {code}"
            if terms:
                yield f"Terms: {terms}"
        case _:
            pass


def _film_notes(extras: YouTubeExtras) -> Iterator[str]:
    yield f"Category {extras.category}"
    if extras.privacy is not YouTubePrivacy.PUBLIC:
        yield f"Visibility: {extras.privacy}"
    if extras.made_for_kids:
        yield "Made for children"
    if not extras.notify_subscribers:
        yield "Subscribers are not notified"
    if not extras.embeddable:
        yield "Not to be embedded"
