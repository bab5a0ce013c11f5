"""What a vertical clip shows of a wide picture: the person who speaks, or the whole of it.

The cutting of clips calls it. :func:`watched` finds shots and faces in small frames, in a
confined child; :func:`stretches` decides by rules alone. The camera stands still where the
speaker does, and pans smoothly where the speaker walks; it cuts where the film cuts, or where
another person speaks. Slides, and people too small to be made out, are shown whole.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, groupby, pairwise
from pathlib import Path
from statistics import fmean, median
from typing import TYPE_CHECKING

from PIL import Image

from galley.media.faces import Box, faces_in

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EVERY = 6
"""Frames from one that is looked at for faces to the next: a fifth of a second."""
_THUMB = (64, 36)  # pixels of the grey frames in which cuts are found
_LOOKED_AT = 480  # pixels of the longer side of the frames in which faces are found
_SURE = 0.5  # a face is believed that is seen again and again
_CUT, _SUDDEN = 16.0, 3.0  # change of light, from 0 to 255, and beside the frames around it
_LEAST_FACE = 0.08  # of the height; a smaller one is a guest in the corner of a slide
_OFTEN = 0.4  # share of a shot's samples in which a person must be seen
_NEAR = 2.5  # face widths that a face moves from one sample to the next at most: who walks fast
_MISSED = 2  # samples in which it may go so far, however long it was not seen
_STILL = 0.3  # of the crop's width; within it a person moves without the camera
_SMOOTH = 4.0  # samples: the deviation of the bell by which a pan is smoothed
_OFF, _AIMS = 0.2, 30  # of the crop's width, for a face beside its middle; and tries to keep to it
_LOUDER = 1.5  # a mouth that moves so much more than any other is the one that speaks
_LEAST_STIR = 1.2  # change of light in a mouth that speaks
_HELD = (8, 15)  # samples that one person, or all of them, stay in the picture at least
_NEARER = (1.0, 0.86, 0.72)  # shares of the height that may be shown
_LEAST_LINES = 700  # of the picture that are shown at least: fewer look soft
_LARGE, _ABOVE = 0.16, 0.6  # of the clip's height: a face that is seen, and where captions begin
_EYES, _HAIR, _CHIN = 0.36, 0.45, 0.1  # where a face is shown, and of its height what is around it
_ASIDE = 0.9  # of a face's width that is kept beside it
_TERMS = 16  # of one sum in an expression for ffmpeg
_NEARLY = 0.85  # of the picture's width; so much of it may as well be all


@dataclass(frozen=True)
class Face:
    """A face in a sample, in shares of the picture; ``stir``: how much its mouth moved."""

    x: float
    y: float
    width: float
    height: float
    stir: float


@dataclass(frozen=True)
class Stretch:
    """Frames from ``first`` up to ``end``, of which a part this ``wide`` is shown.

    ``fills``: the part has the shape of the clip. ``path`` has frames, and the left edge there in
    shares of the width; between them it is straight. ``top`` and ``tall`` are shares of the
    height.
    """

    first: int
    end: int
    wide: float
    path: tuple[tuple[int, float], ...]
    fills: bool = False
    top: float = 0.0
    tall: float = 1.0


WHOLE = 1.0


@dataclass(frozen=True)
class Seen:
    """The frames at which a film cuts, the faces of each sample, and the number of frames."""

    cuts: list[int]
    faces: list[list[Face]]
    frames: int


def looking(fps: int) -> str:
    """Return ffmpeg's filters from ``[read]`` to what :func:`watched` reads."""
    across, down = _THUMB
    return (
        f"[read]split[all][some];[all]scale={across}:{down}:flags=area,format=gray[thumbs];"
        f"[some]fps={fps}/{EVERY},scale={_LOOKED_AT}:{_LOOKED_AT}:"
        "force_original_aspect_ratio=decrease:flags=area,format=rgb24[samples]"
    )


def shape_and_lines(frames: Path, coded: tuple[int, int]) -> tuple[float, int]:
    """Return width by height of the first of such pictures, and the lines of the film as shown.

    0: there is no picture. ``coded`` are the width and height of the film as its file names them.
    """
    shape = next((picture.width / picture.height for picture in _pictures(frames)), 0.0)
    width, height = coded
    # Wide in one of them and upright in the other: the film lies on its side.
    is_turned = (width - height) * (shape - 1) < 0
    return shape, width if is_turned else height


def watched(thumbs: Path, frames: Path) -> Seen:
    """Return where a film cuts, and the faces that it shows.

    Args:
        thumbs: Raw grey frames, one of each frame of the film.
        frames: PPM pictures, one after the other: the samples.
    """
    import numpy as np

    across, down = _THUMB
    grey = np.fromfile(thumbs, np.uint8).astype(np.int16)
    grey = grey[: len(grey) // (across * down) * across * down].reshape(-1, down * across)
    changes = [float(np.abs(after - before).mean()) for before, after in pairwise(grey)]
    cuts = [
        at + 1
        for at, change in enumerate(changes)
        if change
        >= max(_CUT, _SUDDEN * fmean([*changes[max(0, at - 4) : at], *changes[at + 1 : at + 5], 0]))
    ]
    samples = list[list[Face]]()
    before: NDArray[np.int16] | None = None
    for picture in _pictures(frames):
        light = np.asarray(picture.convert("L"), np.int16)
        faces = faces_in(picture, _SURE, _LOOKED_AT)
        stirs = [0.0 if before is None else _stir(one, before, light) for one in faces]
        found = zip(faces, stirs, strict=True)
        samples.append([Face(f.left, f.top, f.width, f.height, stir) for f, stir in found])
        before = light
    return Seen(cuts, samples, len(grey))


def _pictures(file: Path) -> Iterator[Image.Image]:
    """Yield the pictures of a file of PPMs, which all have the same size."""
    with file.open("rb") as data:
        while data.readline().strip() == b"P6":
            width, height = map(int, data.readline().split())
            data.readline()  # the most that a colour may be
            pixels = data.read(width * height * 3)
            if len(pixels) == width * height * 3:
                yield Image.frombytes("RGB", (width, height), pixels)


def _stir(face: Box, before: "NDArray[np.int16]", after: "NDArray[np.int16]") -> float:
    """Return how much more a mouth moved than the head around it."""
    high, wide = after.shape
    left, right = round(face.left * wide), round(face.right * wide)

    def moved(top: float, bottom: float) -> float:
        rows = slice(*(max(0, round((face.top + at * face.height) * high)) for at in (top, bottom)))
        part = abs(after[rows, max(0, left) : right] - before[rows, max(0, left) : right])
        return float(part.mean()) if part.size else 0.0

    return max(0.0, moved(0.6, 1.0) - moved(0.1, 0.5))


def stretches(seen: Seen, narrow: float, lines: int = 0) -> list[Stretch]:
    """Return what is shown of each frame, without a gap.

    Args:
        seen: What :func:`watched` found.
        narrow: The share of the picture's width that fills the clip.
        lines: Of the picture; with enough of them it is shown from nearer, where a face would
            be small, or under the captions.
    """
    nearer = [tall for tall in _NEARER if tall == WHOLE or tall * lines >= _LEAST_LINES]
    samples = seen.faces
    edges = [0, *(cut for cut in seen.cuts if 0 < cut < seen.frames), seen.frames]
    made = list[Stretch]()
    for first, end in pairwise(edges):
        inside = range(-(-first // EVERY), min(len(samples), -(-end // EVERY)))
        if made and not inside:
            # Between two samples nobody knows better.
            made[-1] = replace(made[-1], end=end)
            continue
        people = _people(samples[inside.start : inside.stop])
        made += _of_shot(people, first, end, inside, narrow, nearer)
    return made


_Person = dict[int, Face]
"""A face in the samples of a shot, by their numbers from 0."""


def _people(samples: Sequence[Sequence[Face]]) -> list[_Person]:
    """Return the people of a shot who are seen often and large enough, from left to right."""
    people = list[_Person]()
    for at, faces in enumerate(samples):
        for face in faces:
            near = [
                one
                for one in people
                if (after := min(at - max(one), _MISSED)) > 0
                and abs(one[max(one)].x - face.x) <= _NEAR * face.width * after
                and abs(one[max(one)].y - face.y) <= _NEAR * face.height * after
            ]
            best = min(near, key=lambda one: abs(one[max(one)].x - face.x), default=None)
            if best is None:
                people.append({at: face})
            else:
                best[at] = face
    least = max(1.0, _OFTEN * len(samples))
    kept = [
        one
        for one in people
        if len(one) >= least and median(face.height for face in one.values()) >= _LEAST_FACE
    ]
    return sorted(kept, key=lambda one: median(face.x for face in one.values()))


def _of_shot(
    people: list[_Person],
    first: int,
    end: int,
    inside: range,
    narrow: float,
    nearer: Sequence[float],
) -> Iterator[Stretch]:
    if not people:
        yield Stretch(first, end, WHOLE, ((first, 0.0),))
        return
    lows, highs = zip(*map(_edges, people), strict=True)
    lowest, highest = min(lows), max(highs)
    if len(people) == 1 or highest - lowest <= narrow:
        centres = [_centres(one, len(inside)) for one in people]
        # Of several people, no one may be cut off.
        top, tall = _framed(people, nearer if len(people) == 1 else nearer[:1])
        middles = [fmean(at) for at in zip(*centres, strict=True)]
        yield replace(_following(middles, first, end, inside, narrow * tall), top=top, tall=tall)
        return
    together = max(narrow, highest - lowest)
    together = together if together < _NEARLY else WHOLE
    left = min(max(0.0, (lowest + highest - together) / 2), WHOLE - together)
    begin = first
    for speaker, until in _turns(people, len(inside)):
        stop = end if until == len(inside) else (inside.start + until) * EVERY
        if speaker is None:
            yield Stretch(begin, stop, together, ((begin, left),))
        else:
            part = range(max(inside.start, begin // EVERY), inside.start + until)
            centres = _centres(people[speaker], len(inside))[part.start - inside.start : until]
            top, tall = _framed([people[speaker]], nearer)
            yield replace(_following(centres, begin, stop, part, narrow * tall), top=top, tall=tall)
        begin = stop


def _framed(people: list[_Person], nearer: Sequence[float]) -> tuple[float, float]:
    """Return the upper edge and the height of what is shown of people, as shares.

    As much as can be, if their faces are large and above the captions.
    """
    faces = sorted((face for one in people for face in one.values()), key=lambda face: face.y)
    high = median(face.height for face in faces)
    # Not the highest and the lowest of all: a face is found wrong now and then.
    hair = faces[len(faces) // 20].y - _HAIR * high
    low = faces[-1 - len(faces) // 20]
    chin, middle = low.y + (1 + _CHIN) * low.height, median(f.y + f.height / 2 for f in faces)

    def top(tall: float) -> float:
        return max(0.0, min(middle - _EYES * tall, hair, WHOLE - tall))

    def is_good(tall: float) -> bool:
        return high >= _LARGE * tall and chin - top(tall) <= _ABOVE * tall

    def cost(tall: float) -> tuple[float, float]:
        return max(0.0, (chin - top(tall)) / tall - _ABOVE), tall

    tall = next(filter(is_good, nearer), min(nearer, key=cost))
    return round(top(tall), 5), tall


def _edges(person: _Person) -> tuple[float, float]:
    """Return how far left and right a person is seen, with some room."""
    low = min(face.x - _ASIDE * face.width for face in person.values())
    high = max(face.x + (1 + _ASIDE) * face.width for face in person.values())
    return max(0.0, low), min(1.0, high)


def _centres(person: _Person, count: int) -> list[float]:
    """Return the middle of a face in each sample; between two that see it, it moves straight."""
    import numpy as np

    known = sorted(person)
    at = np.interp(range(count), known, [person[n].x + person[n].width / 2 for n in known])
    return [float(one) for one in at]


def _turns(people: list[_Person], count: int) -> list[tuple[int | None, int]]:
    """Return who speaks until which sample; ``None``: nobody more than the others."""
    stirs = [[one[at].stir if at in one else 0.0 for at in range(count)] for one in people]
    said = list[int | None]()
    for at in range(count):
        # A mouth rests between two words: a second and a half on either side counts.
        around = slice(max(0, at - 7), at + 8)
        loud = [fmean(one[around]) for one in stirs]
        best = max(range(len(people)), key=loud.__getitem__)
        others = max(value for who, value in enumerate(loud) if who != best)
        is_clear = loud[best] >= _LEAST_STIR and loud[best] >= _LOUDER * others
        said.append(best if is_clear else None)
    return _steady(said)


def _steady(said: Sequence[int | None]) -> list[tuple[int | None, int]]:
    """Return the turns without those that are too short to be looked at."""
    turns = [(who, len([*run])) for who, run in groupby(said)]
    while len(turns) > 1:
        short = [at for at, (who, long) in enumerate(turns) if long < _HELD[who is None]]
        if not short:
            break
        at = min(short, key=lambda one: turns[one][1])
        # It becomes a part of the one before it.
        other = at - 1 if at else 1
        turns[other] = (turns[other][0], turns[other][1] + turns[at][1])
        del turns[at]
        runs = groupby(turns, lambda one: one[0])
        turns = [(who, sum(long for _, long in run)) for who, run in runs]
    ends = accumulate(long for _, long in turns)
    return [(who, end) for (who, _), end in zip(turns, ends, strict=True)]


def _following(
    centres: Sequence[float], first: int, end: int, samples: range, narrow: float
) -> Stretch:
    """Return a stretch whose part has these middles, still or smoothly panned."""
    ordered = sorted(centres)
    low, high = ordered[len(ordered) // 20], ordered[-1 - len(ordered) // 20]
    if high - low <= _STILL * narrow:
        still = (first, _inside((low + high) / 2, narrow))
        return Stretch(first, end, narrow, (still,), fills=True)
    panned = enumerate(_panned(centres, narrow), samples.start)
    path = [(at * EVERY, _inside(middle, narrow)) for at, middle in panned]
    # From the first frame on, although the first sample may come a little later.
    path[0] = (first, path[0][1])
    return Stretch(first, end, narrow, tuple(one for one in path if one[0] < end), fills=True)


def _panned(centres: Sequence[float], narrow: float) -> list[float]:
    """Return the middles of a smooth pan in which the face stays near the middle."""
    import numpy as np

    reach = round(3 * _SMOOTH)
    bell = np.exp(-((np.arange(-reach, reach + 1) / _SMOOTH) ** 2) / 2)
    # One face that is found wrong moves nothing.
    edged = [centres[0], *centres, centres[-1]]
    known = np.array([median(edged[at : at + 3]) for at in range(len(centres))])
    aims, smooth, most = known.copy(), known, _OFF * narrow
    # What the bell leaves out where somebody turns around is added to its aim.
    for _ in range(_AIMS):
        padded = np.interp(np.arange(-reach, len(aims) + reach), np.arange(len(aims)), aims)
        smooth = np.convolve(padded, bell / bell.sum(), "valid")
        aims += 1.5 * (known + np.maximum(np.minimum(smooth - known, most), -most) - smooth)
    return [float(one) for one in smooth]


def _inside(centre: float, wide: float) -> float:
    return round(min(max(0.0, centre - wide / 2), WHOLE - wide), 5)


def lefts(parts: Sequence[Stretch], wide: float) -> str:
    """Return ffmpeg's expression for the left edge in shares, by the frame ``n``.

    ``wide`` is shown around the same middle, in place of each stretch's own width.
    """
    terms = list[str]()
    for part in parts:
        points = [*part.path, (part.end, part.path[-1][1])]
        points = [(at, _inside(left + part.wide / 2, wide)) for at, left in points]
        for (at, left), (until, then) in pairwise(points):
            slope = (then - left) / max(1, until - at)
            moving = f"{left:.5f}" + (f"{slope:+.7f}*(n-{at})" if slope else "")
            terms.append(f"between(n,{at},{until - 1})*({moving})")
    return _sum(terms)


def tops(parts: Sequence[Stretch]) -> str:
    """Return ffmpeg's expression for the upper edge in shares, by the frame ``n``."""
    terms = [f"between(n,{one.first},{one.end - 1})*{one.top:.5f}" for one in parts if one.top]
    return _sum(terms)


def during(parts: Sequence[Stretch]) -> str:
    """Return ffmpeg's expression that is true while one of these is shown."""
    return _sum([f"between(n,{part.first},{part.end - 1})" for part in parts])


def _sum(terms: Sequence[str]) -> str:
    """Return a sum of sums: newer ffmpeg reads no sum of a hundred terms."""
    while len(terms) > _TERMS:
        terms = [f"({'+'.join(terms[at : at + _TERMS])})" for at in range(0, len(terms), _TERMS)]
    return "+".join(terms) or "0"
