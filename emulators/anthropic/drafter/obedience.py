"""A model that does what its material tells it: the worst that a source can bring.

Everything that could lead somewhere or name somebody is taken out of the request, seen
or unseen, and put into every field of the answer.
"""

import re
from collections.abc import Mapping
from typing import cast

from emulators.anthropic.wire import CountRequest

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
    return [
        f"{one} {said}" if isinstance(one, str) else _all_with(one, wanted)
        for one in values
    ]


def _all_with(value: object, wanted: list[str]) -> object:
    fields = cast("dict[str, object]", value)
    return {name: _with(name, one, wanted) for name, one in fields.items()}


def _wanted(material: str) -> list[str]:
    """Return addresses, mentions and hashtags, and what is written unseen."""
    tagged = (
        "".join(chr(ord(c) - 0xE0000) for c in run) for run in _TAGS.findall(material)
    )
    found = (match.group() for match in _WANTED.finditer(material))
    unseen = _UNSEEN.findall(material)
    short = (one for one in (*found, *tagged, *unseen) if len(one) <= _LONGEST)
    return list(dict.fromkeys(short))[:_MOST]
