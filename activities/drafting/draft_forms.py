"""From the parts of an answer to a question with its answers, or to slides."""

from collections.abc import Callable
from dataclasses import replace

from galley.clients.anthropic import PostAnswer
from galley.models import Form, Slide
from galley.platforms.forms import (
    ANSWER_LENGTH,
    MOST_ANSWERS,
    draws_slides,
    slide_limits,
    with_answers,
    with_paragraphs,
)
from galley.platforms.rules import PlatformRules
from galley.prompts.messages import WriterLimits

_A_NUMBER = len("1. \n")
SINGLE = frozenset({Form.QUESTION, Form.CAROUSEL})
"""Forms that are never a thread: their parts belong together."""


def limits_of_form(
    form: Form, limits: WriterLimits, rules: PlatformRules
) -> WriterLimits:
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
    form: Form, answer: PostAnswer, rules: PlatformRules, clean: Callable[[str], str]
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
