"""The messages sent to the drafting model: rules, source, order of posts or a piece, repairs.

The writers in ``activities/drafting`` call it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from galley.drafting.persona import lessons_block, persona_block
from galley.drafting.prompt_files import load_prompts
from galley.models.brand import Lesson, Persona
from galley.models.draft import Draft, PieceForm, Problem
from galley.models.network import Platform
from galley.models.options import CampaignOptions
from galley.models.source import SourceBrief, SourceDocument, SourceKind
from galley.networks.composition import ANSWER_LENGTH, SlideLimits
from galley.networks.registry import rules_for
from galley.networks.split import plain_posts

HEADLINE_LIMIT = 90
"""Characters that fit on a card in letters readable on a phone."""


@dataclass(frozen=True)
class Part:
    """One part of a long source, with its number among the parts."""

    number: int
    parts: int
    points: int
    title: str
    text: str


def condense_rules() -> str:
    """Return the instructions before every part."""
    return load_prompts().condense


def part_block(part: Part) -> str:
    """Return the part inside its fence, which is made from the part's own hash."""
    material = f"Title: {' '.join(part.title.split())}\n\n{part.text}"
    fence = _fence("part", part.text)
    return load_prompts().material.substitute(fence=fence, material=material)


def part_message(part: Part) -> str:
    """Return the message that asks for the notes on a part."""
    return load_prompts().condense_part.substitute(
        number=part.number, parts=part.parts, points=part.points
    )


def brief_text(brief: SourceBrief) -> str:
    """Return a brief in the form for drafts: notes on each part, then the passages."""
    lines: list[str] = []
    for number, part in enumerate(brief.parts, start=1):
        own = [p for p in brief.points if part.start <= p.span.start < part.end]
        lines += [f"## Part {number}", part.summary]
        lines += ["\n".join(f"- {one.point}" for one in own)] if own else []
    lines.append("## Passages, word for word")
    lines += [passage.text for passage in brief.passages]
    return "\n\n".join(lines)


@dataclass(frozen=True)
class WriterLimits:
    """The limits of a draft, after link and hashtags took their share.

    ``body`` counts as the network counts; 0 means the network has no such field.
    ``whole`` is for a text that becomes a thread of such posts where it is longer.
    ``alt_text`` is not told: no description of a card comes near it.
    """

    body: int
    whole: int = 0
    thread: int = 0
    title: int = 0
    hashtags: int = 0
    alt_text: int = 0
    answers: int = 0
    slides: SlideLimits | None = None

    def in_words(self) -> str:
        """Return the limits as plain sentences in one line."""
        told = [f"Body: at most {self.body} characters."]
        if self.whole:
            told = [
                f"Body: at most {self.whole} characters in all.",
                f"Longer than one post of {self.body}, it becomes a thread, split at the ends of",
                "paragraphs and sentences.",
                f"Thread: up to {self.thread} posts of at most {self.body} characters each,",
                "without numbers, if you choose yourself where each ends.",
            ]
        elif self.thread:
            told.append(f"Or a thread of 2 to {self.thread} posts of at most {self.body} each.")
        if self.title:
            told.append(f"Title: at most {self.title} characters.")
        if self.hashtags:
            told.append(f"Hashtags: at most {self.hashtags}.")
        if self.answers:
            length = f"at most {ANSWER_LENGTH} characters each"
            told.append(f"Answers: 2 to {self.answers}, {length}.")
        elif self.slides:
            title = f"at most {self.slides.title} characters a title"
            text = f"{self.slides.text} a text"
            told.append(f"Slides: 2 to {self.slides.most}, {title} and {text}.")
        return " ".join(told)


@dataclass(frozen=True)
class PostOrder:
    """One line of the list of posts.

    ``label`` names the post in the answer; ``note`` is the author's wish for its network.
    """

    label: str
    platform: Platform
    limits: WriterLimits
    note: str = ""

    def in_words(self) -> str:
        """Return the line, with the craft of its network."""
        craft = load_prompts().networks[self.platform]
        words = (rules_for(self.platform).name, self.limits.in_words())
        again = "A second channel there: its post tells it anew." if "-" in self.label else ""
        note = f"The author wants here: {' '.join(self.note.split())}" if self.note else ""
        told = (f"{words[0]}.", words[1], craft, again, note)
        return f"- {self.label}: {' '.join(filter(None, told))}"


def labels_of(platforms: Sequence[Platform]) -> tuple[str, ...]:
    """Return a name for each post: that of its network, with a number from the second on."""
    labels: list[str] = []
    for at, platform in enumerate(platforms):
        number = platforms[: at + 1].count(platform)
        labels.append(platform.value if number == 1 else f"{platform.value}-{number}")
    return tuple(labels)


@dataclass(frozen=True)
class AuthorInstructions:
    """The author's instructions for posts; the lessons hold words of others.

    ``note`` and ``previous`` are of one post that is written again.
    """

    options: CampaignOptions
    note: str = ""
    lessons: tuple[Lesson, ...] = ()
    previous: Draft | None = None


def rules(persona: Persona | None = None) -> str:
    """Return the text before the source, the same for all networks: rules, then persona."""
    return "\n\n".join(filter(None, (load_prompts().rules, persona_block(persona))))


def choosing_rules(persona: Persona | None = None) -> str:
    """Return the text before the source for whoever chooses among drafts."""
    return "\n\n".join(filter(None, (load_prompts().choose, persona_block(persona))))


def checking_rules(persona: Persona | None = None) -> str:
    """Return the text before the passages for whoever checks sentences against them."""
    return "\n\n".join(filter(None, (load_prompts().check, persona_block(persona))))


def drafts_message(
    drafts: Sequence[tuple[str, Sequence[str]]], wanted: str = "", lessons: Sequence[Lesson] = ()
) -> str:
    """Return the message that asks to choose.

    Args:
        drafts: The label of each post, and its drafts with numbered sentences.
        wanted: What the author wants from all posts.
        lessons: Of earlier drafts: which angles, openings and lengths the author takes.
    """
    parts = [
        "\n\n".join(
            (f"## {label}", *(f"Draft {at}\n{one}" for at, one in enumerate(each, start=1)))
        )
        for label, each in drafts
    ]
    text = "\n\n".join(parts)
    fence = _fence("drafts", text)
    learned = f"\n\n{lessons_block(lessons)}" if lessons else ""
    before = f"{_wanted_of_all(wanted)}{learned}"
    return load_prompts().drafts.substitute(fence=fence, drafts=text, wanted=before)


def sentences_message(posts: Sequence[tuple[str, Sequence[str]]], wanted: str = "") -> str:
    """Return the message that asks to check sentences, by the label of their post."""
    parts = [
        "\n".join((f"## {label}", *(f"[{at}] {one}" for at, one in enumerate(each, start=1))))
        for label, each in posts
    ]
    text = "\n\n".join(parts)
    fence = _fence("sentences", text)
    return load_prompts().sentences.substitute(
        fence=fence, sentences=text, wanted=_wanted_of_all(wanted)
    )


def _wanted_of_all(wanted: str) -> str:
    words = " ".join(wanted.split())
    return f"\n\n{load_prompts().wanted.substitute(wanted=words)}" if words else ""


def numbered_source(document: SourceDocument | None, passages: str) -> str:
    """Return numbered passages inside their fence, for whoever compares drafts with them.

    Args:
        document: The source, whose head is shown too; missing: some passages stand alone.
        passages: With their numbers.
    """
    material = _material(document, passages) if document else passages
    fence = _fence("passages", material)
    return load_prompts().material.substitute(fence=fence, material=material)


def source_block(document: SourceDocument, sha256: str, brief: SourceBrief | None = None) -> str:
    """Return the source inside its fence: the same bytes for every network.

    The fence is made from the content's hash, so it looks random to the author of the text (no
    text contains its own hash) and is still the same for every draft, so that the model's cache
    finds it. Of a long source the brief takes the place of the text.
    """
    prompts = load_prompts()
    fence = _fence("source", sha256)
    if document.kind is SourceKind.PROMPTS:
        wanted = "\n\n".join(document.prompts) or document.text
        return prompts.instructions.substitute(fence=fence, material=wanted)
    if brief is not None:
        material = _material(document, brief_text(brief))
        return prompts.condensed.substitute(fence=fence, material=material)
    material = _material(document, document.text)
    return prompts.material.substitute(fence=fence, material=material)


def posts_message(orders: Sequence[PostOrder], asked: AuthorInstructions, *, link: str) -> str:
    """Return the message that orders posts: all that differs from post to post.

    Args:
        orders: The posts.
        asked: What the author wants.
        link: Of the material; empty: none.
    """
    prompts = load_prompts()
    text = prompts.posts.substitute(
        craft=prompts.craft,
        orders="\n".join(order.in_words() for order in orders),
        link="The link to the material is added to the posts afterwards."
        if link
        else "There is no link to go with the posts.",
        instructions=_wanted(asked),
    )
    form = prompts.forms.get(asked.options.form, "")
    return "\n\n".join(filter(None, (text.rstrip(), form)))


def short_message(options: CampaignOptions) -> str:
    """Return the end of a message that orders the short set, whose threads are short, too."""
    prompts = load_prompts()
    has_threads = options.makes_threads or options.form.is_single
    threads = "" if has_threads else f" {prompts.short_threads}"
    return prompts.short.substitute(threads=threads)


def variants_message(count: int) -> str:
    """Return the end of a message that orders one post in so many variants."""
    return load_prompts().variants.substitute(count=count)


def more_variants_message(platform: Platform, count: int) -> str:
    """Return the message that asks for further variants of a post that is written."""
    return load_prompts().more_variants.substitute(count=count, network=rules_for(platform).name)


def repair_message(platform: Platform, problems: Sequence[Problem]) -> str:
    """Return the message that names the broken rules, one line each."""
    return _repair(rules_for(platform).name, problems)


def _repair(network: str, problems: Sequence[Problem]) -> str:
    lines = "\n".join(f"- {problem.message}" for problem in problems)
    return load_prompts().repair.substitute(network=network, problems=lines)


def format_message() -> str:
    """Return the message that asks for the JSON object again."""
    return load_prompts().format


def _fence(kind: str, secret: str) -> str:
    digest = hashlib.sha256(f"galley {kind} fence {secret}".encode()).hexdigest()
    return f"=== {kind} {digest[:24]} ==="


def _material(document: SourceDocument, text: str) -> str:
    facts = (
        ("Title", document.title),
        ("Author", document.author),
        ("Published", document.published_at and f"{document.published_at:%Y-%m-%d}"),
        ("Language", document.language),
        ("Tags", ", ".join(document.tags)),
    )
    # One line each, so that no title can pretend to be another fact.
    head = "\n".join(f"{name}: {' '.join(value.split())}" for name, value in facts if value)
    return f"{head}\n\n{text}".strip()


def _wanted(asked: AuthorInstructions) -> str:
    parts: list[str] = []
    if brief := asked.options.brief.strip():
        parts.append(f"What the author wants from all posts:\n{brief}")
    if asked.lessons:
        parts.append(lessons_block(asked.lessons))
    last = asked.previous
    text = "\n\n".join(plain_posts(last.thread) or (last.text,)) if last else ""
    # Where the drafter proposed to leave the network out, there was no text.
    if text.strip():
        note = f"What the author wants changed:\n{asked.note.strip()}\n" if asked.note else ""
        parts.append(
            load_prompts().regenerate.substitute(
                note=note, previous=text, fence=_fence("draft", text)
            )
        )
    elif asked.note:
        parts.append(f"What the author wants from this post:\n{asked.note.strip()}")
    return "\n\n".join(parts)


@dataclass(frozen=True)
class PieceLimits:
    """Characters of each field of a longer text; ``parts`` is the name of its parts."""

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
    """Return the message that orders one longer text."""
    limits, prompts = LIMITS[form], load_prompts()
    each = f"at most {limits.part_title} characters a title and {limits.part_text} a text"
    told = (
        f"- Body: at most {limits.body} characters.",
        f"- Title: at most {limits.title} characters.",
        f"- Headline: at most {HEADLINE_LIMIT} characters.",
        f"- {limits.parts}: 2 to {limits.most}, {each}.",
    )
    wanted = [f"What the author wants:\n{brief.strip()}"] if brief.strip() else []
    if persona is not None and persona.call_to_action:
        wanted.append(f"What readers shall do in the end: {persona.call_to_action}")
    return prompts.piece.substitute(
        name=limits.name,
        limits="\n".join(told),
        style=prompts.pieces[form],
        instructions="\n\n".join(wanted),
    ).rstrip()


def piece_repair(problems: Sequence[Problem]) -> str:
    """Return the message that names the broken rules of a longer text, one line each."""
    return _repair("the file", problems)
