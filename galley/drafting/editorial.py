"""The words for a whole set: one prefix for all requests of a campaign."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from string import Template

from galley.drafting.craft import craft_section
from galley.drafting.messages import HEADLINE_LIMIT, WriterLimits
from galley.drafting.persona import network_note, persona_block
from galley.models.brand import Persona
from galley.models.network import Platform
from galley.networks.registry import rules_for

_FOUND = "A program that compares words found this; it may be wrong about names:"


@dataclass(frozen=True)
class PostWords:
    """The words of one post, as they stand in a message to the model."""

    body: str
    thread: tuple[str, ...] = ()
    title: str = ""
    headline: str = ""
    hashtags: tuple[str, ...] = ()


@dataclass(frozen=True)
class SetOrder:
    """What is asked of a whole set: trusted words and limits of the channels."""

    limits: Mapping[Platform, WriterLimits]
    persona: Persona | None = None
    link: str = ""
    brief: str = ""


def set_rules(platforms: Iterable[Platform], persona: Persona | None) -> str:
    """Return what stands before the source in each request of a campaign."""
    crafts = "\n\n".join(craft_section(one) for one in platforms)
    parts = (
        _text("rules.md"),
        _text("example.md"),
        f"# The networks\n\n{crafts}",
        persona_block(persona),
    )
    return "\n\n".join(filter(None, parts))


def write_message(order: SetOrder) -> str:
    """Return the message that asks for plan and posts in one answer."""
    return _filled(
        "write.md",
        limits=_limits(order),
        link=_link(order.link),
        instructions=_instructions(order.brief),
    )


def plan_message(order: SetOrder) -> str:
    """Return the message that asks for the plan alone."""
    named = "\n".join(_named(one, order.persona) for one in order.limits)
    return _filled("plan.md", networks=named, instructions=_instructions(order.brief))


def slot_message(
    order: SetOrder, platform: Platform, slot: str, others: Mapping[Platform, str]
) -> str:
    """Return the message that asks for one post of a plan.

    Args:
        order: As for the plan.
        platform: Whose post.
        slot: Its plan, in lines.
        others: The points of the others, so that nothing is told twice.
    """
    points = "\n".join(f"- {rules_for(one).name}: {p}" for one, p in others.items())
    return _filled(
        "post.md",
        network=rules_for(platform).name,
        limits=_limit(platform, order),
        link=_link(order.link),
        instructions=_instructions(order.brief),
        slot=slot,
        others=points,
    )


def edit_message(
    order: SetOrder, posts: Mapping[Platform, PostWords], problems: Mapping[Platform, Iterable[str]]
) -> str:
    """Return the message that asks an editor to mend a set.

    ``problems`` are what Galley's own checks found.
    """
    told = _posts(posts)
    return _filled(
        "edit.md",
        limits=_limits(order),
        posts=told,
        fence=_fence(told),
        problems=_problems(problems),
    )


def mend_message(
    posts: Mapping[Platform, PostWords], problems: Mapping[Platform, Iterable[str]]
) -> str:
    """Return the message that names the rules which posts still break."""
    told = _posts(posts)
    return _filled("mend.md", posts=told, fence=_fence(told), problems=_lines(problems))


def check_message(posts: Mapping[Platform, PostWords]) -> str:
    """Return the message that asks for each statement the source does not carry."""
    told = _posts(posts)
    return _filled("check.md", posts=told, fence=_fence(told))


def _limits(order: SetOrder) -> str:
    return "\n".join(_limit(one, order) for one in order.limits)


def _limit(platform: Platform, order: SetOrder) -> str:
    limits = order.limits[platform]
    said = [
        f"body at most {limits.body:,} characters",
        f"title at most {limits.title}" if limits.title else "no title",
        f"headline at most {HEADLINE_LIMIT}",
        f"hashtags at most {limits.hashtags}" if limits.hashtags else "no hashtags",
    ]
    return f"{_named(platform, order.persona)} {'; '.join(said)}."


def _named(platform: Platform, persona: Persona | None) -> str:
    note = " ".join(network_note(persona, platform).split())
    wanted = f" The author wants here: {note}" if note else ""
    return f"- {rules_for(platform).name} ({platform.value}):{wanted}"


def _link(link: str) -> str:
    if not link:
        return "There is no link to go with the posts."
    return "The link to the material is added to each post afterwards."


def _instructions(brief: str) -> str:
    return f"What the author wants from all posts:\n{brief.strip()}" if brief else ""


def _posts(posts: Mapping[Platform, PostWords]) -> str:
    return "\n\n".join(_post(one, words) for one, words in posts.items())


def _post(platform: Platform, words: PostWords) -> str:
    lines = [f"## {rules_for(platform).name} ({platform.value})"]
    lines += [f"title: {words.title}"] if words.title else []
    lines += [f"headline: {words.headline}"] if words.headline else []
    lines += [f"hashtags: {' '.join(words.hashtags)}"] if words.hashtags else []
    lines += ["text:", "\n\n[next post]\n\n".join(words.thread or (words.body,))]
    return "\n".join(lines)


def _problems(problems: Mapping[Platform, Iterable[str]]) -> str:
    lines = _lines(problems)
    return f"\n{_FOUND}\n{lines}\n" if lines else ""


def _lines(problems: Mapping[Platform, Iterable[str]]) -> str:
    return "\n".join(
        f"- {rules_for(one).name}: {line}" for one, lines in problems.items() for line in lines
    )


def _fence(text: str) -> str:
    digest = hashlib.sha256(f"galley set fence {text}".encode()).hexdigest()
    return f"=== posts {digest[:24]} ==="


def _filled(name: str, **values: str) -> str:
    return Template(_text(name)).substitute(values).strip()


@cache
def _text(name: str) -> str:
    file = resources.files("galley.drafting") / "prompts" / "editorial" / name
    return file.read_text(encoding="utf-8").strip()


@cache
def editorial_revision() -> str:
    """Return what names exactly these words."""
    room = resources.files("galley.drafting") / "prompts"
    digest = hashlib.sha256()
    for folder in ("craft", "editorial"):
        for file in sorted((room / folder).iterdir(), key=lambda one: one.name):
            digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
