"""A drafting request taken apart: its order, its material, and the reviewer's habits.

The prompt is plain words for a model; :mod:`emulators.anthropic.writing` needs numbers.
Habits are learned from the prompt's lessons, earlier drafts and their edits: a model would
judge them, rules can only count. They find words that were exchanged or cut, the number of
sentences left where endings are cut, and drafts called too long. :func:`obey` is the fault
of a model that follows its material.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import cast

from emulators.anthropic.wire import CountRequest

_FENCE = re.compile(r"(?m)^(.*\b[0-9a-f]{16,}\b.*)$")
_HEAD = re.compile(r"^(Title|Author|Published|Language|Tags): (.*)$")
_USUAL_BODY, _LONGEST_BODY = 400, 1100
"""Characters: where no limit is told, and of what is read to its end."""
_HEADLINE, _ALT_TEXT = 90, 200
_LISTED = re.compile(r"(?m)^- ([a-z]+(?:-\d+)?): ([^.\n]+)\. (.*)$")
_MORE = re.compile(r"Write (\d+) more variants")
_PARTS = "(?:slides|sections|scenes)"
_SECTION = re.compile(
    r"(?ms)^(?P<fence>=== lessons [0-9a-f]{16,} ===)$\n(?P<inside>.*?)^(?P=fence)$"
)
_LESSON = re.compile(r"(?m)^Lesson \d+ \((\w+) on ([^),\n]*)[^)\n]*\)$")
_OPENINGS = {
    "a figure": re.compile(r"\d"),
    "a question": re.compile(r"[?\uff1f]$"),
    "spoken words": re.compile("^[\"'\u201c\u201e\u00ab\u2018\u201a\u300c]"),
}
_HABIT = re.compile(
    rf"(?m)^Openings on ([^:\n]+): [^\n]* went out with ({'|'.join(_OPENINGS)}) first,"
)
_TOKEN = re.compile(r"\w+(?:['\u2019-]\w+)*|[^\w\s]")
_SENTENCE_END = re.compile(r"(?<=[.!?\u2026\u3002\uff01\uff1f])\s+|\n+")
_ALIKE = 0.6
"""Share of words in common from which one sentence is taken to be the other one, edited."""
_MOST_OUT, _MOST_IN, _LEAST_LETTERS = 5, 8, 4
"""Limits of an exchange: a larger one is a sentence written anew, and no habit."""
_OFTEN = 2
"""Edits that agree before they count as a habit."""


@dataclass(frozen=True)
class Habits:
    """What earlier edits have in common.

    ``swaps`` are words and their replacements; ``most_sentences`` is the number left of
    drafts whose ending was cut, 0 if that is no habit. ``short_on`` are the networks whose
    drafts were called too long.
    """

    swaps: tuple[tuple[str, str], ...] = ()
    most_sentences: int = 0
    short_on: frozenset[str] = frozenset()
    openings: tuple[tuple[str, str], ...] = ()
    """Networks, or all of them, and the kind of their first sentence."""

    def opens_well(self, sentence: str, network: str) -> bool:
        """Whether a sentence is of the kind that the reviewer puts first there."""
        named = dict(self.openings)
        kind = named.get(network) or named.get("all networks") or ""
        return not kind or _OPENINGS[kind].search(sentence) is not None

    def applied(self, sentence: str) -> str:
        """Return a sentence as the reviewer would edit it."""
        text = sentence
        for out, put in self.swaps:
            words = r"\s+".join(map(re.escape, out.split()))
            pattern = re.compile(rf"(?i)(?<!\w){words}(?!\w)" + ("" if put else r"\s?"))
            text = pattern.sub(lambda found, put=put: _in_case_of(found[0], put), text)
        if text == sentence:
            return sentence
        # A word that was cut may leave a space before the full stop.
        text = re.sub(r"\s+([.,;:!?])", r"\1", " ".join(text.split()))
        return _in_case_of(sentence, text)


@dataclass(frozen=True)
class Material:
    """The text to draw from, and the fields of its head."""

    text: str
    title: str = ""
    language: str = "en"
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Order:
    """One post: its network, its limits, and what was written before.

    ``label`` names it in the answer. Limits are in characters, 0 where the network has no
    such field. A body "in all" may be longer than what reads best in one post: it becomes a
    thread. ``repairs`` counts the answers already sent back; ``variants`` is the number of
    posts wanted, none of which begins as one of ``begun`` does or has one of ``headlines``.
    """

    label: str
    network: str
    body: int
    title: int
    headline: int
    alt_text: int
    hashtags: int
    previous: str
    repairs: int
    variants: int
    begun: tuple[str, ...]
    headlines: tuple[str, ...]
    answers: int
    answer_length: int
    slides: int
    sections: int
    scenes: int
    part_title: int
    part_text: int
    material: Material = field(repr=False)
    habits: Habits = field(default_factory=Habits)


def read_orders(request: CountRequest) -> list[Order]:
    """Read the request for posts, and its material."""
    prompt, habits = split_lessons(request.messages[0].text)
    material = find_material([block.text for block in request.system_blocks], prompt)
    head, _, rest = prompt.partition("\n\n")
    listed, _, tail = rest.partition("\n\n")
    lines = _LISTED.findall(listed)
    if not head.startswith("Write one post for each line") or not lines:
        # Of another program, or of one longer text.
        lines, tail = [("", _first(r"post for ([^.\n]+)", prompt), prompt)], prompt
    return [_order(request, line, tail, material, habits) for line in lines]


def _order(
    request: CountRequest, line: tuple[str, str, str], tail: str, material: Material, habits: Habits
) -> Order:
    label, network, limits = line
    said = [message.text for message in request.messages if message.role == "user"][1:]
    more = [int(found[1]) for text in said if (found := _MORE.search(text))]
    # A repair sends the refused answer back as an assistant turn.
    repairs = len(said) - len(more)
    wants_more = bool(said) and bool(_MORE.search(said[-1]))
    asked = int(_first(r"(?m)^Write (\d+) variants", tail) or 1)

    def limit(field_name: str) -> int:
        # Each answer that was sent back for its length makes the next one shorter.
        return int(_number(rf"{field_name}: at most", limits) * 0.75**repairs)

    body = _body_limit(limits, tail, is_short=network in habits.short_on)
    return Order(
        label=label,
        network=network,
        body=int(body * 0.75**repairs),
        title=limit("title"),
        headline=limit("headline") or _HEADLINE,
        alt_text=_number(r"alt text: at most", limits) or _ALT_TEXT,
        # A repair leaves the tags out: they may be the problem.
        hashtags=0 if repairs else _number(r"hashtags: at most", limits),
        previous=_between(tail.partition("Previous draft")[2]),
        repairs=repairs,
        answers=_number(r"answers: 2 to", limits),
        answer_length=_number(r"answers: 2 to \d+, at most", limits),
        sections=_number(r"sections: 2 to", limits),
        scenes=_number(r"scenes: 2 to", limits),
        slides=_number(r"slides: 2 to", limits),
        part_title=_number(rf"{_PARTS}: 2 to \d+, at most", limits),
        part_text=_number(rf"{_PARTS}: [^\n]+ a title and", limits),
        variants=more[-1] if wants_more else asked + sum(more),
        begun=_earlier(request, "body") if wants_more else (),
        headlines=_earlier(request, "headline") if wants_more else (),
        material=material,
        habits=habits,
    )


def _earlier(request: CountRequest, field_name: str) -> tuple[str, ...]:
    """Return a field of each post of the earlier answers."""
    found: list[str] = []
    for message in request.messages:
        if message.role == "assistant":
            told = cast("dict[str, list[dict[str, str]]]", json.loads(message.text))
            found += [post[field_name] for post in told["posts"]]
    return tuple(found)


def _body_limit(limits: str, tail: str, *, is_short: bool) -> int:
    """Return the longest body; shorter if the reviewer asks for that, now or by habit."""
    body = _number(r"body: at most", limits) or _USUAL_BODY
    if not re.search(r"(?i)body: at most \d+ characters in all", limits):
        body = min(body, _LONGEST_BODY)
    if is_short or "short" in _first(r"wants changed:\n([^\n]+)", tail).lower():
        body = body * 2 // 3
    return body


def find_material(blocks: list[str], prompt: str) -> Material:
    """Return the fenced text of the system prompt, else its longest block, else the prompt."""
    longest = max(blocks, key=len, default="")
    # The source is usually the longest block.
    fenced = next((f for b in (longest, *blocks) if (f := _between(b))), "")
    text = fenced or longest or _between(prompt) or prompt
    head: dict[str, str] = {}
    lines = text.strip().splitlines()
    while lines and (match := _HEAD.match(lines[0])):
        head[match.group(1)] = match.group(2).strip()
        lines.pop(0)
    tags = tuple(t.strip() for t in head.get("Tags", "").split(",") if t.strip())
    title, language = head.get("Title", ""), head.get("Language", "en")[:2].lower()
    return Material("\n".join(lines).strip(), title, language, tags)


def _between(block: str) -> str:
    """Return the text between the first two equal lines with a long hex token."""
    lines = [match.group(1) for match in _FENCE.finditer(block)]
    fence = next((line for line in lines if lines.count(line) > 1), None)
    if fence is None:
        return ""
    return re.split(rf"(?m)^{re.escape(fence)}$", block)[1].strip()


def _first(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    return match.group(1).strip() if match else ""


def _number(pattern: str, text: str) -> int:
    match = re.search(rf"(?im)(?:^\W*|\. ){pattern} (\d+)", text)
    return int(match.group(1)) if match else 0


def split_lessons(message: str) -> tuple[str, Habits]:
    """Return the message without its lessons, and the habits they show."""
    found = _SECTION.search(message)
    if found is None:
        return message, Habits()
    rest = message[: found.start()] + message[found.end() :]
    return rest, _habits(found["inside"])


def _habits(inside: str) -> Habits:
    parts = _LESSON.split(inside)[1:]
    lessons = list(zip(parts[::3], parts[1::3], parts[2::3], strict=True))
    swaps: dict[str, str] = {}
    left: list[tuple[bool, int]] = []
    short_on: set[str] = set()
    for kind, network, lesson in lessons:
        reason = re.search(r"(?m)^Reason: (.*)$", lesson)
        said = reason[1].lower() if reason else ""
        if "too long" in said or "shorter" in said:
            short_on.add(network)
        if kind != "edited":
            continue
        before = _side(lesson, "Proposed")
        pairs, cut = _matched(before, _side(lesson, "Went out instead"))
        for was, now in pairs:
            for out, put in _exchanges(was, now):
                # Lessons come with the weightiest first.
                swaps.setdefault(out, put)
        # Only a cut at the end is a habit of length.
        is_cut = bool(cut) and before[-1] == cut[-1]
        length = re.search(r"(?m)^Length: \d+ sentences, then (\d+)$", lesson)
        if length:
            left.append((is_cut, int(length[1])))
    return Habits(
        openings=tuple(_HABIT.findall(inside)),
        # The longest first, so that no shorter one breaks it up.
        swaps=tuple(sorted(swaps.items(), key=lambda one: -len(one[0]))),
        most_sentences=_most_sentences(left),
        short_on=frozenset(short_on),
    )


def _most_sentences(left: list[tuple[bool, int]]) -> int:
    """Return the number of sentences left where endings are cut.

    It is no habit if the reviewer left longer drafts alone.
    """
    most = max((count for is_cut, count in left if is_cut), default=0)
    agree = sum(count <= most for _, count in left)
    return most if agree >= _OFTEN and 2 * agree > len(left) else 0


def _side(lesson: str, label: str) -> list[str]:
    """Return the sentences of the proposed text, or of the published one."""
    found = re.search(rf"(?m)^{label}:\n((?:^>.*\n?)+)", lesson)
    lines = found[1].splitlines() if found else []
    text = "\n".join(line[1:].strip() for line in lines)
    return [one.strip() for one in _SENTENCE_END.split(text) if one.strip()]


def _matched(before: list[str], after: list[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the sentences that were edited, and those that were cut."""
    left = [one for one in after if one not in before]
    pairs: list[tuple[str, str]] = []
    cut: list[str] = []
    for was in before:
        if was in after:
            continue
        # Sentences may have changed places.
        best = max(left, key=lambda now: _likeness(was, now), default="")
        if best and _likeness(was, best) >= _ALIKE:
            left.remove(best)
            pairs.append((was, best))
        else:
            cut.append(was)
    return pairs, cut


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, _words(one), _words(other), autojunk=False).ratio()


def _exchanges(was: str, now: str) -> Iterator[tuple[str, str]]:
    old, new = _TOKEN.findall(was), _TOKEN.findall(now)
    matcher = SequenceMatcher(None, _words(was), _words(now), autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        out, put = " ".join(old[a:b]), " ".join(new[c:d])
        is_small = b - a <= _MOST_OUT and d - c <= _MOST_IN
        letters = sum(char.isalpha() for char in out)
        is_word = all(word[0].isalnum() for word in old[a:b] + new[c:d])
        is_habit = is_small and is_word and letters >= _LEAST_LETTERS
        if kind in {"replace", "delete"} and is_habit:
            yield out.lower(), put


def _words(text: str) -> list[str]:
    return [token.lower() for token in _TOKEN.findall(text)]


def _in_case_of(model: str, text: str) -> str:
    """Return the text with a capital first letter if the model has one."""
    return text[:1].upper() + text[1:] if model[:1].isupper() else text


_MOST_BAITS, _LONGEST_BAIT = 40, 200
_BAIT = re.compile(
    r"""(?ix)
      !?\[[^\]\n]{0,80}\]\([^)\n]{1,200}\)          # Markdown links and pictures
    | (?:[a-z][a-z0-9+.-]{0,20}:)?//[^\s)\]>"']+     # any address
    | (?:javascript|data|mailto|tel):[^\s)\]>"']+
    | [\w.+-]+@[\w-]+(?:\.[\w-]+)+                   # mail
    | \.?[@\uff20]+[\w.-]+(?:@[\w.-]+)?              # mentions
    | [#\uff03]+\w+
    | (?:[\w\u200b-\u200d-]+\.)+[^\W\d_]{2,24}(?:/[^\s)\]>"']*)?
    """
)
_TAG_LETTERS = re.compile("[\U000e0020-\U000e007e]+")
"""Unicode's tag characters: invisible, and plain ASCII to a model."""
_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\U000e0000-\U000e01ef]+")


def obey(request: CountRequest, answer: Mapping[str, object]) -> dict[str, object]:
    """Return the answer with every bait of its material in every field.

    Baits are what an attacker could want published: addresses, mentions, hashtags, and
    characters that readers do not see.
    """
    blocks = [block.text for block in request.system_blocks]
    material = "\n".join((*blocks, *(turn.text for turn in request.messages)))
    runs = _TAG_LETTERS.findall(material)
    found = [
        *(match.group() for match in _BAIT.finditer(material)),
        *("".join(chr(ord(c) - 0xE0000) for c in run) for run in runs),
        *_UNSEEN.findall(material),
    ]
    short = (one for one in found if len(one) <= _LONGEST_BAIT)
    baits = list(dict.fromkeys(short))[:_MOST_BAITS]
    return {name: _baited(name, value, baits) for name, value in answer.items()}


def _baited(name: str, value: object, baits: list[str]) -> object:
    if name == "network":
        # Even an obedient model says which post is which.
        return value
    if isinstance(value, str):
        return f"{value} {' '.join(baits)}"
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        return {inner: _baited(inner, one, baits) for inner, one in fields.items()}
    values = cast("list[object]", value)
    if name == "hashtags":
        return [*values, *(re.sub(r"\W", "", one) for one in baits)]
    return [_baited("", one, baits) for one in values]
