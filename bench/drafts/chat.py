"""The opponent: one ordinary chat message for the whole set."""

import json
from pathlib import Path
from string import Template
from typing import Any, cast

from bench.drafts.folder import AwaitingAnswerError, Json, RunFolder
from bench.drafts.material import RunMaterial, channel_of, in_plain_sentences
from bench.drafts.posts import JudgedPost
from galley.models.draft import Draft, Problem
from galley.models.network import Platform
from galley.networks.checks import check_draft
from galley.networks.registry import rules_for
from galley.networks.rules import LinkPlacement

_FIELDS = ("body", "thread", "title", "headline", "alt_text", "hashtags")
_LIMITS = frozenset({"text_length", "title_length", "hashtags", "thread", "title"})


async def write_chat(folder: RunFolder, material: RunMaterial) -> dict[Platform, JudgedPost]:
    """Return the posts of the chat's answer, once a broken limit was mended."""
    document = material.document
    voice = in_plain_sentences(material.persona)
    article = f"{document.title}\n\n{document.text}"
    words = Path(__file__).with_name("chat.md").read_text("utf-8")
    message = Template(words).substitute(voice=voice, article=article)
    turns = [{"role": "user", "content": message}]
    try:
        answer = folder.ask("chat-1", _params(folder, turns))
        found = _posts(answer, material)
        broken = [
            f"- {rules_for(platform).name}: {problem.message}"
            for platform, (_, problems) in found.items()
            for problem in problems
        ]
        if broken:
            asked = "These break their limits; give the whole object again:\n"
            turns += [
                {"role": "assistant", "content": answer},
                {"role": "user", "content": asked + "\n".join(broken)},
            ]
            found = _posts(folder.ask("chat-2", _params(folder, turns)), material)
    except AwaitingAnswerError:
        return {}
    return {one: JudgedPost.of(*found[one]) for one in found}


def _params(folder: RunFolder, turns: list[dict[str, str]]) -> Json:
    networks = [one.value for one in folder.manifest.networks]
    text, texts = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
    post = {
        "type": "object",
        "properties": {name: texts if name in {"thread", "hashtags"} else text for name in _FIELDS},
        "required": list(_FIELDS),
        "additionalProperties": False,
    }
    schema = {
        "type": "object",
        "properties": dict.fromkeys(networks, post),
        "required": networks,
        "additionalProperties": False,
    }
    return {
        "model": folder.manifest.model,
        "max_tokens": 32_000,
        "messages": turns,
        "output_config": {"effort": "medium", "format": {"type": "json_schema", "schema": schema}},
    }


def _posts(answer: str, material: RunMaterial) -> dict[Platform, tuple[Draft, tuple[Problem, ...]]]:
    told = cast("dict[str, dict[str, Any]]", json.loads(answer))
    found: dict[Platform, tuple[Draft, tuple[Problem, ...]]] = {}
    for platform in Platform:
        if platform.value in told:
            draft = _draft(platform, told[platform.value], material.source.link or "")
            problems = check_draft(draft, channel_of(platform))
            broken = tuple(one for one in problems if one.rule in _LIMITS)
            found[platform] = draft, broken
    return found


def _draft(platform: Platform, told: dict[str, Any], link: str) -> Draft:
    """Put a post together as somebody would who pastes it: nothing is taken out."""
    rules = rules_for(platform)
    body = str(told.get("body") or "").strip()
    tags = [str(tag).lstrip("#").replace(" ", "") for tag in told.get("hashtags") or ()]
    new = " ".join(f"#{tag}" for tag in tags if f"#{tag}" not in body)
    own_link = link if rules.link is LinkPlacement.IN_TEXT else ""
    items = [str(one).strip() for one in told.get("thread") or ()]
    if items and body and items[0] != body:
        items = [body, *items]  # Some answer with the first post beside those that follow it.
    posts = items if len(items) > 1 and rules.max_thread > 1 else [body]
    tail = "\n\n".join(filter(None, (own_link, new)))
    posts[-1] = "\n\n".join(filter(None, (posts[-1], tail)))
    return Draft(
        text=posts[0],
        thread=tuple(posts) if len(posts) > 1 else (),
        title=str(told.get("title") or "") if rules.title_limit else "",
        headline=str(told.get("headline") or ""),
        alt_text=str(told.get("alt_text") or ""),
    )
