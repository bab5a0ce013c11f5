"""The look in a persona's file: its logo and fonts are read, and kept by content."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePath

from pydantic import Field

from cli.terminal.failures import usage
from galley.clients.storage import ObjectStore
from galley.models import Look, Persona

_FONT_FILES = {".ttf", ".otf", ".ttc", ".woff", ".woff2"}
_MIME = {
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".ttf": "font/ttf",
    ".otf": "font/otf",
}


class PersonaFile(Persona):
    """A persona as read, with the files that its look names, by their kept names."""

    files: Mapping[str, bytes] = Field(exclude=True, repr=False)


def with_files(persona: Persona, folder: Path) -> Persona:
    """Return the persona with its logo, fonts and portrait under their kept names.

    Raises:
        CommandError: One is missing or cannot be used; exit code 2.
    """
    look, avatar = persona.look, persona.avatar
    files: dict[str, bytes] = {}
    if avatar is not None:
        kept = _kept(files, *_portrait(folder, avatar.portrait))
        avatar = avatar.model_copy(update={"portrait": kept})
    if look is not None and (look.logo or look.fonts):
        look = _with_look_files(look, folder, files)
    if not files:
        return persona
    told = persona.model_dump(exclude={"look", "avatar"})
    return PersonaFile(**told, look=look, avatar=avatar, files=files)


def _with_look_files(look: Look, folder: Path, files: dict[str, bytes]) -> Look:
    logo = _kept(files, *_logo(folder, look.logo)) if look.logo else ""
    fonts = [
        _kept(files, *_font(folder, name)) if _is_file(name) else name
        for name in look.fonts
    ]
    return look.model_copy(update={"logo": logo, "fonts": tuple(fonts)})


async def keep_files(persona: Persona, state: ObjectStore) -> None:
    """Put the logo, the fonts and the portrait into the state bucket."""
    if not isinstance(persona, PersonaFile):
        return
    for name, data in persona.files.items():
        mime = _MIME[PurePath(name).suffix]
        await state.put_if_absent(name, data, mime, same=True)


def unreadable(look: Look) -> str:
    """Return why the ink of a look cannot be read; empty if it can."""
    from galley.media.colours import contrast_problem

    return contrast_problem(look)


def look_lines(look: Look | None) -> Iterator[str]:
    """Say how the pictures of a brand are drawn."""
    from galley.media.colours import palette_of

    if look is None:
        return
    palette = palette_of(look)
    yield (
        f"\nPictures: {palette.ink} on {palette.background}, marks in {palette.accent}"
        f"{', with a logo' if look.logo else ''}"
    )
    for name in look.fonts:
        yield f"Font: {name}"


def look_advice(look: Look | None) -> Iterator[str]:
    """Tell what is drawn otherwise than the look says."""
    from galley.media.typefaces import installed_families

    if look is None:
        return
    if problem := unreadable(look):
        yield problem
    named = [name for name in look.fonts if not name.startswith("brand/")]
    missing = set(named) - installed_families() if named else set[str]()
    for name in sorted(missing):
        yield (
            f"The font {name} is not installed here: install it where the worker runs, "
            "or name its file. Without it, cards are lettered in Inter."
        )


def _is_file(name: str) -> bool:
    return PurePath(name).suffix.casefold() in _FONT_FILES


def _logo(folder: Path, name: str) -> tuple[bytes, str]:
    from galley.media.branding import MOST_LOGO_BYTES, logo_png

    data = _read(folder / name, MOST_LOGO_BYTES)
    return _checked(name, lambda: (logo_png(data), ".png"))


def _portrait(folder: Path, name: str) -> tuple[bytes, str]:
    from galley.media.portrait import MOST_BYTES, portrait_jpeg

    data = _read(folder / name, MOST_BYTES)
    return _checked(name, lambda: (portrait_jpeg(data), ".jpg"))


def _font(folder: Path, name: str) -> tuple[bytes, str]:
    from galley.media.branding import MOST_FONT_BYTES, font_file

    data = _read(folder / name, MOST_FONT_BYTES)
    return _checked(name, lambda: (data, font_file(data).suffix))


def _checked(name: str, check: Callable[[], tuple[bytes, str]]) -> tuple[bytes, str]:
    from galley.media.errors import MediaError

    try:
        return check()
    except MediaError as error:
        raise usage(f"look: {name}: {error}") from None


def _read(file: Path, most: int) -> bytes:
    """Return at most one byte more than is allowed: enough to see that it is."""
    try:
        with file.open("rb") as opened:
            return opened.read(most + 1)
    except OSError as error:
        raise usage(
            f"look: {file} cannot be read ({error.strerror}): name a file from where "
            "the persona lies."
        ) from None


def _kept(files: dict[str, bytes], data: bytes, suffix: str) -> str:
    name = f"brand/{hashlib.sha256(data).hexdigest()}{suffix}"
    files[name] = data
    return name
