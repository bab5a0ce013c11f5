"""The persona in the words given to the model, and what a draft must not say."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from galley.models import Draft, Persona, Platform, Problem
from galley.models.persona import LinksPolicy
from galley.platforms.parsing import find_links
from galley.prompts.loader import load_prompts


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
    return (
        *_avoided(persona, said),
        *_linking(persona, "\n".join((draft.text, *draft.thread))),
    )


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
    yield from _labelled(
        "Hashtags that may be used", [" ".join(map(_tagged, persona.hashtags))]
    )
    yield from _labelled("Accounts that may be named", [" ".join(persona.mentions)])
    if persona.links is LinksPolicy.NONE:
        yield from _labelled("Links", ["none, not even to the source"])
    yield from _labelled(
        "Close with, in words that fit the post", [persona.call_to_action]
    )
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
