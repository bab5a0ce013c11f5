"""What is asked of a longer text: its limits, and the message that orders it."""

from collections.abc import Sequence
from dataclasses import dataclass

from galley.drafting.messages import HEADLINE_LIMIT
from galley.drafting.prompt_files import load_prompts
from galley.models import Persona, PieceForm, Problem


@dataclass(frozen=True)
class PieceLimits:
    """Characters of each field. ``parts`` is what its parts are called."""

    name: str
    title: int
    body: int
    parts: str
    most: int
    part_title: int
    part_text: int


LIMITS = {
    PieceForm.BLOG: PieceLimits("blog", 90, 700, "Sections", 8, 80, 1800),
    PieceForm.NEWSLETTER: PieceLimits("newsletter", 60, 700, "Sections", 6, 70, 900),
    PieceForm.SCRIPT: PieceLimits("short video", 60, 300, "Scenes", 10, 40, 220),
}


def piece_message(form: PieceForm, brief: str, persona: Persona | None) -> str:
    """Return the message that asks for one text."""
    limits, prompts = LIMITS[form], load_prompts()
    each = f"at most {limits.part_title} characters a title and {limits.part_text} a text"
    told = (
        f"- Body: at most {limits.body} characters.",
        "- Thread: none; leave it empty.",
        f"- Title: at most {limits.title} characters.",
        f"- Headline: at most {HEADLINE_LIMIT} characters.",
        f"- {limits.parts}: 2 to {limits.most}, {each}.",
        "- Hashtags: none; leave it empty.",
    )
    wanted = [f"What the author wants:\n{brief.strip()}"] if brief.strip() else []
    if persona is not None and persona.call_to_action:
        wanted.append(f"What readers shall do in the end: {persona.call_to_action}")
    return prompts.piece.substitute(
        name=limits.name,
        limits="\n".join(told),
        style=prompts.pieces[form],
        wishes="\n\n".join(wanted),
    ).rstrip()


def piece_repair(problems: Sequence[Problem]) -> str:
    """Return the message that names what a text breaks, one line each."""
    return load_prompts().repair.substitute(
        network="the file", problems="\n".join(f"- {problem.message}" for problem in problems)
    )
