"""The drafter's answers: a post, or notes on a part of a long source, in the wanted schema.

:mod:`emulators.anthropic.app` calls :func:`written_answer`. Every word of an answer is the
source's own, but for one question where answers are wanted.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice, zip_longest
from typing import Any, cast

from emulators.anthropic.parts import Part, parts_of, question_of
from emulators.anthropic.prose import (
    Ranking,
    Sentence,
    cut,
    language_of,
    overlap,
    ranking_of,
    sentences_of,
    size,
)
from emulators.anthropic.request import Material, Order, find_material, obey, read_orders
from emulators.anthropic.wire import CountRequest

_Schema = dict[str, Any]
Fields = dict[str, str | list[str] | list[Part]]

_NOTES_WANTED = re.compile(r"^Condense part \d+ of \d+\. At most (\d+) points\.")
_POST, _DRAFT = re.compile(r"(?m)^## (?=[a-z]+(?:-\d+)?$)"), re.compile(r"(?m)^Draft \d+$")
_NUMBER = re.compile(r"\[(\d+)\] ")
_WINDOW = 12_000
"""Characters that are ranked together: ranking takes the square of their sentences."""
_SUMMARY = 2
_HEAVIEST = 5
_TOO_ALIKE = 0.35
_A_SENTENCE = 170
"""Characters of budget for each sentence, so that a long post is not the whole text."""
_AN_OPENING = 50
"""Characters from which a sentence says enough to begin with."""
_PHONE = re.compile(r"(?<!\d)(?!\d{4}-\d\d-\d\d(?!\d))\d[\d\s().-]{5,}\d")  # and no date
_NAME = re.compile(r"(?<=[a-z,;] )([A-Z][\w-]+(?: [A-Z][\w-]+){0,2})")
_CALENDAR = re.compile(
    r"^(?:I|Mon|Tues|Wednes|Thurs|Fri|Satur|Sun|January|February|March|April|May|June"
    r"|July|August|September|October|November|December)(?:day)?$"
)
_UNSPACED = ("。", "！", "？", "」", "』")  # noqa: RUF001 -- as they are written
"""After these a sentence of Chinese or Japanese follows without a space."""


def written_answer(request: CountRequest, *, obeys: bool = False) -> str:
    """Write the answer: JSON where a schema was given, else the bare text.

    Args:
        request: The request.
        obeys: Whether to obey instructions in the material, which a model must not.
    """
    order = request.messages[0].text
    if _NOTES_WANTED.match(order):
        written = take_notes(request)
        plain = str(written["summary"])
    elif order.startswith(("Choose one draft for each network.", "Check these sentences.")):
        written, plain = dict[str, object](choices=choices_of(request)), "1"
    else:
        posts = write_posts(read_orders(request))
        written = dict[str, object](posts=posts)
        if obeys:
            written = obey(request, written)
        plain = str(posts[0]["body"])
    if request.schema_wanted is None:
        return plain
    return json.dumps(fill(request.schema_wanted, written), ensure_ascii=False)


def shown_drafts(request: CountRequest) -> dict[str, list[tuple[int, str]]]:
    """Return the numbered sentences of the first draft of each network, by its label."""
    found: dict[str, list[tuple[int, str]]] = {}
    for post in _POST.split(request.messages[0].text)[1:]:
        label, _, drafts = post.partition("\n")
        first = _DRAFT.split(drafts)[:2][-1]
        numbers, texts = (_NUMBER.split(first)[at::2] for at in (1, 2))
        found[label] = [
            (int(number), text.partition("\n")[0].strip())
            for number, text in zip(numbers, texts, strict=True)
        ]
    return found


def choices_of(request: CountRequest) -> list[_Schema]:
    """Take the first draft of each network: one drafter wrote them all.

    Its sentences are the source's own, so that each stands in one of the numbered passages.
    """
    material = find_material([block.text for block in request.system_blocks], "").text
    passages = [" ".join(one.split()) for one in _NUMBER.split(material)[2::2]]
    return [
        {
            "network": label,
            "angles": [],
            "draft": 1,
            "reason": "",
            "sentences": [_sentence(*one, passages) for one in sentences],
            "changes": [],
        }
        for label, sentences in shown_drafts(request).items()
    ]


def _sentence(number: int, words: str, passages: Sequence[str]) -> _Schema:
    found = next((at for at, one in enumerate(passages, 1) if words in one), 0)
    return {"sentence": number, "passage": found, "verdict": "stated" if found else "none"}


@dataclass
class _Used:
    """What other posts of the same answer have: no two begin or end alike, as far as can be."""

    openings: set[str] = field(default_factory=set[str])
    closings: set[str] = field(default_factory=set[str])
    headlines: list[str] = field(default_factory=list[str])


def write_posts(orders: Sequence[Order]) -> list[Fields]:
    """Return the fields of each post, and of its variants as far as the source has any."""
    used = _Used()
    posts: list[Fields] = []
    for order in orders:
        ranking = ranking_of(order.material.text, order.material.language)
        question = question_of(order)
        roomy = replace(order, body=order.body - (size(question) + 4 if question else 0))
        used.headlines += order.headlines
        for number in range(order.variants):
            picks = _picks(roomy, ranking, used)
            is_new = bool(picks) and picks[0].text not in used.openings
            if not is_new and (number or order.begun):
                break
            posts.append(_post(roomy, ranking, picks or [], question, used))
            if picks:
                used.openings.add(picks[0].text)
                used.closings.add(picks[-1].text)
    return posts or [_post(orders[0], ranking_of(orders[0].material.text, "en"), [], "", used)]


def _post(
    order: Order, ranking: Ranking, picks: list[Sentence], question: str, used: _Used
) -> Fields:
    used.headlines.append(_headline(order, picks, ranking, used.headlines))
    headline = order.habits.applied(used.headlines[-1])
    body = _body(_as_reviewed(picks, order), order)
    return {
        "network": order.label,
        "skip": "",
        "body": "\n\n".join(filter(None, (body, question))),
        "thread": [],
        "title": cut(order.material.title or headline, order.title),
        "headline": headline,
        "alt_text": cut(f"A plain card with the words: {headline}", order.alt_text),
        "hashtags": _tags(order.material)[: order.hashtags],
        "parts": parts_of(order, ranking, picks),
    }


def _picks(order: Order, ranking: Ranking, used: _Used) -> list[Sentence]:
    """Return a passage of the source that begins and ends as no other post does, if there is one.

    Its sentences stand next to each other in the source: two of different places, side by side,
    would say what the source does not.
    """
    able = _candidates(order, ranking)
    fitting = [one for one in able if size(one.text) <= order.body]
    begun = [one for one in fitting if any(body.startswith(one.text) for body in order.begun)]
    new = [one for one in fitting if one.text not in used.openings and one not in begun]
    passages = {one: _ended(_passage(one, order, ranking), ranking, used) for one in new or fitting}

    def as_opening(sentence: Sentence) -> tuple[bool, bool, bool, bool]:
        """Sort by habit, length, whether enough follows, and the place in a paragraph."""
        is_other = not order.habits.opens_well(sentence.text, order.network)
        is_short = size(sentence.text) < _AN_OPENING
        is_thin = len(passages[sentence]) * _A_SENTENCE * 2 < order.body
        return is_other, is_short, is_thin, not sentence.opens_paragraph

    # Sorting is stable: of like ones the best stays first.
    opening = next(iter(sorted(passages, key=as_opening)), None)
    return passages[opening] if opening else []


def _passage(opening: Sentence, order: Order, ranking: Ranking) -> list[Sentence]:
    """Return the opening and the sentences behind it, as far as they fit."""
    most = max(1, -(-order.body // _A_SENTENCE))
    # A source in several languages gives posts of one language each.
    spoken = language_of(opening.text)
    picks, left = [opening], order.body - size(opening.text)
    for sentence in islice(ranking.after(opening), most - 1):
        # Two line breaks, each counted twice, part the sentences at most.
        left -= size(sentence.text) + 4
        is_foreign = spoken and language_of(sentence.text) not in {spoken, ""}
        if left < 0 or is_foreign or _PHONE.search(sentence.text):
            break
        picks.append(sentence)
    return picks


def _ended(picks: list[Sentence], ranking: Ranking, used: _Used) -> list[Sentence]:
    """Return a passage up to the end of a paragraph if it can, and one that ends no other post."""

    def as_ending(sentence: Sentence) -> tuple[bool, bool]:
        return not ranking.ends_paragraph(sentence), sentence.text in used.closings

    last = min(reversed(picks), key=as_ending)  # of like ones the first, so the longest passage
    return picks[: picks.index(last) + 1]


def _candidates(order: Order, ranking: Ranking) -> list[Sentence]:
    """Order the sentences for this network."""

    def shaken(sentence: Sentence) -> float:
        # The network's name changes the order a little, so that eleven drafts of one source
        # are not the same.
        digest = hashlib.sha256(f"{order.network}\0{sentence.text}".encode()).digest()
        return -ranking.score(sentence) * (1 + digest[0] / 300)

    # No post holds a telephone number: some networks refuse it.
    able = [s for s in ranking.best if not _PHONE.search(s.text)]
    fresh = [s for s in able if s.text not in order.previous]
    return sorted(fresh, key=shaken) or able


def _headline(order: Order, picks: list[Sentence], ranking: Ranking, taken: Collection[str]) -> str:
    """Return the best short sentence, of the post if it has one, else the title.

    The headlines of other posts are ``taken``.
    """
    chosen = sorted(picks, key=ranking.score, reverse=True)
    for sentence in (*chosen, *_candidates(order, ranking)[:8]):
        # One that follows another may say nothing by itself.
        if sentence not in ranking.sentences:
            continue
        if size(sentence.text) <= order.headline and sentence.text not in taken:
            return sentence.text
    title = order.material.title or (chosen[0].text if chosen else "")
    return cut(title or " ".join(order.material.text.split()), order.headline)


def _as_reviewed(picks: list[Sentence], order: Order) -> list[Sentence]:
    """Return the sentences as the reviewer of earlier drafts would edit them."""
    habits = order.habits
    # 0 means no habit, so every pick stays.
    kept = picks[: habits.most_sentences or None]
    edited = [replace(pick, text=habits.applied(pick.text)) for pick in kept]
    edited = [pick for pick in edited if pick.text]
    while len(edited) > 1 and size(_body(edited, order)) > order.body:
        edited.pop()
    return edited


def _body(picks: Iterable[Sentence], order: Order) -> str:
    text, last = "", None
    for pick in picks:
        gap = "\n\n"
        # Where a habit cut out a sentence, those around it were not one thought.
        if last is not None and (pick.paragraph, pick.order) == (last.paragraph, last.order + 1):
            gap = "" if text.endswith(_UNSPACED) else " "
        text += (gap if text else "") + pick.text
        last = pick
    if text:
        return text
    given = (order.material.title, " ".join(order.material.text.split()))
    return cut(next(filter(None, (_PHONE.sub("", one).strip() for one in given)), ""), order.body)


def _tags(material: Material) -> list[str]:
    """Return the source's own tags, then names it writes at least twice."""
    names = Counter(m.group(1) for m in _NAME.finditer(material.text))
    often = [n for n, times in names.most_common() if times > 1]
    found: dict[str, str] = {}
    for name in (*material.tags, *(n for n in often if not _CALENDAR.match(n))):
        # Not `capitalize`: it would write the rest of a word such as NASA small.
        tag = "".join(word[:1].upper() + word[1:] for word in re.findall(r"\w+", name))
        if tag and not tag.isdigit():
            found.setdefault(tag.casefold(), tag)
    return list(found.values())


def take_notes(request: CountRequest) -> dict[str, object]:
    """Return a summary of sentences, and the points, each its own quotation."""
    wanted = _NOTES_WANTED.match(request.messages[0].text)
    most = int(wanted.group(1)) if wanted else 0
    material = find_material([block.text for block in request.system_blocks], "")
    windows = list(_windows(material.text))
    each = -(-most // max(1, len(windows)))
    picks = [_points(window, material.language, each) for window in windows]
    # The best point of each window first, then the second ones.
    rounds = chain.from_iterable(zip_longest(*picks))
    best = [text for text in rounds if text is not None][:most]
    return {
        "summary": " ".join(best[:_SUMMARY]) or material.text[:200],
        "points": [
            {"point": text, "quote": text, "weight": max(1, _HEAVIEST - place)}
            for place, text in enumerate(best)
        ],
    }


def _windows(text: str) -> Iterator[str]:
    """Yield the text in pieces that end between paragraphs, if they can."""
    start = 0
    while start < len(text):
        end = min(len(text), start + _WINDOW)
        line = text.rfind("\n\n", start, end)
        if end < len(text) and line > start:
            end = line
        yield text[start:end]
        start = end


def _points(window: str, language: str, most: int) -> list[str]:
    """Return the best sentences of a window that differ, and stand in it word for word."""
    said = " ".join(window.split())
    picks: list[str] = []
    for sentence in ranking_of(window, language).best or sentences_of(window, language):
        text = sentence.text
        if text in said and not any(overlap(text, p) >= _TOO_ALIKE for p in picks):
            picks.append(text)
        if len(picks) == most:
            break
    return picks


def fill(schema: _Schema, known: dict[str, object]) -> object:
    """Return a value valid for ``schema``.

    Properties of a known name and type take the known value; the rest get the plainest
    value that their type allows.
    """
    return _fill(schema, known, schema.get("$defs", {}), known)


def _fill(schema: _Schema, value: object, defs: _Schema, known: _Schema) -> object:
    if "$ref" in schema:
        target = cast("_Schema", defs[str(schema["$ref"]).rsplit("/", 1)[-1]])
        return _fill(target, value, defs, known)
    if "const" in schema or "enum" in schema:
        choices = cast("list[object]", schema.get("enum") or [schema.get("const")])
        return value if value in choices else choices[0]
    if "anyOf" in schema:
        # Optional fields have null last.
        return _fill(cast("_Schema", schema["anyOf"][0]), value, defs, known)
    match schema.get("type"):
        case "object":
            own = cast("_Schema", value) if isinstance(value, dict) else known
            properties = cast("dict[str, _Schema]", schema.get("properties", {}))
            return {
                name: _fill(part, own.get(name), defs, known) for name, part in properties.items()
            }
        case "array":
            items = cast("_Schema", schema.get("items", {"type": "string"}))
            given = cast("list[object]", value) if isinstance(value, list) else []
            padding = int(schema.get("minItems", 0)) - len(given)
            return [_fill(items, item, defs, known) for item in (*given, *[None] * padding)]
        case kind:
            return _scalar(kind, value)


def _scalar(kind: object, value: object) -> object:
    if kind == "string":
        return value if isinstance(value, str) else ""
    if kind in {"integer", "number"}:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return value if is_number else 0
    return False if kind == "boolean" else None
