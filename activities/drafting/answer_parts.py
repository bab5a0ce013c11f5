"""The final text of one post, or the posts of a thread, with link and hashtags."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from galley.clients.anthropic import PostAnswer
from galley.drafting.messages import WriterLimits
from galley.models import (
    Draft,
    Extras,
    Form,
    LinkCard,
    Slide,
    SourceDocument,
    WriteDraft,
    extras_for,
)
from galley.networks.checks import is_web_address
from galley.networks.composition import (
    ANSWER_LENGTH,
    MOST_ANSWERS,
    compose,
    draws_slides,
    slide_limits,
    with_answers,
    with_paragraphs,
)
from galley.networks.registry import rules_for
from galley.networks.rules import NetworkRules
from galley.networks.split import Thread, warning_of

_A_NUMBER = len("1. \n")
SINGLE = frozenset({Form.QUESTION, Form.CAROUSEL})
"""Forms that are never a thread: their parts belong together."""


def limits_of_form(form: Form, limits: WriterLimits, rules: NetworkRules) -> WriterLimits:
    """Return what the writer may use once the parts have taken their share."""
    if form not in SINGLE:
        return limits
    if form is Form.QUESTION:
        taken = MOST_ANSWERS * (ANSWER_LENGTH + _A_NUMBER)
        changes = {"answers": MOST_ANSWERS, "body": limits.body - taken}
        return replace(limits, thread=0, whole=0, **changes)
    slides = slide_limits(rules, limits.body)
    each = slides.title + slides.text + 2 * _A_NUMBER
    body = limits.body - (0 if slides.drawn else slides.most * each)
    return replace(limits, thread=0, whole=0, slides=slides, body=body)


def shaped(
    form: Form, answer: PostAnswer, rules: NetworkRules, clean: Callable[[str], str]
) -> tuple[str, tuple[Slide, ...]]:
    """Return the text of the post, and the slides that are drawn.

    Args:
        form: What was asked for.
        answer: The model's.
        rules: The network's: whether it takes several pictures.
        clean: Makes a line of the answer safe to publish.
    """
    parts = [Slide(title=clean(p.title), text=clean(p.text)) for p in answer.parts]
    parts = [part for part in parts if part.title or part.text]
    if form is Form.QUESTION:
        answers = [part.text or part.title for part in parts]
        return with_answers(answer.body, answers[:MOST_ANSWERS]), ()
    if draws_slides(rules):
        return answer.body, tuple(parts)
    return with_paragraphs(answer.body, parts), ()


Posts = tuple[str, ...]
Tags = tuple[str, ...]


class PostTexts:
    """Puts clean words together as the channel's network wants them."""

    def __init__(self, task: WriteDraft, document: SourceDocument, extras: Extras | None) -> None:
        channel = task.channel
        self._rules = rules_for(channel.platform)
        self._link = task.source.link or ""
        is_single = task.options.form in SINGLE
        has_threads = self._rules.max_thread > 1 and not is_single
        self._makes_threads = task.options.makes_threads and has_threads
        self._thread = Thread(
            counts=self._rules.counts_on(channel),
            most=self._rules.max_thread,
            numbered=task.options.posting.numbered,
            before=warning_of(extras),
            language=(document.language or "en")[:2],
        )

    def write(self, items: Sequence[str], tags: Tags) -> tuple[Posts, Tags]:
        """Return the post or the thread, and the hashtags there was room for.

        Link and hashtags stand in the last post of a thread. In a single post,
        hashtags give way to the text.
        """
        *before, body = items
        last, kept = self._last(body, tags)
        is_whole = not before and self._thread.fits(last)
        if is_whole or not self._makes_threads:
            return (*before, last), kept
        whole = self._composed(body, tags)
        tail = whole.removeprefix(body.strip()).strip()
        return self._thread.split([*before, whole], tail), tags

    def _last(self, body: str, tags: Tags) -> tuple[str, Tags]:
        text = self._composed(body, tags)
        while tags and not self._thread.fits(text):
            tags = tags[:-1]
            text = self._composed(body, tags)
        return text, tags

    def _composed(self, body: str, tags: Tags) -> str:
        return compose(self._rules, body, tags, self._link)


LINK_PLACE = "{link}"
"""Stands for the source's address in a first comment that was asked for."""
_LONGEST_ADDRESS = 2048
"""What a card holds."""


def asked_extras(task: WriteDraft) -> Extras | None:
    """Return the extras without a card of our own making.

    A new draft keeps what a reviewer changed in the last one.
    """
    if task.previous is not None:
        asked = task.previous.extras
        if asked is None or _card(asked) is None or _card(asked) != _card_of(task):
            return asked
        return _with_card(asked, None)
    asked = task.options.posting.networks.on(task.channel.platform)
    comment: str | None = getattr(asked, "first_comment", None)
    if asked is None or not comment or LINK_PLACE not in comment:
        return asked
    said = comment.replace(LINK_PLACE, task.source.link or "").strip()
    return asked.model_copy(update={"first_comment": said})


def with_link_card(draft: Draft, task: WriteDraft) -> Draft:
    """Show the link in the text as a card, where the network has them and no media.

    In a thread the link stands in the last post and a card would stand on the first.
    """
    card, rules = _card_of(task), rules_for(task.channel.platform)
    extras = draft.extras or extras_for(task.channel.platform)
    may_have_one = (
        rules.has_link_card
        and rules.required_media is None
        and not draft.thread
        and not draft.slides
        and getattr(extras, "form", None) is None
        and extras.platform is task.channel.platform
    )
    if card is None or not may_have_one or _card(extras) is not None:
        return draft
    if card.url not in draft.text or _was_removed(task):
        return draft
    return draft.model_copy(update={"extras": _with_card(extras, card)})


def _was_removed(task: WriteDraft) -> bool:
    """Tell whether the last draft could have had a card and a reviewer took it away."""
    last = task.previous
    if last is None or last.thread or (task.source.link or "") not in last.text:
        return False
    return last.extras is None or _card(last.extras) is None


def _card_of(task: WriteDraft) -> LinkCard | None:
    link = task.source.link or ""
    is_usable = is_web_address(link) and len(link) <= _LONGEST_ADDRESS
    options = task.options
    is_wanted = options.posting.link_cards and not options.media.card
    return LinkCard(url=link) if is_wanted and is_usable else None


def _card(extras: Extras) -> LinkCard | None:
    card: LinkCard | None = getattr(extras, "link_card", None)
    return card


def _with_card(extras: Extras, card: LinkCard | None) -> Extras:
    return extras.model_copy(update={"link_card": card})
