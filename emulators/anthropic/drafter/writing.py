"""Fill a JSON schema with what was written."""

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any, cast

from emulators.anthropic.drafter.parts import (
    Part,
    answers_of,
    question_of,
    scenes_of,
    sections_of,
    slides_of,
)
from emulators.anthropic.drafter.prose import Ranking, Sentence, cut, overlap, ranking_of, size
from emulators.anthropic.drafter.request import Material, Order

_Schema = dict[str, Any]


def fill(schema: _Schema, known: dict[str, Any]) -> object:
    """Return a value valid for ``schema``.

    Properties that bear a known name and type take the known value; the rest get the
    plainest value their type allows.
    """
    return _fill(schema, known, schema.get("$defs", {}), known)


def _fill(schema: _Schema, value: object, defs: _Schema, known: _Schema) -> object:
    if "$ref" in schema:
        target = cast("_Schema", defs[str(schema["$ref"]).rsplit("/", 1)[-1]])
        return _fill(target, value, defs, known)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        choices = cast("list[object]", schema["enum"])
        return value if value in choices else choices[0]
    if "anyOf" in schema:
        return _fill(cast("_Schema", schema["anyOf"][0]), value, defs, known)
    return _of_type(schema, value, defs, known)


def _of_type(schema: _Schema, value: object, defs: _Schema, known: _Schema) -> object:
    match schema.get("type"):
        case "object":
            own = cast("_Schema", value) if isinstance(value, dict) else known
            properties = cast("dict[str, _Schema]", schema.get("properties", {}))
            own = cast("_Schema", value) if isinstance(value, dict) else known
            return {
                name: _fill(part, own.get(name), defs, known) for name, part in properties.items()
            }
        case "array":
            return _list(schema, value, defs, known)
        case "string":
            return value if isinstance(value, str) else ""
        case "integer" | "number":
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            return value if is_number else 0
        case "boolean":
            return False
        case _:
            return None


def _list(schema: _Schema, value: object, defs: _Schema, known: _Schema) -> object:
    items = cast("_Schema", schema.get("items", {"type": "string"}))
    given = cast("list[object]", value) if isinstance(value, list) else []
    least = int(schema.get("minItems", 0))
    padded = [*given, *[None] * (least - len(given))]
    return [_fill(items, item, defs, known) for item in padded]


_TOO_ALIKE = 0.35
_A_SENTENCE = 170
"""Characters of budget a sentence; keeps long posts from becoming the whole text."""
_PHONE = re.compile(r"\d[\d\s().-]{5,}\d")
_NAME = re.compile(r"(?<=[a-z,;] )([A-Z][\w-]+(?: [A-Z][\w-]+){0,2})")
_CALENDAR = re.compile(
    r"^(?:I|Mon|Tues|Wednes|Thurs|Fri|Satur|Sun|January|February|March|April|May|June"
    r"|July|August|September|October|November|December)(?:day)?$"
)


Fields = dict[str, str | list[str] | list[Part]]


def write_post(order: Order) -> dict[str, object]:
    """Return the fields of a post, all of them words of the source.

    Its ``alternatives`` begin with other sentences, as far as the source has any.
    """
    ranking = ranking_of(order.material.text, order.material.language)
    asked = question_of(order)
    order = replace(order, body=order.body - (size(asked) + 4 if asked else 0))
    posts, taken = list[Fields](), list[str]()
    for picks in _several(order, ranking):
        taken.append(_headline(order, picks, ranking, taken))
        post = _post(order, picks, taken[-1])
        body = "\n\n".join(filter(None, (str(post["body"]), asked)))
        parts = (
            answers_of(order)
            or sections_of(order)
            or scenes_of(order, ranking)
            or slides_of(order, ranking, picks)
        )
        posts.append({**post, "body": body, "parts": parts})
    return {**posts[0], "alternatives": posts[1:]}


def _several(order: Order, ranking: Ranking) -> list[list[Sentence]]:
    """Return the sentences of each variant; none begins as another one does."""
    found = [_picks(order, ranking, ())]
    while len(found) < order.variants:
        openings = {picks[0].text for picks in found if picks}
        picks = _picks(order, ranking, openings)
        if not picks:
            break
        found.append(picks)
    return found


def _post(order: Order, picks: list[Sentence], words: str) -> Fields:
    """Return one post; ``words`` are for its card."""
    headline = order.habits.applied(words)
    return {
        "body": _body(_as_reviewed(picks, order), order),
        "thread": [],
        "title": cut(order.material.title or headline, order.title),
        "headline": headline,
        "alt_text": cut(f"A plain card with the words: {headline}", order.alt_text),
        "hashtags": _tags(order.material)[: order.hashtags],
    }


def _picks(order: Order, ranking: Ranking, openings: Collection[str]) -> list[Sentence]:
    """Take the best sentences that fit and differ, in the order of the source.

    Those that open another variant are left out.
    """
    most = max(1, -(-order.body // _A_SENTENCE))
    picks: list[Sentence] = []
    left = order.body
    for sentence in _candidates(order, ranking):
        cost = size(sentence.text) + (4 if picks else 0)
        if sentence.text in openings:
            continue
        if cost > left or any(_alike(sentence, p) for p in picks):
            continue
        picks.append(sentence)
        left -= cost
        if len(picks) == most:
            break
    return sorted(picks, key=lambda s: s.order)


def _as_reviewed(picks: list[Sentence], order: Order) -> list[Sentence]:
    """Return the sentences as the reviewer of earlier drafts would have them."""
    habits = order.habits
    kept = picks[: habits.most_sentences or None]
    said = [replace(pick, text=habits.applied(pick.text)) for pick in kept]
    said = [pick for pick in said if pick.text]
    while len(said) > 1 and size(_body(said, order)) > order.body:
        said.pop()
    return said


def _candidates(order: Order, ranking: Ranking) -> list[Sentence]:
    """Order the sentences for this network: scores, shaken a little by its name."""
    able = [s for s in ranking.best if not (order.no_phones and _has_phone(s.text))]
    fresh = [s for s in able if s.text not in order.previous]
    shaken = sorted(fresh, key=lambda s: -ranking.score(s) * _shake(order, s))
    return shaken or able


def _shake(order: Order, sentence: Sentence) -> float:
    digest = hashlib.sha256(f"{order.network}\0{sentence.text}".encode()).digest()
    return 1 + digest[0] / 300


def _alike(one: Sentence, other: Sentence) -> bool:
    return overlap(one.text, other.text) >= _TOO_ALIKE


def _has_phone(text: str) -> bool:
    return bool(_PHONE.search(text))


_UNSPACED = ("。", "！", "？", "」", "』")  # noqa: RUF001 -- as they are written
"""After these a sentence of Chinese or Japanese follows without a space."""


def _body(picks: Iterable[Sentence], order: Order) -> str:
    text, last = "", None
    for pick in picks:
        gap = "\n\n"
        if last is not None and pick.paragraph == last:
            gap = "" if text.endswith(_UNSPACED) else " "
        text += (gap if text else "") + pick.text
        last = pick.paragraph
    if text:
        return text
    given = (order.material.title, " ".join(order.material.text.split()))
    if order.no_phones:
        given = tuple(_PHONE.sub("", words).strip() for words in given)
    return cut(next(filter(None, given), ""), order.body)


def _headline(order: Order, picks: list[Sentence], ranking: Ranking, taken: Collection[str]) -> str:
    """Take the best short sentence, of the post if it has one, else the title.

    What is ``taken`` by another variant is left to it.
    """
    chosen = sorted(picks, key=ranking.score, reverse=True)
    for sentence in (*chosen, *_candidates(order, ranking)[:8]):
        if size(sentence.text) <= order.headline and sentence.text not in taken:
            return sentence.text
    title = order.material.title or (chosen[0].text if chosen else "")
    return cut(title or " ".join(order.material.text.split()), order.headline)


def _tags(material: Material) -> list[str]:
    """Return the source's own tags, then names it writes at least twice."""
    names = Counter(m.group(1) for m in _NAME.finditer(material.text))
    often = [n for n, times in names.most_common() if times > 1]
    found: dict[str, str] = {}
    for name in (*material.tags, *(n for n in often if not _CALENDAR.match(n))):
        tag = "".join(_capital(word) for word in re.findall(r"\w+", name))
        if tag and not tag.isdigit():
            found.setdefault(tag.casefold(), tag)
    return list(found.values())


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]
