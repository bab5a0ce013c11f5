"""Colours, logo and fonts of a brand, cached on the worker; cards.py and films.py use them."""

import asyncio
import hashlib
import re
import shutil
import tempfile
import weakref
from collections import OrderedDict
from pathlib import Path, PurePosixPath

from pydantic import ValidationError

from galley.clients.storage import ObjectStore
from galley.media.confined import confined
from galley.media.errors import MediaError
from galley.media.layout import tokens_of
from galley.media.look import PLAIN_STYLE, Style, families_in, palette_of
from galley.models.brand import Look, Persona, PersonaRef

_KEPT = re.compile(r"brand/(?P<sha256>[0-9a-f]{64})\.(png|ttf|otf)")
# Brands whose fonts are on the worker's disk at a time.
_MOST_LOOKS = 8


class Brands:
    """The drawing styles of brands, each read once.

    Attributes:
        folder: Holds the fonts. It is made for the first of them, because a worker that is
            killed leaves it behind.
    """

    def __init__(self, state: ObjectStore) -> None:
        self._state = state
        self._styles: OrderedDict[str, Style] = OrderedDict()
        self.folder: Path | None = None
        self._one_at_a_time = asyncio.Lock()

    async def style_of(self, persona: PersonaRef | None) -> Style:
        """Return the style of a persona; the plain one without persona or look.

        Raises:
            MediaError: The persona or one of its files is gone from the state bucket.
            StoreError: The store does not answer.
        """
        if persona is None:
            return PLAIN_STYLE
        # Two at once would fetch the same fonts, and one could forget the other's.
        async with self._one_at_a_time:
            if persona.sha256 not in self._styles:
                self._styles[persona.sha256] = await self._fetched(persona.sha256)
                while len(self._styles) > _MOST_LOOKS:
                    oldest, _ = self._styles.popitem(last=False)
                    if self.folder is not None:
                        shutil.rmtree(self.folder / oldest, ignore_errors=True)
            self._styles.move_to_end(persona.sha256)
            return self._styles[persona.sha256]

    async def _fetched(self, sha256: str) -> Style:
        data = await self._state.get(f"personas/{sha256}.json")
        try:
            look = Persona.model_validate_json(data or b"").look
        except ValidationError:
            raise _gone("persona") from None
        if look is None:
            return PLAIN_STYLE
        logo = await self._file(look.logo) if look.logo else b""
        folder, families = await self._fonts(sha256, look)
        return Style(palette_of(look), logo, folder, families, look.text_font, tokens_of(look))

    async def _fonts(self, sha256: str, look: Look) -> tuple[Path | None, tuple[str, ...]]:
        """Write the fonts to disk; return their folder and the names of their families."""
        if not any(map(_KEPT.fullmatch, look.fonts)):
            return None, look.fonts
        if self.folder is None:
            self.folder = Path(tempfile.mkdtemp(prefix="galley-brands-"))
            weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        folder = self.folder / sha256
        families: list[str] = []
        for number, name in enumerate(look.fonts):
            if not _KEPT.fullmatch(name):
                families.append(name)
                continue
            # A folder each: the families in it are then those of this file.
            place = folder / str(number)
            data, suffix = await self._file(name), PurePosixPath(name).suffix
            await asyncio.to_thread(_put, place, data, suffix)
            # A font comes from outside: a child process without rights reads it.
            families += await confined(families_in, place)
        return folder, tuple(families)

    async def _file(self, name: str) -> bytes:
        kept = _KEPT.fullmatch(name)
        data = await self._state.get(name) if kept else None
        if not kept or data is None:
            raise _gone("logo or font")
        if hashlib.sha256(data).hexdigest() != kept["sha256"]:
            raise MediaError("A file of the brand is damaged in the state bucket.")
        return data


def _put(place: Path, data: bytes, suffix: str) -> None:
    place.mkdir(parents=True, exist_ok=True)
    (place / f"font{suffix}").write_bytes(data)


def _gone(what: str) -> MediaError:
    return MediaError(
        f"The {what} of this campaign is gone from the state bucket: start it again "
        "with a new --edition."
    )
