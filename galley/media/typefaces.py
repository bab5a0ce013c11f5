"""The fonts for the letters of a picture, and the text that they can draw.

Cards, films and captions call it. Inter draws Latin, Greek and Cyrillic; Noto Sans Arabic,
Hebrew, Devanagari and Thai their scripts, and Noto Emoji pictograms, in the colour of the ink.
They lie in this folder with their licence. Other scripts need a font of the machine's or the
brand's: Chinese, Japanese and Korean ones alone are 16 MB.
"""

import struct
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import typst
from fontTools import unicodedata as unicode_scripts
from fontTools.ttLib import TTFont, TTLibError

from galley.media.errors import MediaError
from galley.networks.graphemes import clusters

if TYPE_CHECKING:
    import budoux

FONTS = Path(__file__).with_name("fonts")
"""The fonts that come with Galley."""

_BUNDLED = {
    "Inter": "Inter-Bold.otf",
    "Noto Sans Arabic": "NotoSansArabic-Bold.ttf",
    "Noto Sans Hebrew": "NotoSansHebrew-Bold.ttf",
    "Noto Sans Devanagari": "NotoSansDevanagari-Bold.ttf",
    "Noto Sans Thai": "NotoSansThai-Bold.ttf",
    "Noto Emoji": "NotoEmoji-Bold.ttf",
}
FAMILIES = tuple(_BUNDLED)
"""Their families, in the order in which a letter is looked for in them."""
DISPLAY_FAMILIES = ("Inter Display", "Noto Serif Display")
"""Of headlines: Latin, Greek and Cyrillic letters alone."""

# fontTools ships no types.
_script = cast("Callable[[str], str]", unicode_scripts.script)
_script_name = cast("Callable[[str], str]", unicode_scripts.script_name)
_EAST_ASIAN = frozenset({"Hani", "Hira", "Kana", "Hang", "Bopo"})
_OF_NO_SCRIPT = frozenset({"Zyyy", "Zinh", "Zzzz"})  # common, inherited, unknown
BROKEN_FONT = (
    *(TTLibError, OSError, EOFError, struct.error),
    *(LookupError, ValueError, TypeError, AttributeError, AssertionError),
)
"""The exceptions of fontTools over a damaged file."""
# Joiners, and places where a line may break, have no shape of their own.
_NEVER_DRAWN = frozenset("\u200b\u200c\u200d\u00ad")
_JOINERS = frozenset("\u200c\u200d")
_EMOJI_DRESS = frozenset("\ufe0e\ufe0f\u20e3")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co"})
_PICTOGRAMS = frozenset({"So", "Sk", "Cn"})
_TRAILING = " ,;:.-\N{EN DASH}\N{EM DASH}"
_MOST_MARKS = 8  # code points of one letter that are kept; more would climb over the other lines


@lru_cache(maxsize=512)
def coverage(font: Path, index: int = 0) -> frozenset[int]:
    """Return the code points that a font file has a glyph for; empty if it is broken.

    ``index`` is the font's place in a collection.
    """
    try:
        # The file is opened here: fontTools leaves one open that it cannot read.
        with font.open("rb") as file, TTFont(file, lazy=True, fontNumber=index) as it:
            return frozenset(it.getBestCmap() or {})
    except BROKEN_FONT:
        return frozenset()


@cache
def _metrics() -> tuple[tuple[float, float], ...]:
    """Return how far each font reaches above and below the line, in sizes, in their order."""
    found = list[tuple[float, float]]()
    for name in _BUNDLED.values():
        with TTFont(FONTS / name, lazy=True) as font:
            measures = cast("Any", font)  # fontTools ships no types
            windows, size = measures["OS/2"], measures["head"].unitsPerEm
            found.append((float(windows.usWinAscent / size), float(windows.usWinDescent / size)))
    return tuple(found)


@cache
def line_heights() -> tuple[float, ...]:
    """Return the height of a line of each font, in sizes of the font, in their order."""
    return tuple(above + below for above, below in _metrics())


def line_edges(text: str) -> tuple[float, float, float] | None:
    """Return how far the lines of a text reach above and below, and their gap, in sizes.

    ``None`` where Latin capitals measure the lines. The same for every line of a text, so that
    a line of digits alone stands as far from the next as any other.
    """
    if any(map(is_east_asian, text)):
        return 0.88, 0.12, 0.34
    inter = bundled()[0]
    used = {
        next((at for at, font in enumerate(bundled()) if ord(letter) in font), 0)
        for letter in text
        if ord(letter) not in inter
    } - {FAMILIES.index("Noto Emoji")}
    if not used:
        return (0.98, 0.26, 0.06) if is_tall(text) else None
    # Marks above one line and below the one before it seldom meet: a fifth is given back.
    return (
        max(_metrics()[at][0] for at in used) * 0.8,
        max(_metrics()[at][1] for at in used) * 0.8,
        0.06,
    )


@cache
def bundled() -> tuple[frozenset[int], ...]:
    """Return the coverage of each font that comes with Galley, in their order."""
    return tuple(coverage(FONTS / name) for name in _BUNDLED.values())


def own_coverage(folder: Path | None) -> tuple[frozenset[int], ...]:
    """Return the coverage of each of a brand's own font files."""
    files = sorted(folder.rglob("*.?tf")) if folder else ()
    return tuple(coverage(file) for file in files)


def needs_system_fonts(text: str, folder: Path | None = None) -> bool:
    """Return whether some letter is in no font that Galley or the brand brings."""
    return bool(_undrawn(text, chain(own_coverage(folder), bundled())))


def fonts_for(
    text: str, folder: Path | None = None, families: Iterable[str] = (), *, with_code: bool = False
) -> typst.Fonts:
    """Return the fonts for a text; those of the machine only where they are needed.

    So the same text gives the same picture on any machine, as far as can be.

    Args:
        text: All letters that are drawn.
        folder: The brand's own font files.
        families: Fonts of the machine that the brand asks for.
        with_code: Whether to add typst's own font for code.

    Raises:
        MediaError: No font has some letter; it names the package to install.
    """
    missing = _undrawn(text, chain(own_coverage(folder), bundled()))
    if missing:
        # The machine's fonts are read one by one, until nothing is missing.
        installed = (coverage(Path(path), index) for path, index in _installed())
        if still := _undrawn("".join(missing), installed):
            # A letter of a script tells more than a sign that many scripts share.
            telling = min(still, key=lambda one: (_script(one) in _OF_NO_SCRIPT, one))
            raise MediaError(why_undrawn(telling))
    with_system = bool(missing) or not {*FAMILIES, *DISPLAY_FAMILIES} >= {*families}
    return _opened(folder, with_system=with_system, with_code=with_code)


def is_installed(letter: str) -> bool:
    """Return whether a font of Galley's or of this machine draws a letter."""
    known = chain(bundled(), (coverage(Path(path), index) for path, index in _installed()))
    return not _undrawn(letter, known)


def why_undrawn(letter: str) -> str:
    """Return a sentence that names the script without a font, and the remedy."""
    script = _script(letter)
    name = "a sign" if script in _OF_NO_SCRIPT else _script_name(script)
    package = "fonts-noto-cjk" if script in _EAST_ASIAN else "fonts-noto-core"
    return (
        f"No installed font draws {name} (U+{ord(letter):04X}): install one where the "
        f"worker runs ({package} on Debian), give the persona's look a font file that "
        "has it, or edit the words."
    )


def is_tall(text: str) -> bool:
    """Return whether letters reach further up and down than Latin ones."""
    used = {_script(letter) for letter in text if ord(letter) not in bundled()[0]}
    return bool(used - _OF_NO_SCRIPT - _EAST_ASIAN)


def is_east_asian(letter: str) -> bool:
    """Return whether a letter is written in Chinese, Japanese or Korean alone."""
    return _script(letter) in _EAST_ASIAN


def _undrawn(text: str, fonts: Iterable[frozenset[int]]) -> set[str]:
    missing = set(text) - _NEVER_DRAWN
    for drawn in fonts:
        missing = {letter for letter in missing if ord(letter) not in drawn}
        if not missing:
            break
    return {letter for letter in missing if not letter.isspace()}


@cache
def installed_families() -> frozenset[str]:
    """Return the families of this machine, and Galley's own."""
    return frozenset((*typst.Fonts().families(), *FAMILIES, *DISPLAY_FAMILIES))


@cache
def _installed() -> tuple[tuple[str, int], ...]:
    """Return the file and the index of one font of each family of the machine."""
    fonts = typst.Fonts(include_system_fonts=True, include_embedded_fonts=False)
    found = {font.family: (font.path, font.index) for font in fonts.fonts()}
    return tuple((path, index) for path, index in found.values() if path)


@lru_cache(maxsize=8)
def _opened(folder: Path | None, *, with_system: bool, with_code: bool) -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=with_system,
        include_embedded_fonts=with_code,
        font_paths=[FONTS, *([folder] if folder else [])],
    )


def draws(character: str) -> bool:
    """Return whether a font that comes with Galley has a glyph for this character."""
    return character in _JOINERS or any(ord(character) in font for font in bundled())


def drawable(text: str) -> str:
    """Return the text as fonts can draw it, on one line.

    Pictograms that Galley's fonts lack are left out, styled look-alikes of plain letters become
    plain, and control and direction marks go. Other scripts stay: :func:`fonts_for` looks for a
    font that has them.
    """
    visible = "".join(
        one
        for one in " ".join(text.split())
        if one in _JOINERS
        or (one not in _EMOJI_DRESS and unicodedata.category(one) not in _INVISIBLE)
    )
    keeps_wide = any(one.isalpha() and unicodedata.east_asian_width(one) == "W" for one in visible)
    letters = (
        _lettered(cluster, keeps_wide=keeps_wide)
        for cluster in clusters(unicodedata.normalize("NFC", visible))
    )
    return " ".join("".join(letters).split())


def phrased(text: str, language: str) -> str:
    """Return a text of a script without spaces with a break of no width between its phrases."""
    own = language.lower()
    name = "zh-hant" if own in {"zh-tw", "zh-hk", "zh-hant"} else own.partition("-")[0]
    if name not in _PHRASED:
        return text
    parse = _parser(name).parse
    return " ".join("\u200b".join(parse(part)) for part in text.split(" ") if part)


_PHRASED = frozenset({"ja", "th", "zh", "zh-hant"})


@cache
def _parser(name: str) -> "budoux.Parser":
    # Loaded where such a script is written: few cards are, and a model is read from a file.
    import budoux

    match name:
        case "ja":
            return budoux.load_default_japanese_parser()
        case "th":
            return budoux.load_default_thai_parser()
        case "zh":
            return budoux.load_default_simplified_chinese_parser()
        case _:
            return budoux.load_default_traditional_chinese_parser()


def shortened(text: str, limit: int) -> str:
    """Return the text cut to ``limit`` graphemes, between words, with an ellipsis."""
    characters = list(clusters(text))
    if len(characters) <= limit:
        return text
    kept = "".join(characters[: limit - 1])
    head, space, _ = kept.rpartition(" ")
    return f"{(head if space else kept).rstrip(_TRAILING)}…"


def _lettered(cluster: str, *, keeps_wide: bool) -> str:
    """Return a letter in the form that one of our fonts has; empty for an unknown pictogram."""
    bare = cluster[:_MOST_MARKS]
    if not bare.strip("\u200c\u200d"):
        return ""
    if keeps_wide and unicodedata.east_asian_width(bare[0]) == "F":
        return bare  # a full stop as wide as the letters around it
    for candidate in (bare, unicodedata.normalize("NFKC", bare)):
        if any(_in_one(font, candidate) for font in bundled()):
            return candidate
    for font in bundled():
        if ord(bare[0]) in font:
            # The letter without the marks that its font lacks.
            kept = (mark for mark in bare if _in_one(font, mark))
            return unicodedata.normalize("NFC", "".join(kept))
    return "" if unicodedata.category(bare[0]) in _PICTOGRAMS else bare


def _in_one(font: frozenset[int], letters: str) -> bool:
    """Return whether one font has all parts of a letter; marks of another would sit askew."""
    return all(ord(letter) in font or letter in _JOINERS for letter in letters)
