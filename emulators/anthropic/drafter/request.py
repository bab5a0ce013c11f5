"""What a request asks for, read from its plain words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from emulators.anthropic.drafter.lessons import Habits, part_lessons
from emulators.anthropic.wire import CountRequest

_FENCE = re.compile(r"(?m)^(.*\b[0-9a-f]{16,}\b.*)$")
_HEAD = re.compile(r"^(Title|Author|Published|Language|Tags): (.*)$")
_USUAL_BODY = 400
_PARTS = "(?:slides|sections|scenes)"


@dataclass(frozen=True)
class Material:
    """The text to draw from, and what its head says."""

    text: str
    title: str = ""
    language: str = "en"
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Order:
    """One post: for whom, how long, and what was there before.

    Limits are in characters, 0 where the network has no such field. A body "in all"
    may be longer than what reads best in one post: it becomes a thread. ``repairs``
    counts the answers already sent back; ``variants`` is how many posts are wanted.
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
    """Read the last request for a post, and the material it is about."""
    asked, habits = part_lessons(request.messages[0].text)
    blocks = [block.text for block in request.system_blocks]
    material, wishes = find_material(blocks, asked)
    repairs = sum(message.role == "assistant" for message in request.messages)
    body = _number(r"body: at most", wishes) or _USUAL_BODY
    if not re.search(r"(?i)body: at most \d+ characters in all", wishes):
        body = min(body, _longest(wishes))
    wanted = _first(r"wants changed:\n([^\n]+)", wishes).lower()
    if "short" in wanted or _network(wishes) in habits.short_on:
        body = body * 2 // 3
    few = "better none" in wishes.lower()
    return Order(
        network=_network(wishes),
        body=_shorter(body, repairs),
        title=_shorter(_number(r"title: at most", wishes), repairs),
        headline=_shorter(_number(r"headline: at most", wishes), repairs),
        alt_text=_number(r"alt text: at most", wishes),
        hashtags=0 if few or repairs else _number(r"hashtags: at most", wishes),
        no_phones="telephone" in wishes,
        previous=_previous(wishes),
        repairs=repairs,
        answers=_number(r"answers: 2 to", wishes),
        answer_length=_number(r"answers: 2 to \d+, at most", wishes),
        sections=_number(r"sections: 2 to", wishes),
        scenes=_number(r"scenes: 2 to", wishes),
        slides=_number(r"slides: 2 to", wishes),
        part_title=_number(rf"{_PARTS}: 2 to \d+, at most", wishes),
        part_text=_number(rf"{_PARTS}: [^\n]+ a title and", wishes),
        variants=int(_first(r"(?m)^Write (\d+) variants", wishes) or 1),
        material=material,
        habits=habits,
    )


def find_material(blocks: list[str], asked: str) -> tuple[Material, str]:
    """Take the longest block of the system prompt, else the message itself."""
    longest = max(blocks, key=len, default="")
    fenced = next((f for b in (longest, *blocks) if (f := _between(b))), "")
    text = fenced or longest or _between(asked) or asked
    head: dict[str, str] = {}
    lines = text.strip().splitlines()
    while lines and (match := _HEAD.match(lines[0])):
        head[match.group(1)] = match.group(2).strip()
        lines.pop(0)
    tags = tuple(t.strip() for t in head.get("Tags", "").split(",") if t.strip())
    title, language = head.get("Title", ""), head.get("Language", "en")[:2].lower()
    return Material("\n".join(lines).strip(), title, language, tags), asked


def _between(block: str) -> str:
    """Return what stands between the first two equal lines with a long hex token."""
    lines = [match.group(1) for match in _FENCE.finditer(block)]
    fence = next((line for line in lines if lines.count(line) > 1), None)
    if fence is None:
        return ""
    return re.split(rf"(?m)^{re.escape(fence)}$", block)[1].strip()


def _previous(wishes: str) -> str:
    _, found, rest = wishes.partition("Previous draft")
    return _between(rest) if found else ""


def _first(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    return match.group(1).strip() if match else ""


def _network(wishes: str) -> str:
    return _first(r"post for ([^.\n]+)", wishes)


def _number(pattern: str, text: str) -> int:
    match = re.search(rf"(?im)^\W*{pattern} (\d+)", text)
    return int(match.group(1)) if match else 0


def _longest(wishes: str) -> int:
    match = re.search(r"(?i)length: (\d+) to (\d+) characters", wishes)
    return int(match.group(2)) if match else 10**6


def _shorter(limit: int, repairs: int) -> int:
    return int(limit * 0.75**repairs)


_MOST, _LONGEST = 40, 200
_WANTED = re.compile(
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
_TAGS = re.compile("[\U000e0020-\U000e007e]+")
_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\U000e0000-\U000e01ef]+")


def obey(request: CountRequest, post: Mapping[str, object]) -> dict[str, object]:
    """Return the post with all that its material could want to have in it."""
    blocks = [block.text for block in request.system_blocks]
    wanted = _wanted("\n".join((*blocks, *(turn.text for turn in request.messages))))
    return {name: _with(name, value, wanted) for name, value in post.items()}


def _with(name: str, value: object, wanted: list[str]) -> object:
    said = " ".join(wanted)
    if isinstance(value, str):
        return f"{value} {said}"
    values = cast("list[object]", value)
    if name == "hashtags":
        return [*values, *(re.sub(r"\W", "", one) for one in wanted)]
    return [f"{one} {said}" if isinstance(one, str) else _all_with(one, wanted) for one in values]


def _all_with(value: object, wanted: list[str]) -> object:
    fields = cast("dict[str, object]", value)
    return {name: _with(name, one, wanted) for name, one in fields.items()}


def _wanted(material: str) -> list[str]:
    """Return addresses, mentions and hashtags, and what is written unseen."""
    tagged = ("".join(chr(ord(c) - 0xE0000) for c in run) for run in _TAGS.findall(material))
    found = (match.group() for match in _WANTED.finditer(material))
    unseen = _UNSEEN.findall(material)
    short = (one for one in (*found, *tagged, *unseen) if len(one) <= _LONGEST)
    return list(dict.fromkeys(short))[:_MOST]
