"""The scenes of a film that shows the words of a draft, one card after the other."""

import asyncio
import itertools
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from galley.media.facts import MediaError
from galley.media.sound import amplified
from galley.media.speech import Speech
from galley.media.typefaces import drawable, shortened
from galley.media.video import run_ffmpeg
from galley.models import Draft
from galley.networks.breaks import Rank, breaks_in
from galley.networks.text import clusters

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


FPS = 30
FADE = 0.3
"""Seconds in which one card becomes the next; both count them as theirs."""
LEAD = 0.15
"""Seconds before a speech begins: players swallow the first moment of a sound."""
_THREADS = "2"
_WITHIN = 300
_TO = "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,setsar=1"
_COLOUR_TAGS = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"


@dataclass(frozen=True)
class Bar:
    """A strip as wide as the film, in pixels; ``colour`` is ``#rrggbb``."""

    width: int
    height: int
    colour: str


def film_seconds(shown: Sequence[float]) -> float:
    """Return how long a film of cards is that are shown for so many seconds."""
    return sum(shown) - FADE * (len(shown) - 1)


async def film_cards(
    ffmpeg: str,
    cards: Sequence[bytes],
    shown: Sequence[float],
    bar: Bar,
    speech: Speech | None = None,
) -> bytes:
    """Return an MP4 of PNG cards of one size, each for its seconds.

    The same input and the same ffmpeg give the same bytes. Cancelling kills ffmpeg.

    Args:
        ffmpeg: The program.
        cards: At least one PNG.
        shown: Seconds for each, more than :data:`FADE`.
        bar: What grows at the upper edge.
        speech: What is said from :data:`LEAD` on; ``None``: the film is silent.

    Raises:
        MediaError: ffmpeg failed.
        MediaTimeoutError: It took longer than its limit.
    """
    with tempfile.TemporaryDirectory(prefix="galley-film-") as name:
        folder = Path(name)
        for number, card in enumerate(cards):
            await asyncio.to_thread((folder / f"{number}.png").write_bytes, card)
        if speech is not None:
            await asyncio.to_thread((folder / "speech").write_bytes, speech.data)
        await run_ffmpeg(_command(ffmpeg, shown, bar, speech), _WITHIN, folder)
        return await asyncio.to_thread((folder / "film.mp4").read_bytes)


def _command(ffmpeg: str, shown: Sequence[float], bar: Bar, speech: Speech | None) -> list[str]:
    # fmt: off
    cards = itertools.chain.from_iterable(
        ("-protocol_whitelist", "file", "-f", "png_pipe", "-i", f"file:{number}.png")
        for number in range(len(shown))
    )
    silence = ["-f", "lavfi", "-i", "anullsrc=sample_rate=48000:channel_layout=stereo"]
    graph, sound, bits = _graph(shown, bar), f"{len(shown)}:a", "64k"
    if speech is not None:
        said = ["-protocol_whitelist", "file", "-f", speech.demuxer]
        silence = [*said, "-i", "file:speech"]
        graph = f"{graph};{_spoken(sound, film_seconds(shown), speech)}"
        sound, bits = "[said]", "128k"
    return [
        ffmpeg, "-nostdin", "-hide_banner", "-loglevel", "error", "-y",
        "-timelimit", str(2 * _WITHIN),
        "-filter_threads", _THREADS, "-filter_complex_threads", _THREADS,
        *cards, *silence, "-filter_complex", graph, "-map", "[film]", "-map", sound,
        "-t", f"{film_seconds(shown):.3f}", "-r", str(FPS),
        "-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-g", str(2 * FPS),
        "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", bits,
        "-threads", _THREADS, "-fflags", "+bitexact",
        "-flags:v", "+bitexact", "-flags:a", "+bitexact",
        "-map_metadata", "-1", "-movflags", "+faststart",
        "-f", "mp4", "file:film.mp4",
    ]
    # fmt: on


def _spoken(sound: str, seconds: float, speech: Speech) -> str:
    """Return the filters from a speech to the sound of the whole film, ``[said]``."""
    loud = amplified(speech.gain) if speech.gain else "aformat=channel_layouts=stereo"
    delay = round(LEAD * 1000)
    return (
        f"[{sound}:0]{loud},aresample=48000,adelay={delay}:all=1,apad,"
        f"atrim=duration={seconds:.3f},asetpts=PTS-STARTPTS[said]"
    )


def _graph(shown: Sequence[float], bar: Bar) -> str:
    stills = [
        f"[{at}:v]{_TO},loop=loop=-1:size=1,fps={FPS},trim=duration={seconds:.3f},"
        # Since ffmpeg 7.1 setpts forgets the frame rate, and xfade needs one.
        f"setpts=PTS-STARTPTS,fps={FPS}[card{at}]"
        for at, seconds in enumerate(shown)
    ]
    fades, last, offset = list[str](), "card0", 0.0
    for at in range(1, len(shown)):
        offset += shown[at - 1] - FADE
        fades.append(
            f"[{last}][card{at}]xfade=transition=fade:duration={FADE:g}"
            f":offset={offset:.3f}[fade{at}]"
        )
        last = f"fade{at}"
    colour = bar.colour.replace("#", "0x")
    strip = f"color=c={colour}:s={bar.width}x{bar.height}:r={FPS},format=yuv420p[bar]"
    grown = f"overlay=x='-w+w*t/{film_seconds(shown):.3f}':y=0:shortest=1"
    return ";".join([*stills, *fades, strip, f"[{last}][bar]{grown},{_COLOUR_TAGS}[film]"])
