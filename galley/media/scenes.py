"""The scenes of a film: the words on each card and its seconds, silent or read aloud.

Filming a post and ordering its speech call it. A speech is ordered as a whole, because
sentences spoken one by one sound like a list. A scene then ends at its share of the words, in
the nearest pause of the speech.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from galley.media.errors import MediaError
from galley.media.line_breaks import leans
from galley.media.typefaces import drawable, shortened
from galley.models.draft import Draft
from galley.networks.breaks import Break, Rank, breaks_in
from galley.networks.graphemes import clusters

MOST_SECONDS = 58.0
"""Of the whole film: all networks take that as a short video."""
HOOK_SECONDS = 2.0
"""In which a viewer decides to stay; the first scene is whole from its first frame."""
END_SECONDS = 2.5
COVER_SECONDS = 3.0
"""Of a card with a chart or a list, which is read at the beginning of its film."""
MOST_SCENES = 10
HOOK, SCENE, _SPOKEN_SCENE = 90, 64, 150
"""Graphemes; more would be small, and read by nobody."""
_LEAST, _LONGEST = 2.0, 4.0  # seconds of a silent scene
_READ = 18.0  # characters of a Latin text that are read in a second, with time to spare
_SPOKEN = 12.0  # characters of a Latin text that a slow voice says in a second
_BREATH = 0.4  # seconds between two sentences
_BREATH_WEIGHT = 5
# A pause is looked for within so many seconds, or within this share of the scene's length.
_NEAR, _SHARE = 1.2, 0.25
_WORTH = 1.5  # one second of a pause's length counts as much as 1.5 seconds of distance
_LEAST_SPOKEN = 0.6  # seconds of a scene; cards fade into each other for half of it
_LOOKED_AT = 4000
_LINK = re.compile(r"\S*(?://|www\.)\S+")
_TAGS = re.compile(r"(?:\s*#[\w-]+)+\s*$")
_DENSE = re.compile("[\u2e80-\u9fff\uac00-\ud7af]")
# Speech models take these for commands, such as ``<#0.5#>`` and ``[whispers]``.
_COMMAND_MARKS = re.compile(r"[<>\[\]{}|*_~^`\\#]+")
_ENDS = re.compile(r"[.!?…:;。!?।؟][\"'”’»)\]]*$")  # noqa: RUF001 -- CJK signs


@dataclass(frozen=True)
class Scene:
    """The words of one card and its seconds; ``goes_on``: their sentence ends in a later one."""

    text: str
    seconds: float
    goes_on: bool = False


def weight_of(text: str) -> int:
    """Return the length of a text to a reader or speaker, in letters of a Latin text."""
    # A letter of a dense script is a syllable or a word.
    return sum(3 if _DENSE.match(cluster) else 1 for cluster in clusters(text))


def scenes_of(draft: Draft, language: str = "en") -> list[Scene]:
    """Return the scenes of a film that nobody reads aloud: hook, then sentences in time.

    Raises:
        MediaError: The draft has no words that can be drawn.
    """

    def reading(text: str) -> float:
        return round(min(_LONGEST, max(_LEAST, 0.6 + weight_of(text) / _READ)), 2)

    hook, *texts = _words_of(draft, language)
    parts = [part for text in texts for part in _parted(text, SCENE, language)]
    scenes = _as_many_as_fit((shortened(hook, HOOK), *(text for text, _ in parts)), reading)
    while len(scenes) > 1 and parts[len(scenes) - 2][1]:
        scenes.pop()  # no film ends in the middle of a sentence
    return scenes


def spoken_scenes(
    draft: Draft, language: str = "en", most: float = MOST_SECONDS - END_SECONDS
) -> list[Scene]:
    """Return the scenes of a narrated film, which cuts no words off.

    Their seconds are those of a slow voice, ``most`` in all; :func:`timed` gives those of the
    real speech.

    Raises:
        MediaError: The draft has no words that can be drawn.
    """

    def speaking(text: str) -> float:
        return round(_BREATH + weight_of(text) / _SPOKEN, 2)

    parted = (
        part
        for number, text in enumerate(_words_of(draft, language))
        for part in _parted(text, _SPOKEN_SCENE if number else HOOK, language)
    )
    said = list(islice(parted, MOST_SCENES))
    fitting = _as_many_as_fit((text for text, _ in said), speaking, most)
    scenes = [
        replace(scene, goes_on=goes_on) for scene, (_, goes_on) in zip(fitting, said, strict=False)
    ]
    while len(scenes) > 1 and scenes[-1].goes_on:
        scenes.pop()  # no film ends in the middle of a sentence
    return scenes


def script_of(scenes: Sequence[Scene]) -> str:
    """Return the text that is read aloud: the words of the scenes, a sentence a line."""
    lines = list[str]()
    for scene in scenes:
        if words := " ".join(_COMMAND_MARKS.sub(" ", scene.text).split()):
            stop = "" if scene.goes_on or _ENDS.search(words) else "."
            lines.append(words + stop + (" " if scene.goes_on else "\n"))
    return "".join(lines).strip()


def timed(
    scenes: Sequence[Scene], seconds: float, pauses: Sequence[tuple[float, float]]
) -> list[Scene]:
    """Return the scenes, each with the seconds in which its words are spoken.

    Args:
        scenes: As they were read aloud.
        seconds: Of the speech. The scenes together last as long.
        pauses: The start and end of each pause in the speech, in seconds.
    """
    weights = [weight_of(scene.text) + _BREATH_WEIGHT for scene in scenes]
    begin, timed = 0.0, list[Scene]()
    for number, scene in enumerate(scenes[:-1]):
        rest, left = seconds - begin, sum(weights[number:])
        expected = begin + rest * weights[number] / left
        # No scene gets less than this, unless there is no time left for all of them.
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


def _words_of(draft: Draft, language: str) -> list[str]:
    """Return the headline and the sentences that a film shows, each once and uncut."""
    shown = dict[str, str]()
    for text in (draft.headline or draft.title, *_sentences(draft, language)):
        words = drawable(text[:_LOOKED_AT])
        # A line that introduces a link introduces nothing here.
        if words and not words.endswith(":"):
            shown.setdefault(words.casefold(), words)
    if not shown:
        raise MediaError("There are no words to film: give the draft a text.")
    return list(shown.values())


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


def _as_many_as_fit(
    texts: Iterable[str], lasting: Callable[[str], float], most: float = MOST_SECONDS - END_SECONDS
) -> list[Scene]:
    scenes, left = list[Scene](), most
    for number, words in enumerate(islice(texts, MOST_SCENES)):
        seconds = lasting(words) if number else max(HOOK_SECONDS, lasting(words))
        if seconds > left:
            break
        scenes.append(Scene(words, seconds))
        left -= seconds
    return scenes


def _parted(text: str, most: int, language: str) -> Iterator[tuple[str, bool]]:
    """Yield a long sentence in parts that a card has room for."""
    rest = text
    # Parts of much the same length: nobody reads a last word alone.
    even = 0 if _room(text, most) == len(text) else weight_of(text) / -(-weight_of(text) // most)
    while (room := _room(rest, most)) < len(rest):
        # The characters behind decide whether a word ends here.
        seen = breaks_in(rest[: room + 40], language)
        within = [one for one in seen if room // 3 < one.at <= room]
        wanted = _room(rest, math.ceil(even))

        def cost(one: Break, wanted: int = wanted, rest: str = rest) -> float:
            # A clause may end a quarter of the room away from where a word does.
            far = abs(one.at - wanted) / most + 0.25 * (one.rank - Rank.SENTENCE)
            *_, last = rest[: one.at].split() or [""]
            return far + 0.5 * leans(last, language)

        best = min(within, key=cost, default=None)
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
