"""Put a post together: text, link and hashtags, and the slides or answers of its form.

No network takes a poll through Buffer's API, so a question carries its answers in the
text. Slides become pictures where a network takes several, and paragraphs elsewhere.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from galley.models.channel import Channel
from galley.models.draft import Draft, Problem, Slide
from galley.models.media import MediaKind
from galley.models.network import Platform
from galley.models.options import Form
from galley.networks.registry import rules_for
from galley.networks.rules import LinkPlacement, NetworkRules, unify_newlines
from galley.networks.text import hashtags_in, links_in, write_hashtag

MOST_ANSWERS, ANSWER_LENGTH = 4, 25
"""As network polls have them: what a reader takes in at a glance."""
_MOST_SLIDES, _FEWEST = 8, 2
_DRAWN_TITLE, _DRAWN_TEXT = 60, 160
"""Columns of a slide: more would be too small to read on a phone."""
_WRITTEN_TITLE, _WRITTEN_TEXT, _A_PARAGRAPH = 40, 70, 120
_QUESTION = re.compile("[?\uff1f\u061f\u037e\u055e\u1367]")
_ADDRESS = re.compile(r"(?<!\w)\w++://\S+")
_NUMBERED = re.compile(r"(?m)^\d\. \S")


@dataclass(frozen=True)
class SlideLimits:
    """The most slides, and columns of each; ``drawn``: they are pictures."""

    most: int
    title: int
    text: int
    drawn: bool


def slide_limits(rules: NetworkRules, body: int) -> SlideLimits:
    """Return what a carousel may have; ``body`` is the room of the text."""
    if draws_slides(rules):
        most = min(_MOST_SLIDES, rules.image.most if rules.image else 0)
        return SlideLimits(most, _DRAWN_TITLE, _DRAWN_TEXT, drawn=True)
    most = max(_FEWEST, min(_MOST_SLIDES, body // 2 // _A_PARAGRAPH))
    return SlideLimits(most, _WRITTEN_TITLE, _WRITTEN_TEXT, drawn=False)


def draws_slides(rules: NetworkRules) -> bool:
    """Whether a network takes several pictures in one post."""
    return rules.image is not None and rules.image.most >= _FEWEST


def columns(text: str) -> int:
    """Count columns: Chinese, Japanese and Korean letters and emoji take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def media_of(draft: Draft, rules: NetworkRules) -> list[MediaKind]:
    """Return what Galley draws for a draft, in order."""
    if draft.slides and rules.document:
        return [MediaKind.DOCUMENT, MediaKind.IMAGE]
    if draft.slides:
        return [MediaKind.IMAGE] * len(draft.slides)
    return [rules.required_media] if rules.required_media else []


def with_answers(body: str, answers: Sequence[str]) -> str:
    """Return a question with its answers, each on a numbered line."""
    lines = [f"{number}. {answer}" for number, answer in enumerate(answers, 1)]
    return "\n\n".join(filter(None, (body.strip(), "\n".join(lines))))


def with_paragraphs(body: str, slides: Sequence[Slide]) -> str:
    """Return the slides as numbered paragraphs below the text."""
    parts = [body.strip()]
    for number, slide in enumerate(slides, 1):
        lines = [line for line in (slide.title, slide.text) if line]
        parts.append(f"{number}. " + "\n".join(lines))
    return "\n\n".join(filter(None, parts))


def why_unfit(form: Form, platform: Platform) -> str:
    """Return why a form cannot work on a network, whatever is written; empty where it can."""
    # A post of a business profile has no comments.
    if form is Form.QUESTION and platform is Platform.GOOGLEBUSINESS:
        return "a question is wanted, and nobody can answer there"
    return ""


def form_problems(form: Form, draft: Draft, channel: Channel) -> Iterator[Problem]:
    """Name what a draft lacks to be what was asked for."""
    numbered = len(_NUMBERED.findall(draft.text))
    if form is Form.QUESTION:
        asked = _ADDRESS.sub("", draft.text)
        if not _QUESTION.search(asked) or numbered < _FEWEST:
            yield Problem(
                rule="question",
                message="A question is wanted, with two to four answers: ask one, and "
                "give each answer in parts.",
            )
    elif form is Form.CAROUSEL:
        is_drawn = draws_slides(rules_for(channel.platform))
        if (len(draft.slides) if is_drawn else numbered) < _FEWEST:
            yield Problem(rule="slides", message="A carousel needs two slides at least: add some.")


def slide_problems(draft: Draft, rules: NetworkRules) -> Iterator[Problem]:
    """Name each slide that would not fit on a picture, and too many of them."""
    if not draft.slides:
        return
    limits = slide_limits(rules, 0)
    if not limits.drawn or len(draft.slides) > limits.most:
        most = limits.most if limits.drawn else 0
        yield Problem(
            rule="slides",
            message=f"{rules.name} takes {most} slides and the draft has "
            f"{len(draft.slides)}: remove some.",
        )
    for number, slide in enumerate(draft.slides, 1):
        yield from _fit(number, "title", slide.title, limits.title)
        yield from _fit(number, "text", slide.text, limits.text)
        if not (slide.title + slide.text).strip():
            yield Problem(rule="slides", message=f"Slide {number} is empty: fill it.")


def _fit(number: int, name: str, text: str, limit: int) -> Iterator[Problem]:
    length = columns(text)
    if length > limit:
        yield Problem(
            rule="slides",
            message=f"The {name} of slide {number} has {length} of {limit} characters: "
            f"shorten it by {length - limit}.",
        )


_BETWEEN = "\n\n"


def compose(rules: NetworkRules, body: str, hashtags: tuple[str, ...], link: str | None) -> str:
    """Return the text as it goes out.

    Args:
        rules: Where the network wants the link, and how many hashtags.
        body: What the post says. A link or hashtag already in it is not repeated.
        hashtags: Best first, with or without ``#``; words are joined. Beyond the
            network's limit, or where it has none its custom, they are left out.
        link: The full address, or nothing.

    The result may be too long: :func:`galley.networks.checks.check_text` says so.
    """
    said = unify_newlines(body).strip()
    address = link.strip() if link and rules.link is LinkPlacement.IN_TEXT else ""
    parts = (
        said,
        "" if address in links_in(said) else address,
        " ".join(f"#{tag}" for tag in _tags(rules, said, hashtags)),
    )
    return _BETWEEN.join(part for part in parts if part)


def _tags(rules: NetworkRules, said: str, hashtags: tuple[str, ...]) -> tuple[str, ...]:
    used = {tag.casefold() for tag in hashtags_in(said)}
    advised = rules.advice.hashtags[1]
    most = advised if rules.max_hashtags is None else rules.max_hashtags
    room = most - len(hashtags_in(said))
    written: list[str] = []
    for words in hashtags:
        tag = write_hashtag(words, camel_case=rules.joins_words_in_camel_case)
        if len(written) >= room:
            break
        fits = rules.hashtag_limit is None or len(tag) <= rules.hashtag_limit
        if tag and fits and tag.casefold() not in used:
            used.add(tag.casefold())
            written.append(tag)
    return tuple(written)


def body_budget(
    rules: NetworkRules, hashtags: tuple[str, ...], link: str | None, *, limit: int | None = None
) -> int:
    """Return about how many plain characters the body may have.

    ``limit`` stands for the network's usual one, as in ``check_text``. Emoji, other
    scripts and line breaks cost more on some networks, so this is for a prompt; the
    check decides.
    """
    rest = compose(rules, "", hashtags, link)
    tail = _BETWEEN + rest if rest else ""
    own = rules.text_limit if limit is None else limit
    return max(
        0,
        min(
            (own if count.limit == rules.text_limit else count.limit) - count.of(tail)
            for count in rules.counts
        ),
    )
