"""A drafting request taken apart: its order, its material, and the reviewer's habits.

The prompt is plain words for a model; :mod:`emulators.anthropic.drafter.writing` needs
numbers. :func:`obey` is the fault of a model that follows its material.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from emulators.anthropic.drafter.lessons import Habits, split_lessons
from emulators.anthropic.wire import CountRequest

_FENCE = re.compile(r"(?m)^(.*\b[0-9a-f]{16,}\b.*)$")
_HEAD = re.compile(r"^(Title|Author|Published|Language|Tags): (.*)$")
_USUAL_BODY = 400
_PARTS = "(?:slides|sections|scenes)"


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

    Limits are in characters, 0 where the network has no such field. A body "in all"
    may be longer than what reads best in one post: it becomes a thread. ``repairs``
    counts the answers already sent back; ``variants`` is the number of posts wanted.
    """

    network: str
    body: int
    title: int
    headline: int
    alt_text: int
    hashtags: int
    no_phones: bool
    previous: str
    repairs: int
    variants: int
    answers: int
    answer_length: int
    slides: int
    sections: int
    scenes: int
    part_title: int
    part_text: int
    material: Material = field(repr=False)
    habits: Habits = field(default_factory=Habits)


def read_order(request: CountRequest) -> Order:
    """Read the request for a post, and its material."""
    prompt, habits = split_lessons(request.messages[0].text)
    material = find_material([block.text for block in request.system_blocks], prompt)
    repairs = sum(message.role == "assistant" for message in request.messages)
    network = _first(r"post for ([^.\n]+)", prompt)
    few_tags = "better none" in prompt.lower()

    def limit(field_name: str) -> int:
        # Each answer that was sent back for its length makes the next one shorter.
        return int(_number(rf"{field_name}: at most", prompt) * 0.75**repairs)

    return Order(
        network=network,
        body=int(_body_limit(prompt, is_short=network in habits.short_on) * 0.75**repairs),
        title=limit("title"),
        headline=limit("headline"),
        alt_text=_number(r"alt text: at most", prompt),
        hashtags=0 if few_tags or repairs else _number(r"hashtags: at most", prompt),
        no_phones="telephone" in prompt,
        previous=_between(prompt.partition("Previous draft")[2]),
        repairs=repairs,
        answers=_number(r"answers: 2 to", prompt),
        answer_length=_number(r"answers: 2 to \d+, at most", prompt),
        sections=_number(r"sections: 2 to", prompt),
        scenes=_number(r"scenes: 2 to", prompt),
        slides=_number(r"slides: 2 to", prompt),
        part_title=_number(rf"{_PARTS}: 2 to \d+, at most", prompt),
        part_text=_number(rf"{_PARTS}: [^\n]+ a title and", prompt),
        variants=int(_first(r"(?m)^Write (\d+) variants", prompt) or 1),
        material=material,
        habits=habits,
    )


def _body_limit(prompt: str, *, is_short: bool) -> int:
    """Return the longest body; shorter if the reviewer asks for that, now or by habit."""
    body = _number(r"body: at most", prompt) or _USUAL_BODY
    if not re.search(r"(?i)body: at most \d+ characters in all", prompt):
        best = re.search(r"(?i)length: (\d+) to (\d+) characters", prompt)
        body = min(body, int(best.group(2))) if best else body
    if is_short or "short" in _first(r"wants changed:\n([^\n]+)", prompt).lower():
        body = body * 2 // 3
    return body


def find_material(blocks: list[str], prompt: str) -> Material:
    """Return the fenced text of the system prompt, else its longest block, else the prompt."""
    longest = max(blocks, key=len, default="")
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
    match = re.search(rf"(?im)^\W*{pattern} (\d+)", text)
    return int(match.group(1)) if match else 0


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


def obey(request: CountRequest, post: Mapping[str, object]) -> dict[str, object]:
    """Return the post with every bait of its material in every field.

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
    return {name: _baited(name, value, baits) for name, value in post.items()}


def _baited(name: str, value: object, baits: list[str]) -> object:
    if isinstance(value, str):
        return f"{value} {' '.join(baits)}"
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        return {inner: _baited(inner, one, baits) for inner, one in fields.items()}
    values = cast("list[object]", value)
    if name == "hashtags":
        return [*values, *(re.sub(r"\W", "", one) for one in baits)]
    return [_baited("", one, baits) for one in values]
