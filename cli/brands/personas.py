"""Read, write and keep personas."""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

import typer
import yaml

from cli.brands.looks import keep_files, look_advice, look_lines, unreadable, with_files
from cli.terminal.failures import usage
from cli.terminal.option_file import read_options
from cli.terminal.output import say, show, show_json
from cli.terminal.proofs import clean
from galley.clients.storage import ObjectStore
from galley.models import Persona, PersonaRef
from galley.prompts.persona import persona_block
from galley.settings import Settings

_USUAL = Path("persona.yaml")
_LINES = (
    ("voice", "How do you sound? (such as: plain, dry, curious)"),
    ("audience", "Who reads you, and what do they want to know?"),
    ("language", "Language of all posts, such as en or de (empty: the source's)"),
    ("call_to_action", "What shall readers do in the end? (may be empty)"),
)
_LISTS = (
    ("do", "What do good posts of yours do?"),
    ("dont", "What do they never do?"),
    ("avoid", "Words that stand in no post"),
    ("hashtags", "Hashtags that are yours"),
    ("examples", "A post of yours that sounds right"),
)
_LOOK = (
    ("background", "Background of your pictures, such as #0b1f3a (may be empty)"),
    ("ink", "Colour of the words on it (empty: what can be read)"),
    ("accent", "Colour of bars and marks (may be empty)"),
    ("logo", "Your logo, a PNG file beside this one (may be empty)"),
)


def find_persona(named: Path | None, settings: Settings) -> Persona | None:
    """Return the persona that was named, or the one that lies about.

    Raises:
        CommandError: A persona was named and cannot be read; exit code 2.
    """
    chosen = named or (Path(settings.persona) if settings.persona else None)
    if chosen is None:
        chosen = _USUAL if _USUAL.is_file() else None
    return None if chosen is None else _read(chosen)


def _read(file: Path) -> Persona:
    return with_files(read_options(file, Persona), file.parent)


def ref_of(persona: Persona) -> PersonaRef:
    """Return the name under which a persona is kept."""
    sha256 = hashlib.sha256(_as_bytes(persona)).hexdigest()
    return PersonaRef(brand=persona.brand, sha256=sha256)


async def keep_persona(persona: Persona, state: ObjectStore) -> None:
    """Put the persona into the state bucket, where drafting finds it."""
    for advice in look_advice(persona.look):
        say(advice)
    await keep_files(persona, state)
    name = f"personas/{ref_of(persona).sha256}.json"
    await state.put_if_absent(name, _as_bytes(persona), "application/json", same=True)


def _as_bytes(persona: Persona) -> bytes:
    return persona.model_dump_json().encode()


def check_and_print(file: Path, *, json: bool) -> None:
    """Carry out ``persona check``."""
    written = read_options(file, Persona)
    persona = with_files(written, file.parent)
    if persona.look and (problem := unreadable(persona.look)):
        raise usage(f"look: {problem}")
    if json:
        show_json(persona.model_dump(mode="json"))
        return
    show(clean_lines(persona_block(persona)))
    for platform, note in persona.networks.items():
        show(f"\nOn {platform}: {clean(note)}")
    for line in look_lines(written.look):
        show(clean(line))
    for advice in (*_advice(persona), *look_advice(persona.look)):
        say(advice)


def clean_lines(text: str) -> str:
    """Return several lines without what a terminal would obey."""
    return "\n".join(clean(line) for line in text.splitlines())


def _advice(persona: Persona) -> Iterator[str]:
    if not persona.voice:
        yield "There is no voice: say in a few words how posts sound."
    if not persona.examples:
        yield "There is no example: one post that sounds right says more than rules."


def interview(file: Path) -> None:
    """Carry out ``persona init``.

    Raises:
        CommandError: The file exists, or nobody is there to answer; exit code 2.
    """
    if file.exists():
        raise usage(f"{file} exists: name another file, or edit it by hand.")
    if not sys.stdin.isatty():
        raise usage(
            "persona init asks questions: run it in a terminal, or copy "
            "examples/persona.yaml."
        )
    told: dict[str, object] = {"brand": typer.prompt("Name of the brand")}
    for field, question in _LINES:
        told[field] = _line(question)
    for field, question in _LISTS:
        told[field] = list(_several(question))
    told["look"] = {
        field: answer for field, question in _LOOK if (answer := _line(question))
    }
    write_persona(file, told)
    show(f"Written: {file}. Drafts have this voice from now on in this folder.")
    say(f"Read it back: uv run starter.py persona check {file}")


def write_persona(file: Path, told: dict[str, object]) -> None:
    """Write what was told; empty answers stay out."""
    kept = {name: value for name, value in told.items() if value}
    Persona.model_validate(kept)
    text = yaml.safe_dump(kept, allow_unicode=True, sort_keys=False, width=88)
    file.write_text(text, encoding="utf-8")


def _line(question: str) -> str:
    return typer.prompt(question, default="", show_default=False).strip()


def _several(question: str) -> Iterator[str]:
    say(f"{question} (one a line; an empty line ends)")
    while answer := typer.prompt(
        "", default="", show_default=False, prompt_suffix="> "
    ):
        yield answer.strip()
