"""The persona and the lessons in the prompt, and the words that a persona forbids a draft.

The drafting activities call it, and so does ``persona check``.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence

from galley.drafting.evidence import Grounds
from galley.drafting.habits import habits_in
from galley.drafting.lessons import essence, sentences_of
from galley.drafting.prompt_files import load_prompts
from galley.drafting.sanitizer import grounded_text
from galley.models.brand import Lesson, LessonKind, LinksPolicy, Persona
from galley.models.draft import Draft, Problem
from galley.models.network import Platform
from galley.networks.registry import rules_for
from galley.networks.text import find_links


def persona_block(persona: Persona | None) -> str:
    """Return the persona's part of the prompt: the same bytes for every network.

    It stands before the source, so that the source stays in the model's cache for all networks
    of a campaign.
    """
    if persona is None:
        return ""
    lines, brand = "\n".join(_lines(persona)), _one_line(persona.brand)
    return load_prompts().persona.substitute(brand=brand, lines=lines)


def network_note(persona: Persona | None, platform: Platform) -> str:
    """Return the persona's own instruction for this network, or nothing."""
    return persona.networks.get(platform, "").strip() if persona else ""


def persona_problems(persona: Persona | None, draft: Draft) -> tuple[Problem, ...]:
    """Return the problems of a draft with its persona: words to avoid, and links.

    Words are whole and in any case: "leverage" is not found in "leverages", which is another
    word to list.
    """
    if persona is None:
        return ()
    drawn = (f"{slide.title}\n{slide.text}" for slide in draft.slides)
    texts = (draft.text, *draft.thread, draft.title, draft.headline, *drawn)
    brand = _one_line(persona.brand)
    problems: list[Problem] = []
    if found := words_avoided(persona, "\n".join(texts)):
        named = ", ".join(repr(_one_line(word)) for word in found[:10])
        message = f"{brand} does not say {named}: use other words."
        problems.append(Problem(rule="persona_words", message=message))
    if persona.links is LinksPolicy.NONE and find_links("\n".join((draft.text, *draft.thread))):
        message = f"Posts of {brand} hold no links: take them out of the text."
        problems.append(Problem(rule="persona_links", message=message))
    return tuple(problems)


def words_avoided(persona: Persona, text: str) -> list[str]:
    """Return the words that a persona avoids and a text says."""
    said = _folded(text)
    return [word for word in persona.avoid if _stands_in(_folded(word), said)]


def _lines(persona: Persona) -> Iterator[str]:
    labelled = (
        ("Voice", [persona.voice]),
        ("Who reads it", [persona.audience]),
        ("Language of all posts", [persona.language]),
        ("Do", persona.do),
        ("Do not", persona.dont),
        ("Words that never stand in a post", [", ".join(persona.avoid)]),
        (
            "Hashtags that may be used",
            [" ".join(f"#{tag.strip().lstrip('#')}" for tag in persona.hashtags)],
        ),
        ("Accounts that may be named", [" ".join(persona.mentions)]),
        ("Links", ["none, not even to the source"] * (persona.links is LinksPolicy.NONE)),
        ("Some of the posts may ask readers, in words that fit", [persona.call_to_action]),
    )
    for label, values in labelled:
        yield from (f"- {label}: {_one_line(value)}" for value in values if value.strip())
    for number, example in enumerate(persona.examples, 1):
        yield f"- Sounds right, example {number} (its style, not its content):"
        yield from (f"  > {line}" for line in example.strip().splitlines())


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _stands_in(word: str, text: str) -> bool:
    if not word:
        return False
    # A sign at its edge, as in "#1", needs no border of a word.
    before = r"(?<!\w)" if word[0].isalnum() else ""
    after = r"(?!\w)" if word[-1].isalnum() else ""
    return re.search(f"{before}{re.escape(word)}{after}", text) is not None


# Without trusted words, so that no address, mention or hashtag of an earlier post is shown.
_NOBODYS = Grounds(())
_SIDES = {
    LessonKind.EDITED: ("Proposed", "Went out instead"),
    LessonKind.REJECTED: ("Proposed", ""),
    LessonKind.PICKED: ("Not taken", "Taken"),
}


def lessons_block(lessons: Sequence[Lesson]) -> str:
    """Return the lessons inside their fence, or nothing if there are none.

    The fence is made from the hash of the words themselves, so no text can contain it. Each line
    of a lesson begins with a sign of its own, so none can look like another lesson.
    """
    if not lessons:
        return ""
    told = (line for number, one in enumerate(lessons, 1) for line in _lesson_lines(number, one))
    text = "\n".join((*habits_in(lessons), *told))
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
    if angle := " ".join(grounded_text(lesson.angle, _NOBODYS).split()):
        yield f"Angle: {angle}"
    if lesson.kind is LessonKind.EDITED and not part:
        counts = (len(sentences_of(one)) for one in (lesson.before, lesson.after))
        yield "Length: {} sentences, then {}".format(*counts)
    for label, text in zip(_SIDES[lesson.kind], essence(lesson), strict=True):
        if label and text:
            yield f"{label}:"
            clean = grounded_text(text, _NOBODYS)
            yield from (f"> {line}".rstrip() for line in clean.splitlines())
