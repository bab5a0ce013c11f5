"""A finished text as a Markdown page that says what it was made from."""

from collections.abc import Sequence
from datetime import timedelta

import yaml

from galley.costs.prices import dollars
from galley.models import (
    Draft,
    PieceForm,
    Problem,
    Provenance,
    Slide,
    SourceRef,
)

_WORDS_A_SECOND = 2.5
_LETTERS_A_WORD = 6
"""Of scripts that put no spaces between words."""
_SHORTEST = 3


def page_of(
    form: PieceForm,
    draft: Draft,
    source: SourceRef,
    provenance: Provenance,
    problems: Sequence[Problem],
) -> str:
    """Return the file: front matter, then the text.

    Its words come from a stranger's source in part, so no HTML in them is live.
    """
    head = _front_matter(form, draft, source, provenance, problems)
    parts = [f"---\n{head}---", f"# {_plain(draft.title)}", _plain(draft.text)]
    write = _scenes if form is PieceForm.SCRIPT else _sections
    parts += write(draft.slides)
    if source.link and form is not PieceForm.SCRIPT:
        parts.append(f"<{source.link}>")
    return "\n\n".join(part for part in parts if part.strip()) + "\n"


def _front_matter(
    form: PieceForm,
    draft: Draft,
    source: SourceRef,
    provenance: Provenance,
    problems: Sequence[Problem],
) -> str:
    key = "preview" if form is PieceForm.NEWSLETTER else "description"
    told: dict[str, object] = {
        "title": draft.title,
        key: draft.headline,
        "form": form.value,
        "source": source.link or source.title,
        "source_sha256": source.sha256,
        "model": provenance.drafter,
        "prompt_revision": provenance.prompt_revision,
        "persona": provenance.persona,
        "request_id": provenance.request_id,
        "input_tokens": provenance.input_tokens,
        "output_tokens": provenance.output_tokens,
        "cost": dollars(provenance.cost_micros),
        "check_before_use": [problem.message for problem in problems],
    }
    kept = {name: value for name, value in told.items() if value not in ("", [])}
    return yaml.safe_dump(kept, allow_unicode=True, sort_keys=False, width=1000)


def _sections(parts: Sequence[Slide]) -> list[str]:
    return [
        "\n\n".join(
            filter(None, (part.title and f"## {_plain(part.title)}", _plain(part.text)))
        )
        for part in parts
    ]


def _scenes(parts: Sequence[Slide]) -> list[str]:
    """Return the scenes, each with the time at which it is spoken."""
    found: list[str] = []
    at = 0
    for number, part in enumerate(parts, 1):
        end = at + _seconds(part.text)
        shown = f"On screen: **{_plain(part.title)}**" if part.title else ""
        spoken = f"Voice: {_plain(part.text)}" if part.text else ""
        head = f"## Scene {number} ({_clock(at)} to {_clock(end)})"
        found.append("\n\n".join(filter(None, (head, shown, spoken))))
        at = end
    return found


def _seconds(text: str) -> int:
    words = max(len(text.split()), len(text) // _LETTERS_A_WORD)
    return max(_SHORTEST, round(words / _WORDS_A_SECOND))


def _clock(seconds: int) -> str:
    return str(timedelta(seconds=seconds))[-5:].removeprefix("0")


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
