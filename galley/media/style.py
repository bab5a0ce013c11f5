"""How cards of a brand are drawn."""

from dataclasses import dataclass
from pathlib import Path

from galley.media.colours import PLAIN as PLAIN_COLOURS
from galley.media.colours import Palette


@dataclass(frozen=True)
class Style:
    """Colours, logo and fonts.

    ``logo`` is a PNG; empty: none. ``fonts`` is a folder with the brand's own font
    files, ``families`` are the fonts asked first, its own and the machine's.
    """

    palette: Palette = PLAIN_COLOURS
    logo: bytes = b""
    fonts: Path | None = None
    families: tuple[str, ...] = ()


PLAIN = Style()
