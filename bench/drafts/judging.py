"""Blind pairs for judges: two sets of posts on one source, in random order."""

import json
import random
from itertools import combinations
from pathlib import Path
from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field

from bench.drafts.folder import Json, RunError, readable, unfenced
from bench.drafts.posts import JudgedPost
from galley.models.network import Platform
from galley.networks.registry import rules_for

Side = Literal["A", "B"]
_STRICT = ConfigDict(extra="forbid")
_ORDER = Path(__file__).with_name("judge.md").read_text("utf-8")


class Verdict(BaseModel):
    """What a judge says of one pair."""

    model_config = _STRICT

    pair: str
    preferred: Side
    margin: Literal["clear", "slight"]
    why: str
    unsupported_a: list[str]
    unsupported_b: list[str]


class Repeats(BaseModel):
    """What a judge says of one whole set: names of networks, two and two."""

    model_config = _STRICT

    set: Literal["1", "2"]
    same_opening: list[list[str]]
    same_point: list[list[str]]


class Judgement(BaseModel):
    """All that one judge answers."""

    model_config = _STRICT

    pairs: list[Verdict]
    sets: list[Repeats]


class Key(BaseModel):
    """Who is who; no judge sees it. ``a`` names the run that is A in each pair."""

    runs: tuple[str, str]
    networks: dict[str, Platform] = Field(default_factory=dict)
    a: dict[str, str] = Field(default_factory=dict)
    sets: dict[str, str] = Field(default_factory=dict)

    def other(self, run: str) -> str:
        """Return the run that is not this one."""
        return self.runs[1] if run == self.runs[0] else self.runs[0]

    def winner(self, verdict: Verdict) -> str:
        """Return the run that a verdict prefers."""
        first = self.a[verdict.pair]
        return first if verdict.preferred == "A" else self.other(first)


def write_pairs(ours: Path, other: Path, out: Path, seed: int, model: str) -> Key:
    """Write the judge's request into ``out``, and the key beside that folder.

    Raises:
        RunError: The two runs share no network, or are of different sources.
    """
    runs = _loaded(ours), _loaded(other)
    if runs[0]["source"] != runs[1]["source"]:
        raise RunError("The two folders are of different sources: nothing to compare.")
    chance = random.Random(seed)  # noqa: S311 - an order, not a secret
    shared = [one for one in runs[0]["posts"] if one in runs[1]["posts"]]
    if not shared:
        raise RunError("The two folders share no network: assemble them first.")
    chance.shuffle(shared)
    key = Key(runs=(str(ours), str(other)))
    parts = [_ORDER, f"# The brand\n\n{runs[0]['brand']}"]
    parts.append(f"# The article\n\n{runs[0]['source']}")
    for number, network in enumerate(shared, 1):
        name, first = f"{number:02}", chance.randrange(2)
        key.networks[name], key.a[name] = Platform(network), key.runs[first]
        a, b = (_post(runs[at], network) for at in (first, 1 - first))
        heading = f"# Pair {name}, {rules_for(Platform(network)).name}"
        parts.append(f"{heading}\n\n## A\n\n{a.shown}\n\n## B\n\n{b.shown}")
    first = chance.randrange(2)
    for name, at in (("1", first), ("2", 1 - first)):
        key.sets[name] = key.runs[at]
        posts = [f"### {one}\n\n{_post(runs[at], one).shown}" for one in sorted(shared)]
        parts.append(f"# Set {name}\n\n" + "\n\n".join(posts))
    _write(out, _request("\n\n".join(parts), model), key)
    return key


def read_key(out: Path) -> Key:
    """Return the key of a folder of pairs."""
    return Key.model_validate_json(_key_file(out).read_text(encoding="utf-8"))


def read_judgements(out: Path) -> dict[str, Judgement]:
    """Return what each judge answered, by the name of the file."""
    return {
        one.stem: Judgement.model_validate_json(unfenced(one.read_text("utf-8")))
        for one in sorted((out / "answers").glob("*.json"))
    }


def same_openings(posts: dict[Platform, JudgedPost]) -> list[tuple[Platform, Platform]]:
    """Return networks whose posts open with much the same words, as a program sees it.

    Half of the words of the shorter opening stand in the other.
    """
    words = {one: _words(post.opening) for one, post in posts.items()}
    return [
        (one, other)
        for one, other in combinations(posts, 2)
        if 2 * len(words[one] & words[other]) >= max(1, min(len(words[one]), len(words[other])))
    ]


def _words(text: str) -> set[str]:
    least = 4
    plain = "".join(c if c.isalnum() else " " for c in text.casefold())
    return {word for word in plain.split() if len(word) >= least or word.isdigit()}


def _loaded(run: Path) -> dict[str, Any]:
    text = (run / "posts.json").read_text(encoding="utf-8")
    return cast("dict[str, Any]", json.loads(text))


def _post(run: dict[str, Any], network: str) -> JudgedPost:
    return JudgedPost.model_validate(run["posts"][network])


def _request(text: str, model: str) -> Json:
    from anthropic import transform_schema

    return {
        "model": model,
        "max_tokens": 32_000,
        "messages": [{"role": "user", "content": text}],
        "output_config": {
            "effort": "high",
            "format": {"type": "json_schema", "schema": transform_schema(Judgement)},
        },
    }


def _write(out: Path, request: Json, key: Key) -> None:
    out.mkdir(parents=True, exist_ok=True)
    body = json.dumps(request, indent=1, ensure_ascii=False) + "\n"
    (out / "judge.json").write_text(body, encoding="utf-8")
    page = readable(request, "answers/YOUR-NAME.json")
    (out / "judge.md").write_text(page, encoding="utf-8")
    (out / "answers").mkdir(exist_ok=True)
    told = key.model_dump_json(indent=1) + "\n"
    _key_file(out).write_text(told, encoding="utf-8")


def _key_file(out: Path) -> Path:
    return out.with_name(f"{out.name}-key.json")
