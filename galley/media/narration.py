"""What is read aloud under a film, and which scene stands while it is said.

A speech is ordered as a whole, because sentences that are spoken one by one sound like
a list. Where a scene ends is then found in it: about where its share of the words ends,
in the pause that is next to there.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from galley.media.film import (
    END_SECONDS,
    HOOK,
    MOST_SCENES,
    MOST_SECONDS,
    SCENE,
    Scene,
    as_many_as_fit,
    weight_of,
    words_of,
)
from galley.models import Draft
from galley.networks.breaks import breaks_in
from galley.networks.text import clusters

_SPOKEN = 12.0
"""Characters of a Latin text that a slow voice says in a second."""
_BREATH = 0.4
"""Seconds between two sentences."""
_BREATH_WEIGHT = 5
_NEAR = 1.2
_SHARE = 0.25
"""A pause is looked for within so many seconds, or this part of the scene's length."""
_WORTH = 1.5
"""A pause counts for being long as this many times for being near."""
_LEAST = 0.6
"""Seconds of a scene; cards fade into each other for half of it."""
_MARKS = re.compile(r"[<>\[\]{}|*_~^`\\#]+")
"""What models take for commands, such as ``<#0.5#>`` and ``[whispers]``."""
_ENDS = re.compile(r"[.!?…:;。!?।؟][\"'”’»)\]]*$")  # noqa: RUF001 -- CJK signs


def spoken_scenes(
    draft: Draft, language: str = "en", most: float = MOST_SECONDS - END_SECONDS
) -> list[Scene]:
    """Return the scenes of a film that is narrated: no words are cut off.

    They are said in ``most`` seconds by a slow voice.

    Their seconds are those of a slow voice; :func:`timed` gives those of the speech.

    Raises:
        MediaError: The draft has no words that can be drawn.
    """
    said = list(islice(_said(draft, language), MOST_SCENES))
    scenes = [
        replace(scene, goes_on=goes_on)
        for scene, (_, goes_on) in zip(
            as_many_as_fit((text for text, _ in said), _speaking, most), said, strict=False
        )
    ]
    while len(scenes) > 1 and scenes[-1].goes_on:
        scenes.pop()  # no film ends in the midst of a sentence
    return scenes


def script_of(scenes: Sequence[Scene]) -> str:
    """Return what is read aloud: the words of the scenes, a sentence a line."""
    lines = list[str]()
    for scene in scenes:
        words = " ".join(_MARKS.sub(" ", scene.text).split())
        if words:
            is_whole = scene.goes_on or _ENDS.search(words)
            lines.append(f"{words}{'' if is_whole else '.'}{_between(scene)}")
    return "".join(lines).strip()


def timed(
    scenes: Sequence[Scene], seconds: float, pauses: Sequence[tuple[float, float]]
) -> list[Scene]:
    """Return the scenes as long as their words are spoken.

    Args:
        scenes: As they were read aloud.
        seconds: Of the speech. The scenes together last as long.
        pauses: Where each begins and ends in the speech, in seconds.
    """
    weights = [weight_of(scene.text) + _BREATH_WEIGHT for scene in scenes]
    begin, timed = 0.0, list[Scene]()
    for number, scene in enumerate(scenes[:-1]):
        rest, left = seconds - begin, sum(weights[number:])
        expected = begin + rest * weights[number] / left
        least = min(_LEAST, rest / (len(scenes) - number))
        last = seconds - least * (len(scenes) - number - 1)
        near = max(_NEAR, (expected - begin) * _SHARE)
        end = _pause_at(expected, near, pauses)
        end = min(last, max(begin + least, end))
        timed.append(replace(scene, seconds=end - begin))
        begin = end
    return [*timed, replace(scenes[-1], seconds=seconds - begin)]


def _pause_at(expected: float, near: float, pauses: Sequence[tuple[float, float]]) -> float:
    def cost(pause: tuple[float, float]) -> float:
        start, end = pause
        return abs((start + end) / 2 - expected) - _WORTH * (end - start)

    found = [one for one in pauses if abs(sum(one) / 2 - expected) <= near]
    return sum(min(found, key=cost)) / 2 if found else expected


def _said(draft: Draft, language: str) -> Iterator[tuple[str, bool]]:
    """Yield the words of each scene, and whether their sentence goes on."""
    for number, text in enumerate(words_of(draft, language)):
        yield from _parted(text, SCENE if number else HOOK, language)


def _parted(text: str, most: int, language: str) -> Iterator[tuple[str, bool]]:
    """Yield a long sentence in parts that a card has room for."""
    rest = text
    while (room := _room(rest, most)) < len(rest):
        # What stands behind decides whether a word ends here.
        seen = breaks_in(rest[: room + 40], language)
        within = [one for one in seen if room // 3 < one.at <= room]
        best = min(within, key=lambda one: (one.rank, -one.at), default=None)
        at = best.at if best else room
        yield rest[:at].rstrip(), True
        rest = rest[at:].lstrip()
    yield rest, False


def _room(text: str, most: int) -> int:
    """Return how many characters of a text a card has room for."""
    weight = at = 0
    for cluster in clusters(text):
        weight += weight_of(cluster)
        if weight > most:
            return at
        at += len(cluster)
    return at


def _speaking(text: str) -> float:
    return round(_BREATH + weight_of(text) / _SPOKEN, 2)


def _between(scene: Scene) -> str:
    return " " if scene.goes_on else "\n"
