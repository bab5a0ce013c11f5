"""Personas, with the logo, fonts and portrait of their look: read, checked and stored.

Everything that starts a campaign or a text reads one. Its files are stored by their content,
so that a campaign draws the same pictures after the files have changed.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, TypeVar

import yaml
from pydantic import Field, ValidationError

from app.connections import Progress, SilentProgress
from app.errors import InvalidRequestError
from app.option_file import read_options, value_problem
from galley.clients.storage import ObjectStore
from galley.drafting.persona import persona_block, words_avoided
from galley.models.brand import Look, LookStyle, Persona, PersonaRef
from galley.sandbox.pool import waited_for
from galley.settings import Settings

if TYPE_CHECKING:
    from galley.media.look import Palette, Style

_Made = TypeVar("_Made")
_DEFAULT_FILE = Path("persona.yaml")
_FONT_FILES = {".ttf", ".otf", ".ttc", ".woff", ".woff2"}
_MIME = {".jpg": "image/jpeg", ".png": "image/png", ".ttf": "font/ttf", ".otf": "font/otf"}


class PersonaFile(Persona):
    """A persona as read, with the files that its look names, by their kept names."""

    files: Mapping[str, bytes] = Field(exclude=True, repr=False)


@dataclass(frozen=True)
class PersonaReport:
    """A persona as drafting and drawing use it.

    Attributes:
        persona: As it is kept.
        prompt: What the model is told.
        look: As it was written, with the names of files.
        palette: The colours of its pictures; missing without a look.
        advice: What would make it better, in sentences.
    """

    persona: Persona
    prompt: str
    look: Look | None
    palette: "Palette | None"
    advice: tuple[str, ...]


def find_persona(named: Path | None, settings: Settings) -> Persona | None:
    """Return the persona that was named, that of the settings, or that of this folder.

    Raises:
        InvalidRequestError: The file cannot be read, or a value in it cannot be used.
    """
    chosen = named or (Path(settings.persona) if settings.persona else None)
    if chosen is None:
        chosen = _DEFAULT_FILE if _DEFAULT_FILE.is_file() else None
    if chosen is None:
        return None
    return _with_files(read_options(chosen, Persona), chosen.parent)


def check_persona(file: Path) -> PersonaReport:
    """Read a persona, and say what the model is told and how pictures look.

    Raises:
        InvalidRequestError: It cannot be used, or its ink cannot be read.
    """
    from galley.media.look import contrast_problem, palette_of

    written = read_options(file, Persona)
    persona = _with_files(written, file.parent)
    if persona.look and (problem := contrast_problem(persona.look)):
        raise InvalidRequestError(f"look: {problem}")
    return PersonaReport(
        persona=persona,
        prompt=persona_block(persona),
        look=written.look,
        palette=palette_of(written.look) if written.look else None,
        advice=(*_voice_advice(persona), *look_advice(persona.look)),
    )


def draw_sample(persona: Persona, words: str) -> bytes:
    """Return a card with these words in the look of a persona, as a PNG.

    Takes some 0.2 s of CPU: call it from a thread. Its own font files are left out.

    Raises:
        MediaError: No installed font has the letters.
    """
    from galley.media.card import CardFormat, CardSpec, Margin, draw_card
    from galley.media.card_words import CardText

    spec = CardSpec(1080, 1080, Margin(96, 96, 96, 96), 4_000_000, CardFormat.PNG)
    text = CardText(words, signature=persona.brand, language=persona.language or "en")
    return draw_card(spec, text, _style(persona, persona.look or Look()))


def draw_looks(persona: Persona) -> bytes:
    """Return a WebP of sample cards: a row for each look to start from, in the brand's colours.

    Takes some 2 s of CPU.

    Raises:
        MediaError: No installed font has the letters.
    """
    from galley.media.card import CardSpec
    from galley.media.card_words import CardText
    from galley.media.look import Style
    from galley.media.sheet import LANGUAGES, SHAPES, drawn_sheet, samples

    own, rows = persona.look or Look(), list[tuple[CardSpec, list[CardText], Style]]()
    language = persona.language.partition("-")[0]
    for look in LookStyle:
        style = _style(persona, own.model_copy(update={"style": look}))
        texts = samples(language if language in LANGUAGES else "en", style, persona.brand)
        rows.append((SHAPES["portrait"], texts, style))
    return drawn_sheet(rows, 360)


def _style(persona: Persona, look: Look) -> "Style":
    """Return how cards look, without font files of the brand's own."""
    from galley.media.layout import tokens_of
    from galley.media.look import Style, palette_of

    files: Mapping[str, bytes] = persona.files if isinstance(persona, PersonaFile) else {}
    families = tuple(one for one in look.fonts if "/" not in one)
    return Style(
        palette_of(look),
        files.get(look.logo, b""),
        families=families,
        text_family=look.text_font,
        tokens=tokens_of(look),
    )


def ref_of(persona: Persona) -> PersonaRef:
    """Return the name under which a persona is kept."""
    sha256 = hashlib.sha256(_as_bytes(persona)).hexdigest()
    return PersonaRef(brand=persona.brand, sha256=sha256)


async def keep_persona(
    persona: Persona, state: ObjectStore, progress: Progress | None = None
) -> None:
    """Put the persona and its files into the state bucket, where drafting finds them.

    What the worker will draw otherwise than the look says is told to ``progress``.
    """
    for advice in look_advice(persona.look):
        (progress or SilentProgress()).note(advice)
    if isinstance(persona, PersonaFile):
        for name, data in persona.files.items():
            mime = _MIME[PurePath(name).suffix]
            await state.put_if_absent(name, data, mime, same=True)
    name = f"personas/{ref_of(persona).sha256}.json"
    await state.put_if_absent(name, _as_bytes(persona), "application/json", same=True)


def _as_bytes(persona: Persona) -> bytes:
    return persona.model_dump_json().encode()


def check_answer(field: str, answer: object, folder: Path) -> object:
    """Return the value of a field, such as ``voice`` or ``look.ink``, as it is kept.

    A language may be named: ``German`` becomes ``de``. Files are those of the folder.

    Raises:
        InvalidRequestError: It cannot be used; the text says how to write it.
    """
    if field == "language" and isinstance(answer, str):
        answer = _language_tag(answer)
    section, _, name = field.rpartition(".")
    value = {section: {name: answer}} if section else {name: answer}
    try:
        checked = Persona.model_validate({"brand": "-", **value})
    except ValidationError as error:
        said = value_problem(error, Persona)
        raise InvalidRequestError(
            said.removeprefix(f"{field}: ").removeprefix("Value error, ")
        ) from None
    _with_files(checked, folder)
    return getattr(getattr(checked, section) if section else checked, name)


def _language_tag(named: str) -> str:
    """Return the tag of a language that is named in English or in itself; any other as it is."""
    from babel import Locale

    wanted = named.strip().casefold()
    if wanted:
        english = Locale("en").languages
        tags = [str(tag) for tag in english if "_" not in str(tag)]
        for tag in tags:
            if wanted == str(english[tag]).casefold():
                return tag
        for tag in ("de", "fr", "es", "it", "pt", "nl", "pl", "sv", "da", "nb", "fi", "cs", "tr"):
            if wanted == str(Locale(tag).languages[tag]).casefold():
                return tag
    return named.strip()


def write_persona(file: Path, fields: Mapping[str, object]) -> None:
    """Write a persona's file; empty fields are left out.

    Raises:
        ValidationError: The fields make no persona.
    """
    kept = {name: value for name, value in fields.items() if value}
    Persona.model_validate(kept)
    text = yaml.safe_dump(kept, allow_unicode=True, sort_keys=False, width=88)
    file.write_text(text, encoding="utf-8")


def _voice_advice(persona: Persona) -> Iterator[str]:
    if not persona.voice:
        yield "There is no voice: say in a few words how posts sound."
    said = " ".join((*persona.do, persona.call_to_action, *persona.examples, *persona.hashtags))
    for word in words_avoided(persona, said):
        yield (
            f"It never says {word!r}, and says so itself: take the word out of avoid, or out of "
            "do, call_to_action, examples and hashtags."
        )
    if both := sorted(
        {one.casefold() for one in persona.do} & {d.casefold() for d in persona.dont}
    ):
        yield f"It does and does not: {both[0]}. Keep one of the two."
    if not persona.examples:
        yield "There is no example: one post that sounds right says more than rules."


def look_advice(look: Look | None) -> Iterator[str]:
    """Yield a sentence for each thing that is drawn otherwise than the look says."""
    from galley.media.look import contrast_problem
    from galley.media.typefaces import installed_families

    if look is None:
        return
    if problem := contrast_problem(look):
        yield problem
    named = [name for name in look.fonts if not name.startswith("brand/")]
    missing = set(named) - installed_families() if named else set[str]()
    for name in sorted(missing):
        yield (
            f"The font {name} is not installed here: install it where the worker runs, "
            "or name its file. Without it, cards are lettered in Inter."
        )


def _with_files(persona: Persona, folder: Path) -> Persona:
    """Return the persona with its logo, fonts and portrait under their stored names."""
    look, avatar = persona.look, persona.avatar
    if avatar is None and not (look and (look.logo or look.fonts)):
        return persona
    from galley.media import look as drawing
    from galley.media.confined import LIMITS, confined_in, reading

    files: dict[str, bytes] = {}

    def stored(name: str, most: int, check: Callable[[bytes], tuple[bytes, str]]) -> str:
        data, suffix = _checked(folder / name, most, name, check)
        kept = f"brand/{hashlib.sha256(data).hexdigest()}{suffix}"
        files[kept] = data
        return kept

    with reading(module=drawing.__name__) as sandbox:

        def done(work: Callable[[bytes], _Made], data: bytes) -> _Made:
            return waited_for(confined_in(sandbox, LIMITS, work, data))

        if avatar is not None:
            portrait = stored(
                avatar.portrait,
                drawing.MOST_PORTRAIT_BYTES,
                lambda data: (done(drawing.portrait_jpeg, data), ".jpg"),
            )
            avatar = avatar.model_copy(update={"portrait": portrait})
        if look is not None and (look.logo or look.fonts):
            logo = look.logo and stored(
                look.logo,
                drawing.MOST_LOGO_BYTES,
                lambda data: (done(drawing.logo_png, data), ".png"),
            )
            fonts = [
                stored(
                    name,
                    drawing.MOST_FONT_BYTES,
                    lambda data: (data, done(drawing.font_file, data).suffix),
                )
                # Any other name is that of an installed family.
                if PurePath(name).suffix.casefold() in _FONT_FILES
                else name
                for name in look.fonts
            ]
            look = look.model_copy(update={"logo": logo, "fonts": tuple(fonts)})
    if not files:
        return persona
    told = persona.model_dump(exclude={"look", "avatar"})
    return PersonaFile(**told, look=look, avatar=avatar, files=files)


def _checked(
    file: Path, most: int, name: str, check: Callable[[bytes], tuple[bytes, str]]
) -> tuple[bytes, str]:
    """Return a file of the look as it is stored, with its suffix.

    Raises:
        InvalidRequestError: It cannot be read, or is not of its kind.
    """
    from galley.media.errors import MediaError

    try:
        with file.open("rb") as opened:
            # One byte more than is allowed shows that a file is too large.
            return check(opened.read(most + 1))
    except OSError as error:
        raise InvalidRequestError(
            f"look: {file} cannot be read ({error.strerror}): name a file beside the persona."
        ) from None
    except MediaError as error:
        raise InvalidRequestError(f"look: {name}: {error}") from None
