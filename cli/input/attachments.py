"""Files that a person attaches by ``start`` and ``edit``, as typed: checked, and described."""

import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from app.campaigns.attachments import GivenFile
from app.review.edits import MediaRequest
from cli.errors import usage
from cli.input.words import network_named


def named_files(files: Sequence[str], alts: Sequence[str]) -> tuple[GivenFile, ...]:
    """Return files with their alt texts, each for all networks or, as ``x=FILE``, for one.

    Raises:
        CommandError: One is not there, or there are more texts than files; exit code 2.
    """
    if len(alts) > len(files):
        raise usage("There are more --alt than files: give one for each file, in their order.")
    texts = (*alts, *[""] * len(files))
    return tuple(_named(file, alt) for file, alt in zip(files, texts, strict=False))


def alts_of(files: Sequence[str], alts: Sequence[str]) -> tuple[str, ...]:
    """Return the alt texts; those that are missing are asked for on a terminal."""
    missing = files[len(alts) :] if sys.stdin.isatty() else files[:0]
    asked = [typer.prompt(f"What does {name} show? (alt text)", default="") for name in missing]
    return (*alts, *map(str, asked))


def media_request(
    attach: Sequence[str], replace: Sequence[str], remove: Sequence[str], alts: Sequence[str]
) -> MediaRequest | None:
    """Return the change of a post's media; ``None``: none was asked for.

    Args:
        attach: Files to add.
        replace: Files in the place of all media, or of one, as ``2=FILE``.
        remove: Numbers of media, or ``all``.
        alts: The alt texts of the files, those of ``replace`` last.

    Raises:
        CommandError: A word cannot be understood, or a file is not there; exit code 2.
    """
    if not (attach or replace or remove):
        return None
    numbers = tuple(map(_numbered, replace))
    names = [*attach, *(file for _, file in numbers)]
    files = named_files(names, alts_of(names, alts))
    replacing = files[len(attach) :]
    pairs = list(zip(numbers, replacing, strict=True))
    return MediaRequest(
        attach=(*(file for (number, _), file in pairs if not number), *files[: len(attach)]),
        replace=tuple((number, file) for (number, _), file in pairs if number),
        remove=tuple(_number(one) for one in remove if one != "all"),
        is_new="all" in remove or any(not number for number, _ in numbers),
    )


def _numbered(named: str) -> tuple[int, str]:
    """Return the number before a file, as in ``2=FILE``; 0 without one."""
    number, equals, rest = named.partition("=")
    return (int(number), rest) if equals and number.isascii() and number.isdecimal() else (0, named)


def _number(word: str) -> int:
    if not (word.isascii() and word.isdecimal()) or not int(word):
        raise usage(f"--remove takes the number of a picture as `show` has it, or all: not {word}.")
    return int(word)


def _named(named: str, alt: str) -> GivenFile:
    network, equals, rest = named.partition("=")
    path, platform = Path(named).expanduser(), None
    if equals and not path.exists():
        path, platform = Path(rest).expanduser(), network_named(network)
    if not path.is_file():
        raise usage(f"There is no file {path}: attach a picture or film of this machine.")
    return GivenFile(path, platform, alt.strip())
