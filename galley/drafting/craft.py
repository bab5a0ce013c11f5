"""Craft per network: what is read there, with an example of ours to take it from.

One file a network in ``craft/``; each says whose claim its advice follows.
"""

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from pydantic import Field

from galley.models.base import Model
from galley.models.network import Platform
from galley.networks.registry import rules_for


class Example(Model):
    """A post of ours, made from the source in ``editorial/example.md``."""

    text: str
    title: str = ""
    headline: str = ""
    why: str = Field(default="", description="What is wrong with a bad one.")


class Claim(Model):
    """Who says so, and where."""

    claim: str
    url: str


class Craft(Model):
    """What is read on one network. ``length`` is fewest and most characters."""

    readers: str
    length: tuple[int, int]
    craft: str
    good: Example
    bad: Example
    sources: tuple[Claim, ...]


@cache
def craft_of(platform: Platform) -> Craft:
    """Return the craft of a network."""
    file = resources.files("galley.drafting") / "prompts" / "craft" / f"{platform.value}.toml"
    data: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    return Craft.model_validate(data)


def craft_section(platform: Platform) -> str:
    """Return a network's craft in the words given to the model."""
    one, rules = craft_of(platform), rules_for(platform)
    fewest, most = one.length
    title = f"Title: {one.good.title}\n" if one.good.title else ""
    return (
        f"## {rules.name} ({platform.value})\n\n"
        f"Readers: {one.readers}\n"
        f"Length: {fewest:,} to {most:,} characters; shorter where the material ends.\n"
        f"{one.craft.strip()}\n\n"
        f"Good:\n{title}Words on the picture: {one.good.headline}\n"
        f"{_quoted(one.good.text)}\n\n"
        f'Bad: "{one.bad.text}" {one.bad.why}'
    )


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.strip().splitlines())
