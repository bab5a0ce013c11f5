"""Builds Draft values from the answer of the model: text, thread, tags, link, extras, problems.

drafts.py uses DraftAssembly for each variant; pieces.py uses :func:`grounds_for`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from galley.drafting.answers import PostAnswer
from galley.drafting.evidence import Grounds
from galley.drafting.facts import MOST, claims_in, finder_for, grounds_of
from galley.drafting.messages import HEADLINE_LIMIT, WriterLimits
from galley.drafting.persona import persona_problems
from galley.drafting.sanitizer import grounded_tags, grounded_text
from galley.drafting.statements import Statement, statement_claims, statement_facts
from galley.models.brand import Persona
from galley.models.draft import Draft, Fact, FactOrigin, Problem, Slide, Variant, WriteDraft
from galley.models.media import OF_SOURCE
from galley.models.network import Extras, LinkCard, extras_for
from galley.models.options import Form
from galley.models.source import SourceDocument, SourceKind
from galley.networks.checks import check_draft, is_web_address
from galley.networks.composition import (
    ANSWER_LENGTH,
    MOST_ANSWERS,
    body_budget,
    compose,
    draws_slides,
    form_problems,
    slide_limits,
    with_answers,
    with_paragraphs,
)
from galley.networks.registry import rules_for
from galley.networks.rules import LinkPlacement, NetworkRules
from galley.networks.split import Thread, warning_of

_A_NUMBER = len("1. \n")


def limits_of_form(form: Form, limits: WriterLimits, rules: NetworkRules) -> WriterLimits:
    """Return the limits of the body once the parts of the form have their share."""
    if not form.is_single:
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
    """Return the text of a question or carousel, and the slides to draw.

    Networks without several pictures get the slides as paragraphs of the text.

    Args:
        form: The form that was asked for.
        answer: The answer of the model.
        rules: The rules of the network.
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
    """Composes clean words, hashtags and link as the channel's network wants them."""

    def __init__(self, task: WriteDraft, document: SourceDocument, extras: Extras | None) -> None:
        channel = task.channel
        self._rules = rules_for(channel.platform)
        self._link = task.source.link or ""
        is_single = task.options.form.is_single
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
        """Return the post or the thread, and the hashtags that had room.

        Link and hashtags stand in the last post of a thread. In a single post,
        hashtags give way to the text.
        """
        *before, body = items
        kept, last = tags, compose(self._rules, body, tags, self._link)
        while kept and not self._thread.fits(last):
            kept = kept[:-1]
            last = compose(self._rules, body, kept, self._link)
        is_whole = not before and self._thread.fits(last)
        if is_whole or not self._makes_threads:
            return (*before, last), kept
        # A thread has room for every hashtag, so none is dropped. Link and hashtags are
        # split off as one tail, which stays together in the last post.
        whole = compose(self._rules, body, tags, self._link)
        tail = whole.removeprefix(body.strip()).strip()
        return self._thread.split([*before, whole], tail), tags


LINK_PLACE = "{link}"
"""Placeholder for the source's address in a first comment that was asked for."""
# Characters that a link card holds.
_LONGEST_ADDRESS = 2048


def asked_extras(task: WriteDraft) -> Extras | None:
    """Return the extras of the last draft, or those asked for, without our own link card."""
    if task.previous is not None:
        asked = task.previous.extras
        # A card that a reviewer changed is theirs and stays; ours is made anew, because
        # the new text may have no link, or a thread in its place.
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
    """Add a card for the link in the text, where the network has cards and the post no media."""
    card, rules = _card_of(task), rules_for(task.channel.platform)
    extras = draft.extras or extras_for(task.channel.platform)
    may_have_one = (
        rules.has_link_card
        and rules.required_media is None
        # A thread has its link in the last post, and a card would stand on the first.
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
    """Return whether a reviewer removed the card that the last draft had."""
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


_USUAL_TAG = "TwelveLetter"
# Most posts of a thread, asked for and of the writer's own choice: readers leave longer ones.
_LONG_THREAD, _SHORT_THREAD = 8, 3


class DraftAssembly:
    """Builds the drafts of one post; ``limits`` are the ones that the writer is told."""

    def __init__(
        self,
        task: WriteDraft,
        document: SourceDocument,
        persona: Persona | None = None,
        statements: Sequence[Statement] = (),
    ) -> None:
        self._task = task
        self._statements = statements
        self._persona = persona
        self._channel = task.channel
        self._extras = asked_extras(task)
        self._posts = PostTexts(task, document, self._extras)
        self._link = task.source.link or ""
        self._rules = rules_for(task.channel.platform)
        self._grounds = grounds_for(
            document,
            persona,
            brief="" if task.options.review.started_by_agent else task.options.brief,
            note="" if task.is_noted_by_agent else task.note,
        )
        # Fills in for a missing title or headline, so it is cleaned as the answer is: it
        # comes from a stranger's page.
        self._title = self.one_line(document.title)
        self._finder = finder_for(self._grounds)
        self.limits = limits_for(task)

    def draft(self, answer: PostAnswer) -> Draft:
        """Return the post as it would go out, even if it breaks the network's rules."""
        limits, channel = self.limits, self._channel
        # A topic takes the place of the one hashtag that Threads has.
        most = 0 if getattr(self._extras, "topic", "") else limits.hashtags
        tags = grounded_tags(answer.hashtags, self._grounds, most)
        items, slides = self._items(answer)
        texts, tags = self._posts.write(items, tags)
        title = self.one_line(answer.title) or _cut(self._title, limits.title)
        is_field = self._rules.link is LinkPlacement.FIELD
        headline = self.one_line(answer.headline) or self._title
        draft = Draft(
            text=texts[0] if texts else "",
            thread=texts if len(texts) > 1 else (),
            title=title if limits.title else "",
            headline=_cut(headline, HEADLINE_LIMIT),
            alt_text=self.one_line(answer.alt_text) if limits.alt_text else "",
            link=self._link if is_field else "",
            board=channel.boards[0].name if channel.boards else "",
            hashtags=tags,
            slides=slides,
            extras=self._extras,
        )
        return with_link_card(draft, self._task)

    def _items(self, answer: PostAnswer) -> tuple[list[str], tuple[Slide, ...]]:
        """Return the clean posts of a thread or the one text, and the slides to draw."""
        form = self._task.options.form
        if form.is_single:
            body = answer.model_copy(update={"body": self._clean(answer.body)})
            text, slides = shaped(form, body, self._rules, self.one_line)
            return [text], slides
        items = [text for item in answer.thread if (text := self._clean(item))]
        if self.limits.thread and len(items) > 1:
            return items, ()
        return [self._clean(answer.body)], ()

    def facts(self, draft: Draft) -> tuple[Fact, ...]:
        """Return the facts that a draft states, with their places in the source, claims first."""
        is_numbered = self._task.options.posting.numbered
        found = (
            *self._finder.facts(draft, numbered=is_numbered),
            *statement_facts(draft, self._statements, is_numbered=is_numbered),
        )
        return tuple(sorted(found, key=lambda fact: not fact.is_claim))[:MOST]

    def problems(self, draft: Draft, facts: Sequence[Fact]) -> tuple[Problem, ...]:
        """Return broken rules, facts without a source, and words to avoid."""
        return (
            *check_draft(draft, self._channel),
            *form_problems(self._task.options.form, draft, self._channel),
            *self._too_many_posts(draft),
            *claims_in(draft, facts),
            *statement_claims(draft, facts, self._grounds.texts),
            *persona_problems(self._persona, draft),
        )

    def _too_many_posts(self, draft: Draft) -> tuple[Problem, ...]:
        """Hold a thread that nobody asked for to its limit; a person may want it all the same."""
        most, count = self.limits.thread, len(draft.thread)
        if count <= most or self._task.options.makes_threads:
            return ()
        message = f"The thread has {count} posts of {most} at most: tell it in fewer, or in one."
        return (Problem(rule="thread", message=message, is_claim=True),)

    def _clean(self, text: str) -> str:
        return grounded_text(text, self._grounds)

    def one_line(self, text: str) -> str:
        """Return a line of the answer as it may be shown: no address or mention nobody gave."""
        return " ".join(self._clean(text).split())


def limits_for(task: WriteDraft) -> WriterLimits:
    """Return the limits that remain beside the link, the usual hashtags and the form's parts."""
    rules, extras = rules_for(task.channel.platform), asked_extras(task)
    fewest, most = rules.advice.hashtags
    tags = most if rules.max_hashtags is None else min(most, rules.max_hashtags)
    reserved = (_USUAL_TAG,) * min(max(fewest, 1), tags)
    limit = rules.own_limit(task.channel) or rules.text_limit
    warning = rules.measure(warning_of(extras))
    body = body_budget(rules, reserved, task.source.link, limit=limit - warning)
    asked = task.options.makes_threads
    longest = min(rules.max_thread, _LONG_THREAD if asked else _SHORT_THREAD)
    thread = longest if rules.max_thread > 1 else 0
    limits = WriterLimits(
        body=body,
        whole=body * thread if asked else 0,
        thread=thread,
        title=rules.title_limit or 0,
        hashtags=tags,
        # A card drawn from the source gets its alt text from the source, too.
        alt_text=0 if task.options.media.card in OF_SOURCE else rules.alt_limit or 0,
    )
    return limits_of_form(task.options.form, limits, rules)


def grounds_for(
    document: SourceDocument, persona: Persona | None, *, brief: str, note: str = ""
) -> Grounds:
    """Return the passages that prove a fact: the source, and the author's own words."""
    day = f"{document.published_at:%Y-%m-%d}" if document.published_at else ""
    is_list = document.kind is SourceKind.PROMPTS
    passages = (
        (FactOrigin.SOURCE, "" if is_list else document.text),
        (FactOrigin.TITLE, document.title),
        (FactOrigin.AUTHOR, document.author or ""),
        (FactOrigin.TAGS, "\n".join(document.tags)),
        (FactOrigin.PUBLISHED, day),
        (FactOrigin.PROMPT, "\n".join(document.prompts) if is_list else ""),
        (FactOrigin.BRIEF, brief),
        (FactOrigin.NOTE, note),
        (FactOrigin.PERSONA, persona.words if persona else ""),
    )
    languages = (persona.language if persona else "", document.language or "")
    return grounds_of(passages, *languages)


def _cut(text: str, limit: int) -> str:
    """Shorten to ``limit`` characters at the end of a word."""
    if len(text) <= limit:
        return text
    kept = text[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,;:-")
    return f"{kept}\u2026"


def variants_of(
    answers: Sequence[PostAnswer], assembly: DraftAssembly, count: int
) -> tuple[Variant, ...]:
    """Return at most ``count`` drafts, without repeated ones and empty ones after the first."""
    found: dict[tuple[str, ...], Variant] = {}
    said = [one for at, one in enumerate(answers) if at == 0 or not one.is_empty]
    for one in said[: max(1, count)]:
        draft = assembly.draft(one)
        words = draft.thread or (draft.text,)
        if words not in found:
            facts = assembly.facts(draft)
            problems = assembly.problems(draft, facts)
            found[words] = Variant(draft=draft, problems=problems, facts=facts)
    return tuple(found.values())


def mended(before: Sequence[Variant], again: Sequence[Variant]) -> tuple[Variant, ...]:
    """Return of each variant the version that breaks fewer rules; at par the later.

    A variant that the second answer lacks stays as it was.
    """
    pairs = zip(before, again, strict=False)
    better = [b if _weight(b) <= _weight(a) else a for a, b in pairs]
    return (*better, *before[len(better) :], *again[len(before) :])


def fitting_first(variants: Sequence[Variant]) -> tuple[Variant, ...]:
    """Return fitting variants first: a decision without a pick means the first."""
    return tuple(sorted(variants, key=lambda one: tuple(map(bool, _weight(one)))))


def _weight(variant: Variant) -> tuple[int, int]:
    """Return a sort key; broken rules weigh more than claims, which a person may approve."""
    misfits = sum(not problem.is_claim for problem in variant.problems)
    return misfits, len(variant.problems)


def numbered_problems(variants: Sequence[Variant]) -> tuple[Problem, ...]:
    """Return all problems; with several variants, each names its variant."""
    if len(variants) == 1:
        return variants[0].problems
    return tuple(
        problem.model_copy(update={"message": f"Variant {number}: {problem.message}"})
        for number, variant in enumerate(variants, 1)
        for problem in variant.problems
    )
