"""The persona in the words given to the model, and what a draft must not say."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence

from galley.drafting.evidence import Grounds
from galley.drafting.lessons import essence, sentences_of
from galley.drafting.prompt_files import load_prompts
from galley.drafting.sanitizer import grounded_text
from galley.models.brand import Lesson, LessonKind, LinksPolicy, Persona
from galley.models.draft import Draft, Problem
from galley.models.network import Platform
from galley.networks.registry import rules_for
from galley.networks.text import find_links


def persona_block(persona: Persona | None) -> str:
    """Return what is said of the voice: the same bytes for every network.

    It stands before the source, so that the source stays in the model's cache for all
    networks of a campaign.
    """
    if persona is None:
        return ""
    lines, brand = "\n".join(_lines(persona)), _one_line(persona.brand)
    return load_prompts().persona.substitute(brand=brand, lines=lines)


def network_note(persona: Persona | None, platform: Platform) -> str:
    """Return what the author wants differently on this network, if anything."""
    return persona.networks.get(platform, "").strip() if persona else ""


def persona_problems(persona: Persona | None, draft: Draft) -> tuple[Problem, ...]:
    """Return what stands in a draft and the persona avoids: words, and links.

    Words are whole and in any case: "leverage" is not found in "leverages", which is
    another word to list.
    """
    if persona is None:
        return ()
    drawn = (f"{slide.title}\n{slide.text}" for slide in draft.slides)
    texts = (draft.text, *draft.thread, draft.title, draft.headline, *drawn)
    said = _folded("\n".join(texts))
    return (*_avoided(persona, said), *_linking(persona, "\n".join((draft.text, *draft.thread))))


def _avoided(persona: Persona, said: str) -> Iterator[Problem]:
    found = [word for word in persona.avoid if _stands_in(_folded(word), said)]
    if found:
        named = ", ".join(repr(_one_line(word)) for word in found[:10])
        message = f"{_one_line(persona.brand)} does not say {named}: use other words."
        yield Problem(rule="persona_words", message=message)


def _linking(persona: Persona, text: str) -> Iterator[Problem]:
    has_links = persona.links is LinksPolicy.NONE and find_links(text)
    if has_links:
        brand = _one_line(persona.brand)
        message = f"Posts of {brand} hold no links: take them out of the text."
        yield Problem(rule="persona_links", message=message)


def _lines(persona: Persona) -> Iterator[str]:
    yield from _labelled("Voice", [persona.voice])
    yield from _labelled("Who reads it", [persona.audience])
    yield from _labelled("Language of all posts", [persona.language])
    yield from _labelled("Do", persona.do)
    yield from _labelled("Do not", persona.dont)
    yield from _labelled("Words that never stand in a post", [", ".join(persona.avoid)])
    yield from _labelled("Hashtags that may be used", [" ".join(map(_tagged, persona.hashtags))])
    yield from _labelled("Accounts that may be named", [" ".join(persona.mentions)])
    if persona.links is LinksPolicy.NONE:
        yield from _labelled("Links", ["none, not even to the source"])
    yield from _labelled("Close with, in words that fit the post", [persona.call_to_action])
    for number, example in enumerate(persona.examples, 1):
        yield f"- Sounds right, example {number} (its style, not its content):"
        yield from (f"  > {line}" for line in example.strip().splitlines())


def _labelled(label: str, values: Sequence[str]) -> Iterator[str]:
    kept = [_one_line(value) for value in values if value.strip()]
    yield from (f"- {label}: {value}" for value in kept)


def _tagged(tag: str) -> str:
    return f"#{tag.strip().lstrip('#')}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _stands_in(word: str, text: str) -> bool:
    if not word:
        return False
    before = r"(?<!\w)" if word[0].isalnum() else ""
    after = r"(?!\w)" if word[-1].isalnum() else ""
    return re.search(f"{before}{re.escape(word)}{after}", text) is not None


# Addresses, mentions and hashtags of earlier posts are not shown to the writer.
_NOBODYS = Grounds(())
_SIDES = {
    LessonKind.EDITED: ("Proposed", "Went out instead"),
    LessonKind.REJECTED: ("Proposed", ""),
    LessonKind.PICKED: ("Not taken", "Taken"),
}


def lessons_block(lessons: Sequence[Lesson]) -> str:
    """Return the lessons inside their fence, or nothing if there are none.

    The fence is made from the words themselves, so no text can hold it. Each line of a
    lesson begins with a sign of its own, so none can look like another lesson.
    """
    if not lessons:
        return ""
    text = "\n".join(
        line for number, one in enumerate(lessons, 1) for line in _lesson_lines(number, one)
    )
    digest = hashlib.sha256(f"galley lessons fence {text}".encode()).hexdigest()
    fence = f"=== lessons {digest[:24]} ==="
    return load_prompts().lessons.substitute(fence=fence, lessons=text)


def _lesson_lines(number: int, lesson: Lesson) -> Iterator[str]:
    network = rules_for(lesson.platform).name
    part = "" if lesson.part == "text" else f", the {lesson.part}"
    yield f"Lesson {number} ({lesson.kind} on {network}{part})"
    said = " ".join(grounded_text(lesson.reason, _NOBODYS).split())
    if said:
        yield f"Reason: {said}"
    if lesson.kind is LessonKind.EDITED and not part:
        counts = (len(sentences_of(one)) for one in (lesson.before, lesson.after))
        yield "Length: {} sentences, then {}".format(*counts)
    for label, text in zip(_SIDES[lesson.kind], essence(lesson), strict=True):
        if label and text:
            yield f"{label}:"
            clean = grounded_text(text, _NOBODYS)
            yield from (f"> {line}".rstrip() for line in clean.splitlines())
