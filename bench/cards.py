"""Contact sheets of all cards: templates by shapes, scripts and looks, for the pages.

``python -m bench.cards [FONTS]`` writes ``docs/cards-<look>.webp``, and ``docs/cards.webp`` for
the top of the page. ``FONTS`` is a folder with a font of Japanese, if the machine has none.
"""

import sys
from pathlib import Path

from galley.media.layout import TOKENS
from galley.media.look import PLAIN, Style, families_in, palette_of
from galley.media.sheet import LANGUAGES, SHAPES, drawn_sheet, samples
from galley.models.brand import Look, LookStyle

DOCS = Path(__file__).parents[1] / "docs"
PALETTES = {
    LookStyle.PLAIN: PLAIN,
    LookStyle.EDITORIAL: palette_of(Look(background="#faf7f2", ink="#1d2b24", accent="#8a5a2b")),
    LookStyle.BOLD: palette_of(Look(background="#f4f1ea", ink="#15141f", accent="#3b2fd6")),
}


def style_of(look: LookStyle, language: str, fonts: Path | None) -> Style:
    """Return a look in sample colours; Japanese in the given fonts."""
    own = fonts if language == "ja" else None
    families = tuple(families_in(own)) if own else ()
    return Style(PALETTES[look], fonts=own, families=families, tokens=TOKENS[look])


def main() -> None:
    """Draw and write the sheets."""
    fonts = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    for look in LookStyle:
        styles = {language: style_of(look, language, fonts) for language in LANGUAGES}
        rows = [
            (SHAPES[shape], samples(language, style), style)
            for language, style in styles.items()
            for shape in SHAPES
        ]
        (DOCS / f"cards-{look}.webp").write_bytes(drawn_sheet(rows, 104, 5))
    first = [
        (look, language, style_of(look, language, fonts))
        for look, language in zip(LookStyle, ("en", "ar", "ja"), strict=True)
    ]
    top = [
        (SHAPES["portrait"], samples(language, style)[:9], style) for _, language, style in first
    ]
    (DOCS / "cards.webp").write_bytes(drawn_sheet(top, 200, 8))


if __name__ == "__main__":
    main()
