"""The words with which a long source is condensed, and how drafts read the result."""

import hashlib
from dataclasses import dataclass

from galley.models.brief import SourceBrief
from galley.prompts.loader import load_prompts


@dataclass(frozen=True)
class Part:
    """One part of a source, and which of how many it is."""

    number: int
    parts: int
    points: int
    title: str
    text: str


def condense_rules() -> str:
    """Return what stands before every part."""
    return load_prompts().condense


def part_block(part: Part) -> str:
    """Return the part inside its fence, which is made from the part's own hash."""
    digest = hashlib.sha256(f"galley part fence {part.text}".encode()).hexdigest()
    fence = f"=== part {digest[:24]} ==="
    title = " ".join(part.title.split())
    material = f"Title: {title}\n\n{part.text}"
    return load_prompts().material.substitute(fence=fence, material=material)


def part_message(part: Part) -> str:
    """Return the message that asks for the notes on a part."""
    return load_prompts().condense_part.substitute(
        number=part.number,
        parts=part.parts,
        points=part.points,
    )


def brief_text(brief: SourceBrief) -> str:
    """Return a brief as drafts read it: notes on each part, then the passages."""
    lines: list[str] = []
    for number, part in enumerate(brief.parts, start=1):
        own = [p for p in brief.points if part.start <= p.span.start < part.end]
        lines += [f"## Part {number}", part.summary]
        lines += ["\n".join(f"- {one.point}" for one in own)] if own else []
    lines.append("## Passages, word for word")
    lines += [passage.text for passage in brief.passages]
    return "\n\n".join(lines)
