"""The prompt files of the drafting model, and the revision that their bytes give.

Messages are made of them; provenance and caches record the revision.
"""

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from string import Template

from galley.models.draft import PieceForm
from galley.models.network import Platform
from galley.models.options import Form

PROMPTED = (Form.THREAD, Form.QUESTION, Form.CAROUSEL)
"""Forms with a prompt of their own."""


@dataclass(frozen=True)
class Prompts:
    """All prompts; ``revision`` changes with any byte of them."""

    rules: str
    persona: Template
    lessons: Template
    material: Template
    condensed: Template
    condense: str
    condense_part: Template
    instructions: Template
    posts: Template
    craft: str
    short: Template
    short_threads: str
    choose: str
    drafts: Template
    check: str
    sentences: Template
    wanted: Template
    variants: Template
    more_variants: Template
    regenerate: Template
    repair: Template
    format: str
    piece: Template
    forms: dict[Form, str]
    pieces: dict[PieceForm, str]
    networks: dict[Platform, str]
    """The craft of each network."""
    revision: str


@cache
def load_prompts() -> Prompts:
    """Read the files of this package."""
    digest = hashlib.sha256()

    def read(name: str) -> str:
        data = (resources.files("galley.drafting") / "prompts" / name).read_bytes()
        digest.update(name.encode() + b"\0" + data + b"\0")
        return data.decode().strip()

    craft = tomllib.loads(read("networks.toml"))
    return Prompts(
        rules=read("rules.md"),
        persona=Template(read("persona.md")),
        lessons=Template(read("lessons.md")),
        material=Template(read("material.md")),
        condensed=Template(read("condensed.md")),
        condense=read("condense.md"),
        condense_part=Template(read("condense_part.md")),
        instructions=Template(read("instructions.md")),
        posts=Template(read("posts.md")),
        craft=read("craft.md"),
        short=Template(read("short.md")),
        short_threads=read("short_threads.md"),
        choose=read("choose.md"),
        drafts=Template(read("drafts.md")),
        check=read("check.md"),
        sentences=Template(read("sentences.md")),
        wanted=Template(read("wanted.md")),
        variants=Template(read("variants.md")),
        more_variants=Template(read("more_variants.md")),
        regenerate=Template(read("regenerate.md")),
        repair=Template(read("repair.md")),
        format=read("format.md"),
        piece=Template(read("piece.md")),
        pieces={form: read(f"forms/{form}.md") for form in PieceForm},
        forms={form: read(f"forms/{form}.md") for form in PROMPTED},
        networks={name: craft[name]["line"] for name in Platform},
        revision=digest.hexdigest()[:12],
    )
