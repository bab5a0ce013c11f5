"""Prompts for image and video models, made from fields of the draft and the persona.

The activities that order generated media call it.
"""

import hashlib
from functools import cache
from importlib import resources
from string import Template

from galley.models.brand import Persona
from galley.models.draft import Draft
from galley.models.media_orders import OrderKind

# Characters of each; image models read some hundreds and ignore the rest.
_SUBJECT, _CONTEXT, _LOOK, _WORDS = 200, 400, 600, 90
_MOTIF = {
    OrderKind.IMAGE: "one picture",
    OrderKind.VIDEO: "one short video, a single shot with slow movement,",
}


def picture_prompt(
    kind: OrderKind, draft: Draft, persona: Persona | None, mark: str, *, words: bool = False
) -> str:
    """Return the prompt for a draft's picture or video.

    Args:
        kind: Picture or video.
        draft: Its headline and the beginning of its text are the subject.
        persona: Its look for pictures is part of the prompt.
        mark: Fences the subject, and makes this prompt unlike all others.
        words: Whether the headline is to be written into the picture.
    """
    headline = _line(draft.headline or draft.title or draft.text, _SUBJECT)
    look = _line(persona.pictures, _LOOK) if persona else ""
    wording = "No words, letters or numbers in it."
    if words:
        said = _line(headline, _WORDS).replace('"', "'")
        wording = f'Exactly these words in it, large, legible, spelled so: "{said}"'
    return _template().substitute(
        what=_MOTIF[kind],
        subject=f"{headline}\n{_line(draft.text, _CONTEXT)}",
        fence=f"={mark}=",
        words=wording,
        look=f"Style of the brand: {look}" if look else "",
    )


def picture_alt_text(kind: OrderKind, draft: Draft, *, words: bool = False) -> str:
    """Return the alt text of a generated picture: no more than is known of it."""
    headline = _line(draft.headline or draft.title or draft.text, _SUBJECT)
    if kind is OrderKind.VIDEO:
        return f"A generated video, made for: {headline}"
    if words:
        return f"A generated picture with the words: {_line(headline, _WORDS)}"
    return f"A generated picture, made for: {headline}"


def prompt_sha(prompt: str) -> str:
    """Return the first digits of a prompt's hash, which provenance records."""
    return hashlib.sha256(prompt.encode()).hexdigest()[:12]


def _line(text: str, most: int) -> str:
    said = " ".join(text.split())
    return said if len(said) <= most else f"{said[: most - 1].rstrip()}…"


@cache
def _template() -> Template:
    # Not one of ``load_prompts``: its revision names the words of drafts alone.
    file = resources.files("galley.drafting") / "prompts" / "picture.md"
    return Template(file.read_text(encoding="utf-8").strip())
