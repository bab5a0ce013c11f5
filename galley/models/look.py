"""How the pictures of a brand look: its colours, its logo, its fonts."""

from pydantic import Field

from galley.models.base import Model

_COLOUR = r"^(#[0-9a-fA-F]{6})?$"
MOST_FONTS = 4


class Look(Model):
    """What stands under ``look`` in a ``persona.yaml``. Everything may be left away.

    Colours are written as ``#rrggbb``. Without an ink, one is chosen that can be read
    on the background.
    """

    background: str = Field(default="", pattern=_COLOUR)
    ink: str = Field(default="", pattern=_COLOUR, description="Of the words.")
    accent: str = Field(
        default="", pattern=_COLOUR, description="Of bars and other marks."
    )
    logo: str = Field(
        default="",
        max_length=300,
        description="A PNG, JPEG or WebP file, named from where the persona lies; once "
        "kept, ``brand/<sha256>.png`` in the state bucket.",
    )
    fonts: tuple[str, ...] = Field(
        default=(),
        max_length=MOST_FONTS,
        description="Font files (TTF or OTF), or names of fonts that are installed "
        "where the worker runs. The first that has a letter draws it. Once kept, a "
        "file is ``brand/<sha256>.ttf`` or ``.otf``.",
    )
