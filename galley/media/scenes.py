"""The scenes of a film that shows the words of a draft, one card after the other."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from galley.media.errors import MediaError
from galley.media.lettering import drawable, shortened
from galley.models import Draft
from galley.platforms.breaks import Rank, breaks_in
from galley.platforms.graphemes import clusters

MOST_SECONDS = 58.0
"""Of the whole film: what all networks take as a short video."""
HOOK_SECONDS = 2.0
"""In which a viewer decides to stay; the first scene is whole from its first frame."""
END_SECONDS = 2.5
_LEAST, _LONGEST = 2.2, 6.0
_AT_ONCE = 15.0
"""Characters of a Latin text that are read in a second, with time to spare."""
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
    texts: Iterable[str],
    lasting: Callable[[str], float],
    most: float = MOST_SECONDS - END_SECONDS,
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
        ends = [
            one.at for one in breaks_in(text, language) if one.rank <= Rank.SENTENCE
        ]
        for end in (*ends, len(text)):
            yield text[begin:end]
            begin = end


def _reading(text: str) -> float:
    return round(min(_LONGEST, max(_LEAST, 0.6 + weight_of(text) / _AT_ONCE)), 2)
