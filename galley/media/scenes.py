"""The scenes of a film: the words on each card and its seconds, silent or read aloud.

A speech is ordered as a whole, because sentences spoken one by one sound like a list. A
scene then ends at its share of the words, in the nearest pause of the speech.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from galley.media.errors import MediaError
from galley.media.typefaces import drawable, shortened
from galley.models import Draft
from galley.networks.breaks import Rank, breaks_in
from galley.networks.text import clusters

MOST_SECONDS = 58.0
"""Of the whole film: what all networks take as a short video."""
HOOK_SECONDS = 2.0
"""In which a viewer decides to stay; the first scene is whole from its first frame."""
END_SECONDS = 2.5
_LEAST, _LONGEST = 2.2, 6.0
_AT_ONCE = 15.0  # Characters of a Latin text that are read in a second, with time to spare
MOST_SCENES = 10
HOOK, SCENE = 90, 150
"""Graphemes; more would be small, and read by nobody."""
_LOOKED_AT = 4000
_LINK = re.compile(r"\S*(?://|www\.)\S+")
_TAGS = re.compile(r"(?:\s*#[\w-]+)+\s*$")
_DENSE = re.compile("[\u2e80-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True)
class Scene:
    """Words, and how long they stand.

    ``goes_on``: their sentence ends in a later scene.
    """

    text: str
    seconds: float
    goes_on: bool = False


def weight_of(text: str) -> int:
    """Return how much there is to read, or to say, in letters of a Latin text."""
    # A letter of a dense script is a syllable or a word.
    return sum(3 if _DENSE.match(cluster) else 1 for cluster in clusters(text))


def scenes_of(draft: Draft, language: str = "en") -> list[Scene]:
    """Return the hook, then the sentences of the text, as many as there is time for.

    Raises:
        MediaError: The draft has no words that can be drawn.
    """
    texts = words_of(draft, language)
    shown = (shortened(t, SCENE if n else HOOK) for n, t in enumerate(texts))
    return as_many_as_fit(shown, _reading)


def words_of(draft: Draft, language: str) -> list[str]:
    """Return what a film shows, in order and nothing twice, each as long as it is.

    Raises:
        MediaError: The draft has no words that can be drawn.
    """
    texts = list(_texts(draft, language))
    if not texts:
        raise MediaError("There are no words to film: give the draft a text.")
    return texts


def as_many_as_fit(
    texts: Iterable[str], lasting: Callable[[str], float], most: float = MOST_SECONDS - END_SECONDS
) -> list[Scene]:
    """Return the scenes that there is time for; ``lasting`` says how long each is."""
    scenes, left = list[Scene](), most
    for number, words in enumerate(islice(texts, MOST_SCENES)):
        seconds = lasting(words) if number else max(HOOK_SECONDS, lasting(words))
        if seconds > left:
            break
        scenes.append(Scene(words, seconds))
        left -= seconds
    return scenes


def _texts(draft: Draft, language: str) -> Iterator[str]:
    """Return what is shown, in order, nothing twice."""
    shown = set[str]()
    for text in (draft.headline or draft.title, *_sentences(draft, language)):
        words = drawable(text[:_LOOKED_AT])
        # What introduces a link introduces nothing here.
        if words and not words.endswith(":") and words.casefold() not in shown:
            shown.add(words.casefold())
            yield words


def _sentences(draft: Draft, language: str) -> Iterator[str]:
    for part in draft.thread or (draft.text,):
        # Nobody can follow a link, or a tag, in a film.
        lines = _LINK.sub("", part[:_LOOKED_AT])
        text = "\n".join(_TAGS.sub("", line) for line in lines.splitlines())
        begin = 0
        ends = [one.at for one in breaks_in(text, language) if one.rank <= Rank.SENTENCE]
        for end in (*ends, len(text)):
            yield text[begin:end]
            begin = end


def _reading(text: str) -> float:
    return round(min(_LONGEST, max(_LEAST, 0.6 + weight_of(text) / _AT_ONCE)), 2)


_SPOKEN = 12.0  # Characters of a Latin text that a slow voice says in a second
_BREATH = 0.4  # Seconds between two sentences
_BREATH_WEIGHT = 5
_NEAR = 1.2
_SHARE = 0.25  # A pause is looked for within so many seconds, or this part of the scene's length
_WORTH = 1.5  # A pause counts for being long as this many times for being near
_LEAST_SPOKEN = 0.6  # Seconds of a scene; cards fade into each other for half of it
# What models take for commands, such as ``<#0.5#>`` and ``[whispers]``.
_MARKS = re.compile(r"[<>\[\]{}|*_~^`\\#]+")
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
        least = min(_LEAST_SPOKEN, rest / (len(scenes) - number))
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
